package main

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"countersign/app/ui/keeping"
	"countersign/app/ui/kit"
	"countersign/app/ui/people"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/backup"
	"countersign/internal/disk"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	enrolled "countersign/internal/people"
	"countersign/internal/preflight"
	"countersign/internal/retention"
	"countersign/internal/verify"
)

// errUnrecorded is why a backup that is complete is in no record: it counts all the same.
var errUnrecorded = errors.New("the backup is complete, and the audit log does not say so")

// backUp makes a backup in the name of who is signed in, and records it. Where the log takes no record, the backup is there
// all the same: then it is needed most.
func (e *engine) backUp(ctx context.Context, r *record, to, recipient string, progress backup.Progress) (backup.Made, error) {
	if r.seat.Current() == nil {
		return backup.Made{}, fault.New(fault.NotSignedIn, "", nil)
	}
	actor := r.seat.Actor()
	made, err := backup.Make(ctx, backup.Request{Folder: e.folder, DB: r.db, To: to, Recipient: recipient, Program: "countersign " + version,
		Now: e.clock.Now(), Free: preflight.Free}, progress)
	if err != nil {
		return made, err
	}
	draft := made.Draft()
	draft.Actor = actor
	if _, err := r.log.Append(context.WithoutCancel(ctx), draft); err != nil {
		return made, fault.New(fault.KindOf(err), made.Path, errors.Join(errUnrecorded, err))
	}
	return made, nil
}

// keeping is the page of what is kept.
func (c *composer) keeping() *keeping.View {
	return keeping.New(c.ctx, keeping.Deps{
		Facts: c.facts, Changed: c.kept.Changed, SeatChanged: c.seat.Changed, SignedIn: func() bool { return c.seat.Current() != nil }, SignIn: c.signIn.Ask,
		Folder: c.folder, Board: c.board,
		BackUp: func(ctx context.Context, folder, recipient string, progress backup.Progress) (backup.Made, error) {
			return c.backUp(ctx, c.record, folder, recipient, progress)
		},
		Place: func(ctx context.Context, scope retention.Scope, subject, reason, reference string) error {
			return c.kept.Place(ctx, c.seat.Current(), scope, subject, reason, reference)
		},
		Prepare: c.kept.PrepareRelease, Complete: c.kept.Complete, Prove: c.seat.Prove,
		Role: func(p enrolled.Person) string { return people.RoleWord(p.Role) }, Hint: c.hint(c.options),
		Archive: c.archive, Export: c.toExport, Result: c.result, Now: time.Now,
	}, c.runner, c.open)
}

// facts are what that page shows.
func (c *composer) facts(ctx context.Context) (f keeping.Facts, err error) {
	c.putBack.Store(false) // it says so
	bytes, err := c.db.Size(ctx)
	if err != nil {
		return f, err
	}
	if f.Growth, err = c.kept.Growth(ctx, time.Now(), bytes); err != nil {
		return f, err
	}
	if f.Kept, err = c.kept.Kept(ctx); err != nil {
		return f, err
	}
	if f.Holds, err = c.kept.Holds(ctx); err != nil {
		return f, err
	}
	f.Free, f.FreeErr = preflight.Free(c.folder)
	f.People, err = c.roster.People(ctx)
	return f, err
}

// archive holds an export of everything against this log, and records where it is kept.
func (c *composer) archive(ctx context.Context, path, place string, progress func(done, of int64)) (upto int64, err error) {
	who := c.seat.Current()
	if who == nil {
		return 0, fault.New(fault.NotSignedIn, "", nil)
	}
	a, err := archived(ctx, c.log, path, progress)
	if err != nil {
		return 0, err
	}
	a.Place = place
	return a.Upto, c.kept.Archived(ctx, who.Actor(), a)
}

// archived verifies a bundle as an auditor would, and then asks what no auditor can: that it holds every record that this log
// had then. A bundle that does not is fault.Incoming.
func archived(ctx context.Context, log *audit.Log, path string, progress func(done, of int64)) (a retention.Archive, err error) {
	file, err := os.Open(path)
	if err != nil {
		return a, disk.Fault(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return a, fault.New(fault.Incoming, path, err)
	}
	r, err := verify.Bundle(ctx, file, info.Size(), verify.Options{Progress: func(_ int, done, of int64) { progress(done, of) }})
	if err != nil {
		return a, err
	}
	m := r.Manifest
	switch {
	case r.Failure != nil:
		return a, fault.Newf(fault.Incoming, path, "%s: %s", r.Verdict, r.Failure.Text)
	case m.Scope != formats.Full:
		return a, fault.Newf(fault.Incoming, path, "it is a %s export", m.Scope)
	case m.Origin != log.LastHead().Origin:
		return a, fault.Newf(fault.Incoming, path, "it is of another log, %s", m.Origin)
	}
	hashes, err := log.Hashes(ctx, m.Head.Size)
	if fault.Is(err, fault.NotFound) {
		return a, fault.New(fault.Incoming, path, err) // it has more records: this log was put back since
	}
	if err != nil {
		return a, err
	}
	var ours leaf.Range
	for _, h := range hashes {
		ours.Append(h)
	}
	if ours.Root() != m.Head.Root {
		return a, fault.Newf(fault.Incoming, path, "this log has another root at %d records", m.Head.Size)
	}
	return retention.Archive{File: filepath.Base(path), Manifest: hex.EncodeToString(r.ManifestDigest[:]), Upto: m.Head.Size}, nil
}

func (c *composer) toKeeping() { c.open(shell.Route{Screen: keeping.Screen}) }

// keepingCommand leads to that page from everywhere.
func (c *composer) keepingCommand() shell.Command {
	return shell.Command{ID: "keeping.open", Label: "keeping.open", Menu: shell.MenuGo, Do: c.toKeeping}
}

// scarce is what a person should know on every page of what is kept: that the log was put back from a backup, or that there is
// hardly any room left for it.
func (c *composer) scarce() (sentence string, show func(), ok bool) {
	elsewhere := c.shell == nil || c.shell.Route().Screen != keeping.Screen
	if c.putBack.Load() && elsewhere {
		return kit.T("keeping.notice.restored"), c.toKeeping, true
	}
	s := c.engine.standing.Load()
	if s == nil || !elsewhere {
		return "", nil, false
	}
	space := slices.IndexFunc(s.report.Items, func(i preflight.Item) bool { return i.Check == "space" })
	if space < 0 {
		return "", nil, false
	}
	if word, free := s.report.Items[space].Word(); word == preflight.Free1GB {
		return kit.T("keeping.room.very_little", kit.Data{"Size": keeping.Size(free)}), c.toKeeping, true
	}
	return "", nil, false
}
