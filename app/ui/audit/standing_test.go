package audit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/internal/audit"
)

func TestTheFootOfTheListSaysWhoElseVouches(t *testing.T) {
	window := func(n int64, d time.Duration) audit.Window { return audit.Window{Records: n, Since: d, Found: true} }
	for want, s := range map[string]Standing{
		"37 records and 4 h since somebody other than you signed; none from another machine yet.": {Known: true, Person: true, Size: 40,
			Exposure: audit.Exposure{CoLocated: window(37, 4*time.Hour)}},
		"1 record and a moment since somebody signed; 3 records and 5 d since a signature from another machine.": {Known: true, Size: 40,
			Exposure: audit.Exposure{CoLocated: window(1, time.Second), Independent: window(3, 5*24*time.Hour)}},
		"Nobody other than you has signed yet; none from another machine in the newest 20000 records.": {Known: true, Person: true, Size: 40000,
			Exposure: audit.Exposure{Partial: true, Independent: audit.Window{Records: 20000}, CoLocated: audit.Window{Records: 20000}}},
		"Copies of the last checkpoint: 1 of 2 written, the newest at 256 records.": {Known: true, Size: 300, Err: errors.New("closed"),
			Anchors: []audit.Anchor{{Folder: "a", State: audit.AnchorSame, Size: 256}, {Folder: "b", State: audit.AnchorNone}}},
		"": {},
	} {
		if got := s.Words(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestACopyThatContradictsTheLogIsTold(t *testing.T) {
	for state, want := range map[audit.AnchorState]kit.State{audit.AnchorAhead: kit.Failed, audit.AnchorForked: kit.Failed, audit.AnchorSame: "", audit.AnchorNone: ""} {
		s := Standing{Known: true, Size: 1, Anchors: []audit.Anchor{{Folder: "/far", State: state}}}
		got, sentence, more, ok := s.Trouble()
		if got != want || ok != (want != "") || ok && (!strings.Contains(sentence, "/far") || more == "") {
			t.Errorf("%s: %s %q", state, got, sentence)
		}
	}
	s := Standing{Known: true, Anchors: []audit.Anchor{{Folder: "/usb", Err: errors.New("no room")}}}
	if state, sentence, _, ok := s.Trouble(); state != kit.Caution || !ok || !strings.Contains(sentence, "/usb") {
		t.Errorf("%s %q", state, sentence)
	}
}

func TestTheResultTellsCheckpointsAndWhatWantsALook(t *testing.T) {
	var v Verification
	v.Begin(10)
	v.End(audit.Verified{Epochs: 2, Checkpoints: 7}, nil, time.Now())
	if state, _, more, _ := v.Result(); state != kit.Verified || !strings.Contains(more, "7 checkpoints by 2 machine keys checked.") {
		t.Errorf("%s %q", state, more)
	}
	v.found.Findings = []audit.Finding{{Seq: 3, Kind: audit.FindingUnlinked}, {Seq: 5, Kind: audit.FindingRolledBack}, {Seq: 6, Kind: "of a later version"}}
	state, _, more, _ := v.Result()
	for _, part := range []string{"3 things want a look:", "Record 3: this machine began a new key", "Record 5: when the console started", "Record 6: of a later version"} {
		if state != kit.Caution || !strings.Contains(more, part) {
			t.Errorf("%s, without %q: %q", state, part, more)
		}
	}
	v.found = audit.Verified{}
	if state, _, more, _ := v.Result(); state != kit.Verified || strings.Contains(more, "checkpoint") {
		t.Errorf("a log without a machine key: %q", more)
	}
}
