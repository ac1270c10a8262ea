package change_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/fault"
)

// TestOfManyAttemptsOnOneGrantOneBegins lets 64 goroutines carry out the same approval at once. What they race for is the
// record of the intent; the device is asked one at a time.
func TestOfManyAttemptsOnOneGrantOneBegins(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.approved(t, ctx)
		var began atomic.Int64
		var all sync.WaitGroup
		for range 64 {
			auth, err := b.desk.Grant(ctx, b.kim.Actor(), r.ID, b.device.Driver())
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				_, err := change.Execute(ctx, auth, b.device, func(done int, _ []change.Step) {
					if done == 0 {
						began.Add(1)
					}
				})
				switch fault.KindOf(err) {
				case "", fault.Consumed, fault.Superseded:
				default:
					t.Errorf("an attempt ended with %v", err)
				}
			})
		}
		all.Wait()
		if began.Load() != 1 {
			t.Errorf("%d attempts began to write", began.Load())
		}
		intents := 0
		err := b.log.Each(ctx, 0, func(record audit.Record) error {
			if record.Kind == "change.intent" {
				intents++
			}
			return nil
		})
		if err != nil || intents != 1 {
			t.Errorf("%d intents are recorded, %v", intents, err)
		}
	})
}

// TestTenThousandAttemptsOnOneGrantWriteOnce has 64 goroutines carry out one approval again and again, on a device that
// takes no time and does not take the value, so that every attempt finds it as two persons signed for.
func TestTenThousandAttemptsOnOneGrantWriteOnce(t *testing.T) {
	const workers = 64
	attempts := int64(10_000)
	if raced {
		attempts = 500
	}
	at(t, func(ctx context.Context, b *bench) {
		x := newBox()
		x.take[1] = func(*box, drivers.Change) error { return nil }
		r, err := b.ask(t, ctx, x, func(p *change.Proposal) { p.Changes = p.Changes[:1] })
		if err != nil {
			t.Fatal(err)
		}
		agreed, err := b.desk.Compare(ctx, b.kim.Person, r.ID, nil)
		if err == nil {
			err = b.desk.Approve(ctx, b.kim, agreed)
		}
		if err != nil {
			t.Fatal(err)
		}
		auth, err := b.desk.Grant(ctx, b.robin.Actor(), r.ID, x.Driver())
		if err != nil {
			t.Fatal(err)
		}
		var left, done atomic.Int64
		left.Store(attempts)
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					_, err := change.Execute(ctx, auth, x, nil)
					switch fault.KindOf(err) {
					case "":
						done.Add(1)
					case fault.Consumed:
					default:
						t.Errorf("an attempt ended with %v", err)
						return
					}
				}
			})
		}
		all.Wait()
		if done.Load() != 1 || len(x.writes) != 1 {
			t.Errorf("of %d attempts %d were carried out, with %d writes", attempts, done.Load(), len(x.writes))
		}
		intents := 0
		err = b.log.Each(ctx, 0, func(record audit.Record) error {
			if record.Kind == "change.intent" {
				intents++
			}
			return nil
		})
		if err != nil || intents != 1 {
			t.Errorf("%d intents are recorded, %v", intents, err)
		}
	})
}

func TestARequestThatExpiresOnAFullDiskIsOverAndTheListStaysReadable(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		d := b.on(t, ctx)
		r := b.proposed(t, ctx)
		d.fill(true)
		b.clock.Advance(change.ValidFor + time.Second)
		size := b.log.Head().Size
		if list, err := b.desk.Requests(ctx); err != nil || len(list) != 1 || list[0].State != change.Expired {
			t.Errorf("with the disk full the list is %+v, %v", list, err)
		}
		d.fill(false)
		if got := b.state(t, ctx, r.ID).State; got != change.Expired || b.log.Head().Size != size+1 {
			t.Errorf("with room again it is %s, and %d records were added", got, b.log.Head().Size-size)
		}
	})
}
