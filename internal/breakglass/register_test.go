package breakglass

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// office is a console on which emergencies are looked at afterwards.
type office struct {
	*bench
	basket    *basket
	recorder  *Recorder
	desk      *Desk
	register  *Register
	proposers map[string][]string // by session, whose requests it put an end to
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{bench: newBench(t), basket: &basket{}, proposers: map[string][]string{}}
	o.recorder = NewRecorder(o.clock, o.log.Vouch, o.basket.sink("journal", true))
	t.Cleanup(func() { o.recorder.Close(context.Background()) })
	o.desk = NewDesk(o.recorder, "bench", "test", o.head)
	o.register = NewRegister(o.log, o.db, o.roster, o.recorder.Chain(), func(_ context.Context, session string) ([]string, []string, error) {
		var requests []string
		for range o.proposers[session] {
			requests = append(requests, "R")
		}
		return requests, o.proposers[session], nil
	})
	return o
}

func (o *office) open(a Ask) *Session {
	o.t.Helper()
	a.Device, a.Name, a.Key = pump, "Capnostream 20 SN B355987654", "serial://sim"
	if a.Category == "" {
		a.Category = PatientAtRisk
	}
	s, err := o.desk.Open(a)
	o.must(err)
	return s
}

// happened is an emergency with one write that has ended and is in the log.
func (o *office) happened(a Ask) string {
	o.t.Helper()
	s := o.open(a)
	_, err := s.Intend("steps", "as wanted")
	o.must(err)
	s.Conclude("outcome", "verified", "steps", "as left")
	s.Seal(Sealed)
	o.take(o.basket.has()...)
	return s.ID()
}

func (o *office) look(id string) Emergency {
	o.t.Helper()
	e, err := o.register.Emergency(o.t.Context(), id)
	o.must(err)
	return e
}

func (o *office) mustBe(id string, state ReviewState) {
	o.t.Helper()
	if e := o.look(id); e.State != state {
		o.t.Errorf("it is %s, want %s", e.State, state)
	}
}

func mustFault(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind)
	}
}

func (o *office) byRobin() Ask { return Ask{Who: Who{Actor: o.robin.Actor(), Signer: o.robin}} }

// enrol lets Robin and Kim vouch for somebody.
func (o *office) enrol(name string, role policy.Role) *people.Signer {
	o.t.Helper()
	const phrase = "further quiet words here"
	keys := people.NewKeys(filepath.Join(o.t.TempDir(), "keys"))
	c, err := o.roster.PrepareEnrol(o.t.Context(), keys, people.Candidate{Name: name, Role: role, Badge: "B-" + name, Passphrase: phrase},
		[2]people.Person{o.robin.Person, o.kim.Person})
	o.must(err)
	o.must(o.roster.Complete(o.t.Context(), c, o.robin, o.kim))
	enrolled, err := statement.As[statement.Enrol]([]byte(c.Text()))
	o.must(err)
	person, err := o.roster.Person(o.t.Context(), enrolled.Candidate.ID)
	o.must(err)
	signer, err := keys.Unlock(person, origin, phrase)
	o.must(err)
	return signer
}

func (o *office) account(by *people.Signer, id, text string) error {
	return o.register.Account(o.t.Context(), by, id, text)
}

func (o *office) review(id string, by ...*people.Signer) error {
	return o.register.Review(o.t.Context(), by, id, Justified, "The alarm was needed.", "")
}

func TestOnlyThePersonWhoActedTellsWhatHappenedOnceAndAfterwards(t *testing.T) {
	o := newOffice(t)
	running := o.open(o.byRobin())
	o.take(o.basket.has()...)
	o.mustBe(running.ID(), Running)
	mustFault(t, o.account(o.robin, running.ID(), "Not yet."), fault.WrongState)
	mustFault(t, o.review(running.ID(), o.kim), fault.WrongState)
	running.Seal(Sealed)
	id := o.happened(o.byRobin())
	o.mustBe(id, AccountDue)
	mustFault(t, o.account(nil, id, "Robin had to."), fault.NotSignedIn)
	mustFault(t, o.account(o.kim, id, "Robin had to."), fault.NotAllowed)
	mustFault(t, o.account(o.robin, id, ""), fault.NoReason)
	mustFault(t, o.account(o.robin, "another", "I had to."), fault.NotFound)
	o.clock.Advance(time.Hour)
	o.must(o.account(o.robin, id, "The alarm was off."))
	mustFault(t, o.account(o.robin, id, "And more."), fault.WrongState)
	if e := o.look(id); e.State != ReviewDue || e.Account != "The alarm was off." || e.Accounted.IsZero() || len(e.Actions) != 1 || e.Actions[0].Steps != "as left" {
		t.Errorf("%+v", e)
	}
	o.verified(6)
}

func TestSomebodyWhoOnlySaidTheirNameTellsItWithTheirKeyAndDoesNotReviewIt(t *testing.T) {
	for what, who := range map[string]Who{
		"a name": {Actor: leaf.Actor{ID: "asserted", Name: "Robin Sample"}},
		"a code": {Actor: leaf.Actor{ID: "asserted", Name: "Robin Sample"}, Code: 4},
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			id := o.happened(Ask{Who: who})
			if e := o.look(id); e.Signed || e.Code != who.Code || e.Tier != who.Tier() || e.Identity != who.Identity() {
				t.Errorf("%+v", e)
			}
			mustFault(t, o.review(id, o.robin), fault.NotAllowed)
			mustFault(t, o.review(id, o.kim, o.robin), fault.NotAllowed)
			mustFault(t, o.account(o.kim, id, "It was Robin."), fault.NotAllowed)
			o.must(o.account(o.robin, id, "It was me."))
			mustFault(t, o.review(id, o.robin), fault.NotAllowed)
			o.must(o.review(id, o.kim))
			o.mustBe(id, ReviewedByOne)
		})
	}
}

func TestAnEmergencyIsReviewedByTwoOthers(t *testing.T) {
	o := newOffice(t)
	lee, sam := o.enrol("Lee Third", policy.Pharmacy), o.enrol("Sam Auditor", policy.Auditor)
	id := o.happened(o.byRobin())
	eligible, err := o.register.Eligible(t.Context(), id)
	if err != nil || len(eligible) != 3 || slices.ContainsFunc(eligible, func(p people.Person) bool { return p.ID == o.robin.ID }) {
		t.Errorf("%v, %v", eligible, err)
	}
	mustFault(t, o.review(id), fault.NotSignedIn)
	mustFault(t, o.review(id, nil), fault.NotSignedIn)
	mustFault(t, o.review(id, o.robin), fault.SamePerson)
	mustFault(t, o.review(id, o.kim, o.robin), fault.SamePerson)
	mustFault(t, o.review(id, o.kim, o.kim), fault.SamePerson)
	mustFault(t, o.review(id, o.kim, lee, sam), fault.NotAllowed)
	mustFault(t, o.register.Review(t.Context(), []*people.Signer{o.kim}, id, "fine", "Why not.", ""), fault.WrongState)
	mustFault(t, o.register.Review(t.Context(), []*people.Signer{o.kim}, id, Justified, "", ""), fault.NoReason)
	o.must(o.review(id, o.kim))
	o.mustBe(id, AccountDue) // one of two is not enough
	mustFault(t, o.review(id, o.kim), fault.SamePerson)
	mustFault(t, o.review(id, lee, o.kim), fault.SamePerson)
	o.must(o.account(o.robin, id, "The alarm was off."))
	o.mustBe(id, ReviewDue)
	o.must(o.review(id, sam))
	o.mustBe(id, Reviewed)
	mustFault(t, o.review(id, lee), fault.WrongState)
	if e := o.look(id); len(e.Reviews) != 2 || e.Finding != Justified || e.Overdue {
		t.Errorf("%+v", e)
	}
	other := o.happened(o.byRobin())
	o.must(o.review(other, lee, o.kim)) // together
	o.mustBe(other, Reviewed)
	o.verified(8)
}

func TestWhereOnlyOneMayReviewOneIsEnoughAndStaysEnough(t *testing.T) {
	o := newOffice(t)
	id := o.happened(o.byRobin())
	o.must(o.review(id, o.kim))
	o.mustBe(id, ReviewedByOne)
	o.clock.Advance(2 * LongOver)
	o.enrol("Lee Third", policy.Pharmacy)
	if e := o.look(id); e.State != ReviewedByOne || e.Overdue || e.LongOverdue {
		t.Errorf("since somebody was enrolled it is %s, long overdue %t", e.State, e.LongOverdue)
	}
	later := o.happened(o.byRobin())
	o.must(o.review(later, o.kim))
	o.mustBe(later, AccountDue) // now there are two
}

func TestWhoseRequestAnEmergencySupersededDoesNotReviewIt(t *testing.T) {
	o := newOffice(t)
	id := o.happened(o.byRobin())
	o.proposers[id] = []string{o.kim.ID}
	eligible, err := o.register.Eligible(t.Context(), id)
	if err != nil || len(eligible) != 0 {
		t.Errorf("%v, %v", eligible, err)
	}
	mustFault(t, o.review(id, o.kim), fault.NotAllowed)
	o.clock.Advance(2 * LongOver)
	e := o.look(id)
	if !e.Overdue || e.LongOverdue || e.State == ReviewedByOne || e.State == Reviewed || len(e.Superseded) != 1 {
		t.Errorf("nobody may review it, and it is %s, overdue %t, long overdue %t", e.State, e.Overdue, e.LongOverdue)
	}
	if barred, err := o.register.Barred(t.Context(), o.robin.ID); err != nil || barred {
		t.Errorf("somebody is barred because nobody can review: %v", err)
	}
	lee := o.enrol("Lee Third", policy.Pharmacy)
	o.must(o.review(id, lee))
	o.mustBe(id, ReviewedByOne)
}

func TestWhatWasNotJustifiedNeedsAnIncidentAndOutweighsTheOtherFinding(t *testing.T) {
	o := newOffice(t)
	lee := o.enrol("Lee Third", policy.Pharmacy)
	id := o.happened(o.byRobin())
	ctx := t.Context()
	mustFault(t, o.register.Review(ctx, []*people.Signer{o.kim}, id, Unjustified, "There was time.", ""), fault.NoReason)
	o.must(o.register.Review(ctx, []*people.Signer{o.kim}, id, Unjustified, "There was time.", "INC-4711"))
	o.must(o.review(id, lee))
	if e := o.look(id); e.Finding != Unjustified || e.Reviews[0].Incident != "INC-4711" || e.State != Reviewed {
		t.Errorf("%+v", e)
	}
}

func TestAReviewIsDueForADayAndLongOverdueAfterAWeek(t *testing.T) {
	o := newOffice(t)
	id := o.happened(o.byRobin())
	o.happened(Ask{Who: o.byRobin().Who, Drill: true})
	ended := o.look(id).Ended
	for _, c := range []struct {
		after              time.Duration
		overdue, long, bar bool
	}{
		{ReviewIn, false, false, false},
		{ReviewIn + time.Second, true, false, false},
		{LongOver, true, false, false},
		{LongOver + time.Second, true, true, true},
	} {
		o.clock.Advance(ended.Add(c.after).Sub(o.clock.Now().Wall))
		e := o.look(id)
		due, overdue, err := o.register.Due(t.Context())
		if e.Overdue != c.overdue || e.LongOverdue != c.long || e.Due != ended.Add(ReviewIn) || err != nil || due != 1 || overdue != map[bool]int{true: 1}[c.overdue] {
			t.Errorf("after %s: overdue %t, long %t, %d due, %d overdue, %v", c.after, e.Overdue, e.LongOverdue, due, overdue, err)
		}
		for _, who := range []*people.Signer{o.robin, o.kim} {
			if barred, err := o.register.Barred(t.Context(), who.ID); err != nil || barred != (c.bar && who == o.robin) {
				t.Errorf("after %s %s is barred: %t, %v", c.after, who.Name, barred, err)
			}
		}
	}
	o.must(o.review(id, o.kim))
	if due, overdue, err := o.register.Due(t.Context()); err != nil || due != 0 || overdue != 0 {
		t.Errorf("%d due, %d overdue, %v", due, overdue, err)
	}
	if barred, err := o.register.Barred(t.Context(), o.robin.ID); err != nil || barred {
		t.Errorf("barred %t, %v", barred, err)
	}
}

func TestAnInterruptedEmergencyIsDueAsSoonAsItsTimeIsOver(t *testing.T) {
	o := newOffice(t)
	s := o.open(o.byRobin())
	o.take(o.basket.has()...)
	o.register.own = "another process"
	if e := o.look(s.ID()); e.State != Interruptedly || e.Due != e.Opened.Add(TTL+ReviewIn) {
		t.Errorf("%s, due %s", e.State, e.Due)
	}
	if due, _, err := o.register.Due(t.Context()); err != nil || due != 1 {
		t.Errorf("%d, %v", due, err)
	}
}

// write appends how often somebody began to write what two persons had approved.
func (o *office) normal(who *people.Signer, times int) {
	o.t.Helper()
	for range times {
		_, err := o.log.Append(o.t.Context(), audit.Draft{Kind: kindChangeIntent, Actor: who.Actor()})
		o.must(err)
	}
}

func (o *office) ratio() Ratio {
	o.t.Helper()
	r, err := o.register.Ratio(o.t.Context())
	o.must(err)
	return r
}

func TestMoreThanFivePercentAloneInThirtyDaysIsAnAlarmForPersonAndSite(t *testing.T) {
	o := newOffice(t)
	if r := o.ratio(); r.Site != (Share{}) || r.Site.Alarm() || len(r.Persons) != 0 {
		t.Errorf("%+v", r)
	}
	o.happened(Ask{Who: o.byRobin().Who, Drill: true})
	if r := o.ratio(); r.Site.Alone != 0 {
		t.Errorf("drills count: %+v", r)
	}
	o.normal(o.robin, 19)
	o.happened(o.byRobin())
	if r := o.ratio(); r.Site.Tenths() != 50 || r.Site.Alarm() || len(r.Persons) != 1 || r.Persons[0].Alarm() {
		t.Errorf("just five percent: %+v", r)
	}
	o.happened(Ask{Who: Who{Actor: o.kim.Actor(), Signer: o.kim}})
	r := o.ratio()
	if !r.Site.Alarm() || len(r.Persons) != 2 || r.Persons[0].Person.ID != o.kim.ID || !r.Persons[0].Alarm() || r.Persons[1].Alarm() {
		t.Errorf("%+v", r)
	}
	o.normal(o.kim, 40)
	if r := o.ratio(); r.Site.Alarm() || r.Persons[0].Alarm() || r.Persons[0].Person.ID != o.robin.ID {
		t.Errorf("%+v", r)
	}
	o.clock.Advance(RatioDays*24*time.Hour + time.Minute)
	if r := o.ratio(); r.Site.Alone != 0 || len(r.Persons) != 0 {
		t.Errorf("after thirty days: %+v", r)
	}
}

func TestAShareIsMeasuredExactly(t *testing.T) {
	for _, c := range []struct {
		alone, normal, tenths int
		alarm                 bool
	}{{0, 0, 0, false}, {1, 0, 1000, true}, {1, 19, 50, false}, {14, 261, 50, true}, {51, 949, 51, true}, {49, 951, 49, false}} {
		if s := (Share{Alone: c.alone, Normal: c.normal}); s.Tenths() != c.tenths || s.Alarm() != c.alarm {
			t.Errorf("%d of %d: %d, %t", c.alone, c.alone+c.normal, s.Tenths(), s.Alarm())
		}
	}
}

func TestADrillIsNoEmergencyAndItsLastOneIsKnown(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	if _, found, err := o.register.LastDrill(ctx); err != nil || found {
		t.Errorf("%t, %v", found, err)
	}
	o.happened(o.byRobin())
	s := o.open(Ask{Who: o.byRobin().Who, Drill: true}) // given up: nothing was written
	s.Seal(Sealed)
	o.take(o.basket.has()...)
	if _, found, err := o.register.LastDrill(ctx); err != nil || found {
		t.Errorf("an emergency, or a drill that was given up, counts: %v", err)
	}
	o.clock.Advance(time.Hour)
	want := o.clock.Now().Wall
	id := o.happened(Ask{Who: o.byRobin().Who, Drill: true})
	o.clock.Advance(time.Hour)
	if at, found, err := o.register.LastDrill(ctx); err != nil || !found || !at.Equal(want) {
		t.Errorf("%s, %t, %v", at, found, err)
	}
	o.mustBe(id, NoReview)
	mustFault(t, o.account(o.robin, id, "It went well."), fault.WrongState)
	mustFault(t, o.review(id, o.kim), fault.WrongState)
	if e := o.look(id); e.Signed || e.Overdue || !e.Drill {
		t.Errorf("%+v", e)
	}
}

func TestWhatIsTypedFromPaperNamesItsNeighboursAndIsSignedByTwo(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	o.clock.Advance(time.Hour)
	from := o.clock.Now().Wall
	before := o.log.Head().Size - 1
	o.clock.Advance(time.Hour)
	to := o.clock.Now().Wall
	o.clock.Advance(time.Hour)
	o.normal(o.kim, 3)
	two := [2]*people.Signer{o.robin, o.kim}
	lines := []string{"BG-7K3M-9QXT-2HWD 10:41 EtCO2 high 50 to 45"}
	mustFault(t, o.register.Paper(ctx, [2]*people.Signer{o.robin, nil}, "The lost hour", lines, from, to), fault.NotSignedIn)
	if err := o.register.Paper(ctx, [2]*people.Signer{o.robin, o.robin}, "The lost hour", lines, from, to); err == nil {
		t.Error("one person signs for two")
	}
	mustFault(t, o.register.Paper(ctx, two, "", lines, from, to), fault.NoReason)
	mustFault(t, o.register.Paper(ctx, two, "The lost hour", nil, from, to), fault.NoReason)
	mustFault(t, o.register.Paper(ctx, two, "The lost hour", lines, to, from), fault.NoReason)
	o.must(o.register.Paper(ctx, two, "The lost hour", lines, from, to))
	record := o.records(kindPaper)[0]
	b, _ := record.Body.Int("record-before")
	a, _ := record.Body.Int("record-after")
	since, _ := record.Body.Text("unattested-from")
	if b != before || a != before+1 || since != from.UTC().Format(time.RFC3339) || strings.Count(record.Stmt, "\n— ") != 2 {
		t.Errorf("between %d and %d, since %s; want %d and %d", b, a, since, before, before+1)
	}
	o.must(o.register.Paper(ctx, two, "Still going on", lines, from.Add(-time.Hour*24*365), o.clock.Now().Wall.Add(time.Hour)))
	record = o.records(kindPaper)[1]
	b, _ = record.Body.Int("record-before")
	a, _ = record.Body.Int("record-after")
	if b != -1 || a != -1 {
		t.Errorf("between %d and %d", b, a)
	}
	o.verified(0)
}

func TestAClockThatWasSetIsSaidOfTheEmergency(t *testing.T) {
	o := newOffice(t)
	o.clock.Step(-48 * time.Hour)
	id := o.happened(o.byRobin())
	if e := o.look(id); !e.ClockStepped || !e.Signed {
		t.Errorf("%+v", e)
	}
}

func TestAnEmergencyWhoseOpeningNoPlaceTookIsReviewedAllTheSame(t *testing.T) {
	o := newOffice(t)
	o.basket.err = errors.New("full")
	s := o.open(o.byRobin())
	o.basket.err = nil
	_, err := s.Intend("steps", "as wanted")
	o.must(err)
	o.basket.err = errors.New("full again")
	s.Conclude("outcome", "verified", "steps", "as left")
	_, err = s.Intend("steps", "more")
	o.must(err)
	o.basket.err = nil
	s.Conclude("outcome", "rejected", "steps", "left more")
	s.Seal(Sealed)
	o.take(o.basket.has()...)
	e := o.look(s.ID())
	if e.State != AccountDue || e.Actor.ID != o.robin.ID || e.Device == "" || len(e.Actions) != 2 || e.Actions[0].Outcome != "" || e.Actions[1].Outcome != "rejected" {
		t.Errorf("%+v", e)
	}
	o.must(o.account(o.robin, s.ID(), "The disk was full."))
	mustFault(t, o.review(s.ID(), o.robin), fault.SamePerson)
	o.must(o.review(s.ID(), o.kim))
	o.mustBe(s.ID(), ReviewedByOne)
	late := o.open(o.byRobin()) // its opening is found after what was done in it
	_, err = late.Intend("steps", "as wanted")
	o.must(err)
	all := o.basket.has()
	last := all[len(all)-2:]
	o.take(last[1])
	if e := o.look(late.ID()); e.Category != "" || len(e.Actions) != 1 {
		t.Errorf("%+v", e)
	}
	o.take(last[0])
	if e := o.look(late.ID()); e.Category != PatientAtRisk || !e.Signed || len(e.Actions) != 1 {
		t.Errorf("%+v", e)
	}
}
