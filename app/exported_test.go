//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	"countersign/app/ui/export"
	"countersign/internal/breakglass"
	"countersign/internal/formats"
	"countersign/internal/verify"
)

// lived is a console on which two persons agreed on a change and wrote it, and one of them broke the glass.
func lived(t *testing.T) (b *bed, r *room) {
	t.Helper()
	b = newBed(t).opens()
	if err := b.record.Load().seat.SignIn(t.Context(), b.ids[robin], trainees[robin].Passphrase); err != nil {
		t.Fatal(err)
	}
	r = b.room()
	request := b.approved(r)
	if err := b.granted(r, request.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.inventory.ReadAll(t.Context(), nobody, r.key); err != nil {
		t.Fatal(err)
	}
	s := b.arms(r.key, b.shows(b.ids[robin], "", trainees[robin].Passphrase), to(high, 2))
	b.writes(s, r.key, to(high, 2))
	s.Seal(breakglass.Sealed)
	b.settle()
	return b, r
}

// TestWhatAConsoleLivedThroughVerifiesInEveryExport hands out a log with a change and an emergency, in every way that there is.
func TestWhatAConsoleLivedThroughVerifiesInEveryExport(t *testing.T) {
	t.Parallel()
	b, _ := lived(t)
	e := b.exporting()
	size := e.record.log.Head().Size
	for _, c := range []struct {
		what string
		s    export.Selection
	}{
		{"all", export.Selection{}},
		{"a period", export.Selection{From: size / 2, To: size - 2}},
		{"its end", export.Selection{From: size - 3}},
		{"a device", export.Selection{Device: "SIM-ROOM-03"}},
		{"another device", export.Selection{Device: "SIM-ROOM-04"}},
		{"a person", export.Selection{Person: b.ids[kim]}},
		{"no words", export.Selection{Without: []string{export.Words, export.SignIns}, Reason: "they are not asked for"}},
	} {
		made, err := e.Write(t.Context(), export.Order{Selection: c.s, For: "Compliance", Folder: t.TempDir(), Signer: b.unlocks(robin)}, quiet)
		if err != nil || made.Broken != "" || !strings.HasPrefix(made.Verdict, "VERIFIED") {
			t.Errorf("%s: %s, %s, %v", c.what, made.Verdict, made.Broken, err)
			continue
		}
		report := verifiedAt(t, made.Path)
		if c.what == "all" && (report.Counts.Requests != 1 || report.Counts.Emergencies != 1 || report.Counts.Frames == 0) {
			t.Errorf("%+v", report.Counts)
		}
		if full := c.what == "all"; full != (report.Counts.Withheld == 0) {
			t.Errorf("%s: %+v", c.what, report.Counts)
		}
	}
	b.verifies()
}

// verifiedAt reads a bundle from its file without knowing whose founding it must be.
func verifiedAt(t *testing.T, path string) verify.Report {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Bundle(context.Background(), f, info.Size(), verify.Options{})
	if err != nil || report.Verdict != verify.Unanchored {
		t.Errorf("%s: %+v, %v", report.Verdict, report.Failure, err)
	}
	return report
}

func TestWhatIsEncryptedForTheAuditorVerifiesThere(t *testing.T) {
	t.Parallel()
	b, _ := lived(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	made, err := b.exporting().Write(t.Context(), export.Order{For: "Compliance", Folder: t.TempDir(), Recipient: id.Recipient().String()}, quiet)
	if err != nil || !made.Encrypted {
		t.Fatalf("%+v, %v", made, err)
	}
	file, err := os.ReadFile(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := age.Decrypt(bytes.NewReader(file), id)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Bundle(t.Context(), bytes.NewReader(content), int64(len(content)), verify.Options{})
	if err != nil || report.Verdict != verify.Unanchored || formats.Fingerprint(report.ManifestDigest) != made.Fingerprint {
		t.Errorf("%s: %+v, %v", report.Verdict, report.Failure, err)
	}
}
