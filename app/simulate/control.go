package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"countersign/drivers/sim"
)

// The control protocol is made of lines. Each request is one line, `fault SERIAL FAULT [N]`, `clear SERIAL FAULT` or
// `list`. Each answer is any number of lines and then `ok`, or `error` and a sentence, after which the ward hangs up.
const (
	verbFault = "fault"
	verbClear = "clear"
	verbList  = "list"

	answerOK    = "ok"
	answerError = "error "

	maxCommand  = 200       // bytes of a request
	maxAnswer   = 1000      // lines
	maxNumber   = 1_000_000 // of a fault
	maxSocket   = 100       // bytes of a socket's path; 104 fit on macOS, 108 on Linux
	controlTime = 10 * time.Second
	maxControls = 8 // connections at once
)

// command is a request.
type command struct {
	verb   string
	serial string
	fault  sim.Fault
	n      int
}

// parseCommand reads a request. It does not know which devices there are.
func parseCommand(line string) (command, error) {
	if len(line) > maxCommand {
		return command{}, fmt.Errorf("a command has at most %d bytes", maxCommand)
	}
	words := strings.Fields(line)
	if len(words) == 0 {
		return command{}, errors.New("a command is missing: fault, clear or list")
	}
	c := command{verb: words[0]}
	switch {
	case c.verb == verbList && len(words) == 1:
		return c, nil
	case c.verb == verbList:
		return command{}, errors.New("list takes no more words")
	case c.verb != verbFault && c.verb != verbClear:
		return command{}, fmt.Errorf("no command is called %q; there are fault, clear and list", c.verb)
	case c.verb == verbClear && len(words) != 3:
		return command{}, errors.New("clear takes a serial number and a fault: clear B355987654 unplug")
	case len(words) != 3 && len(words) != 4:
		return command{}, errors.New("fault takes a serial number, a fault and perhaps a number: fault B355987654 unplug 20")
	}
	c.serial, c.fault = words[1], sim.Fault(words[2])
	if !slices.Contains(sim.Known(), c.fault) {
		return command{}, fmt.Errorf("no fault is called %q; there are %v", words[2], sim.Known())
	}
	if len(words) == 4 {
		n, err := strconv.ParseUint(words[3], 10, 31)
		if err != nil || n > maxNumber {
			return command{}, fmt.Errorf("%q is not a whole number from 0 to %d", words[3], maxNumber)
		}
		c.n = int(n)
	}
	return c, nil
}

// listenControl opens the control socket, unless a ward answers there already.
func listenControl(ctx context.Context, f folder) (net.Listener, error) {
	if running(ctx, f) {
		return nil, fmt.Errorf("a ward is already running in %s", string(f))
	}
	if err := f.tidy(); err != nil {
		return nil, fmt.Errorf("what an earlier ward left cannot be removed: %w", err)
	}
	var listening net.ListenConfig
	if runtime.GOOS == "windows" {
		return listening.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if len(f.socket()) > maxSocket {
		return nil, fmt.Errorf("the path of the ward's folder is too long by %d bytes for a socket: %s", len(f.socket())-maxSocket, string(f))
	}
	return listening.Listen(ctx, "unix", f.socket())
}

// running says whether a ward answers in the folder. One that was killed leaves its files and does not; one that is
// just starting has a socket and no ward.json yet.
func running(ctx context.Context, f folder) bool {
	dialer := net.Dialer{Timeout: controlTime}
	if conn, err := dialer.DialContext(ctx, "unix", f.socket()); err == nil {
		_ = conn.Close()
		return true
	}
	_, err := send(ctx, string(f), verbList)
	return err == nil
}

// serveControl answers requests until the control socket is closed.
func (w *ward) serveControl(ctx context.Context) {
	defer close(w.served)
	defer context.AfterFunc(ctx, func() { _ = w.control.Close() })()
	var running sync.WaitGroup
	defer running.Wait()
	places := make(chan struct{}, maxControls)
	for {
		conn, err := w.control.Accept()
		if err != nil {
			return
		}
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			defer func() { _ = conn.Close() }()
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			w.answer(conn)
		})
	}
}

// answer serves one connection, up to its first mistake: what speaks another protocol gets no second line.
func (w *ward) answer(conn net.Conn) {
	requests := bufio.NewReaderSize(conn, maxCommand+1)
	for conn.SetDeadline(time.Now().Add(controlTime)) == nil {
		line, err := requests.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
		said, err := w.obey(string(line))
		for _, line := range said {
			fmt.Fprintln(conn, line)
		}
		if err != nil {
			fmt.Fprintln(conn, answerError+oneLine(err))
			return
		}
		fmt.Fprintln(conn, answerOK)
	}
}

func (w *ward) obey(line string) ([]string, error) {
	c, err := parseCommand(line)
	if err != nil {
		return nil, err
	}
	return w.do(c)
}

// converse obeys commands that a person types.
func (w *ward) converse(in io.Reader, out io.Writer) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		said, err := w.obey(lines.Text())
		for _, line := range said {
			fmt.Fprintln(out, line)
		}
		if err != nil {
			fmt.Fprintln(out, oneLine(err))
		}
	}
}

// send sends one request to the ward of a folder and returns its answer.
func send(ctx context.Context, dir, line string) ([]string, error) {
	w, err := folder(dir).read()
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no ward is running in %s", dir)
	}
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: controlTime}
	conn, err := dialer.DialContext(ctx, w.Control.Network, w.Control.Address)
	if err != nil {
		return nil, fmt.Errorf("the ward in %s does not answer: %w", dir, err)
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(controlTime)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(conn, line); err != nil {
		return nil, fmt.Errorf("the ward in %s does not answer: %w", dir, err)
	}
	return readAnswer(conn)
}

// readAnswer reads up to the line that ends an answer.
func readAnswer(r io.Reader) ([]string, error) {
	var said []string
	lines := bufio.NewScanner(r)
	for lines.Scan() && len(said) < maxAnswer {
		if lines.Text() == answerOK {
			return said, nil
		}
		if sentence, failed := strings.CutPrefix(lines.Text(), answerError); failed {
			return nil, errors.New(sentence)
		}
		said = append(said, lines.Text())
	}
	return nil, errors.Join(errors.New("the ward did not finish its answer"), lines.Err())
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
