package statement

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/clock"
)

// maxValid is the longest time for which a request can be valid. Policy allows less.
const maxValid = 366 * 24 * time.Hour

// reader takes the parts of a value one by one. After the first failure every step does nothing.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// word takes what comes before the next space, or all that is left.
func (r *reader) word() string {
	word, rest, _ := strings.Cut(r.rest, " ")
	r.rest = rest
	return word
}

// literal takes text, which must come next.
func (r *reader) literal(text string) {
	rest, ok := strings.CutPrefix(r.rest, text)
	if !ok {
		r.fail("%q is missing", strings.TrimSpace(text))
	}
	r.rest = rest
}

// checked takes a word that satisfies is.
func (r *reader) checked(is func(string) bool, what string) string {
	word := r.word()
	if !is(word) {
		r.fail("%q is not %s", word, what)
	}
	return word
}

// hash takes all that is left, as 32 bytes that decode reads.
func (r *reader) hash(decode func(string) ([]byte, error)) (h [32]byte) {
	b, err := decode(r.word())
	if err != nil || len(b) != len(h) {
		r.fail("not 32 bytes")
		return h
	}
	return [32]byte(b)
}

// quoted takes a text in quotation marks.
func (r *reader) quoted() string {
	if r.err != nil || !strings.HasPrefix(r.rest, `"`) {
		r.fail("no text in quotation marks")
		return ""
	}
	text, rest, err := cutQuoted(r.rest)
	if err != nil {
		r.fail("%w", err)
	}
	r.rest = rest
	return text
}

// token takes a value in its own spelling.
func (r *reader) token() string {
	_, rest, err := cutToken(r.rest)
	token := strings.TrimSuffix(r.rest, rest)
	if err == nil {
		err = checkToken(token)
	}
	if err != nil {
		r.fail("%q: %w", token, err)
	}
	r.rest = rest
	return token
}

func (r *reader) setting() drivers.SettingID {
	is := func(s string) bool {
		return isMadeOf(s, 128, "abcdefghijklmnopqrstuvwxyz0123456789._")
	}
	return drivers.SettingID(r.checked(is, "a setting"))
}

func (r *reader) unit() string {
	unit := r.word()
	if err := checkUnit(unit); err != nil {
		r.fail("%w", err)
	}
	return unit
}

func (r *reader) risk() drivers.Risk {
	for risk := drivers.Cosmetic; risk <= drivers.Clinical; risk++ {
		if r.rest == risk.String() {
			return risk
		}
	}
	r.fail("%q is not a risk", r.rest)
	return drivers.Clinical
}

func readDigest(s string) ([32]byte, error) {
	r := reader{rest: s}
	r.literal("sha256 ")
	return r.hash(hex.DecodeString), r.err
}

func readTime(s string) (Time, error) {
	r := reader{rest: s}
	wall, err := clock.ParseWall(r.word())
	if err != nil {
		r.fail("%w", err)
	}
	r.literal("clock ")
	state := clock.State(r.rest)
	if !state.Valid() {
		r.fail("%q is not a state of the clock", r.rest)
	}
	return Time{wall, state}, r.err
}

func readSeconds(s string) (time.Duration, error) {
	n, err := strconv.ParseInt(strings.TrimSuffix(s, " s"), 10, 32)
	d := time.Duration(n) * time.Second
	if err != nil || d <= 0 || d > maxValid {
		return 0, errors.New("not a number of seconds")
	}
	return d, nil
}

// readPerson finds the role behind the last comma: a name may have commas, a role has none.
func readPerson(s string) (Person, error) {
	r := reader{rest: s}
	p := Person{ID: r.checked(isPersonID, "a person")}
	comma := strings.LastIndex(r.rest, ", ")
	if comma < 0 {
		return p, errors.New("no role")
	}
	p.Name, r.rest = r.rest[:comma], r.rest[comma+2:]
	if err := CheckText(p.Name); err != nil {
		r.fail("%w", err)
	}
	p.Role = r.checked(isWord, "a role")
	return p, r.err
}

func readFounder(s string) (Founder, error) {
	r := reader{rest: s}
	f := Founder{ID: r.checked(isPersonID, "a person"), Key: r.hash(strict64.DecodeString)}
	f.Role, f.Name = r.checked(isWord, "a role"), r.rest
	if err := CheckText(f.Name); err != nil {
		r.fail("%w", err)
	}
	if r.err == nil && PersonID(f.Key[:]) != f.ID {
		r.err = errNoMatch
	}
	return f, r.err
}

func readDevice(s string) (d Device, err error) {
	r := reader{rest: s}
	d.Manufacturer = r.quoted()
	r.literal(" ")
	d.Model = r.quoted()
	r.literal(" serial ")
	d.Serial = r.quoted()
	r.literal(" firmware ")
	d.Firmware = r.quoted()
	return d, r.err
}

func readDriver(s string) (Driver, error) {
	r := reader{rest: s}
	id := r.checked(isPath, "a driver")
	r.literal("sha256 ")
	return Driver{id, r.hash(hex.DecodeString)}, r.err
}

func readPlace(s string) (Place, error) {
	r := reader{rest: s}
	workstation := r.checked(isPath, "a workstation")
	r.literal("nonce ")
	return Place{workstation, r.checked(isID, "a nonce")}, r.err
}

func readLogHead(s string) (LogHead, error) {
	r := reader{rest: s}
	h := LogHead{Origin: r.checked(isPath, "an origin")}
	r.literal("size ")
	size, err := strconv.ParseInt(r.word(), 10, 64)
	if err != nil || size < 0 {
		r.fail("not a size")
	}
	h.Size = size
	r.literal("root ")
	h.Root = r.hash(strict64.DecodeString)
	return h, r.err
}

func readSetLine(s string) (SetLine, error) {
	r := reader{rest: s}
	l := SetLine{ID: r.setting(), AsFound: r.token()}
	r.literal(" -> ")
	l.Wanted = r.token()
	r.literal(" ")
	l.Unit = r.unit()
	l.Risk = r.risk()
	return l, r.err
}

func readValueLine(s string) (ValueLine, error) {
	r := reader{rest: s}
	l := ValueLine{ID: r.setting(), Value: r.token()}
	r.literal(" ")
	l.Unit = r.unit()
	l.Risk = r.risk()
	return l, r.err
}

func readCount(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, errors.New("not a count")
	}
	return n, nil
}

func readKey(s string) (Key, error) {
	r := reader{rest: s}
	return r.hash(strict64.DecodeString), r.err
}

func readProof(s string) (p Proof, err error) {
	b, err := strict64.DecodeString(s)
	if err != nil || len(b) != len(p) {
		return p, errors.New("not a signature")
	}
	return Proof(b), nil
}

func readOnFailure(s string) (OnFailure, error) {
	if f := OnFailure(s); f == RollBack {
		return f, nil
	}
	return "", fmt.Errorf("%q is not what can happen on a failure", s)
}
