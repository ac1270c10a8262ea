package change

import (
	"context"
	"errors"
	"fmt"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/session"
	"countersign/internal/statement"
)

// sameDriver says whether the driver is the one whose digest two persons signed.
func sameDriver(auth Authorization, driver drivers.Driver, d drivers.Description) error {
	request := auth.plan()
	digest, err := auth.digest(driver.About(), d)
	if err != nil {
		return err
	}
	if driver.About().ID != request.Driver.ID || digest != request.Driver.Digest {
		return fault.Newf(fault.Superseded, request.Device.Serial, "the driver is another than the one that was signed")
	}
	return nil
}

// carryOut writes and reads back step by step.
func (r *run) carryOut(ctx context.Context, progress Progress) Result {
	for i := range r.steps {
		progress(i, r.steps)
		if r.step(ctx, &r.steps[i]); r.steps[i].Outcome != Verified {
			break // the rest stays as found
		}
	}
	r.setBack(ctx)
	progress(len(r.steps), r.steps)
	return Result{Outcome: conclude(r.steps), Steps: r.steps}
}

// step writes one setting, reads it back whatever the write said, and judges by what was read.
func (r *run) step(ctx context.Context, s *Step) {
	change, setting, err := wantedValue(s.SetLine, r.description)
	if err == nil {
		err = r.write(ctx, change)
	}
	if errors.Is(err, drivers.ErrNotSent) || err != nil && change.Setting == "" {
		s.Fault = fault.KindOf(session.Fault(err, string(s.ID)))
		return
	}
	left, readErr := r.readBack(ctx, setting)
	if readErr != nil {
		s.Outcome, s.Fault = Unknown, fault.KindOf(session.Fault(readErr, string(s.ID)))
		return
	}
	s.AsLeft = token(left)
	s.Outcome = judge(setting, s.SetLine, change.Wanted, left, err)
	if err != nil && s.Outcome != Verified {
		s.Fault = fault.KindOf(session.Fault(err, string(s.ID)))
	}
}

func (r *run) write(ctx context.Context, c drivers.Change) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return fault.Guard(string(c.Setting), func() error { return r.writer.Write(ctx, c) })
}

// readBack is a read of its own: the driver answers nothing from memory. A number in another unit than the signed one is
// no answer: somebody set the device to that unit meanwhile.
func (r *run) readBack(ctx context.Context, s drivers.Setting) (left drivers.Value, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	err = fault.Guard(string(s.ID), func() error {
		snapshot, err := r.session.Read(ctx, s.ID)
		if err != nil {
			return err
		}
		reading, ok := snapshot.Reading(s.ID)
		if !ok || reading.Unit != s.Unit {
			return fmt.Errorf("%w: read back %v in %q", drivers.ErrGarbled, ok, reading.Unit)
		}
		left = reading.Value
		return nil
	})
	return left, err
}

// judge says what a step came to. A write that was neither acknowledged nor refused, and that the device does not show,
// may still take effect: that is unknown, not rejected. What the device held before is never taken for the wanted value,
// however large the setting's tolerance is.
func judge(setting drivers.Setting, l statement.SetLine, wanted, left drivers.Value, written error) Outcome {
	unchanged := token(left) == l.AsFound
	switch {
	case setting.Matches(wanted, left) && !unchanged:
		return Verified
	case unanswered(written):
		return Unknown
	case unchanged:
		return Rejected
	}
	return Adjusted
}

// unanswered says whether a write was neither acknowledged nor refused.
func unanswered(written error) bool { return written != nil && !errors.Is(written, drivers.ErrRefused) }

func token(v drivers.Value) string {
	t, err := statement.Token(v)
	if err != nil {
		return ""
	}
	return t
}
