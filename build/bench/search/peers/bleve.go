package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
)

// bleveIndex is bleve by its defaults, texts stored.
type bleveIndex struct{ index bleve.Index }

type bleveDoc struct {
	Text string `json:"text"`
	Chat string `json:"chat"`
}

func openBleve(path string, fresh bool) (*bleveIndex, error) {
	var index bleve.Index
	var err error
	if fresh {
		m := bleve.NewIndexMapping()
		chat := bleve.NewKeywordFieldMapping()
		m.DefaultMapping.AddFieldMappingsAt("chat", chat)
		index, err = bleve.New(path, m)
	} else {
		index, err = bleve.Open(path)
	}
	return &bleveIndex{index}, err
}

func (b *bleveIndex) close() error { return b.index.Close() }

func id(row int64) string { return fmt.Sprintf("%020d", row) }

func (b *bleveIndex) fill(next func() (message, bool)) error {
	for more := true; more; {
		batch := b.index.NewBatch()
		for range 2000 {
			var m message
			if m, more = next(); !more {
				break
			}
			if err := batch.Index(id(m.row), bleveDoc{m.text, strconv.Itoa(m.chat)}); err != nil {
				return err
			}
		}
		if err := b.index.Batch(batch); err != nil {
			return err
		}
	}
	return nil
}

func (b *bleveIndex) add(m message) error {
	return b.index.Index(id(m.row), bleveDoc{m.text, strconv.Itoa(m.chat)})
}

// find understands as much of FTS5's language as the benchmark writes: quoted
// words and phrases, the last with * for a prefix.
func (b *bleveIndex) find(q question) (int, error) {
	var all []query.Query
	for _, part := range strings.Split(q.Match, `" "`) {
		part = strings.Trim(part, `"`)
		if prefix, ok := strings.CutSuffix(part, `"*`); ok {
			p := bleve.NewPrefixQuery(prefix)
			p.SetField("text")
			all = append(all, p)
			continue
		}
		p := bleve.NewMatchPhraseQuery(part)
		p.SetField("text")
		all = append(all, p)
	}
	if q.Chats != nil {
		var any []query.Query
		for _, c := range q.Chats {
			t := bleve.NewTermQuery(strconv.Itoa(c))
			t.SetField("chat")
			any = append(any, t)
		}
		all = append(all, bleve.NewDisjunctionQuery(any...))
	}
	r := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(all...), 50, 0, false)
	r.Fields = []string{"text"}
	if !q.Best {
		r.SortBy([]string{"-_id"})
	}
	found, err := b.index.Search(r)
	if err != nil {
		return 0, err
	}
	return len(found.Hits), nil
}
