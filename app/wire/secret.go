package wire

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that no log, error, or JSON shows: every way of printing it
// gives a placeholder. Reveal alone gives the text. The zero value is empty.
type Secret struct {
	// text is a pointer, because package fmt asks no method of a value in an
	// unexported field, and would print a text there; of a pointer it prints
	// the address.
	text *string
}

// NewSecret returns the secret that is the text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns a placeholder.
func (s Secret) String() string { return redacted }

// GoString returns a placeholder.
func (s Secret) GoString() string { return redacted }

// Format writes a placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue returns a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes a placeholder.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText writes a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
