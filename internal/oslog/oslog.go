// Package oslog puts one line into the operating system's own event log: one of the places in which an emergency is
// recorded, and the only one that is not a file of the console. It is not the program's log, and reads nothing back.
//
// On Linux and macOS that is syslog, with facility "auth" and severity "notice". On Windows it is the event log of
// applications, as a warning with the number 1; see the source there.
package oslog

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/internal/fault"
)

// Limit is how long one line may take when ctx allows more.
const Limit = 300 * time.Millisecond

// MaxText is how much of a text is written, in bytes of UTF-8. Syslog's daemons cut longer lines, each where it likes.
const MaxText = 1024

// source is the name under which the lines are found.
const source = "countersign"

// system is this computer's log.
var system = newLine(send)

// Write puts text into the event log as one line. What is longer than MaxText is cut, and every character that is not
// printed is replaced by a space: a text cannot begin a second line that looks as if somebody else had written it.
//
// It waits no longer than Limit and ctx allow. Only one line is under way at a time: while the system does not take
// one, every further call fails at once. A line that was given up may still appear later.
//
// The faults are LogBusy for a system that does not take the line or still has not taken the one before, LogDenied for
// one that has no log (a container without a daemon, for one) or refuses, and Cancelled when ctx was done first.
func Write(ctx context.Context, text string) error { return system.write(ctx, text) }

// line is one way to a log.
type line struct {
	send func(text string) error // may hang
	free chan struct{}           // holds one element while nothing is under way
}

func newLine(send func(string) error) *line {
	l := &line{send: send, free: make(chan struct{}, 1)}
	l.free <- struct{}{}
	return l
}

func (l *line) write(ctx context.Context, text string) error {
	if err := ctx.Err(); err != nil {
		return fault.New(fault.Cancelled, source, err)
	}
	select {
	case <-l.free:
	default:
		return fault.Newf(fault.LogBusy, source, "the line before is still under way")
	}
	sent := make(chan error, 1)
	go func() {
		err := l.send(plain(text))
		l.free <- struct{}{} // before the answer: whoever has it may write again
		sent <- err
	}()
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	select {
	case err := <-sent:
		if err != nil {
			return fault.New(fault.LogDenied, source, err)
		}
		return nil
	case <-limit.C:
		return fault.Newf(fault.LogBusy, source, "not taken within %v", Limit)
	case <-ctx.Done():
		return fault.New(fault.Cancelled, source, ctx.Err())
	}
}

// plain makes one bounded line of a text.
func plain(text string) string {
	text = text[:min(len(text), 2*MaxText)] // nothing is done to what is thrown away
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' ' // also for a mark that turns the direction of what follows
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= MaxText {
		return text
	}
	end := MaxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
