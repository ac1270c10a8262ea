package main

import (
	"cmp"
	"context"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/preflight"
)

// standing is what the console could rely on in an emergency, as it was looked at last.
type standing struct {
	report preflight.Report
	at     time.Time
}

// standingEvery is how often that is looked at.
const standingEvery = 10 * time.Second

// rely looks at what the console could rely on. It may take a moment where a disk is slow.
func (e *engine) rely() preflight.Report {
	k := e.known.Load()
	f := preflight.Facts{
		Journal: e.journals.Check(), Mirror: e.mirror.Check(), MirrorSet: true,
		Record: cmp.Or(e.problem(), e.importer.Trouble()), RecordOpening: e.record.Load() == nil && e.problem() == nil,
		Clock: e.clock.Now().State, Keys: e.readableKeys(k.persons), KeysExposed: len(e.keys.Exposed()),
		Ballast: preflight.Kept(e.folder), People: active(k.persons),
	}
	if e.recorder.Stepped() {
		f.Clock = clock.Stepped
	}
	f.CodesLeft, f.CodesTotal, _ = e.codes.Left() // none left says enough
	f.FreeBytes, f.FreeErr = preflight.Free(e.folder)
	report := preflight.Judge(f)
	e.standing.Store(&standing{report, time.Now()})
	return report
}

// problem is why the record is not open, or nil.
func (e *engine) problem() error {
	if e.record.Load() != nil {
		return nil
	}
	if p := e.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// readableKeys says whether anybody who takes part has a key file here.
func (e *engine) readableKeys(persons []people.Person) error {
	for _, p := range persons {
		if !p.Active {
			continue
		}
		if file, err := e.keys.File(p.ID); err == nil && len(file) > 0 {
			return nil
		}
	}
	if len(persons) == 0 {
		return nil // nobody has been enrolled yet: that is said of the people
	}
	return fault.Newf(fault.KeyFile, "", "no key file of anybody who takes part can be read")
}

func active(persons []people.Person) (n int) {
	for _, p := range persons {
		if p.Active {
			n++
		}
	}
	return n
}

// watch looks at what can be relied on until ctx ends, and keeps the reserve on the disk.
func (e *engine) watch(ctx context.Context) {
	_ = preflight.Keep(e.folder) // what is kept is part of the report
	ticker := time.NewTicker(standingEvery)
	defer ticker.Stop()
	for {
		e.rely()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
