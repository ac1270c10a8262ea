package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/bundle"
	"countersign/internal/change"
	"countersign/internal/cosign"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/retention"
	"countersign/internal/store"
)

// record is the database and everything that needs it.
type record struct {
	db       *store.DB
	log      *audit.Log
	roster   *people.Roster
	seat     *people.Seat
	desk     *change.Desk
	station  *cosign.Station
	register *breakglass.Register
	kept     *retention.Register
}

// projections are the tables beside the log.
func projections() []audit.Projection {
	return []audit.Projection{change.Projection(), cosign.Projection(), breakglass.Projection(), bundle.Projection(), retention.Projection()}
}

// open opens the record, closes what a crash left open, and takes in what the emergency journals hold. It may be tried again.
func (e *engine) open(ctx context.Context) error {
	e.opening.Lock()
	defer e.opening.Unlock()
	if e.record.Load() != nil {
		return nil
	}
	r, err := e.openRecord(ctx)
	if err != nil {
		r.abandon()
		e.failed.Store(&err)
		return err
	}
	e.importer.Attach(r.log, r.db, func(note string) error {
		_, err := r.roster.Open(context.WithoutCancel(ctx), note)
		return err
	})
	brought := e.importer.Take(ctx) // what it does not take is tried again
	// Whole records with a damaged table beside them open, and take no emergency in: that is a damaged record, too.
	if fault.Is(brought, fault.LogBroken) {
		e.importer.Detach()
		r.abandon()
		e.failed.Store(&brought)
		return brought
	}
	e.failed.Store(nil)
	e.record.Store(r)
	if spent, err := r.register.Codes(ctx); err == nil {
		e.codes.Spent(spent...)
	}
	e.learn(ctx, r)
	if brought == nil {
		_ = r.register.Orphans(ctx) // at the next start, then
	}
	e.rely()
	return nil
}

func (e *engine) openRecord(ctx context.Context) (r *record, err error) {
	r = &record{}
	if r.db, err = store.Open(ctx, e.folder, e.options.origin(), projections()...); err != nil {
		return r, err
	}
	machine := audit.WithMachine(e.folder, anchors(e.folder, e.options.origin())...)
	if r.log, err = audit.Open(ctx, r.db, e.clock, machine); err != nil {
		return r, err
	}
	if err = e.tellRestored(ctx, r); err != nil {
		return r, err
	}
	if r.roster, err = people.Load(ctx, r.log); err != nil {
		return r, err
	}
	r.kept = retention.NewRegister(r.log, r.db, r.roster)
	r.seat = people.NewSeat(r.roster, e.keys)
	r.desk = change.NewDesk(r.log, r.db, r.roster, workstation(), version)
	r.register = breakglass.NewRegister(r.log, r.db, r.roster, e.recorder.Chain(), r.desk.SupersededBy)
	r.desk.Bar(r.register.Barred)
	r.station = cosign.New(r.log, r.db, r.roster, e.keys, r.seat, r.desk, workstation())
	if _, err = r.desk.Recover(ctx); err != nil {
		return r, err
	}
	mode := "real"
	if e.options.training {
		mode = "training"
		if err = prepareTraining(ctx, e.keys, r); err != nil {
			return r, err
		}
	}
	if err = e.tellAside(ctx, r); err != nil {
		return r, err
	}
	return r, r.note(ctx, kindStarted, "mode", mode, "version", version)
}

// note records something of the console's own life.
func (r *record) note(ctx context.Context, kind string, pairs ...string) error {
	_, err := r.log.Append(ctx, note(kind, pairs...))
	return err
}

func note(kind string, pairs ...string) audit.Draft {
	draft := audit.Draft{Kind: kind, Actor: console}
	for i := 0; i+1 < len(pairs); i += 2 {
		draft.Body.Set(pairs[i], pairs[i+1])
	}
	return draft
}

// close settles what is owed, says that the console ends, and closes the log and the database.
func (r *record) close() error {
	return errors.Join(within(stopTime, r.desk.Settle), within(stopTime, func(ctx context.Context) error { return r.note(ctx, kindStopped) }),
		within(stopTime, r.log.Close), r.db.Close())
}

// abandon frees what was opened before a start failed.
func (r *record) abandon() {
	if r.log != nil {
		_ = within(stopTime, r.log.Close)
	}
	if r.db != nil {
		_ = r.db.Close() // the failure that matters is the one that is being told
	}
}

// notebook records what devices were asked: in the audit log, and in the emergency journal while that takes nothing. A device
// must be found and read in an emergency, too, so its failures keep nobody from that.
type notebook struct{ *engine }

// noteTime is how long the log may take before the journal takes its place.
const noteTime = time.Second

// Append implements inventory.Log.
func (n notebook) Append(ctx context.Context, drafts ...audit.Draft) ([]audit.Record, error) {
	type answer struct {
		records []audit.Record
		err     error
	}
	if r := n.record.Load(); r != nil {
		done := make(chan answer, 1)
		go func() { // an append that hangs holds the log's lock: no context ends that
			records, err := r.log.Append(ctx, drafts...)
			done <- answer{records, err}
		}()
		timer := time.NewTimer(noteTime)
		defer timer.Stop()
		select {
		case a := <-done:
			if a.err == nil || !unavailable(a.err) {
				return a.records, a.err
			}
		case <-timer.C: // it may still land in the log, which then has it twice
		}
	}
	for _, d := range drafts {
		n.recorder.Record(d.Kind, d.Actor, d.Body, d.Stmt)
	}
	return nil, nil
}

// unavailable says whether the log takes no records at all now, whatever they say.
func unavailable(err error) bool {
	switch fault.KindOf(err) {
	case fault.LogBusy, fault.LogFull, fault.LogDenied, fault.LogBroken, fault.LogSettings:
		return true
	}
	return false
}

// copyPath is where a copy of the roster is kept for when the database cannot be opened.
func (e *engine) copyPath() string { return filepath.Join(e.folder, "roster.copy") }
