package sandbox

import "strings"

// lambda reads what follows "path/any(" or "path/all(": a variable and a
// condition on the rows behind a collection, or nothing.
func (p *dvParser) lambda(name string) (dvFilter, *dvError) {
	at := strings.LastIndexByte(name, '/')
	path, word := name[:at], name[at+1:]
	navs, t, many, err := p.collectionPath(path)
	if err != nil {
		return dvFilter{}, err
	}
	if p.is(dvTokPunct, ")") {
		if word == "all" {
			return dvFilter{}, p.syntax()
		}
		return dvFilter{test: dvAnyOf(navs, t, many, func(*dvOrg, *dvRow) bool { return true })}, nil
	}
	tok := p.toks[0]
	variable, rest, ok := strings.Cut(tok.text, ":")
	if tok.kind != dvTokWord || !ok || variable == "" || strings.ContainsAny(variable, "/.") {
		return dvFilter{}, p.syntax()
	}
	p.next()
	inner := *p
	inner.table, inner.variable = p.tables[many.target], variable
	if inner.table == nil {
		return dvFilter{}, dvNoProperty(path, p.table)
	}
	if rest != "" { // "c:c/title" is one word
		first, err := dvWord(rest, tok.at+len(variable)+1, p.whole, nil)
		if err != nil {
			return dvFilter{}, err
		}
		inner.toks = append([]dvTok{first}, p.toks...)
	}
	f, err := inner.or()
	if err != nil {
		return dvFilter{}, err
	}
	p.toks = inner.toks
	if !p.is(dvTokPunct, ")") {
		return dvFilter{}, p.syntax()
	}
	if word == "any" {
		return dvFilter{test: dvAnyOf(navs, t, many, f.test)}, nil
	}
	exception := dvAnyOf(navs, t, many, func(o *dvOrg, r *dvRow) bool { return !f.test(o, r) })
	return dvFilter{test: func(o *dvOrg, r *dvRow) bool { return !exception(o, r) }}, nil
}

// collectionPath resolves navigation properties that end in a collection.
func (p *dvParser) collectionPath(path string) ([]dvNav, *dvTable, *dvMany, *dvError) {
	t := p.table
	parts := strings.Split(p.plain(path), "/")
	var navs []dvNav
	for _, part := range parts[:len(parts)-1] {
		nav, ok := t.navs[part]
		next := p.tables[nav.target]
		if !ok || next == nil {
			return nil, nil, nil, dvNoProperty(part, t)
		}
		navs = append(navs, nav)
		t = next
	}
	last := parts[len(parts)-1]
	for i := range t.many {
		if t.many[i].name == last {
			return navs, t, &t.many[i], nil
		}
	}
	return nil, nil, nil, dvNoProperty(last, t)
}

// plain cuts the variable of a lambda off a path.
func (p *dvParser) plain(path string) string {
	if p.variable == "" {
		return path
	}
	return strings.TrimPrefix(path, p.variable+"/")
}

// dvAnyOf passes rows behind which, in a collection, some row passes a test.
func dvAnyOf(navs []dvNav, t *dvTable, many *dvMany, test dvTest) dvTest {
	return func(o *dvOrg, r *dvRow) bool {
		if r = o.follow(r, navs); r == nil {
			return false
		}
		for _, x := range o.collection(t, r, many) {
			if test(o, x) {
				return true
			}
		}
		return false
	}
}

// follow goes from a row over navigation properties; nil where one leads nowhere.
func (o *dvOrg) follow(r *dvRow, navs []dvNav) *dvRow {
	for _, nav := range navs {
		ref := r.ref(nav.column.name)
		if ref.table != nav.target || o.tables[ref.table] == nil {
			return nil
		}
		if r = o.tables[ref.table].get(ref.id); r == nil {
			return nil
		}
	}
	return r
}
