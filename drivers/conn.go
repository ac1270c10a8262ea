package drivers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
)

// Conn is an exclusive conversation with one device over one stream of bytes. Every deadline and cancellation comes
// from the context. It is used by one goroutine at a time.
type Conn interface {
	// Send writes the whole frame or fails.
	Send(ctx context.Context, frame []byte) error
	// Receive returns the next token that split finds. Split works as for bufio.Scanner and may skip garbage by
	// advancing without a token. The end of the stream is io.EOF, or io.ErrUnexpectedEOF inside a token.
	Receive(ctx context.Context, split bufio.SplitFunc) ([]byte, error)
	// Discard forgets every byte that has arrived and was not yet received.
	Discard()
	// Retune changes the line settings; on a link without them it does nothing.
	Retune(Line) error
	// Close ends the conversation. It may be called more than once.
	Close() error
}

// Parity of a serial line.
type Parity byte

// The parities that medical devices use.
const (
	NoParity   Parity = 'N'
	EvenParity Parity = 'E'
	OddParity  Parity = 'O'
)

// Line is how a serial line is set.
type Line struct {
	Baud     int    // bit/s
	Bits     int    // 7 or 8
	Parity   Parity //
	StopBits int    // 1 or 2
	RTSCTS   bool   // hardware handshake; XON/XOFF is never used
}

// Tuned is a Driver whose devices have fixed line settings. The console opens the port with them.
type Tuned interface {
	Line() Line
}

// bufferLimit bounds what a device can make the console hold while nobody receives. The oldest bytes go first: a
// device that streams is asked for what it says now, not for what it said a minute ago.
const bufferLimit = 64 << 10

// Stream is a Conn over any stream of bytes. One goroutine reads for as long as the stream is open, so that nothing
// stale waits in the operating system and so that Receive can obey its context.
type Stream struct {
	rw     io.ReadWriteCloser
	retune func(Line) error

	mu     sync.Mutex
	buf    []byte
	err    error         // what ended the reading
	more   chan struct{} // holds one token when buf or err changed
	writes chan struct{} // holds one token while a write runs: an abandoned one must not interleave with the next
	once   sync.Once
	done   chan struct{}
}

// NewStream starts reading from rw. Retune may be nil for a link without line settings. Close closes rw.
func NewStream(rw io.ReadWriteCloser, retune func(Line) error) *Stream {
	s := &Stream{rw: rw, retune: retune, more: make(chan struct{}, 1), writes: make(chan struct{}, 1), done: make(chan struct{})}
	go s.read()
	return s
}

func (s *Stream) read() {
	defer close(s.done)
	chunk := make([]byte, 4096)
	for {
		n, err := s.rw.Read(chunk)
		s.mu.Lock()
		s.buf = append(s.buf, chunk[:n]...)
		if over := len(s.buf) - bufferLimit; over > 0 {
			s.buf = append(s.buf[:0], s.buf[over:]...)
		}
		s.err = err
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Send implements Conn. A stream that blocks a write is abandoned when ctx ends: the write may finish later, unseen.
func (s *Stream) Send(ctx context.Context, frame []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.writes <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	sent := make(chan error, 1)
	frame = bytes.Clone(frame) // an abandoned write still reads it when the caller has it back
	go func() {
		_, err := s.rw.Write(frame)
		<-s.writes
		sent <- err
	}()
	select {
	case err := <-sent:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Receive implements Conn. A device that never stops talking does not outlast ctx.
func (s *Stream) Receive(ctx context.Context, split bufio.SplitFunc) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for {
		token, err := s.next(split)
		if token != nil || err != nil {
			return token, err
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// next cuts one token off the buffer; it returns neither token nor error when more bytes are needed.
func (s *Stream) next(split bufio.SplitFunc) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		advance, token, err := split(s.buf, s.err != nil)
		if err != nil {
			return nil, err
		}
		if token != nil {
			token = append(make([]byte, 0, len(token)), token...)
		}
		s.buf = s.buf[min(advance, len(s.buf)):]
		switch {
		case token != nil:
			return token, nil
		case advance == 0 && s.err != nil:
			return nil, s.ended()
		case advance == 0:
			return nil, nil
		}
	}
}

func (s *Stream) ended() error {
	if errors.Is(s.err, io.EOF) && len(s.buf) > 0 {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// Discard implements Conn.
func (s *Stream) Discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = nil
}

// Retune implements Conn.
func (s *Stream) Retune(l Line) error {
	if s.retune == nil {
		return nil
	}
	return s.retune(l)
}

// Close implements Conn. It does not wait for a reader that the stream does not let go.
func (s *Stream) Close() (err error) {
	s.once.Do(func() { err = s.rw.Close() })
	return err
}

// Done is closed when the reading goroutine has ended.
func (s *Stream) Done() <-chan struct{} { return s.done }
