package desktop

import (
	"strings"
	"time"

	"github.com/wailsapp/wails/v2/pkg/options"
	wails "github.com/wailsapp/wails/v2/pkg/runtime"
)

// Scheme is the protocol of our deep links.
const Scheme = "chatpane:"

// linksPerSecond bounds what other programs can make us open (threats.md C3).
const linksPerSecond = 5

// LinkIn returns the deep link among the arguments of a start, "" for none.
// Only an argument that begins with our scheme is read (threats.md C2).
func LinkIn(args []string) string {
	for _, a := range args {
		if len(a) <= 2048 && len(a) > len(Scheme) && strings.EqualFold(a[:len(Scheme)], Scheme) {
			return a
		}
	}
	return ""
}

// SingleInstance makes a second start focus this window and hand over its link.
func (d *Desk) SingleInstance(id string) *options.SingleInstanceLock {
	limit := &pace{per: linksPerSecond}
	return &options.SingleInstanceLock{
		UniqueId: id,
		OnSecondInstanceLaunch: func(data options.SecondInstanceData) {
			if !limit.allow(time.Now()) {
				return
			}
			if ctx, ok := d.window(); ok {
				wails.WindowUnminimise(ctx)
				wails.WindowShow(ctx)
			}
			if link := LinkIn(data.Args); link != "" {
				d.link(link)
			}
		},
	}
}

// pace allows per events in any second.
type pace struct {
	per   int
	start time.Time
	n     int
}

func (p *pace) allow(now time.Time) bool {
	if now.Sub(p.start) >= time.Second {
		p.start, p.n = now, 0
	}
	p.n++
	return p.n <= p.per
}
