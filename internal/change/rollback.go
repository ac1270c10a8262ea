package change

import (
	"context"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/session"
	"countersign/internal/statement"
)

// setBack writes what was found back over what was written, the last first, where the approved plan says so and a setting
// failed after others had been verified. Each is read back like any other write. Where a device has stopped to answer
// nothing is tried: what it holds must be read first.
func (r *run) setBack(ctx context.Context) {
	if r.onFailure != statement.RollBack || !r.worthSettingBack() {
		return
	}
	for i := len(r.steps) - 1; i >= 0; i-- {
		s := &r.steps[i]
		if s.Outcome != Verified && s.Outcome != Adjusted {
			continue
		}
		if r.back(ctx, s); s.Restored != Verified {
			return // another write could only make it worse
		}
	}
}

// worthSettingBack says whether a setting failed in a known way after the device was changed.
func (r *run) worthSettingBack() bool {
	changed, failed := false, false
	for _, s := range r.steps {
		switch s.Outcome {
		case Unknown:
			return false
		case Verified:
			changed = true
		case Adjusted:
			changed, failed = true, true
		case Rejected, NotSent:
			failed = true
		}
	}
	return changed && failed
}

// back sets one setting back to what was found and reads it.
func (r *run) back(ctx context.Context, s *Step) {
	found, setting, err := valueOf(s.ID, s.AsFound, r.description)
	if err == nil {
		err = r.write(ctx, found)
	}
	left, readErr := r.readBack(ctx, setting)
	if readErr != nil {
		s.Restored, s.Fault = Unknown, fault.KindOf(session.Fault(readErr, string(s.ID)))
		return
	}
	s.AsLeft = token(left)
	s.Restored = judgeBack(s.SetLine, left, err)
}

// judgeBack says what setting back came to, by what the device shows.
func judgeBack(l statement.SetLine, left drivers.Value, written error) Outcome {
	switch shown := token(left); {
	case shown == l.AsFound:
		return Verified
	case unanswered(written):
		return Unknown
	case shown == l.Wanted:
		return Rejected
	}
	return Adjusted
}

// conclude sums the steps up: unknown outweighs everything, and a change that verified in part says so.
func conclude(steps []Step) Outcome {
	verified, back, stuck := 0, 0, 0
	failed := NotSent
	for _, s := range steps {
		switch {
		case s.unsure():
			return Unknown
		case s.Restored == Verified:
			back++
		case s.Restored != "":
			stuck++ // it could not be set back: the device holds something of the change
		case s.Outcome == Verified:
			verified++
		case s.Outcome == Adjusted || s.Outcome == Rejected:
			failed = s.Outcome
		}
	}
	switch {
	case verified == len(steps):
		return Verified
	case verified+stuck > 0:
		return Partial
	case back > 0 && failed == Adjusted:
		return Partial
	case back > 0:
		return RolledBack
	}
	return failed
}
