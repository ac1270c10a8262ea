package transcript

import (
	"fmt"
	"io"
	"sync"
	"time"

	"countersign/drivers"
)

// Player is the device's side of a recorded conversation. It answers as the transcript says for as long as the console
// keeps to it, and is silent from the first byte that differs.
type Player struct {
	conn drivers.Conn
	done chan struct{}

	mu      sync.Mutex
	next    int    // the step that comes next
	strayed []byte // what the console sent where the transcript has something else
}

// Play starts the conversation and returns it with the console's Conn.
func Play(t Transcript, cable func() (near, far io.ReadWriteCloser)) *Player {
	near, far := cable()
	p := &Player{done: make(chan struct{})}
	p.conn = drivers.NewStream(near, nil)
	go func() {
		defer close(p.done)
		p.run(t, far)
	}()
	return p
}

// Conn is the console's end.
func (p *Player) Conn() drivers.Conn { return p.conn }

func (p *Player) run(t Transcript, far io.ReadWriter) {
	for i, step := range t.Steps {
		p.mu.Lock()
		p.next = i
		p.mu.Unlock()
		switch step.Op {
		case Wait:
			time.Sleep(step.For)
		case Answer:
			if _, err := far.Write(step.Bytes); err != nil {
				return
			}
		case Send:
			if !p.hear(far, step.Bytes) {
				return
			}
		case Quiet:
			p.finish(len(t.Steps))
			_, _ = io.Copy(io.Discard, far)
			return
		}
		if p.hasStrayed() {
			_, _ = io.Copy(io.Discard, far)
			return
		}
	}
	p.finish(len(t.Steps))
	// What comes after the end of the transcript is heard and not answered.
	extra := make([]byte, 4096)
	for {
		n, err := far.Read(extra)
		if err != nil {
			return
		}
		p.stray(extra[:n])
	}
}

// hear takes what the console must send next, byte by byte, so that a shorter or another frame is noticed at once. It
// returns false when the console hung up.
func (p *Player) hear(far io.Reader, want []byte) bool {
	got := make([]byte, 1)
	for _, b := range want {
		if _, err := io.ReadFull(far, got); err != nil {
			return false
		}
		if got[0] != b {
			p.stray(got)
			return true
		}
	}
	return true
}

func (p *Player) stray(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strayed = append(p.strayed, b...)
}

func (p *Player) hasStrayed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.strayed) > 0
}

func (p *Player) finish(next int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = next
}

// Close ends the conversation and says whether it went as written: nothing else was sent, and nothing was left.
func (p *Player) Close(t Transcript) error {
	p.conn.Close()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.strayed) > 0 && p.next < len(t.Steps):
		return fmt.Errorf("%s:%d: the console sent %q", t.Name, t.Steps[p.next].Line, p.strayed)
	case len(p.strayed) > 0:
		return fmt.Errorf("%s: after the end the console sent %q", t.Name, p.strayed)
	case p.next < len(t.Steps):
		return fmt.Errorf("%s:%d: the conversation ended before this line", t.Name, t.Steps[p.next].Line)
	}
	return nil
}
