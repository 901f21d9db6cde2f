package companion

import (
	"context"
	"fmt"
	"sync"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
)

// Facts that hardly change are kept for a while: which user of an environment
// a person is, and how a table is called in addresses. Rights, settings, links
// and members are never kept.
const (
	knownFor  = 10 * time.Minute
	knownMost = 50_000
)

// known are facts of the environments. They are the same whoever reads them.
type known struct {
	mu     sync.Mutex
	people map[string]fact[string]          // guarded by mu; env|systemuserid → Entra object id
	users  map[string]fact[string]          // guarded by mu; env|Entra object id → systemuserid
	tables map[string]fact[dataverse.Table] // guarded by mu; env|logical name
}

type fact[T any] struct {
	value T
	at    time.Time
}

func newKnown() *known {
	return &known{people: map[string]fact[string]{}, users: map[string]fact[string]{}, tables: map[string]fact[dataverse.Table]{}}
}

func look[T any](k *known, m map[string]fact[T], key string) (T, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, ok := m[key]
	return f.value, ok && time.Since(f.at) < knownFor
}

func keep[T any](k *known, m map[string]fact[T], key string, value T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(m) >= knownMost {
		clear(m)
	}
	m[key] = fact[T]{value, time.Now()}
}

// me is the caller's systemuserid.
func (k *known) me(ctx context.Context, dv *dataverse.Client, env, oid string) (string, error) {
	if id, ok := look(k, k.users, env+"|"+oid); ok {
		return id, nil
	}
	who, err := dv.WhoAmI(ctx)
	if err != nil {
		return "", err
	}
	keep(k, k.users, env+"|"+oid, who.UserID)
	return who.UserID, nil
}

func (k *known) table(ctx context.Context, dv *dataverse.Client, env, logical string) (dataverse.Table, error) {
	if t, ok := look(k, k.tables, env+"|"+logical); ok {
		return t, nil
	}
	t, err := dv.Table(ctx, logical)
	if err == nil && t.Logical != logical {
		err = fmt.Errorf("%w: definition of another table", odata.ErrBadReply)
	}
	if err != nil {
		return t, err
	}
	keep(k, k.tables, env+"|"+logical, t)
	return t, nil
}

// persons are the Entra object ids of system users, "" for one that has none
// (an application, say) or that the environment does not know.
func (k *known) persons(ctx context.Context, dv *dataverse.Client, env string, ids ...string) ([]string, error) {
	out := make([]string, len(ids))
	var ask []string
	for i, id := range ids {
		var ok bool
		if out[i], ok = look(k, k.people, env+"|"+id); !ok && id != "" {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	users, err := dv.UsersByID(ctx, ask)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		keep(k, k.people, env+"|"+u.ID, u.ObjectID)
		for i, id := range ids {
			if id == u.ID {
				out[i] = u.ObjectID
			}
		}
	}
	return out, nil
}
