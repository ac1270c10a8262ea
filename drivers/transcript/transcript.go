// Package transcript holds conversations with devices as text that people can review: what the console sent, what the
// device answered, how long it took, and who the device said it was.
//
//	# device: Example 310, firmware 2.04
//	# origin: synthetic
//	# identity: manufacturer=Acme model=310 serial=0042 firmware=2.04
//	> "ID?\r"
//	< "INFUSA 310;SN 00"
//	~ 120ms
//	< "42;FW 2.04\r"
//	!
//
// `>` the console sends, `<` the device sends, `~` nothing happens for a while, `!` the device stays silent from here
// on, `#` a header (before the first step) or a remark. Bytes are written as Go string literals.
//
// The package plays a conversation back; recording one is the link's work.
package transcript

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/drivers"
)

// Limits of what Parse reads.
const (
	MaxSize  = 1 << 20
	maxSteps = 10_000
)

// Op is what happens in one step.
type Op byte

// The steps, by their sign in the text.
const (
	Send   Op = '>' // the console sends Bytes
	Answer Op = '<' // the device sends Bytes
	Wait   Op = '~' // For passes
	Quiet  Op = '!' // the device is silent from here on
)

// Step is one line of a conversation.
type Step struct {
	Op    Op
	Bytes []byte
	For   time.Duration
	Line  int
}

// Transcript is one conversation.
type Transcript struct {
	Name    string
	Headers map[string]string
	Steps   []Step
}

// ErrSyntax is what Parse returns, wrapped, with the line at fault.
var ErrSyntax = errors.New("not a transcript")

// Parse reads a transcript. Name is used in errors.
func Parse(name string, text []byte) (Transcript, error) {
	t := Transcript{Name: name, Headers: map[string]string{}}
	if len(text) > MaxSize {
		return t, fmt.Errorf("%w: %s: longer than %d bytes", ErrSyntax, name, MaxSize)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, MaxSize+1)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "":
		case line[0] == '#':
			key, value, ok := strings.Cut(line[1:], ":")
			if ok && len(t.Steps) == 0 {
				t.Headers[strings.TrimSpace(key)] = strings.TrimSpace(value)
			}
		default:
			step, err := parseStep(line, n)
			if err != nil {
				return t, fmt.Errorf("%w: %s:%d: %w", ErrSyntax, name, n, err)
			}
			if t.Steps = append(t.Steps, step); len(t.Steps) > maxSteps {
				return t, fmt.Errorf("%w: %s: more than %d steps", ErrSyntax, name, maxSteps)
			}
		}
	}
	return t, lines.Err()
}

func parseStep(line string, n int) (Step, error) {
	step := Step{Op: Op(line[0]), Line: n}
	rest := strings.TrimSpace(line[1:])
	switch step.Op {
	case Send, Answer:
		literal, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return step, fmt.Errorf("a quoted string must follow %c", step.Op)
		}
		if remark := strings.TrimSpace(rest[len(literal):]); remark != "" && remark[0] != '#' {
			return step, fmt.Errorf("%q after the string", remark)
		}
		text, err := strconv.Unquote(literal)
		step.Bytes = []byte(text)
		return step, err
	case Wait:
		d, err := time.ParseDuration(rest)
		if err == nil && (d < 0 || d > time.Hour) {
			err = errors.New("a wait is between 0 and 1 h")
		}
		step.For = d
		return step, err
	case Quiet:
		return step, nil
	}
	return step, fmt.Errorf("a line starts with one of > < ~ ! #")
}

// Identity returns the identity that the header promises, and whether there is one.
func (t Transcript) Identity() (drivers.Identity, bool) {
	header, ok := t.Headers["identity"]
	if !ok {
		return drivers.Identity{}, false
	}
	var id drivers.Identity
	fields := map[string]*string{"manufacturer": &id.Manufacturer, "model": &id.Model, "serial": &id.Serial, "firmware": &id.Firmware}
	var at *string
	for _, word := range strings.Fields(header) {
		if key, value, isKey := strings.Cut(word, "="); isKey && fields[key] != nil {
			at = fields[key]
			*at = value
		} else if at != nil {
			*at += " " + word
		}
	}
	return id, true
}

// Sent returns everything that the console says in the conversation.
func (t Transcript) Sent() []byte {
	var all []byte
	for _, s := range t.Steps {
		if s.Op == Send {
			all = append(all, s.Bytes...)
		}
	}
	return all
}
