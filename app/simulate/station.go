package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"countersign/drivers/sim"
	"countersign/internal/discovery/mdns"
)

const (
	maxConnections = 8               // to one device at once
	writeTime      = 5 * time.Second // for a console that does not read; then the connection ends
)

// station is one simulated device and the ways to it. All of them go when its cable is pulled, and come back under the
// same names when it is plugged in again.
type station struct {
	serial   string
	unit     sim.Device
	port     string        // the serial port's name, "" for none
	speeds   []int         // bit/s, that the device follows there
	listenAt string        // the TCP address; once plugged in with its port
	service  *mdns.Service // what it announces, nil for nothing
	audience audience
	log      *slog.Logger
	ctx      context.Context // the ward's: while it lasts the device can be plugged in

	mu sync.Mutex
	in *plug // nil before the device was first plugged in
}

// plug is the time from plugging in to pulling out.
type plug struct {
	ctx       context.Context
	pull      context.CancelFunc
	running   sync.WaitGroup
	announced bool
	done      chan struct{} // closed when nothing of it is left
}

// set turns a fault on. Unplug without a number of bytes takes effect at once, for a device that is silent too.
func (s *station) set(fault sim.Fault, n int) error {
	if err := s.unit.Faults().Set(fault, n); err != nil {
		return err
	}
	s.log.Info("fault on", "device", label(s.unit), "fault", string(fault), "n", n)
	if fault == sim.Unplug && n == 0 {
		s.pullOut()
	}
	return nil
}

// clear turns a fault off. Without Unplug the device is in again when it returns.
func (s *station) clear(fault sim.Fault) error {
	s.unit.Faults().Clear(fault)
	s.log.Info("fault off", "device", label(s.unit), "fault", string(fault))
	if fault == sim.Unplug {
		return s.plugIn()
	}
	return nil
}

// plugIn opens every way to the device, or none.
func (s *station) plugIn() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in != nil {
		if s.in.ctx.Err() == nil {
			return nil
		}
		<-s.in.done
	}
	if err := s.ctx.Err(); err != nil {
		return fmt.Errorf("the ward is closing: %w", err)
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(s.ctx, "tcp", s.listenAt)
	if err != nil {
		return fmt.Errorf("%s cannot be reached over TCP: %w", label(s.unit), err)
	}
	s.listenAt = listener.Addr().String()
	var line *serialLine
	if s.port != "" {
		if line, err = openLine(s.port, s.speeds...); err != nil {
			_ = listener.Close()
			return fmt.Errorf("%s has no serial port: %w", label(s.unit), err)
		}
	}
	p := &plug{done: make(chan struct{})}
	p.ctx, p.pull = context.WithCancel(s.ctx)
	p.running.Go(func() { s.accept(p, listener) })
	if line != nil {
		p.running.Go(func() { s.serveLine(p, line) })
	}
	announcement := s.announce(p)
	s.in = p
	s.log.Info("plugged in", "device", label(s.unit), "port", s.port, "tcp", s.listenAt, "announced", p.announced)
	go func() {
		<-p.ctx.Done()
		p.running.Wait()
		if announcement != nil {
			announcement.Shutdown()
		}
		s.log.Info("unplugged", "device", label(s.unit))
		close(p.done)
	}()
	return nil
}

// announce makes the device known. A ward that cannot announce is still a ward.
func (s *station) announce(p *plug) *mdns.Announcement {
	if s.service == nil {
		return nil
	}
	service := *s.service
	service.Port = s.tcpPort()
	announcement, err := mdns.Announce(context.WithoutCancel(p.ctx), service, s.audience.interfaces)
	if err != nil {
		s.log.Warn("not announced", "device", label(s.unit), "cause", err)
		return nil
	}
	p.announced = true
	return announcement
}

// pullOut closes every way to the device and returns when they are closed.
func (s *station) pullOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in != nil {
		s.in.pull()
		<-s.in.done
	}
}

func (s *station) isIn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in != nil && s.in.ctx.Err() == nil
}

// facts are those that a listener has of an announced device, for consoles that cannot listen.
func (s *station) facts() map[string]string {
	if s.service == nil {
		return nil
	}
	facts := map[string]string{"mdns.type": s.service.Type}
	for key, value := range s.service.TXT {
		facts["mdns.txt."+key] = value
	}
	return facts
}

func (s *station) announced() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in != nil && s.in.announced
}

// loopback is the address at which the device answers this machine.
func (s *station) loopback() string {
	return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.tcpPort()}).String()
}

func (s *station) tcpPort() int {
	address, err := net.ResolveTCPAddr("tcp", s.listenAt) // digits only: nothing is looked up
	if err != nil {
		return 0
	}
	return address.Port
}

// serveLine serves the serial line for as long as the device is plugged in, whoever opens and closes the port.
func (s *station) serveLine(p *plug, line *serialLine) {
	for {
		s.serve(p, line)
		if p.ctx.Err() != nil {
			return
		}
		// The port was left in a state in which nobody else can open it: the name goes to a new one.
		var err error
		if line, err = openLine(s.port, s.speeds...); err != nil {
			s.log.Error("the serial port is lost", "device", label(s.unit), "cause", err)
			return
		}
	}
}

// accept serves whoever connects.
func (s *station) accept(p *plug, listener net.Listener) {
	defer context.AfterFunc(p.ctx, func() { _ = listener.Close() })()
	places := make(chan struct{}, maxConnections)
	for {
		conn, err := listener.Accept()
		if err != nil {
			if p.ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				s.log.Error("nobody can connect any more", "device", label(s.unit), "cause", err)
			}
			_ = listener.Close()
			return
		}
		select {
		case places <- struct{}{}:
			p.running.Go(func() {
				defer func() { <-places }()
				s.log.Info("connected", "device", label(s.unit), "from", conn.RemoteAddr().String())
				s.serve(p, timedConn{conn})
			})
		default:
			_ = conn.Close()
		}
	}
}

// serve lets the unit talk on one line until either of them or the plug comes to an end, and closes the line.
func (s *station) serve(p *plug, line io.ReadWriteCloser) {
	stop := context.AfterFunc(p.ctx, func() { _ = line.Close() })
	defer stop()
	err := s.unit.Serve(p.ctx, s.unit.Faults().Line(cable{line, p.pull}))
	_ = line.Close()
	if err != nil && p.ctx.Err() == nil {
		s.log.Info("the conversation ended", "device", label(s.unit), "cause", err)
	}
}

// cable is the line as the unit's faults see it: closing it is what the fault Unplug does, and takes the device off
// every line it is on.
type cable struct {
	io.ReadWriteCloser
	pull context.CancelFunc
}

func (c cable) Close() error {
	c.pull() // first: whoever sees the line end must find the device unplugged
	return c.ReadWriteCloser.Close()
}

// timedConn is a connection that does not wait forever for a console that does not read.
type timedConn struct{ net.Conn }

func (c timedConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
