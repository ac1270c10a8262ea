package verify

import (
	"slices"
	"testing"

	"countersign/internal/formats"
)

// TestALogThatWasPutBackSaysSoAndWhatWasOpenIsOver approves a request, puts the log back, and perhaps writes all the same.
func TestALogThatWasPutBackSaysSoAndWhatWasOpenIsOver(t *testing.T) {
	for _, written := range []bool{false, true} {
		b := newBook(t)
		b.until = "approval R1"
		b.tell()
		b.begin("another machine", "unlinked")
		b.add("put back", "backup.restored", console, "", "sha256", "00", "made", "2026-03-02T08:00:00.000Z", "origin", origin, "size", 7)
		if written {
			b.carryOut("R1", "verified", line("50", "45"))
		}
		r := verified(b, b.pack(scope{scope: formats.Full, shown: everything}).zip(), Options{Genesis: b.words()})
		has := func(rule string) bool {
			return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == rule })
		}
		switch {
		case written && (r.Verdict != Failed || r.Failure == nil || r.Failure.Step != 6):
			t.Errorf("an approval from before counts: %s %+v", r.Verdict, r.Failure)
		case !written && (r.Verdict != WithFindings || !has("restored") || !has("epoch-unlinked")):
			t.Errorf("%s %+v %+v", r.Verdict, r.Failure, r.Findings)
		}
	}
}
