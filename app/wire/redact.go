package wire

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
)

// allowed are the attribute keys whose values reach a log. They carry ids,
// times, counts and codes; texts of people have no key here.
var allowed = map[string]bool{
	"chat": true, "op": true, "feed": true, "request": true, "status": true, "took": true, "err": true,
	"where": true, "code": true, "method": true, "host": true, "count": true, "bucket": true,
	"version": true, "os": true, "state": true, "kind": true,
}

var (
	addresses = regexp.MustCompile(`(?i)\b(https?://)(?:[^\s/"'@]*@)?([^\s/"'?#]+)[^\s"']*`)
	tokens    = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}[A-Za-z0-9._-]*|\b[01]\.A[A-Za-z0-9._-]{20,}|(?i:\bbearer\s+)\S+`)
)

// RedactHandler returns a handler that lets only allow-listed attributes
// through to h, cuts web addresses to their host and removes what looks like a
// token. Values that are neither texts, errors, numbers nor times are replaced.
func RedactHandler(h slog.Handler) slog.Handler { return redactor{h} }

type redactor struct{ next slog.Handler }

// Enabled implements slog.Handler.
func (r redactor) Enabled(ctx context.Context, l slog.Level) bool { return r.next.Enabled(ctx, l) }

// Handle implements slog.Handler.
func (r redactor) Handle(ctx context.Context, rec slog.Record) error {
	out := slog.NewRecord(rec.Time, rec.Level, scrub(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(redact(a))
		return true
	})
	return r.next.Handle(ctx, out)
}

// WithAttrs implements slog.Handler.
func (r redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = redact(a)
	}
	return redactor{r.next.WithAttrs(out)}
}

// WithGroup implements slog.Handler.
func (r redactor) WithGroup(name string) slog.Handler { return redactor{r.next.WithGroup(name)} }

func redact(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		in := v.Group()
		out := make([]slog.Attr, len(in))
		for i, g := range in {
			out[i] = redact(g)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(out...)}
	}
	if !allowed[a.Key] {
		return slog.String(a.Key, redacted)
	}
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, scrub(v.String()))
	case slog.KindAny:
		err, ok := v.Any().(error)
		if !ok {
			return slog.String(a.Key, redacted)
		}
		return slog.String(a.Key, scrub(err.Error()))
	default:
		return slog.Attr{Key: a.Key, Value: v}
	}
}

// scrub cuts addresses to scheme and host and blots out tokens.
func scrub(s string) string {
	s = tokens.ReplaceAllString(s, redacted)
	return strings.ToValidUTF8(addresses.ReplaceAllString(s, "$1$2/…"), "")
}
