package powercut

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// never is a moment after every trace.
const never = math.MaxInt

// unknown is the result of a call that nobody saw return.
const unknown = -1 << 62

const (
	maxLine  = 8 << 20 // of a trace, in bytes: every byte of a call's data takes four
	maxCalls = 1 << 20 // in a trace
)

// call is one system call of the traced process. A moment is a line of the trace: a call that took only one begins and
// ends in it.
type call struct {
	name       string
	args       []string // as strace spells them
	result     int64    // -1 for a failure
	opened     string   // the file behind a descriptor that was returned
	begin, end int      // moments; end is never for a call that was not seen to return
}

// readTrace reads what `strace -f -y -xx` wrote and calls take with every call in the order in which they began. Its
// first line is moment from; the one after its last is returned.
func readTrace(r io.Reader, from int, take func(call) error) (int, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	now := from
	var calls []call
	begun := map[string]halfCall{}
	for ; lines.Scan(); now++ {
		process, rest, ok := strings.Cut(lines.Text(), " ")
		rest = strings.TrimLeft(rest, " ") // strace pads the numbers
		if _, err := strconv.ParseUint(process, 10, 32); !ok || err != nil {
			return now, fmt.Errorf("line %d belongs to no process", now)
		}
		if len(calls) >= maxCalls {
			return now, fmt.Errorf("more than %d calls", maxCalls)
		}
		if err := readLine(process, rest, now, begun, &calls); err != nil {
			return now, fmt.Errorf("line %d: %w", now, err)
		}
	}
	if err := lines.Err(); err != nil {
		return now, fmt.Errorf("line %d: %w", now, err)
	}
	for _, half := range begun {
		if err := half.finish(") = ?", never, calls); err != nil {
			return now, err
		}
	}
	for _, c := range calls {
		if err := take(c); err != nil {
			return now, fmt.Errorf("line %d: %w", c.begin, err)
		}
	}
	return now, nil
}

// halfCall is a call during which strace had something else to tell.
type halfCall struct {
	text  string
	index int // its place among the calls
}

func (h halfCall) finish(rest string, now int, calls []call) error {
	c, err := parseCall(h.text + rest)
	c.begin, c.end = calls[h.index].begin, now
	calls[h.index] = c
	return err
}

func readLine(process, text string, now int, begun map[string]halfCall, calls *[]call) error {
	if strings.HasPrefix(text, "+++ ") || strings.HasPrefix(text, "--- ") {
		return nil // an exit or a signal
	}
	if strings.HasPrefix(text, "???(") || strings.HasPrefix(text, "<... ??? resumed>") {
		return nil // a thread that was ended before strace could ask what it was doing; it had entered no call
	}
	half, halfway := begun[process]
	if resumed, ok := strings.CutPrefix(text, "<... "); ok {
		name, rest, ok := strings.Cut(resumed, " resumed>")
		if !ok || !halfway || !strings.HasPrefix(half.text, name+"(") {
			return errors.New("a call goes on that did not begin")
		}
		delete(begun, process)
		return half.finish(rest, now, *calls)
	}
	if halfway {
		return errors.New("a second call begins in the same thread")
	}
	if first, ok := strings.CutSuffix(text, "<unfinished ...>"); ok {
		begun[process] = halfCall{strings.TrimRight(first, " "), len(*calls)}
		*calls = append(*calls, call{begin: now})
		return nil
	}
	c, err := parseCall(text)
	c.begin, c.end = now, now
	*calls = append(*calls, c)
	return err
}

// parseCall reads `name(arguments) = result`.
func parseCall(text string) (call, error) {
	name, rest, ok := strings.Cut(text, "(")
	if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return call{}, errors.New("no call")
	}
	args, rest, err := splitArgs(rest)
	if err != nil {
		return call{}, err
	}
	c := call{name: name, args: args, result: unknown}
	result, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "= ")
	if !ok {
		return call{}, errors.New("a call without a result")
	}
	if result, _, _ = strings.Cut(result, " "); result == "?" {
		return c, nil
	}
	number, _, _ := strings.Cut(result, "<")
	value, err := strconv.ParseInt(number, 0, 64)
	if err != nil {
		return call{}, errors.New("a result that is no number")
	}
	c.result = value
	c.opened, err = fileOf(result)
	return c, err
}

// splitArgs returns the arguments up to the parenthesis that closes them, and what follows it.
func splitArgs(text string) (args []string, rest string, err error) {
	start := 0
	var open []byte // the brackets that are to be closed
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case len(open) > 0 && c == open[len(open)-1]:
			open = open[:len(open)-1]
		case len(open) > 0 && open[len(open)-1] == '"': // whatever it is, it is text
		case c == '"':
			open = append(open, '"')
		case c == '<':
			open = append(open, '>')
		case c == '[':
			open = append(open, ']')
		case c == '{':
			open = append(open, '}')
		case c == '(':
			open = append(open, ')')
		case len(open) == 0 && (c == ',' || c == ')'):
			if arg := strings.TrimSpace(text[start:i]); arg != "" || c == ',' {
				args = append(args, arg)
			}
			start = i + 1
			if c == ')' {
				return args, text[start:], nil
			}
		}
	}
	return nil, "", errors.New("arguments without an end")
}

// data returns the bytes of an argument that is a string.
func (c call) data(n int) ([]byte, error) {
	text, err := c.arg(n)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(text, `"`) || !strings.HasSuffix(text, `"`) || len(text) < 2 {
		return nil, fmt.Errorf("argument %d of %s is no whole string", n, c.name) // three dots follow one that was cut short
	}
	return unescape(text[1 : len(text)-1])
}

// unescape reads bytes that are spelled \x00 each.
func unescape(text string) ([]byte, error) {
	digits := make([]byte, 0, len(text)/2)
	for ; len(text) >= 4 && text[:2] == `\x`; text = text[4:] {
		digits = append(digits, text[2:4]...)
	}
	if text != "" {
		return nil, errors.New("a string that is not all in \\x form")
	}
	return hex.AppendDecode(nil, digits)
}

func (c call) number(n int) (int64, error) {
	text, err := c.arg(n)
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("argument %d of %s is no number", n, c.name)
	}
	return value, nil
}

// file returns the path of an argument that is a descriptor, or "" when it has none or lost it.
func (c call) file(n int) (string, error) {
	text, err := c.arg(n)
	if err != nil {
		return "", err
	}
	return fileOf(text)
}

func (c call) arg(n int) (string, error) {
	if n >= len(c.args) {
		return "", fmt.Errorf("%s has no argument %d", c.name, n)
	}
	return c.args[n], nil
}

// fileOf reads the path in 5<path>. A file that was unlinked while it was open has none: strace says so after the
// bracket or, in older versions, inside it.
func fileOf(descriptor string) (string, error) {
	_, path, ok := strings.Cut(descriptor, "<")
	path, after, closed := strings.Cut(path, ">")
	if !ok || after != "" {
		return "", nil
	}
	if !closed {
		return "", errors.New("a descriptor without an end")
	}
	name, err := unescape(path)
	if err != nil || bytes.HasSuffix(name, []byte(" (deleted)")) {
		return "", err
	}
	return string(name), nil
}
