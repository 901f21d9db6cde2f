package chat_test

import (
	"strings"
	"testing"

	"chatpane/app/chat"
)

// TestMicrosoftsVectors are the test vectors of reference dataverse.md §1.4, as
// (owner, connector, owner toggle, connector toggle, privilege); * is both.
func TestMicrosoftsVectors(t *testing.T) {
	t.Parallel()
	for vector, want := range map[string]bool{
		"Y*NNN": false, "Y*Y**": true, "*YNNN": false, "*Y*Y*": true, "****Y": true,
		"NNYNN": false, "NYNNN": false, "NNNNN": false, "NNYYN": false,
	} {
		for _, v := range expand(vector) {
			f := chat.UnlinkFacts{Owner: v[0] == 'Y', Connector: v[1] == 'Y', OwnerToggle: v[2] == 'Y', ConnectorToggle: v[3] == 'Y', Privilege: v[4] == 'Y'}
			if got := f.Allowed(); got != want {
				t.Errorf("%s (of %s): allowed = %v, want %v", v, vector, got, want)
			}
			if got := f.Refusal() == chat.UnlinkOK; got != want {
				t.Errorf("%s: refusal = %q, but allowed = %v", v, f.Refusal(), want)
			}
		}
	}
}

func expand(vector string) []string {
	i := strings.IndexByte(vector, '*')
	if i < 0 {
		return []string{vector}
	}
	return append(expand(vector[:i]+"Y"+vector[i+1:]), expand(vector[:i]+"N"+vector[i+1:])...)
}

func TestTheRefusalNamesWhatHelpsMost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		facts chat.UnlinkFacts
		want  chat.UnlinkRefusal
	}{
		{chat.UnlinkFacts{Owner: true}, chat.UnlinkOwnerOff},
		{chat.UnlinkFacts{Owner: true, Connector: true}, chat.UnlinkOwnerOff},
		{chat.UnlinkFacts{Connector: true, OwnerToggle: true}, chat.UnlinkConnectorOff},
		{chat.UnlinkFacts{OwnerToggle: true, ConnectorToggle: true}, chat.UnlinkNotOwner},
		{chat.UnlinkFacts{Owner: true, OwnerToggle: true}, chat.UnlinkOK},
	} {
		if got := c.facts.Refusal(); got != c.want {
			t.Errorf("%+v: refusal = %q, want %q", c.facts, got, c.want)
		}
	}
}
