package changes

import (
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// ward is a model with three people and rules that name roles.
func ward(t *testing.T) *model {
	t.Helper()
	m := newModel(nil)
	rules, err := policy.Parse([]string{
		"cosmetic propose any approve any seat any entry read",
		"operational propose any approve any seat any entry read",
		"clinical propose technician approve nursing+pharmacy,clinical-lead seat any entry blind",
		"high-alert propose technician approve nursing seat other entry blind",
		"high-alert-setting acme/one dose",
		"probation 7 d",
	})
	if err != nil {
		t.Fatal(err)
	}
	m.rules = rules
	for id, role := range map[string]policy.Role{"robin": policy.Technician, "kim": policy.Nursing, "jo": policy.Pharmacy, "lee": policy.ClinicalLead} {
		m.people = append(m.people, people.Person{ID: id, Name: id, Role: role, Active: true})
	}
	m.now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return m
}

// asked is a request of robin's for settings of these classes.
func asked(id string, classes ...policy.Class) change.Request {
	r := change.Request{State: change.Waiting, Classes: classes, Issued: clock.Reading{Wall: time.Date(2026, 11, 22, 8, 50, 0, 0, time.UTC)}}
	r.ID, r.Signer, r.Driver.ID, r.ValidFor = id, statement.Person{ID: "robin", Name: "robin"}, "acme/one", time.Hour
	for _, c := range classes {
		l := statement.SetLine{ID: drivers.SettingID(c), Risk: drivers.Clinical}
		if c == policy.Cosmetic {
			l.Risk = drivers.Cosmetic
		}
		if c == policy.HighAlert {
			l.ID = "dose"
		}
		r.Set = append(r.Set, l)
	}
	return r
}

func by(r change.Request, seat policy.Seat, ids ...string) change.Request {
	for _, id := range ids {
		r.Approvals = append(r.Approvals, change.Given{Approval: statement.Approval{Signer: statement.Person{ID: id, Name: id}}, Seat: seat})
	}
	return r
}

func TestWhoMustStillApproveIsSaidInWords(t *testing.T) {
	m := ward(t)
	for _, c := range []struct {
		r    change.Request
		want string
	}{
		{asked("a", policy.Cosmetic), "One other person must approve."},
		{asked("a", policy.Clinical), "One nurse and one pharmacist or one clinical lead must approve."},
		{by(asked("a", policy.Clinical), policy.CoLocated, "kim"), "One pharmacist or one clinical lead must also approve."},
		{by(asked("a", policy.Clinical), policy.CoLocated, "kim", "jo"), ""},
		{by(asked("a", policy.Clinical), policy.CoLocated, "lee"), ""},
		{asked("a", policy.HighAlert), "One nurse on another laptop must approve."},
		{by(asked("a", policy.HighAlert), policy.CoLocated, "kim"), "One nurse on another laptop must also approve."},
		{by(asked("a", policy.HighAlert), policy.OtherDevice, "kim"), ""},
		{by(asked("a", policy.Cosmetic, policy.Clinical), policy.CoLocated, "kim"), "One pharmacist or one clinical lead must also approve."},
	} {
		if got := m.wanted(c.r).sentence(len(c.r.Approvals) > 0); got != c.want {
			t.Errorf("%v by %s: %q, want %q", c.r.Classes, m.approvedBy(c.r), got, c.want)
		}
	}
}

func TestWhatWaitsForAPersonFollowsTheRules(t *testing.T) {
	m := ward(t)
	waiting, half, alert := asked("w", policy.Clinical), by(asked("h", policy.Clinical), policy.CoLocated, "kim"), asked("x", policy.HighAlert)
	ready := by(asked("r", policy.Cosmetic), policy.CoLocated, "kim")
	ready.State = change.Approved
	returned := asked("b", policy.Clinical)
	returned.State = change.Returned
	took := by(asked("t", policy.Cosmetic), policy.CoLocated, "kim")
	took.State, took.Outcome = change.Done, change.Adjusted
	m.requests = []change.Request{waiting, half, alert, ready, returned, took}
	for who, want := range map[string]string{"": "w h x r", "robin": "r b", "kim": "w t", "jo": "w h t", "lee": "w h t"} {
		m.me = people.Person{}
		if who != "" {
			m.me = m.person(who)
		}
		var got []string
		for _, r := range m.requests {
			if m.within(forMe, r) {
				got = append(got, r.ID)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("for %q wait %v, want %s", who, got, want)
		}
		if m.count(forMe) != len(got) {
			t.Errorf("the badge says %d", m.count(forMe))
		}
	}
}

func TestAReturnedRequestThatWasProposedAgainWaitsForNobody(t *testing.T) {
	m := ward(t)
	old, again := asked("b", policy.Clinical), asked("c", policy.Clinical)
	old.State, again.Edits = change.Returned, "b"
	m.requests, m.me = []change.Request{again, old}, m.person("robin")
	if m.within(forMe, old) || m.wantsShort(old) != "" {
		t.Error("it still waits for its proposer")
	}
}

func TestTheQueuesViewsHoldWhatTheyName(t *testing.T) {
	m := ward(t)
	m.me = m.person("robin")
	late, fresh, over := asked("l", policy.Clinical), asked("f", policy.Clinical), asked("o", policy.Clinical)
	late.ValidFor, over.ValidFor = 20*time.Minute, 5*time.Minute
	fresh.Signer.ID = "kim"
	m.requests = []change.Request{late, fresh, over}
	for v, want := range map[view]int{mine: 2, expiring: 1, all: 3} {
		if got := m.count(v); got != want || len(m.entries(v)) != want {
			t.Errorf("%s: %d, want %d", v, got, want)
		}
	}
	if m.viewName(mine) != "Mine (2)" {
		t.Errorf("the tab says %q", m.viewName(mine))
	}
	m.me = people.Person{}
	if m.count(mine) != 0 {
		t.Error("nobody has requests")
	}
}

func TestWhatMattersMostToAPatientComesFirst(t *testing.T) {
	m := ward(t)
	r := asked("a", policy.Cosmetic, policy.Clinical, policy.HighAlert)
	var got []string
	for _, l := range m.sorted(r) {
		got = append(got, string(l.ID))
	}
	if strings.Join(got, " ") != "dose clinical cosmetic" {
		t.Errorf("%v", got)
	}
	if lines := m.lines(r); lines[0].Note == "" || lines[1].Note != "" {
		t.Errorf("%+v", lines)
	}
}

func TestARuleThatWantsAnotherLaptopOffersNoApprovalHere(t *testing.T) {
	m := ward(t)
	m.requests = []change.Request{asked("x", policy.HighAlert), asked("w", policy.Clinical)}
	m.open("x")
	if m.can(approve) || !m.can(hand) || !m.can(take) || !m.can(refuse) {
		t.Errorf("possible: %v", m.possible(m.requests[0]))
	}
	m.open("w")
	if !m.can(approve) {
		t.Errorf("possible: %v", m.possible(m.requests[1]))
	}
}

func TestADeviceThatComesBackIsReadOnce(t *testing.T) {
	m := ward(t)
	r := asked("u", policy.Clinical)
	r.State, r.Outcome, r.Device.Serial = change.Done, change.Unknown, serial
	m.requests = []change.Request{r}
	here := &monitor{}
	r.Device = statement.DeviceOf(here.Identity())
	m.requests[0] = r
	for i, c := range []struct {
		there bool
		want  int
	}{{true, 0}, {true, 0}, {false, 0}, {true, 1}, {true, 0}, {false, 0}, {true, 1}} {
		m.devices = nil
		if c.there {
			m.devices = connected(here)
		}
		if got := len(m.reachable()); got != c.want {
			t.Errorf("look %d: %d to be read, want %d", i, got, c.want)
		}
	}
}

func TestWhatATemplateApprovesIsNotHidden(t *testing.T) {
	m := ward(t)
	r := asked("a", policy.Clinical)
	r.Template, r.State = [32]byte{1}, change.Approved
	if unentered(r) || !standing(r) {
		t.Error("it counts as waiting for somebody's entry")
	}
	if what, _ := m.story(r); !strings.Contains(what, "template") {
		t.Errorf("the story is %q", what)
	}
	if second := m.phases(r)[1]; !strings.Contains(second.Detail, "template") {
		t.Errorf("the second station is %+v", second)
	}
}

func TestAnAssetTagIsNowhereWhileSomebodyHasYetToReadItOffTheDevice(t *testing.T) {
	r := change.Request{State: change.Waiting}
	r.ID, r.AssetTag, r.Signer.ID = "R", "A 00017", "robin"
	m := newModel(nil)
	m.requests, m.id = []change.Request{r}, "R"
	for _, me := range []string{"", "robin", "kim"} {
		m.me.ID = me
		if got := m.serial(r); strings.Contains(got, r.AssetTag) || !m.tagHidden(r) {
			t.Errorf("%q sees %q", me, got)
		}
	}
	m.flow.act, m.flow.stage = approve, reading // entered, and in the text on the page
	if got := m.serial(r); !strings.Contains(got, r.AssetTag) {
		t.Errorf("who entered it sees %q", got)
	}
}
