package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// pages is SQLite as the store of messages: plain text in a table in the order
// of its key (chat, id), so that a page is read from neighbouring leaves, WAL,
// a sync with each commit, and the cache of 32 MB that ours has in all. With an
// index it holds an FTS5 table of the texts beside, written in the same
// transaction.
type pages struct {
	path    string
	indexed bool
	db      *sql.DB
	latest  *sql.Stmt
}

// row is a message as the benchmark of the store sends it.
type row struct {
	Chat     string `json:"chat"`
	ID       int64  `json:"id"`
	ETag     string `json:"etag"`
	Created  int64  `json:"created"`
	Modified int64  `json:"modified"`
	From     string `json:"from"`
	Name     string `json:"name"`
	Body     string `json:"body"`
	Text     string `json:"text"` // what is searched of it
}

// order is what the store's benchmark asks for, one of them a line.
type order struct {
	Open   bool     `json:"open"`  // open it, made if it is not there
	Close  bool     `json:"close"` // flush all and close it
	Rows   []row    `json:"rows"`  // add them in one transaction
	Latest []string `json:"latest"`
	Limit  int      `json:"limit"` // rows of each chat in Latest
}

func servePages(dir string, indexed bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	p := &pages{path: filepath.Join(dir, "messages.db"), indexed: indexed}
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return err
		}
		var a answer
		start := time.Now()
		err := p.do(o, &a)
		a.Wall, a.CPU = int64(time.Since(start)), unknown
		if err != nil {
			a.Error = err.Error()
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return in.Err()
}

func (p *pages) do(o order, a *answer) error {
	if o.Open {
		if err := p.open(); err != nil {
			return err
		}
	}
	if len(o.Rows) > 0 {
		if err := p.add(o.Rows); err != nil {
			return err
		}
	}
	for _, chat := range o.Latest {
		start := time.Now()
		n, err := p.page(chat, o.Limit)
		if err != nil {
			return err
		}
		a.Hits += n
		a.Walls = append(a.Walls, int64(time.Since(start)))
	}
	if o.Close {
		return p.close()
	}
	return nil
}

func (p *pages) open() error {
	db, err := sql.Open("sqlite3", p.path)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	setup := []string{"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-32768",
		`CREATE TABLE IF NOT EXISTS m(chat TEXT, id INTEGER, doc INTEGER, etag TEXT, created INTEGER, modified INTEGER,
			sender TEXT, name TEXT, body TEXT, PRIMARY KEY(chat, id)) WITHOUT ROWID`}
	if p.indexed {
		setup = append(setup, `CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(text, tokenize="unicode61 remove_diacritics 2")`,
			"CREATE INDEX IF NOT EXISTS m_doc ON m(doc)")
	}
	for _, statement := range setup {
		if _, err := db.Exec(statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), db.Close())
		}
	}
	p.db = db
	p.latest, err = db.Prepare("SELECT id, etag, created, modified, sender, name, body FROM m WHERE chat = ? ORDER BY id DESC LIMIT ?")
	return err
}

func (p *pages) close() error { return errors.Join(p.latest.Close(), p.db.Close()) }

func (p *pages) add(rows []row) error {
	tx, err := p.db.Begin()
	if err != nil {
		return err
	}
	if err := p.insert(tx, rows); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (p *pages) insert(tx *sql.Tx, rows []row) error {
	add, err := tx.Prepare("INSERT INTO m(chat, id, doc, etag, created, modified, sender, name, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer add.Close()
	for _, r := range rows {
		var doc sql.NullInt64
		if p.indexed {
			done, err := tx.Exec("INSERT INTO f(text) VALUES(?)", r.Text)
			if err != nil {
				return err
			}
			if doc.Int64, err = done.LastInsertId(); err != nil {
				return err
			}
			doc.Valid = true
		}
		if _, err := add.Exec(r.Chat, r.ID, doc, r.ETag, r.Created, r.Modified, r.From, r.Name, r.Body); err != nil {
			return err
		}
	}
	return nil
}

// page reads the newest rows of a chat and returns how many there are.
func (p *pages) page(chat string, limit int) (int, error) {
	rows, err := p.latest.Query(chat, limit)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		r := row{Chat: chat}
		if err := rows.Scan(&r.ID, &r.ETag, &r.Created, &r.Modified, &r.From, &r.Name, &r.Body); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
