package change

import (
	"context"
	"errors"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/session"
	"countersign/internal/statement"
)

// Device is an open conversation with the device that shall be changed.
type Device interface {
	Driver() drivers.Driver
	Identity() drivers.Identity
	// Reidentify opens the line anew and asks the device who it is.
	Reidentify(ctx context.Context) error
	// Exclusive lends the driver's session.
	Exclusive(ctx context.Context, do func(context.Context, drivers.Session) error) error
}

// Progress is told of every step as it stands. It may be nil.
type Progress func(done int, steps []Step)

// Limits on one exchange. Once the intent is recorded a cancellation does not stop a step: what the device holds must be
// known, and only these limits end the asking.
const (
	writeTime = 10 * time.Second
	readTime  = 10 * time.Second
)

// Result is what came of an execution.
type Result struct {
	Outcome Outcome
	Steps   []Step
}

// Execute carries out what auth allows, once. In this order: the device is asked again who it is; what it holds is read
// again and compared with what the proposer saw; the limits and the interlock are checked; the intent is made durable;
// then each setting is written and read back, and the first that is not verified ends it.
//
// An error means that nothing was sent: OtherDevice, WeakIdentity, Superseded, InUse, OutOfRange, Consumed, or a fault of
// the line or the log. What was sent is a Result without an error, whatever came of it, unless the log failed after it.
func Execute(ctx context.Context, auth Authorization, dev Device, progress Progress) (Result, error) {
	if progress == nil {
		progress = func(int, []Step) {}
	}
	request := auth.plan()
	var result Result
	began := false
	err := sameDevice(request.Request, dev.Identity())
	if err == nil {
		err = dev.Reidentify(ctx)
	}
	if err == nil {
		err = dev.Exclusive(ctx, func(ctx context.Context, s drivers.Session) error {
			run, err := prepare(ctx, auth, dev.Driver(), s)
			if err != nil {
				return err
			}
			if err := auth.intend(ctx, run.steps); err != nil {
				return err
			}
			began = true
			result = run.carryOut(context.WithoutCancel(ctx), progress)
			return auth.conclude(context.WithoutCancel(ctx), result.Outcome, result.Steps)
		})
	}
	if err != nil && !began {
		if recorded := auth.stop(context.WithoutCancel(ctx), err); recorded != nil {
			err = errors.Join(err, recorded)
		}
	}
	return result, err
}

// sameDevice compares the device that the request names with the one that the console talks to. One without a serial number
// is known by the asset tag that two persons read off it and typed, and must not turn out to have a number.
func sameDevice(r statement.Request, id drivers.Identity) error {
	stated := r.Device
	if r.AssetTag == "" && (stated.Serial == "" || id.Weak()) {
		return fault.New(fault.WeakIdentity, id.Model, nil)
	}
	if stated.Manufacturer != id.Manufacturer || stated.Model != id.Model || stated.Serial != id.Serial {
		return fault.Newf(fault.OtherDevice, stated.Serial, "connected: %s SN %s", id.Model, id.Serial)
	}
	return nil
}

// run is one execution that may begin.
type run struct {
	session     drivers.Session
	writer      drivers.Writer
	description drivers.Description
	steps       []Step
	onFailure   statement.OnFailure
}

// prepare checks everything that was true when two persons signed, and sends nothing that changes the device.
func prepare(ctx context.Context, auth Authorization, driver drivers.Driver, s drivers.Session) (*run, error) {
	request := auth.plan()
	writer, ok := s.(drivers.Writer)
	if !ok {
		return nil, fault.New(fault.Unsupported, driver.About().Name, nil)
	}
	description, err := s.Describe(ctx)
	if err != nil {
		return nil, lineFault(err, request)
	}
	if err := sameDriver(auth, driver, description); err != nil {
		return nil, err
	}
	var ids []drivers.SettingID
	for _, l := range request.Set {
		ids = append(ids, l.ID)
	}
	snapshot, err := s.Read(ctx, description.Linked(ids...)...)
	if err != nil {
		return nil, lineFault(err, request)
	}
	if stateDigest(description, snapshot, ids...) != request.Request.State {
		return nil, fault.New(fault.Superseded, request.Device.Serial, nil)
	}
	r := &run{session: s, writer: writer, description: description, onFailure: request.OnFailure}
	if err := r.plan(request, snapshot); err != nil {
		return nil, err
	}
	return r, interlock(ctx, auth, s)
}

// interlock asks a device that can tell whether it is on a patient. Where that is no reason to stop, the authorization learns it.
func interlock(ctx context.Context, auth Authorization, s drivers.Session) error {
	lock, ok := s.(drivers.Interlock)
	if !ok {
		return nil
	}
	request := auth.plan()
	err := lineFault(lock.SafeToWrite(ctx), request)
	if err != nil && !(request.Waived && fault.Is(err, fault.InUse)) {
		return err
	}
	if err != nil {
		auth.onPatient()
	}
	return nil
}

// plan puts the steps into an order in which no step breaks a rule between settings that the whole change keeps: a low
// limit is not raised past the high one before the high one was raised.
func (r *run) plan(request Request, snapshot drivers.Snapshot) error {
	var changes []drivers.Change
	lines := map[drivers.SettingID]statement.SetLine{}
	for _, l := range request.Set {
		c, _, err := wantedValue(l, r.description)
		if err != nil {
			return err
		}
		changes = append(changes, c)
		lines[l.ID] = l
	}
	if err := r.description.CheckAll(changes, snapshot); err != nil {
		return rangeFault(err)
	}
	if own, ok := r.session.(drivers.Sequencer); ok {
		changes = own.Sequence(changes)
	} else {
		changes = order(r.description, changes, snapshot)
	}
	for _, c := range changes {
		r.steps = append(r.steps, Step{SetLine: lines[c.Setting], Outcome: NotSent})
	}
	if len(r.steps) != len(request.Set) {
		return fault.Newf(fault.Internal, request.ID, "%d steps for %d settings", len(r.steps), len(request.Set))
	}
	return nil
}

// order picks, as long as there is one, a change that keeps the rules with what was picked before it.
func order(d drivers.Description, changes []drivers.Change, snapshot drivers.Snapshot) []drivers.Change {
	left := append([]drivers.Change(nil), changes...)
	var ordered []drivers.Change
	for len(left) > 0 {
		next := 0
		for i, c := range left {
			if d.CheckAll(append(ordered[:len(ordered):len(ordered)], c), snapshot) == nil {
				next = i
				break
			}
		}
		ordered = append(ordered, left[next])
		left = append(left[:next:next], left[next+1:]...)
	}
	return ordered
}

func lineFault(err error, r Request) error { return session.Fault(err, r.Device.Serial) }
