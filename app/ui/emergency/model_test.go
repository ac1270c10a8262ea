package emergency

import (
	"errors"
	"testing"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"
)

// shown is the model of one device, with somebody signed in and one setting staged.
func shown() *model {
	m := newModel(func(string, drivers.SettingID) (string, bool) { return "", false })
	m.show(port)
	m.signer = "Robin Sample"
	m.set(unit(port, "B355987654"), nil, []drivers.Change{low(20)})
	return m
}

func TestTheSafeSideIsTowardsTheDirectionOfTheSetting(t *testing.T) {
	number := drivers.IntegerValue
	for _, c := range []struct {
		safe          drivers.Direction
		found, wanted int64
		want          bool
	}{{drivers.Lower, 60, 50, true}, {drivers.Lower, 60, 70, false}, {drivers.Higher, 30, 35, true}, {drivers.Higher, 30, 20, false},
		{drivers.NoDirection, 30, 20, false}, {drivers.Lower, 60, 60, false}} {
		if got := safer(limit("x", "X", c.safe), number(c.found), number(c.wanted)); got != c.want {
			t.Errorf("%v: from %d to %d is safe: %v", c.safe, c.found, c.wanted, got)
		}
	}
	if safer(drivers.Setting{Kind: drivers.Toggle, SafeDirection: drivers.Lower}, drivers.Word(drivers.Toggle, "on"), drivers.Word(drivers.Toggle, "off")) {
		t.Error("a word has a direction")
	}
}

func TestOneActIsClaimedOnce(t *testing.T) {
	m := shown()
	if _, _, ok := m.arm(""); ok {
		t.Error("it arms without a reason")
	}
	m.category = PatientAtRisk
	a, r, ok := m.arm("left over")
	if !ok || a.Secret != "" {
		t.Errorf("%+v: who is signed in needs no secret", a)
	}
	if _, _, again := m.arm(""); again {
		t.Error("a second hold arms, too")
	}
	m.ended(r, Result{}, fault.New(fault.PortGone, "", nil))
	if m.phase() != arming || m.problem() == nil {
		t.Error("what failed is told as if it had happened")
	}
	if _, _, again := m.arm(""); !again || m.problem() != nil {
		t.Error("it cannot be tried again, or the old failure stays")
	}
}

func TestAReceiptIsKeptWhenTheWriteAfterItFailed(t *testing.T) {
	m := shown()
	m.category = Other
	_, r, _ := m.arm("")
	m.ended(r, Result{Code: "BG-1", Took: []string{"journal"}}, fault.New(fault.Superseded, "", nil))
	m.open, m.session = true, Session{Key: port, Tier: TierKey}
	if m.phase() != within || m.receipt().Code != "BG-1" || m.problem() == nil {
		t.Errorf("phase %v, receipt %+v", m.phase(), m.receipt())
	}
	_, r2 := m.write()
	if !r2 || m.receipt().Code != "" {
		t.Error("an old receipt stands beside a new act")
	}
}

func TestOnlyWhatDidNotArriveIsSentAgain(t *testing.T) {
	r := &run{sent: []drivers.Change{low(20), {Setting: "etco2.high", Wanted: drivers.IntegerValue(50)}, {Setting: "volume", Wanted: drivers.IntegerValue(50)}}}
	for outcome, want := range map[change.Outcome]int{change.Verified: 1, change.Adjusted: 1, change.Rejected: 1, change.Unknown: 2, change.NotSent: 2} {
		r.result.Change.Steps = []change.Step{step("etco2.low", "30", "20", "20", change.Verified), step("etco2.high", "60", "50", "", outcome), step("volume", "40", "50", "", change.NotSent)}
		if got := len(r.unsent()); got != want {
			t.Errorf("%s: %d are sent again, not %d", outcome, got, want)
		}
	}
}

func TestWhatThePageTellsOfItselfElsewhere(t *testing.T) {
	r := &run{device: "SN 1"}
	r.result.Code = "BG-1"
	if state, text := r.told(); state != kit.Emergency || text != "SN 1: The emergency is open." {
		t.Errorf("%s, %q", state, text)
	}
	r.err = fault.New(fault.PortGone, "SN 1", errors.New("gone"))
	if state, text := r.told(); state != kit.Failed || text != "SN 1: SN 1 is gone." {
		t.Errorf("%s, %q", state, text)
	}
}

func TestASettingThatWasNeverReadHasNoSafeSide(t *testing.T) {
	m := shown()
	m.signer = ""
	d := unit(port, "B355987654")
	d.Read = &inventory.Reading{Description: described}
	m.set(d, nil, []drivers.Change{{Setting: "etco2.high", Wanted: drivers.IntegerValue(1)}, {Setting: "nobody.knows", Wanted: drivers.IntegerValue(1)}})
	for _, l := range m.lines() {
		if l.allowed || l.found != "not read" {
			t.Errorf("%+v", l)
		}
	}
}
