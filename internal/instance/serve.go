package instance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

const (
	atOnce = 4                      // how many are answered at the same time; others queue
	pause  = 100 * time.Millisecond // before what did not work is tried again
)

// Server answers for this console.
type Server struct {
	place    place
	listener *net.UnixListener
	limit    time.Duration
	answer   func(context.Context) error
	cancel   context.CancelFunc
	accepted chan struct{} // closed when nothing more is accepted
	once     sync.Once
	closed   error
}

// Serve answers for this console until ctx is done or the Server is closed. It is for the process that holds the
// folder's lock; folder must exist. For each question it calls answer, at most four at once and each with Limit; that is
// to do one round through whatever must not hang, which is the window's thread. Only when answer returns nil is the
// question answered.
//
// A socket that a dead process left behind is removed. The faults are LogBusy when another console listens, LogDenied
// when the folder cannot be written, and LogFull; a console goes on without being asked.
func Serve(ctx context.Context, folder string, answer func(ctx context.Context) error) (*Server, error) {
	return serve(ctx, folder, answer, Limit)
}

func serve(ctx context.Context, folder string, answer func(ctx context.Context) error, limit time.Duration) (*Server, error) {
	p, err := placeOf(folder)
	if err != nil {
		return nil, disk.Fault(folder, err)
	}
	listener, err := p.listen(ctx, limit)
	switch {
	case errors.Is(err, errTaken):
		return nil, fault.New(fault.LogBusy, folder, err)
	case err != nil:
		return nil, disk.Fault(folder, err)
	}
	if err := p.writePID(); err != nil {
		_ = listener.Close()
		return nil, disk.Fault(folder, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{place: p, listener: listener, limit: limit, answer: answer, cancel: cancel, accepted: make(chan struct{})}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	go s.accept(ctx)
	return s, nil
}

// listen opens the socket, for this user alone.
func (p place) listen(ctx context.Context, limit time.Duration) (*net.UnixListener, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := p.makeOwn(); err != nil {
		return nil, err
	}
	if err := p.clear(ctx); err != nil {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "windows" {
		return listener, nil // its permissions are not these bits: who may come in is said by the folder
	}
	if err := os.Chmod(p.socket, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// writePID leaves the number of this process, whole or not at all.
func (p place) writePID() error {
	temporary := p.pidFile() + ".new"
	if err := os.WriteFile(temporary, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	return os.Rename(temporary, p.pidFile())
}

// removePID takes the number back, unless another process has put its own there.
func (p place) removePID() error {
	text, err := os.ReadFile(p.pidFile())
	if err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(os.Getpid()) {
		return nil
	}
	return os.Remove(p.pidFile())
}

// Close stops answering and removes what Serve left in the folder. It does not wait for an answer that is under way: it
// may be called on the very thread that the answer waits for.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.cancel()
		s.closed = errors.Join(s.listener.Close(), s.place.removePID()) // closing removes the socket's name
		if s.place.apart {
			_ = os.Remove(filepath.Dir(s.place.socket)) // it stays where somebody put a file there
		}
	})
	<-s.accepted
	return s.closed
}

// accept takes one connection for each free slot. With all slots waiting for a window that hangs, whoever asks next is
// not answered either, which is the answer.
func (s *Server) accept(ctx context.Context) {
	defer close(s.accepted)
	slots := make(chan struct{}, atOnce)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		conn, err := s.listener.Accept()
		if err == nil {
			go func() {
				defer func() { <-slots }()
				s.reply(ctx, conn)
			}()
			continue
		}
		<-slots
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// reply answers one question. Nothing is read from the connection, so there is nothing that it could be flooded with.
func (s *Server) reply(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // also when answer does not look at ctx
	defer stop()
	defer conn.Close()
	if err := s.answer(ctx); err == nil && ctx.Err() == nil {
		_, _ = fmt.Fprint(conn, line(os.Getpid())) // whoever asked may be gone
	}
}
