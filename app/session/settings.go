package session

import (
	"fmt"

	"chatpane/app/policy"
)

// settings are the settings in force, as the pane shows them.
func (c *Core) settings() Settings { return c.shown(c.o.Settings.Get()) }

func (c *Core) shown(p policy.Settings) Settings {
	return Settings{
		Language: p.Language, Theme: p.Theme, Zoom: int64(p.Zoom), EnterSends: p.EnterSends, OnTop: p.OnTop,
		Locked: c.o.Settings.Locked(), Folded: p.Folded, HintsSeen: p.HintsSeen,
	}
}

// SaveSettings keeps what the user chose and returns the settings in force;
// what policy fixes stays as it is.
func (c *Core) SaveSettings(s Settings) (Settings, error) {
	kept, err := c.o.Settings.Edit(func(p *policy.Settings) {
		p.Language, p.Theme, p.Zoom, p.EnterSends, p.OnTop = s.Language, s.Theme, int(s.Zoom), s.EnterSends, s.OnTop
		p.Folded, p.HintsSeen = s.Folded, s.HintsSeen
	})
	shown := c.shown(kept)
	c.board.update(func(e *edit) { e.put(cellSettings, "", shown) })
	if err != nil {
		return shown, fmt.Errorf("save settings: %w", err)
	}
	return shown, nil
}
