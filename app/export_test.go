//go:build unix

package main

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/export"
	"countersign/internal/bundle"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// exporting is the engine of bundles on a console.
func (b *bed) exporting() *exports {
	r := b.engine.record.Load()
	return &exports{engine: b.engine, record: r, known: bundle.NewExports(r.db)}
}

func (b *bed) notes(kind string, pairs ...string) {
	b.Helper()
	if err := b.engine.record.Load().note(context.Background(), kind, pairs...); err != nil {
		b.Fatal(err)
	}
}

func quiet(string, int64, int64) {}

func TestTheDevicesToChooseFromAreThoseThatTheLogNames(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	e := b.exporting()
	b.notes("device.read", "device", "Monitor SN 2")
	b.notes("device.read", "device", "Monitor SN 1")
	b.notes("device.read", "device", "Monitor SN 2")
	if got, err := e.devices(t.Context()); err != nil || !slices.Equal(got, []string{"Monitor SN 1", "Monitor SN 2"}) {
		t.Errorf("%q, %v", got, err)
	}
	b.notes("device.read", "device", "Monitor SN 0")
	if got, err := e.devices(t.Context()); err != nil || len(got) != 3 {
		t.Errorf("%q, %v", got, err)
	}
}

func TestADayIsEverythingBetweenItsFirstAndItsLastRecord(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	e, log := b.exporting(), b.engine.record.Load().log
	today := time.Now().Truncate(time.Hour)
	first, next, err := e.Span(t.Context(), today.Add(-24*time.Hour), today.Add(24*time.Hour))
	if err != nil || next != log.Head().Size || next <= first {
		t.Errorf("records %d to %d of %d, %v", first, next, log.Head().Size, err)
	}
	if first, next, err := e.Span(t.Context(), today.Add(48*time.Hour), today.Add(72*time.Hour)); err != nil || next > first {
		t.Errorf("of a day to come: %d to %d, %v", first, next, err)
	}
}

func TestAnExportIsSignedReadBackListedAndWitnessed(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	e, stick := b.exporting(), t.TempDir()
	made, err := e.Write(t.Context(), export.Order{For: "Compliance", Folder: stick, Signer: b.unlocks(robin)}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !made.Equal || !strings.HasPrefix(made.Verdict, "VERIFIED") || made.By != trainees[robin].Name || made.Size == 0 || len(made.Fingerprint) != 19 {
		t.Errorf("%+v", made)
	}
	if info, err := os.Stat(made.Path); err != nil || info.Size() != made.Size {
		t.Errorf("the file is not what the result says: %v", err)
	}
	list, err := e.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Fingerprint != made.Fingerprint || list[0].By != trainees[robin].Name || list[0].Failed {
		t.Fatalf("%+v, %v", list, err)
	}
	alone, err := e.Write(t.Context(), export.Order{Selection: export.Selection{From: list[0].To}, For: "Compliance", Folder: stick}, quiet)
	if err != nil || alone.By != "" || alone.From != list[0].To {
		t.Errorf("%+v, %v", alone, err)
	}
	b.receipts(e, list[0], stick)
}

// receipts takes in what an auditor hands back for an export, and what somebody else makes up.
func (b *bed) receipts(e *exports, one export.Earlier, stick string) {
	b.Helper()
	all, err := e.known.List(context.Background())
	if err != nil || len(all) != 2 {
		b.Fatal(all, err)
	}
	auditor := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	last := all[1]
	receipt := formats.Receipt{Origin: e.record.log.Head().Origin, Head: last.Head, Manifest: last.Manifest, Verdict: "VERIFIED", Auditor: "C. Lee", Time: time.Now().UTC().Truncate(time.Millisecond)}
	_, public := formats.WriteReceiptKey(auditor)
	key := b.puts(stick, "c-lee.pub", public)
	sign := func(name string, r formats.Receipt) string {
		signed, err := formats.SignReceipt(r, auditor)
		if err != nil {
			b.Fatal(err)
		}
		return b.puts(stick, name, signed)
	}
	got, err := e.Take(context.Background(), sign("receipt.txt", receipt), key)
	if err != nil || got.State != export.Witnessed || !got.Known || got.Auditor != "C. Lee" || got.Key == "" || got.Fingerprint != one.Fingerprint {
		b.Errorf("%+v, %v", got, err)
	}
	other := receipt
	other.Head.Root[0] ^= 1
	if got, err := e.Take(context.Background(), sign("forked.txt", other), ""); err != nil || got.State != export.Forked {
		b.Errorf("%+v, %v", got, err)
	}
	other = receipt
	other.Head.Size += 1000
	if got, err := e.Take(context.Background(), sign("rewound.txt", other), key); err != nil || got.State != export.Rewound {
		b.Errorf("%+v, %v", got, err)
	}
	for _, c := range [][2]string{{b.puts(stick, "noise.txt", []byte("thank you")), ""}, {filepath.Join(stick, "missing.txt"), ""}, {filepath.Join(stick, "receipt.txt"), filepath.Join(stick, "receipt.txt")}} {
		if got, err := e.Take(context.Background(), c[0], c[1]); err == nil {
			b.Errorf("%q: %+v", c, got)
		}
	}
}

func (b *bed) puts(folder, name string, content []byte) string {
	b.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func TestRecordsOfAnEmergencyThatTheLogDoesNotTakeAreInTheExport(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	e := b.exporting()
	r := b.room()
	who := b.shows(b.ids[robin], "", trainees[robin].Passphrase)
	b.engine.importer.Detach()
	b.engine.recorder.Record("emergency.stopped", leaf.Actor{ID: b.ids[robin], Name: "x"}, leaf.Body{}, "")
	_, _ = r, who
	frames, err := e.outside(t.Context())
	if err != nil || len(frames) == 0 {
		t.Errorf("%d frames, %v", len(frames), err)
	}
}

func TestWhoIsSuspendedSignsNoExport(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	signer := b.unlocks(robin)
	signer.Active = false
	_, err := b.exporting().Write(t.Context(), export.Order{For: "Compliance", Folder: t.TempDir(), Signer: signer}, quiet)
	if !fault.Is(err, fault.NotAllowed) {
		t.Errorf("%v", err)
	}
}
