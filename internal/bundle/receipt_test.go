package bundle

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

var auditor = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func (d *desk) receipt(m Made, key ed25519.PrivateKey, alter func(*formats.Receipt)) []byte {
	d.Helper()
	r := formats.Receipt{Origin: origin, Head: m.Manifest.Head, Manifest: m.Digest, Verdict: "VERIFIED", Auditor: "C. Lee", Time: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)}
	alter(&r)
	file, err := formats.SignReceipt(r, key)
	d.ok(err)
	return file
}

func TestAReceiptIsHeldAgainstTheLog(t *testing.T) {
	d := newDesk(t)
	d.read(100)
	m := d.write(d.request(t.TempDir()))
	same := func(*formats.Receipt) {}
	take := func(file []byte, pub ed25519.PublicKey) (Receipt, error) {
		return TakeReceipt(t.Context(), d.log, d.exports, leaf.Actor{}, file, pub)
	}
	r, err := take(d.receipt(m, auditor, same), nil)
	if err != nil || r.State != Witnessed || !r.Known || !r.NewKey || r.OtherKey || r.Checked || len(r.Key) != 8 {
		t.Fatalf("%+v, %v", r, err)
	}
	r, err = take(d.receipt(m, auditor, same), auditor.Public().(ed25519.PublicKey))
	if err != nil || r.NewKey || r.OtherKey || !r.Checked {
		t.Errorf("%+v, %v", r, err)
	}
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	if r, err = take(d.receipt(m, other, same), nil); err != nil || !r.OtherKey {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err = take(d.receipt(m, other, same), auditor.Public().(ed25519.PublicKey)); !fault.Is(err, fault.Incoming) {
		t.Error(err)
	}
	r, err = take(d.receipt(m, auditor, func(r *formats.Receipt) { r.Head.Size += 1000 }), nil)
	if !fault.Is(err, fault.Rewound) || r.State != Rewound || r.Seq < 0 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = take(d.receipt(m, auditor, func(r *formats.Receipt) { r.Head.Root[0] ^= 1 }), nil)
	if !fault.Is(err, fault.OtherPast) || r.State != Forked || r.Seq < 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = take(d.receipt(m, auditor, func(r *formats.Receipt) { r.Manifest[0] ^= 1 }), nil); err != nil || r.Known {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err = take(d.receipt(m, auditor, func(r *formats.Receipt) { r.Origin = "clinic.example/ward-8" }), nil); !fault.Is(err, fault.Incoming) {
		t.Error(err)
	}
	if _, err = take([]byte("not a receipt\n"), nil); !fault.Is(err, fault.Incoming) {
		t.Error(err)
	}
	all, err := d.exports.List(t.Context())
	d.ok(err)
	if len(all) != 1 || all[0].Receipt != Forked || all[0].Auditor != "C. Lee" {
		t.Errorf("%+v", all)
	}
}

func TestATimeIsFoundAcrossStepsOfTheClock(t *testing.T) {
	d := newDesk(t)
	note := func(after time.Duration) {
		d.clock.Step(after)
		_, err := d.log.Append(t.Context(), audit.Draft{Kind: "device.read", Actor: itself})
		d.ok(err)
	}
	at := d.clock.Now().Wall
	first := d.log.Head().Size
	note(time.Hour)            // at 1 h
	note(time.Hour)            // at 2 h
	note(-90 * time.Minute)    // at 0.5 h
	note(2 * time.Hour)        // at 2.5 h
	note(365 * 24 * time.Hour) // far away
	note(-364 * 24 * time.Hour)
	for _, c := range []struct {
		from, to    time.Duration
		first, next int64
	}{
		{time.Minute, time.Hour, 2, 3},
		{time.Minute, 61 * time.Minute, 0, 3},
		{2 * time.Hour, 3 * time.Hour, 1, 4},
		{1000 * time.Hour, 365 * 24 * time.Hour, 6, 6},
		{24 * time.Hour, 48 * time.Hour, 5, 6},
	} {
		from, next, err := Span(t.Context(), d.log, at.Add(c.from), at.Add(c.to))
		if err != nil || from != first+c.first || next != first+c.next {
			t.Errorf("%s to %s: %d to %d, %v", c.from, c.to, from-first, next-first, err)
		}
	}
	if seq, err := RecordAt(t.Context(), d.log, at.Add(150*time.Minute)); err != nil || seq != first+3 {
		t.Errorf("%d, %v", seq-first, err)
	}
}
