package change_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
