package task_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"countersign/internal/task"
)

func TestWorkIsListedWhileItRunsAndCancelEndsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var board task.Board
		ended := make(chan string, 2)
		start := func(name string) {
			go func() {
				err := board.Run(t.Context(), name, func(ctx context.Context, p *task.Progress) error {
					p.Step("first half")
					p.Set(1, 2)
					<-ctx.Done()
					return ctx.Err()
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s ended with %v", name, err)
				}
				ended <- name
			}()
			synctest.Wait()
		}
		start("older")
		start("newer")
		if got, ok := board.Current(); !ok || got != (task.Status{Name: "newer", Step: "first half", Done: 1, Total: 2}) {
			t.Errorf("shown: %+v", got)
		}
		board.Cancel()
		if got := <-ended; got != "newer" {
			t.Errorf("%s was cancelled", got)
		}
		synctest.Wait()
		if got := board.Running(); len(got) != 1 || got[0] != "older" {
			t.Errorf("still running: %v", got)
		}
		board.CancelAll()
		<-ended
		synctest.Wait()
		if _, ok := board.Current(); ok {
			t.Error("something is still listed")
		}
	})
}

func TestWorkThatMustBeFinishedIsListedAndNotCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var board task.Board
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		over := make(chan struct{})
		go func() {
			done <- board.Finish(ctx, "write", func(ctx context.Context, _ *task.Progress) error {
				<-over
				return ctx.Err()
			})
		}()
		synctest.Wait()
		if got, ok := board.Current(); !ok || !got.Fixed {
			t.Errorf("shown: %+v", got)
		}
		cancel()
		board.Cancel()
		board.CancelAll()
		close(over)
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
}
