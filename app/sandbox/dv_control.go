package sandbox

import (
	"errors"
	"fmt"
	"time"
)

// turnDataverse sets one of Dataverse's knobs for another process. It reports
// whether the knob is one of them. Persons are given by object id or user
// principal name.
func (s *Sandbox) turnDataverse(t turn) (bool, error) {
	if mine, err := s.turnRows(t); mine {
		return true, err
	}
	switch t.Knob {
	case "setconfig":
		return true, s.SetConfig(t.Table, t.Value, t.On)
	case "removeconfig":
		return true, s.RemoveConfig(t.Table)
	case "revokeread", "revokewrite", "restore":
		p := s.person(t.first())
		if p == nil {
			return true, fmt.Errorf("set privilege: nobody is called %q", t.first())
		}
		return true, map[string]func(oid, table string) error{"revokeread": s.RevokeRead, "revokewrite": s.RevokeWrite, "restore": s.Restore}[t.Knob](p.OID, t.Table)
	case "teamstables":
		set, ok := map[string]func(){"absent": s.DropTeamsTables, "forbidden": s.ForbidTeamsTables, "configsforbidden": s.ForbidConfigs, "whole": s.RestoreTeamsTables}[t.Value]
		if !ok {
			return true, fmt.Errorf("set the Teams tables: %q is not absent, forbidden, configsforbidden or whole", t.Value)
		}
		set()
		return true, nil
	case "chatsync":
		s.SyncChats(t.On)
		return true, nil
	case "throttledataverse":
		return true, s.ThrottleDataverse(t.Value, t.Times, time.Duration(t.Millis)*time.Millisecond)
	}
	return false, nil
}

// turnRows sets a knob that changes rows.
func (s *Sandbox) turnRows(t turn) (bool, error) {
	switch t.Knob {
	case "setowner":
		return true, s.SetCaseOwner(t.Row, t.Value)
	case "setrow":
		values, err := s.knobValues(t.Table, t.Values)
		if err != nil {
			return true, err
		}
		return true, s.SetRow(t.Table, t.Row, values)
	case "deleterow":
		return true, s.DeleteRow(t.Table, t.Row)
	case "addlink":
		p := s.person(t.first())
		if p == nil {
			return true, fmt.Errorf("add link: nobody is called %q", t.first())
		}
		_, err := s.AddLink(t.Chat, t.Table, t.Row, p.OID)
		return true, err
	case "setlink":
		p := s.person(t.first())
		if p == nil {
			return true, fmt.Errorf("set link: nobody is called %q", t.first())
		}
		return true, s.SetLink(t.Row, t.On, p.OID)
	}
	return false, nil
}

// first is the person that a knob is about.
func (t turn) first() string {
	if len(t.Persons) == 0 {
		return ""
	}
	return t.Persons[0]
}

// knobValues makes of JSON values what SetRow takes.
func (s *Sandbox) knobValues(table string, values map[string]any) (map[string]any, error) {
	t := s.dv.main.metadata[table]
	if t == nil {
		return nil, fmt.Errorf("set row: no table %s", table)
	}
	out := map[string]any{}
	for name, v := range values {
		out[name] = v
		c := t.byName[name]
		if n, ok := v.(float64); ok {
			out[name] = int(n)
		}
		if text, ok := v.(string); ok && c != nil && c.kind == dvTime {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return nil, fmt.Errorf("set row: %s: %w", name, err)
			}
			out[name] = at
		}
	}
	return out, nil
}

// ThrottleDataverse refuses the next requests to Dataverse as over one of the
// service protection limits: "requests", "time" or "concurrent". With an after
// of zero the Retry-After header is missing.
func (s *Sandbox) ThrottleDataverse(limit string, times int, after time.Duration) error {
	refusal, ok := dvRefusals[limit]
	if !ok {
		return errors.New("throttle Dataverse: the limit is requests, time or concurrent")
	}
	s.Knobs.add(&fault{match: serviceDataverse, times: times, act: dvPlayThrottle(refusal, after)})
	return nil
}
