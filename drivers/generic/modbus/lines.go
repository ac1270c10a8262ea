package modbus

import (
	"fmt"
	"strings"
)

// places maps a key's path ("setting[2].max", and "setting.max" for the first such key) to its line.
type places map[string]int

// line returns where a key is written, or where the nearest thing around it begins.
func (p places) line(path string) int {
	for {
		if n, ok := p[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".")
		if i < 0 {
			return 1
		}
		path = path[:i]
	}
}

// locate finds the keys of a TOML text that the decoder has accepted; the decoder does not tell where a key was.
func locate(text string) places {
	s := scanner{text: text, line: 1, places: places{}, count: map[string]int{}}
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case '\n', ' ', '\t', '\r':
			s.step()
		case '#':
			s.toLineEnd()
		case '[':
			s.header()
		default:
			s.pair()
		}
	}
	return s.places
}

type scanner struct {
	text    string
	pos     int
	line    int
	section string // of the last header, with its index
	places  places
	count   map[string]int // how often an array's header has come
}

func (s *scanner) step() {
	if s.text[s.pos] == '\n' {
		s.line++
	}
	s.pos++
}

func (s *scanner) toLineEnd() {
	for s.pos < len(s.text) && s.text[s.pos] != '\n' {
		s.pos++
	}
}

// note records a path with its indices, and the first of its kind without them.
func (s *scanner) note(path string) {
	s.places[path] = s.line
	plain := path
	if open, shut := strings.IndexByte(path, '['), strings.IndexByte(path, ']'); open >= 0 && open < shut {
		plain = path[:open] + path[shut+1:]
	}
	if _, ok := s.places[plain]; !ok {
		s.places[plain] = s.line
	}
}

func (s *scanner) header() {
	start := s.pos
	s.toLineEnd()
	text, _, _ := strings.Cut(s.text[start:s.pos], "#")
	text = strings.TrimSpace(text)
	name := strings.Trim(text, "[] \t")
	s.section = name
	if strings.HasPrefix(text, "[[") {
		s.section = fmt.Sprintf("%s[%d]", name, s.count[name])
		s.count[name]++
	}
	s.note(s.section)
}

// key reads up to the next equals sign, or the end of an empty table, and returns what is before it.
func (s *scanner) key() string {
	start := s.pos
	for s.pos < len(s.text) && !strings.ContainsRune("=}\n", rune(s.text[s.pos])) {
		if c := s.text[s.pos]; c == '"' || c == '\'' {
			s.quoted()
			continue
		}
		s.pos++
	}
	return strings.TrimSpace(s.text[start:s.pos])
}

// pair reads a key and its value, with the keys of tables inside the value.
func (s *scanner) pair() {
	path := s.key()
	if s.section != "" {
		path = s.section + "." + path
	}
	s.note(path)
	var open []byte // brackets around pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '"' || c == '\'':
			s.quoted()
			continue
		case c == '#':
			s.toLineEnd()
			continue
		case c == '\n' && len(open) == 0:
			return
		case c == '[' || c == '{':
			open = append(open, c)
		case (c == ']' || c == '}') && len(open) > 0:
			open = open[:len(open)-1]
		}
		s.step()
		if c == '{' || c == ',' && len(open) > 0 && open[len(open)-1] == '{' {
			s.note(path + "." + s.key())
		}
	}
}

// quoted passes over a string of any of TOML's four kinds.
func (s *scanner) quoted() {
	mark := s.text[s.pos : s.pos+1]
	if triple := strings.Repeat(mark, 3); strings.HasPrefix(s.text[s.pos:], triple) {
		mark = triple
	}
	s.pos += len(mark)
	for s.pos < len(s.text) && !strings.HasPrefix(s.text[s.pos:], mark) {
		if mark[0] == '"' && s.text[s.pos] == '\\' && s.pos+1 < len(s.text) {
			s.step()
		}
		s.step()
	}
	s.pos = min(len(s.text), s.pos+len(mark))
}
