package desktop

import (
	"context"
	"time"

	wails "github.com/wailsapp/wails/v2/pkg/runtime"
)

// handshakeWait is how long a loaded page may take to call Hello before it
// counts as foreign.
const handshakeWait = 5 * time.Second

// Ping tells the page that a change exists. A page that has not shaken hands
// is sent nothing: it may not be ours.
func (d *Desk) Ping(seq int64) {
	d.mu.Lock()
	ctx, open := d.ctx, d.open && d.ctx != nil
	if !open {
		d.pending = seq
	}
	d.mu.Unlock()
	if open {
		wails.EventsEmit(ctx, "change", seq)
	}
}

// DomReady is told when a page has loaded. Our page has called Hello by then
// or does so at once; a page that stays silent is replaced by ours.
func (d *Desk) DomReady(ctx context.Context) {
	d.mu.Lock()
	ours := d.fresh
	d.fresh, d.open = false, ours
	d.loads++
	load := d.loads
	d.mu.Unlock()
	if ours {
		return
	}
	time.AfterFunc(handshakeWait, func() {
		d.mu.Lock()
		silent := !d.open && d.loads == load
		d.mu.Unlock()
		if silent && ctx.Err() == nil {
			wails.WindowReloadApp(ctx)
		}
	})
}

// Handshake opens the gate: only our page calls Hello.
func (d *Desk) Handshake() {
	d.mu.Lock()
	d.fresh, d.open = true, true
	seq := d.pending
	d.pending = 0
	d.mu.Unlock()
	if seq > 0 {
		d.Ping(seq)
	}
}
