package retention

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/backup"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"
)

const (
	origin = "site/ward7"
	phrase = "four quiet words here"
)

var began = time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)

// office is a console on which three people work.
type office struct {
	*Register
	t              *testing.T
	folder         string
	db             *store.DB
	clock          *clock.Fake
	robin, kim, mo *people.Signer // Mo is an auditor
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, folder: t.TempDir(), clock: clock.NewFake(began)}
	o.opens()
	keys := people.NewKeys(filepath.Join(o.folder, "keys"))
	founded, err := o.roster.Found(t.Context(), keys, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: phrase, Badge: "B-1"}, {Name: "Kim Example", Role: policy.Nursing, Passphrase: phrase + " too", Badge: "B-2"}})
	o.must(err)
	o.robin, o.kim = founded.Signers[0], founded.Signers[1]
	c, err := o.roster.PrepareEnrol(t.Context(), keys, people.Candidate{Name: "Mo Auditor", Role: policy.Auditor, Badge: "B-3", Passphrase: phrase + " also"},
		[2]people.Person{o.robin.Person, o.kim.Person})
	o.must(err)
	o.must(o.roster.Complete(t.Context(), c, o.robin, o.kim))
	enrolled, err := statement.As[statement.Enrol]([]byte(c.Text()))
	o.must(err)
	person, err := o.roster.Person(t.Context(), enrolled.Candidate.ID)
	o.must(err)
	o.mo, err = keys.Unlock(person, origin, phrase+" also")
	o.must(err)
	return o
}

func (o *office) opens() {
	o.t.Helper()
	var err error
	o.db, err = store.Open(o.t.Context(), o.folder, origin, Projection())
	o.must(err)
	o.t.Cleanup(func() { _ = o.db.Close() })
	log, err := audit.Open(o.t.Context(), o.db, o.clock)
	o.must(err)
	roster, err := people.Load(o.t.Context(), log)
	o.must(err)
	o.Register = NewRegister(log, o.db, roster)
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) mustBe(err error, kind fault.Kind) {
	o.t.Helper()
	if !fault.Is(err, kind) {
		o.t.Errorf("%v is not %q", err, kind)
	}
}

func (o *office) holds() []Hold {
	o.t.Helper()
	all, err := o.Holds(o.t.Context())
	o.must(err)
	return all
}

func TestOnePersonPlacesAHoldAndTwoReleaseIt(t *testing.T) {
	o := newOffice(t)
	o.must(o.Place(t.Context(), o.mo, Device, "SN-4711", "Inquiry", "AZ 14/2026"))
	o.must(o.Place(t.Context(), o.robin, Everything, "", "Inspection", ""))
	all := o.holds()
	if len(all) != 2 || all[1].Subject != "SN-4711" || all[1].By.Name != "Mo Auditor" || all[1].Reference != "AZ 14/2026" || all[0].Scope != Everything || all[0].Released {
		t.Fatalf("%+v", all)
	}
	id, both := all[1].ID, [2]people.Person{o.robin.Person, o.kim.Person}
	_, err := o.PrepareRelease(t.Context(), id, [2]people.Person{o.robin.Person, o.robin.Person}, "Closed")
	o.mustBe(err, fault.SamePerson)
	_, err = o.PrepareRelease(t.Context(), id, [2]people.Person{o.robin.Person, o.mo.Person}, "Closed")
	o.mustBe(err, fault.NotAllowed)
	_, err = o.PrepareRelease(t.Context(), id, both, "")
	o.mustBe(err, fault.NoReason)
	_, err = o.PrepareRelease(t.Context(), "01K6Z2Q8M3V7T9A0B1C2D3E4F7", both, "Closed")
	o.mustBe(err, fault.NotFound)
	p, err := o.PrepareRelease(t.Context(), id, both, "Closed")
	o.must(err)
	o.mustBe(o.Complete(t.Context(), p, o.robin), fault.NotSignedIn)
	o.mustBe(o.Complete(t.Context(), p, o.robin, nil), fault.NotSignedIn)
	o.mustBe(o.Complete(t.Context(), p, o.robin, o.mo), fault.NotSignedIn)
	o.must(o.Complete(t.Context(), p, o.robin, o.kim))
	o.mustBe(o.Complete(t.Context(), p, o.robin, o.kim), fault.WrongState)
	all = o.holds()
	if len(all) != 2 || !all[1].Released || all[1].Why != "Closed" || len(all[1].Enders) != 2 || all[0].Released {
		t.Fatalf("%+v", all)
	}
	active, err := o.Active(t.Context())
	if err != nil || len(active) != 1 || active[0].Scope != Everything {
		t.Errorf("%+v, %v", active, err)
	}
	found, err := o.log.Verify(t.Context(), o.roster.Check, func(int64, int64) {})
	if err != nil || found.Signed < 4 {
		t.Errorf("%+v, %v", found, err)
	}
	o.must(o.db.Rebuild(t.Context()))
	if again := o.holds(); len(again) != 2 || again[1].Released != true || again[0].ID != all[0].ID {
		t.Errorf("made again from the log: %+v", again)
	}
}

func TestAHoldThatSaysNothingIsNotPlaced(t *testing.T) {
	o := newOffice(t)
	o.mustBe(o.Place(t.Context(), nil, Everything, "", "Inspection", ""), fault.NotSignedIn)
	o.mustBe(o.Place(t.Context(), o.robin, Everything, "", "", ""), fault.NoReason)
	o.mustBe(o.Place(t.Context(), o.robin, Everything, "SN-1", "Inspection", ""), fault.OutOfRange)
	o.mustBe(o.Place(t.Context(), o.robin, Person, "", "Inspection", ""), fault.OutOfRange)
	o.mustBe(o.Place(t.Context(), o.robin, "ward", "7", "Inspection", ""), fault.OutOfRange)
	o.mustBe(o.Place(t.Context(), o.robin, Device, "SN-1\n", "Inspection", ""), fault.NoReason)
	suspend, err := o.roster.PrepareSuspend(t.Context(), o.kim.Person, "Laptop lost", o.robin.Person)
	o.must(err)
	o.must(o.roster.Complete(t.Context(), suspend, o.robin))
	o.mustBe(o.Place(t.Context(), o.kim, Everything, "", "Inspection", ""), fault.NotAllowed)
	if all := o.holds(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func (o *office) record(kind string, pairs ...any) {
	o.t.Helper()
	d := audit.Draft{Kind: kind, Actor: o.robin.Actor()}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			d.Body.Set(pairs[i].(string), v)
		case int:
			d.Body.SetInt(pairs[i].(string), int64(v))
		}
	}
	_, err := o.log.Append(o.t.Context(), d)
	o.must(err)
}

func TestWhatIsKeptIsTheLastOfEachAndOldAfterAMonth(t *testing.T) {
	o := newOffice(t)
	k, err := o.Kept(t.Context())
	if err != nil || k != (Kept{}) || !k.Backup.Old(began) {
		t.Fatalf("%+v, %v", k, err)
	}
	o.record(backup.KindMade, "file", "a.zip", "size", 1)
	o.record(backup.KindMade, "file", "b.zip", "size", 2)
	o.record(kindExported, "scope", "full", "file", "full.zip", "size", 3)
	o.record(kindExported, "scope", "partial", "file", "part.zip", "size", 4)
	o.record(backup.KindRestored, "sha256", "00", "size", 2, "made", "2026-09-01T10:00:00.000Z")
	o.must(o.Archived(t.Context(), o.robin.Actor(), Archive{"full.zip", "00", 3, "Safe of the clinic"}))
	o.mustBe(o.Archived(t.Context(), o.robin.Actor(), Archive{"full.zip", "00", 4000, "Safe"}), fault.OutOfRange)
	o.mustBe(o.Archived(t.Context(), o.robin.Actor(), Archive{"full.zip", "00", 3, ""}), fault.NoReason)
	k, err = o.Kept(t.Context())
	o.must(err)
	if k.Backup.File != "b.zip" || k.Backup.Upto != 2 || k.Export.File != "full.zip" || k.Archive.Place != "Safe of the clinic" || !k.Restored.There {
		t.Errorf("%+v", k)
	}
	if k.Backup.Old(began.Add(Interval)) || !k.Backup.Old(began.Add(Interval+time.Minute)) {
		t.Error("when it is old")
	}
}

func TestGrowthIsWhatTheLastMonthAdded(t *testing.T) {
	o := newOffice(t)
	if g, err := o.Growth(t.Context(), began, 1000); err != nil || g.Over != 0 || g.Records == 0 {
		t.Errorf("on the first day: %+v, %v", g, err)
	}
	for n := range 40 { // one record a day
		o.clock.Advance(24 * time.Hour)
		o.record("console.noted", "text", strconv.Itoa(n))
	}
	now := o.clock.Now().Wall
	records := o.log.Head().Size
	g, err := o.Growth(t.Context(), now, records*1000)
	if err != nil || g.Added < 30 || g.Added > 31 || g.Over != Look {
		t.Fatalf("%+v, %v", g, err)
	}
	bytes, ok := g.BytesADay()
	if !ok || bytes < 990 || bytes > 1040 {
		t.Errorf("%d bytes a day", bytes)
	}
	if days, ok := g.Lasts(100_000+50, 50); !ok || days < 95 || days > 101 {
		t.Errorf("%d days", days)
	}
	if days, ok := g.Lasts(10, 50); !ok || days != 0 {
		t.Errorf("%d days where there is no room", days)
	}
	o.clock.Advance(90 * 24 * time.Hour)
	quiet, err := o.Growth(t.Context(), o.clock.Now().Wall, 1000)
	if _, ok := quiet.Lasts(1000, 0); err != nil || ok {
		t.Errorf("a log that does not grow lasts some days: %+v, %v", quiet, err)
	}
}
