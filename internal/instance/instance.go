// Package instance lets a console that is started on a data folder ask the one that already has it whether it still
// answers, so that a busy console can be told from a hung one. It does not say who may have the folder: that is the
// lock of package store. It carries no commands, no data and no version: any console understands any other.
package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"countersign/internal/disk"
	"countersign/internal/fault"
)

// Limit is how long one question may take, from connecting to the last byte of the answer.
const Limit = 2 * time.Second

// maxLine is how much of an answer, and of the file with the process number, is looked at, in bytes.
const maxLine = 64

// Answer is what is known of the console that has the folder.
type Answer struct {
	PID   int  // its process; 0 where that is not known for certain
	Alive bool // its window answered in time; false: the process is there, and hangs
}

// Ask asks the console that has folder whether it answers, which takes no longer than Limit. A console that takes the
// question and gives no answer, or not the right one, all that time is one that hangs, which is no error.
//
// The faults are NotFound when no console is there to be asked, LogDenied when it cannot be reached (another user's, for
// one), and Cancelled when ctx was done first.
func Ask(ctx context.Context, folder string) (Answer, error) { return ask(ctx, folder, Limit) }

func ask(ctx context.Context, folder string, limit time.Duration) (Answer, error) {
	p, err := placeOf(folder)
	if err != nil {
		return Answer{}, disk.Fault(folder, err)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for known := 0; ; {
		a, err := p.ask(limited)
		if a.PID != 0 {
			known = a.PID
		}
		switch {
		case ctx.Err() != nil:
			return Answer{}, fault.New(fault.Cancelled, folder, ctx.Err())
		case a.Alive:
			return a, nil
		case nobody(err):
			return Answer{}, fault.New(fault.NotFound, folder, err)
		case limited.Err() != nil, timedOut(err): // the connection can notice it first
			if known == 0 {
				known = p.process()
			}
			return Answer{PID: known}, nil
		case err != nil && !errors.Is(err, syscall.EAGAIN): // that one means that so many wait that no more can queue
			return Answer{}, disk.Fault(folder, err)
		}
		// It hung up without an answer. A console that is being closed does so, too, and is gone a moment later: it must
		// not be taken for one that hangs.
		select {
		case <-time.After(pause):
		case <-limited.Done():
		}
	}
}

// timedOut knows both errors of a connection that ran out of time. A full queue says of itself that it is one, and is not.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// ask asks once. The error is that of the connection; a connection without an answer is none.
func (p place) ask(ctx context.Context) (Answer, error) {
	conn, err := p.dial(ctx)
	if err != nil {
		return Answer{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	// The operating system's word is worth more than the console's own, and a hung one gives none.
	a := Answer{PID: peer(conn)}
	text, _ := bufio.NewReader(io.LimitReader(conn, maxLine)).ReadString('\n') // half a line is no answer
	said, ok := parse(text)
	a.Alive = ok
	if a.PID == 0 && ok {
		a.PID = said
	}
	return a, nil
}

// line is the whole answer of a process.
func line(pid int) string { return fmt.Sprintf("countersign %d\n", pid) }

// parse reads an answer. Further words are for later consoles and are passed over.
func parse(text string) (pid int, ok bool) {
	text, whole := strings.CutSuffix(text, "\n")
	words := strings.Split(text, " ")
	if !whole || len(words) < 2 || words[0] != "countersign" {
		return 0, false
	}
	pid, err := strconv.Atoi(words[1])
	return pid, err == nil && pid > 0
}

// process returns the process that the folder's file names, or 0. A file can outlive its process, and the number can be
// given to another one: what does not run this program is not taken for a console, because somebody may order its end.
func (p place) process() int {
	info, err := os.Lstat(p.pidFile())
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	file, err := os.Open(p.pidFile())
	if err != nil {
		return 0
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxLine))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSuffix(string(text), "\n"))
	if err != nil || pid <= 1 || pid == os.Getpid() || !runsThis(pid) {
		return 0
	}
	return pid
}

// End kills the process pid, which loses whatever it has not written. It is for a person's explicit order, and for a PID
// that Ask has just told: process numbers are used again.
//
// The faults are Internal for a number that is no console's (1 and below, or this process), NotFound when there is no such
// process any more, and NotAllowed when this user may not end it.
func End(pid int) error {
	subject := strconv.Itoa(pid)
	if pid <= 1 || pid == os.Getpid() {
		return fault.Newf(fault.Internal, subject, "this process must not be ended")
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return fault.New(fault.NotFound, subject, err) // Windows opens it here
	}
	defer func() { _ = process.Release() }()
	switch err := process.Kill(); {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrProcessDone):
		return fault.New(fault.NotFound, subject, err)
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.NotAllowed, subject, err)
	default:
		return fault.New(fault.Internal, subject, err)
	}
}
