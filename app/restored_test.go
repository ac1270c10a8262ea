//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/drivers/generic/modbus"
	"countersign/internal/audit"
	"countersign/internal/backup"
	"countersign/internal/change"
	"countersign/internal/fault"
)

// backsUp makes a backup as Robin does, and returns its file.
func (b *bed) backsUp() backup.Made {
	b.Helper()
	r := b.record.Load()
	if err := r.seat.SignIn(b.Context(), b.ids[robin], trainees[robin].Passphrase); err != nil {
		b.Fatal(err)
	}
	made, err := b.backUp(b.Context(), r, b.TempDir(), "", func(string, int64, int64) {})
	if err != nil {
		b.Fatal(err)
	}
	return made
}

// approved is a change of the room's alarm limit that two persons signed.
func (b *bed) approved(r *room) change.Request {
	b.Helper()
	desk := b.record.Load().desk
	request, err := desk.Propose(b.Context(), b.unlocks(kim), b.proposal(r.key, to(high, -6)))
	if err != nil {
		b.Fatal(err)
	}
	robins := b.unlocks(robin)
	agreed, err := desk.Compare(b.Context(), robins.Person, request.ID, []change.Entry{{Setting: high, Value: "-6"}})
	if err == nil {
		err = desk.Approve(b.Context(), robins, agreed)
	}
	if err != nil {
		b.Fatal(err)
	}
	return request
}

// granted asks to write an approved change, and writes it where that is granted.
func (b *bed) granted(r *room, id string) error {
	b.Helper()
	d, err := b.inventory.Device(r.key)
	if err != nil {
		b.Fatal(err)
	}
	auth, err := b.record.Load().desk.Grant(b.Context(), b.unlocks(robin).Actor(), id, d.Session().Driver())
	if err != nil {
		return err
	}
	_, err = change.Execute(b.Context(), auth, d.Session(), nil)
	return err
}

// said are the kinds of the log's records from one on.
func (b *bed) said(from int64) (kinds []string) {
	b.Helper()
	err := b.record.Load().log.Each(b.Context(), from, func(r audit.Record) error {
		kinds = append(kinds, r.Kind)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return kinds
}

// finds are the kinds of what a verification of the whole log reports.
func (b *bed) finds() (kinds []audit.FindingKind) {
	b.Helper()
	r := b.record.Load()
	found, err := r.log.Verify(b.Context(), r.roster.Check, func(int64, int64) {})
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range found.Findings {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

// putBack does what the command line does.
func putBack(t *testing.T, want int, o options) string {
	t.Helper()
	var out, trouble strings.Builder
	if code := restore(t.Context(), o, &out, &trouble); code != want {
		t.Fatalf("%d: %s%s", code, out.String(), trouble.String())
	}
	return out.String() + trouble.String()
}

func TestARestoredConsoleIsRecognisedOnANewMachineAndItsApprovalsAreOver(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	before := b.approved(r)
	made := b.backsUp()
	if kinds := b.said(made.Manifest.Head.Size); !slices.Equal(kinds, []string{backup.KindMade}) {
		t.Errorf("of the backup the log says %v", kinds)
	}
	if err := b.granted(r, before.ID); err != nil {
		t.Fatal(err)
	}
	b.is(r, high, "-6")
	b.end()

	o := options{data: filepath.Join(t.TempDir(), "another machine"), restore: made.Path, mirror: t.TempDir()}
	said := putBack(t, 0, o)
	if !strings.Contains(said, "records") || !strings.Contains(said, o.data) {
		t.Error(said)
	}
	n := starts(t, o.data, o.mirror)
	fresh := &room{modbus.NewUnit(modbus.IsolationRoom(), "SIM-ROOM-03"), ""} // which holds what was found before the change
	fresh.key = n.meet(plug(t, fresh.Unit), modbus.IsolationRoom())
	n.opens()
	if kinds := n.said(made.Manifest.Head.Size); len(kinds) < 2 || kinds[0] != audit.KindEpoch || kinds[1] != audit.KindRestored {
		t.Errorf("the log goes on with %v", kinds)
	}
	if finds := n.finds(); !slices.Contains(finds, audit.FindingUnlinked) || !slices.Contains(finds, audit.FindingRestored) || slices.Contains(finds, audit.FindingRolledBack) {
		t.Errorf("%v", finds)
	}
	request, err := n.record.Load().desk.Request(t.Context(), before.ID)
	if err != nil || request.State != change.Superseded {
		t.Errorf("the request is %s, %v", request.State, err)
	}
	if err := n.granted(fresh, before.ID); !fault.Is(err, fault.WrongState) && !fault.Is(err, fault.Superseded) && !fault.Is(err, fault.Expired) {
		t.Errorf("an approval from before the backup: %v", err)
	}
	if value := fresh.holds(t, high); !strings.HasPrefix(value, "-5") {
		t.Errorf("it was written again: %s", value)
	}
	k, err := n.record.Load().kept.Kept(t.Context())
	if err != nil || !k.Restored.There || k.Restored.Upto != made.Manifest.Head.Size {
		t.Errorf("%+v, %v", k, err)
	}
	again := n.again().opens()
	if kinds := again.said(made.Manifest.Head.Size); len(kinds) < 3 || slices.Index(kinds[2:], audit.KindRestored) >= 0 {
		t.Errorf("the next start says it again: %v", kinds)
	}
	if _, err := again.record.Load().desk.Propose(t.Context(), again.unlocks(kim), again.proposal(again.room().key, to(high, -6))); err != nil {
		t.Errorf("a new request on it: %v", err)
	}
}

func TestARestoreInItsOldPlaceIsContradictedByTheCopiesOfTheCheckpoint(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	before := b.approved(r)
	made := b.backsUp()
	if err := b.granted(r, before.ID); err != nil {
		t.Fatal(err)
	}
	o := options{data: b.data, restore: made.Path}
	if said := putBack(t, 2, o); !strings.Contains(said, "-set-aside") {
		t.Error(said)
	}
	o.setAside = true
	if said := putBack(t, 1, o); !strings.Contains(said, "log_busy") {
		t.Errorf("while the console runs: %s", said)
	}
	b.end()
	putBack(t, 0, o)
	aside, err := filepath.Glob(b.data + ".set-aside-*")
	if err != nil || len(aside) != 1 {
		t.Fatal(aside, err)
	}
	n := starts(t, b.data, b.mirror).opens()
	kinds := n.said(made.Manifest.Head.Size)
	if len(kinds) < 3 || !slices.Equal(kinds[:3], []string{audit.KindEpoch, audit.KindRolledBack, audit.KindRestored}) {
		t.Errorf("the log goes on with %v", kinds)
	}
	if finds := n.finds(); !slices.Contains(finds, audit.FindingRolledBack) || !slices.Contains(finds, audit.FindingRestored) {
		t.Errorf("%v", finds)
	}
	if request, err := n.record.Load().desk.Request(t.Context(), before.ID); err != nil || request.State != change.Superseded {
		t.Errorf("the request is %s, %v", request.State, err)
	}
	old := starts(t, aside[0], t.TempDir()).opens() // nothing of it is lost
	if request, err := old.record.Load().desk.Request(t.Context(), before.ID); err != nil || request.State != change.Done {
		t.Errorf("in what was set aside the request is %s, %v", request.State, err)
	}
}

func TestNobodyBacksUpWithoutBeingSignedInAndAFullLogKeepsNoBackupAway(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.record.Load()
	_, err := b.backUp(t.Context(), r, t.TempDir(), "", func(string, int64, int64) {})
	b.must(err, fault.NotSignedIn)
	if err := r.seat.SignIn(t.Context(), b.ids[robin], trainees[robin].Passphrase); err != nil {
		t.Fatal(err)
	}
	if err := r.log.Close(context.Background()); err != nil { // takes no record any more
		t.Fatal(err)
	}
	folder := t.TempDir()
	made, err := b.backUp(t.Context(), r, folder, "", func(string, int64, int64) {})
	if !errors.Is(err, errUnrecorded) || made.Path == "" {
		t.Errorf("%+v, %v", made, err)
	}
	putBack(t, 0, options{data: filepath.Join(t.TempDir(), "data"), restore: made.Path})
}

func TestARestoreSaysWhyNothingWasChanged(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "b.zip")
	if err := os.WriteFile(path, []byte("no backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []options{{restore: path}, {restore: filepath.Join(folder, "none")}, {restore: path, identity: path}} {
		o.data = filepath.Join(folder, "data")
		if said := putBack(t, 1, o); !strings.Contains(said, "nothing was changed") {
			t.Error(said)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "data")); !os.IsNotExist(err) {
		t.Error(err)
	}
	o, err := parse([]string{"--restore", "b.zip", "--data", "x", "--set-aside", "--identity", "me.txt"})
	if err != nil || o.restore != "b.zip" || !o.setAside || o.identity != "me.txt" {
		t.Errorf("%+v, %v", o, err)
	}
}
