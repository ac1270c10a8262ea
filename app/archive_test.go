//go:build unix

package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"countersign/app/ui/export"
	"countersign/internal/fault"
	"countersign/internal/retention"
)

func TestAnArchiveIsAWholeExportOfThisLogAndOfNoOther(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.record.Load()
	made := b.backsUp()
	e, stick := b.exporting(), t.TempDir()
	write := func(o export.Order) string {
		t.Helper()
		o.For, o.Folder = "Archive", stick
		bundle, err := e.Write(t.Context(), o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		return bundle.Path
	}
	whole := write(export.Order{})
	part := write(export.Order{Selection: export.Selection{From: 3}})
	untold := func(int64, int64) {}
	a, err := archived(t.Context(), r.log, whole, untold)
	if err != nil || a.Upto < 5 || a.File != filepath.Base(whole) {
		t.Fatalf("%+v, %v", a, err)
	}
	a.Place = "Safe of the clinic"
	if err := r.kept.Archived(t.Context(), r.seat.Actor(), a); err != nil {
		t.Fatal(err)
	}
	k, err := r.kept.Kept(t.Context())
	if err != nil || k.Archive.Upto != a.Upto || k.Archive.Place != a.Place || !k.Export.There || k.Export.File != a.File {
		t.Errorf("%+v, %v", k, err)
	}
	_, err = archived(t.Context(), r.log, part, untold)
	b.must(err, fault.Incoming)
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(content, []byte("leaves-00001")) + 60
	content[at] ^= 1
	bad := filepath.Join(stick, "bad.zip")
	if err := os.WriteFile(bad, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = archived(t.Context(), r.log, bad, untold)
	b.must(err, fault.Incoming)
	_, err = archived(t.Context(), r.log, filepath.Join(stick, "none.zip"), untold)
	b.must(err, fault.LogDenied)
	b.end()

	// A console that was put back to before the export has another history.
	o := options{data: filepath.Join(t.TempDir(), "data"), restore: made.Path, mirror: t.TempDir()}
	putBack(t, 0, o)
	n := starts(t, o.data, o.mirror).opens()
	_, err = archived(t.Context(), n.record.Load().log, whole, untold)
	n.must(err, fault.Incoming)
	if holds, err := n.record.Load().kept.Holds(t.Context()); err != nil || len(holds) > 0 {
		t.Errorf("%v, %v", holds, err)
	}
}

func TestAHoldIsInEveryExport(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.record.Load()
	if err := r.kept.Place(t.Context(), b.unlocks(kim), retention.Device, "Monitor SN 9", "Inquiry", "AZ 14"); err != nil {
		t.Fatal(err)
	}
	at := r.log.Head().Size
	b.notes("device.read", "device", "Monitor SN 1")
	made, err := b.exporting().Write(t.Context(), export.Order{Selection: export.Selection{From: at}, For: "Inquiry", Folder: t.TempDir()}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	leaves := unzipped(t, made.Path, "log/leaves-00001.jsonl")
	if !bytes.Contains(leaves, []byte(retention.KindHold)) || !bytes.Contains(leaves, []byte("AZ 14")) {
		t.Errorf("the hold is not in an export of what came after it")
	}
}

// unzipped is a file of a bundle.
func unzipped(t *testing.T, path, name string) []byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	content, err := fs.ReadFile(z, name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
