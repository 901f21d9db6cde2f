package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// typical makes batches as a first synchronisation does: 150 chats, 30,000
// messages of about 180 characters.
func typical() []store.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	var words []string
	for range 4000 {
		words = append(words, fmt.Sprintf("%x", r.Uint32N(1<<24)))
	}
	var out []store.Batch
	for c := range 150 {
		id := chat.ID(fmt.Sprintf("19:%032x@thread.v2", c))
		b := store.Batch{Chats: []chat.Chat{group(id)}, Marks: []store.Mark{{Feed: "m:" + string(id), Value: "x"}}}
		for i := range 200 {
			var text []string
			for range 26 {
				text = append(text, words[int(r.ExpFloat64()*400)%len(words)])
			}
			b.Messages = append(b.Messages, msg(id, i*7, strings.Join(text, " ")))
		}
		out = append(out, b)
	}
	return out
}

func BenchmarkIngest(b *testing.B) {
	batches := typical()
	for b.Loop() {
		v, dir := openVault(b)
		s := openDisk(b, dir, v)
		for _, batch := range batches {
			if _, err := s.Apply(context.Background(), batch); err != nil {
				b.Fatal(err)
			}
		}
		closeStore(b, s)
	}
	b.ReportMetric(float64(30000*b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkLatest50(b *testing.B) {
	v, dir := openVault(b)
	s := openDisk(b, dir, v)
	defer closeStore(b, s)
	var ids []chat.ID
	for _, batch := range typical() {
		apply(b, s, batch)
		ids = append(ids, batch.Chats[0].ID)
	}
	for i := 0; b.Loop(); i++ {
		if _, _, err := s.Latest(ids[i%len(ids)], 50); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenAndFirstPage(b *testing.B) {
	v, dir := openVault(b)
	s := openDisk(b, dir, v)
	for _, batch := range typical() {
		apply(b, s, batch)
	}
	closeStore(b, s)
	for b.Loop() {
		s := openDisk(b, dir, v)
		chats, _ := s.Chats()
		if _, _, err := s.Latest(chats[0].ID, 50); err != nil {
			b.Fatal(err)
		}
		closeStore(b, s)
	}
}
