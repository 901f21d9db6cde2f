package wire

import (
	"context"
	"errors"
	"io"
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
	cancel context.CancelCauseFunc
	read   atomic.Int64 // bytes since the last look at the speed
	timer  *time.Timer
}

func newBody(ctx context.Context, in io.ReadCloser, limit int64, cancel context.CancelCauseFunc) *body {
	b := &body{ctx: ctx, in: in, left: limit, cancel: cancel}
	b.timer = time.AfterFunc(slowWindow, b.watch)
	return b
}

// watch runs once per window and gives up on a server that trickles.
func (b *body) watch() {
	if b.read.Swap(0) < slowBytes {
		b.cancel(ErrTooSlow)
		return
	}
	b.timer.Reset(slowWindow)
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
	b.timer.Stop()
	err := b.in.Close()
	b.cancel(nil)
	return err
}
