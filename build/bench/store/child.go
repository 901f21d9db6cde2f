package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"chatpane/app/chat"
	"chatpane/build/benchhost"
)

// beChild opens a filled store, uses it as an agent would for a while, and
// prints the memory it then holds resident, in MB.
func beChild(kind, dir string) error {
	debug.SetMemoryLimit(64 << 20) // as the app sets it
	ids, err := readIDs(dir)
	if err != nil {
		return err
	}
	var latest func(chat.ID) error
	switch kind {
	case "ours":
		s, err := openOurs(dir)
		if err != nil {
			return err
		}
		defer s.Close()
		latest = func(id chat.ID) error { _, _, err := s.Latest(id, pageSize); return err }
	case "peer":
		p, err := openPeer(filepath.Join(dir, "peer"))
		if err != nil {
			return err
		}
		defer p.close()
		latest = func(id chat.ID) error { _, err := p.latest(id, pageSize); return err }
	default:
		return fmt.Errorf("unknown child %q", kind)
	}
	for i := range 400 {
		if err := latest(ids[i*7919%len(ids)]); err != nil {
			return err
		}
	}
	fmt.Println(benchhost.Resident())
	return nil
}

// writeIDs leaves the chats' ids for the children.
func writeIDs(dir string, chats []chat.Chat) error {
	var ids []chat.ID
	for _, c := range chats {
		ids = append(ids, c.ID)
	}
	b, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "ids.json"), b, 0o600)
}

func readIDs(dir string) ([]chat.ID, error) {
	b, err := os.ReadFile(filepath.Join(dir, "ids.json"))
	if err != nil {
		return nil, err
	}
	var ids []chat.ID
	return ids, json.Unmarshal(b, &ids)
}
