package wire

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// A server must send at least slowBytes in every slowWindow.
const (
	slowBytes  = 1 << 10
	slowWindow = 30 * time.Second
)

// body is an answer's body with a cap and a minimum speed.
type body struct {
	ctx    context.Context
	in     io.ReadCloser
	left   int64
	cancel func(error)
	read   atomic.Int64 // bytes since the last look at the speed

	mu    sync.Mutex
	timer *time.Timer // guarded by mu; nil once closed
}

func newBody(ctx context.Context, in io.ReadCloser, limit int64, cancel func(error)) *body {
	b := &body{ctx: ctx, in: in, left: limit, cancel: cancel}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer = time.AfterFunc(slowWindow, b.watch)
	return b
}

// watch runs once per window and gives up on a server that trickles.
func (b *body) watch() {
	if b.read.Swap(0) < slowBytes {
		b.cancel(ErrTooSlow)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Reset(slowWindow)
	}
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.in.Read(p)
	b.read.Add(int64(n))
	if int64(n) > b.left {
		n, b.left = int(b.left), 0
		b.cancel(ErrTooLarge)
		return n, ErrTooLarge
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF && errors.Is(context.Cause(b.ctx), ErrTooSlow) {
		err = ErrTooSlow
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.mu.Lock()
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	b.mu.Unlock()
	err := b.in.Close()
	b.cancel(nil)
	return err
}
