package markup

import (
	"encoding/json"
	"slices"
)

// maxCardDepth is deeper than cards people design.
const maxCardDepth = 64

// cardPart is any element or action of an adaptive card that we draw.
type cardPart struct {
	Type      string     `json:"type"`
	IsVisible *bool      `json:"isVisible"`
	Text      string     `json:"text"`
	Weight    string     `json:"weight"`
	Title     string     `json:"title"`
	URL       string     `json:"url"`
	AltText   string     `json:"altText"`
	Body      []cardPart `json:"body"`
	Items     []cardPart `json:"items"`
	Columns   []cardPart `json:"columns"`
	Actions   []cardPart `json:"actions"`
	Facts     []struct {
		Title string `json:"title"`
		Value string `json:"value"`
	} `json:"facts"`
}

// Card reads an adaptive card (the JSON that Graph sends as text) into nodes:
// texts, facts, containers, columns, pictures by their description, and
// buttons that open an address. A card with anything else becomes plain text
// as a whole, so that nobody sees half of it. One that is huge, nested deep or
// no JSON is refused at once.
func Card(content string) []Node {
	refused := []Node{{T: "unknown", Text: "card"}}
	if len(content) > MaxBytes || jsonDepth(content) > maxCardDepth {
		return refused
	}
	var card cardPart
	c := carder{}
	if err := json.Unmarshal([]byte(content), &card); err == nil && card.Type == "AdaptiveCard" {
		nodes := append(c.parts(card.Body), c.actions(card.Actions)...)
		if !c.failed {
			return finish(nodes, refused)
		}
	}
	var anything any
	if err := json.Unmarshal([]byte(content), &anything); err != nil {
		return refused
	}
	return finish(cardText(anything), refused)
}

func finish(nodes, refused []Node) []Node {
	left := MaxNodes
	nodes = limit(settle(nodes, Node{T: "div"}), &left)
	if len(nodes) == 0 {
		return refused
	}
	return nodes
}

// jsonDepth is how deep brackets nest, without decoding.
func jsonDepth(s string) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case quoted && ch == '\\':
			i++
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '{' || ch == '[':
			depth++
			deepest = max(deepest, depth)
		case ch == '}' || ch == ']':
			depth--
		}
	}
	return deepest
}

// carder turns parts into nodes; failed is set by the first it does not know.
type carder struct{ failed bool }

func (c *carder) parts(parts []cardPart) []Node {
	var out []Node
	for _, p := range parts {
		if p.IsVisible != nil && !*p.IsVisible {
			continue
		}
		out = append(out, c.part(p)...)
	}
	return out
}

func (c *carder) part(p cardPart) []Node {
	switch p.Type {
	case "TextBlock":
		return textBlock(p)
	case "FactSet":
		return facts(p)
	case "Container", "Column":
		return c.parts(p.Items)
	case "ColumnSet":
		row := Node{T: "row"}
		for _, col := range p.Columns {
			if col.Type != "" && col.Type != "Column" {
				c.failed = true
			}
			row.Children = append(row.Children, Node{T: "cell", Children: c.parts(col.Items)})
		}
		return []Node{{T: "table", Children: []Node{row}}}
	case "Image":
		out := Node{T: "unknown", Text: "image", Alt: cut(stripSpoof(squeeze(p.AltText)), maxAlt)}
		if l, ok := parseLink(p.URL); ok {
			out.Host, out.URL = l.host, l.url
		}
		return []Node{{T: "p", Children: []Node{out}}}
	case "ActionSet":
		return c.actions(p.Actions)
	}
	c.failed = true
	return nil
}

func textBlock(p cardPart) []Node {
	nodes := markdown(show(p.Text))
	if p.Weight == "bolder" || p.Weight == "Bolder" {
		for i, n := range nodes {
			if n.T == "p" {
				nodes[i].Children = []Node{{T: "b", Children: n.Children}}
			}
		}
	}
	return nodes
}

func facts(p cardPart) []Node {
	table := Node{T: "table"}
	for _, f := range p.Facts {
		table.Children = append(table.Children, Node{T: "row", Children: []Node{
			{T: "cell", Head: true, Children: []Node{text(stripSpoof(f.Title))}},
			{T: "cell", Children: spansOf(show(f.Value))},
		}})
	}
	return []Node{table}
}

func (c *carder) actions(actions []cardPart) []Node {
	var out []Node
	for _, a := range actions {
		l, ok := parseLink(a.URL)
		if a.Type != "Action.OpenUrl" {
			c.failed = true
			return nil
		}
		title := stripSpoof(squeeze(a.Title))
		if title == "" {
			title = l.host
		}
		n := text(title)
		if ok {
			n = l.around(title)
		}
		out = append(out, Node{T: "p", Children: []Node{n}})
	}
	return out
}

// around is the link with a text.
func (l link) around(title string) Node {
	out := Node{T: "link", URL: l.url, Children: []Node{text(title)}}
	if l.misleads(title) {
		out.Host = l.host
	}
	return out
}

// cardText is every text for people in a card of a form we do not draw.
func cardText(value any) []Node {
	var out []Node
	switch v := value.(type) {
	case []any:
		for _, el := range v {
			out = append(out, cardText(el)...)
		}
	case map[string]any:
		first := []string{"title", "subtitle", "text", "label", "value", "altText"}
		for _, key := range first {
			if s, ok := v[key].(string); ok {
				out = append(out, Node{T: "div", Children: []Node{text(show(s))}})
			}
		}
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		// "actions" and "buttons" come first by name but are read last.
		slices.SortStableFunc(keys, func(a, b string) int { return late(a) - late(b) })
		for _, key := range keys {
			out = append(out, cardText(v[key])...)
		}
	}
	return out
}

func late(key string) int {
	if key == "actions" || key == "buttons" {
		return 1
	}
	return 0
}
