package main

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "github.com/mattn/go-sqlite3"
	_ "modernc.org/sqlite"
)

// sqlite is FTS5 as one would set it up first: the text in the index's own
// table, accents folded, row ids in the order of time, and a table of chats.
type sqlite struct{ db *sql.DB }

func openSQL(driver, path string, fresh bool) (*sqlite, error) {
	db, err := sql.Open(driver, path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sqlite{db}
	setup := []string{"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-32768"}
	if fresh {
		setup = append(setup, `CREATE VIRTUAL TABLE f USING fts5(text, tokenize="unicode61 remove_diacritics 2")`,
			"CREATE TABLE m(id INTEGER PRIMARY KEY, chat INTEGER)", "CREATE INDEX m_chat ON m(chat, id)")
	}
	for _, statement := range setup {
		if _, err := db.Exec(statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	return s, nil
}

func (s *sqlite) close() error { return s.db.Close() }

func (s *sqlite) fill(next func() (message, bool)) error {
	for more := true; more; {
		tx, err := s.db.Begin()
		if err != nil {
			return err
		}
		for range 20_000 {
			var m message
			if m, more = next(); !more {
				break
			}
			if err := insert(tx, m); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	_, err := s.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func insert(tx *sql.Tx, m message) error {
	if _, err := tx.Exec("INSERT INTO f(rowid, text) VALUES(?, ?)", m.row, m.text); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO m(id, chat) VALUES(?, ?)", m.row, m.chat)
	return err
}

func (s *sqlite) add(m message) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	if err := insert(tx, m); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s *sqlite) find(q question) (int, error) {
	query, args := "SELECT f.rowid, text FROM f", []any{q.Match}
	where := " WHERE f MATCH ?"
	if q.Chats != nil {
		query += " JOIN m ON m.id = f.rowid"
		where += " AND m.chat IN (?" + strings.Repeat(",?", len(q.Chats)-1) + ")"
		for _, c := range q.Chats {
			args = append(args, c)
		}
	}
	order := " ORDER BY f.rowid DESC LIMIT 50"
	if q.Best {
		order = " ORDER BY rank LIMIT 50"
	}
	rows, err := s.db.Query(query+where+order, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
