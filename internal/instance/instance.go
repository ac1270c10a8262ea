// Package instance lets a console that is started on a data folder ask the one that already has it whether it still
// answers, so that a busy console can be told from a hung one. It does not say who may have the folder: that is the
// lock of package store. It carries no commands, no data and no version: any console understands any other.
package instance

import (
	"context"
	"time"
)

// Limit is how long one question may take, from connecting to the last byte of the answer.
const Limit = 2 * time.Second

// Answer is what is known of the console that has the folder.
type Answer struct {
	PID   int  // its process; 0 where that is not known for certain
	Alive bool // its window answered; false: it is there, and hangs
}

// Server answers for this console.
type Server struct{}

// Serve answers for this console until ctx is done or the Server is closed.
func Serve(ctx context.Context, folder string, answer func(ctx context.Context) error) (*Server, error) {
	return nil, nil
}

// Close stops answering.
func (s *Server) Close() error { return nil }

// Ask asks the console that has folder whether it answers.
func Ask(ctx context.Context, folder string) (Answer, error) { return Answer{}, nil }

// End kills the process pid.
func End(pid int) error { return nil }
