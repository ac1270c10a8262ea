package leaf

import (
	"encoding/base64"
	"math"
	"strings"
	"unicode/utf8"

	"countersign/internal/clock"
	"countersign/internal/fault"
)

// encoding of hashes. Strict: the two spare bits of the last digit must be nought.
var encoding = base64.RawURLEncoding.Strict()

// hashLen is the length of an encoded hash.
const hashLen = 43

// Decode reads one leaf. It accepts exactly what Encode makes: anything else, white space and a different order
// included, is fault.LogBroken. The strings of the Leaf share one copy of encoded.
func Decode(encoded []byte) (Leaf, error) {
	if len(encoded) > MaxSize {
		return Leaf{}, fault.Newf(fault.LogBroken, "leaf", "%d bytes", len(encoded))
	}
	if !utf8.Valid(encoded) {
		return Leaf{}, fault.Newf(fault.LogBroken, "leaf", "not UTF-8")
	}
	s := scanner{text: string(encoded)}
	l := s.leaf()
	if s.what != "" {
		return Leaf{}, fault.Newf(fault.LogBroken, "leaf", "%s at byte %d", s.what, s.at)
	}
	return l, nil
}

// scanner walks over one leaf. After the first failure every step does nothing.
type scanner struct {
	text string
	at   int
	what string // the first failure; "" as long as there was none
}

func (s *scanner) leaf() (l Leaf) {
	s.literal(`{"v":1,"seq":`)
	l.Seq = s.count()
	s.literal(`,"prev":"`)
	l.Prev = s.hash()
	s.literal(`","kind":"`)
	l.Kind = s.name()
	s.literal(`","at":{"wall":"`)
	s.wall(&l.At)
	s.literal(`","boot_ms":`)
	l.At.BootMS = s.count()
	s.literal(`,"boot":`)
	l.At.Boot = s.str()
	s.literal(`,"clock":"`)
	l.At.State = s.state()
	s.literal(`"},"epoch":`)
	l.Epoch = s.count()
	s.literal(`,"actor":{"id":`)
	l.Actor.ID = s.str()
	s.literal(`,"name":`)
	l.Actor.Name = s.str()
	s.literal(`,"role":`)
	l.Actor.Role = s.str()
	s.literal(`},"body":{`)
	l.Body = s.body()
	if s.accept(`,"stmt":`) {
		if l.Stmt = s.str(); l.Stmt == "" {
			s.fail("an empty statement")
		}
	}
	s.literal(`}`)
	if s.at != len(s.text) {
		s.fail("something after the leaf")
	}
	return l
}

func (s *scanner) fail(what string) {
	if s.what == "" {
		s.what = what
	}
}

// accept takes text when it comes next.
func (s *scanner) accept(text string) bool {
	if s.what != "" || !strings.HasPrefix(s.text[s.at:], text) {
		return false
	}
	s.at += len(text)
	return true
}

// literal takes text, which must come next.
func (s *scanner) literal(text string) {
	if !s.accept(text) {
		s.fail("not " + text)
	}
}

// take takes the next n bytes.
func (s *scanner) take(n int) string {
	if s.what != "" || len(s.text)-s.at < n {
		s.fail("cut short")
		return ""
	}
	s.at += n
	return s.text[s.at-n : s.at]
}

func (s *scanner) hash() (h [32]byte) {
	var text [hashLen]byte // on the stack: every leaf has a hash
	copy(text[:], s.take(hashLen))
	if n, err := encoding.Decode(h[:], text[:]); err != nil || n != len(h) {
		s.fail("not a hash")
	}
	return h
}

func (s *scanner) wall(r *clock.Reading) {
	wall, err := clock.ParseWall(s.take(len("2026-09-30T10:41:22.123+02:00")))
	if err != nil {
		s.fail("not a time")
	}
	r.Wall = wall
}

func (s *scanner) state() clock.State {
	for _, state := range []clock.State{clock.OK, clock.Unsynced, clock.Stepped} {
		if s.accept(string(state)) {
			return state
		}
	}
	s.fail("not a state of the clock")
	return ""
}

// name takes a kind or a key, up to the quotation mark behind it.
func (s *scanner) name() string {
	from := s.at
	for s.at < len(s.text) && inName[s.text[s.at]] {
		s.at++
	}
	name := s.text[from:s.at]
	if !isName(name) {
		s.fail("not a name")
	}
	return name
}

// body takes the fields and the closing brace.
func (s *scanner) body() Body {
	if s.accept(`}`) {
		return Body{}
	}
	fields := make([]Field, 0, 4)
	for s.what == "" {
		if len(fields) == MaxFields {
			s.fail("too many fields")
		}
		s.literal(`"`)
		f := Field{Key: s.name()}
		if n := len(fields); n > 0 && fields[n-1].Key >= f.Key {
			s.fail("keys not in order")
		}
		s.literal(`":`)
		if f.IsInt = !s.next('"'); f.IsInt {
			f.Int = s.integer()
		} else {
			f.Text = s.str()
		}
		fields = append(fields, f)
		if !s.accept(`,`) {
			break
		}
	}
	s.literal(`}`)
	return Body{fields}
}

func (s *scanner) next(c byte) bool { return s.at < len(s.text) && s.text[s.at] == c }

// count takes a whole number that is not negative.
func (s *scanner) count() int64 {
	if s.next('-') {
		s.fail("negative number")
	}
	return s.integer()
}

// integer takes a whole number in the one spelling: no plus sign, no leading nought, no minus nought.
func (s *scanner) integer() int64 {
	negative := s.accept(`-`)
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	from, n := s.at, uint64(0)
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		digit := uint64(s.text[s.at] - '0')
		if n > (limit-digit)/10 {
			s.fail("number out of range")
			return 0
		}
		n, s.at = n*10+digit, s.at+1
	}
	if digits := s.at - from; digits == 0 || s.text[from] == '0' && (digits > 1 || negative) {
		s.fail("not a number")
	}
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// str takes a string with its quotation marks.
func (s *scanner) str() string {
	s.literal(`"`)
	if s.what != "" {
		return ""
	}
	from := s.at
	s.skipPlain()
	if s.accept(`"`) {
		return s.text[from : s.at-1]
	}
	return s.escaped(from)
}

func (s *scanner) skipPlain() {
	at := s.at
	for at < len(s.text) && plain[s.text[at]] {
		at++
	}
	s.at = at
}

// escaped takes the rest of a string that began at from and has an escape where the scanner stands.
func (s *scanner) escaped(from int) string {
	var b strings.Builder
	b.Grow(s.at - from + 64)
	for s.what == "" {
		b.WriteString(s.text[from:s.at])
		if s.accept(`"`) {
			return b.String()
		}
		b.WriteByte(s.escape())
		from = s.at
		s.skipPlain()
	}
	return ""
}

// escape takes one escape in its one spelling.
func (s *scanner) escape() byte {
	s.literal(`\`)
	switch letter := s.take(1); letter {
	case `"`, `\`:
		return letter[0]
	case `n`:
		return '\n'
	case `u`:
		digits := s.take(4)
		if len(digits) == 4 && digits[:2] == "00" && (digits[2] == '0' || digits[2] == '1') {
			low := strings.IndexByte(hexDigits, digits[3])
			if c := (digits[2]-'0')<<4 | byte(low); low >= 0 && c != '\n' {
				return c
			}
		}
	}
	s.fail("an escape that is never written")
	return 0
}
