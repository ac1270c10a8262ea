package link

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"countersign/drivers"
)

// Limits of a recording, a little under what package transcript reads back.
const (
	RecordSize  = 1_000_000 // bytes of text
	RecordLines = 9_000
)

// Recorder is a Conn that writes down what passes through another one, in the format of package transcript: every frame
// sent, every byte that a split function consumed (garbage too), and the time between them. Bytes that Discard threw
// away were never seen. A recording never disturbs the conversation: what goes wrong with it is told by Err.
type Recorder struct {
	drivers.Conn
	to    io.Writer
	last  time.Time
	size  int
	lines int
	full  bool

	mu  sync.Mutex
	err error
}

// NewRecorder records c to w, which is not closed. After RecordSize bytes or RecordLines lines the recording ends with
// a remark and the conversation goes on.
func NewRecorder(c drivers.Conn, w io.Writer) *Recorder {
	return &Recorder{Conn: c, to: w, last: time.Now()}
}

// Send implements drivers.Conn.
func (r *Recorder) Send(ctx context.Context, frame []byte) error {
	r.note('>', frame) // before the wire: what was about to be sent matters most when sending fails
	err := r.Conn.Send(ctx, frame)
	if err != nil {
		r.line("# sending failed: " + strconv.Quote(err.Error()))
	}
	return err
}

// Receive implements drivers.Conn.
func (r *Recorder) Receive(ctx context.Context, split bufio.SplitFunc) ([]byte, error) {
	token, err := r.Conn.Receive(ctx, func(data []byte, atEOF bool) (int, []byte, error) {
		advance, token, err := split(data, atEOF)
		if advance > 0 {
			r.note('<', data[:min(advance, len(data))])
		}
		return advance, token, err
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		r.line("# no answer in time")
	case err != nil:
		r.line("# receiving failed: " + strconv.Quote(err.Error()))
	}
	return token, err
}

// Err returns what first went wrong with writing the record. It may be called at any time.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

func (r *Recorder) note(sign byte, b []byte) {
	now := time.Now()
	if waited := now.Sub(r.last).Truncate(time.Millisecond); waited > 0 {
		r.line("~ " + min(waited, time.Hour).String())
	}
	r.last = now
	r.line(string(sign) + " " + strconv.QuoteToASCII(string(b)))
}

func (r *Recorder) line(text string) {
	if r.full || r.Err() != nil {
		return
	}
	if r.size+len(text) > RecordSize || r.lines >= RecordLines {
		r.full = true
		text = "# the recording ends here: it has reached its limit"
	}
	r.size += len(text) + 1
	r.lines++
	if _, err := fmt.Fprintln(r.to, text); err != nil {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
	}
}
