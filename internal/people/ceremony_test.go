package people

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
	"countersign/internal/store"
)

// site is a founded console with its clock.
type site struct {
	t       *testing.T
	clock   *clock.Fake
	log     *audit.Log
	roster  *Roster
	keys    *Keys
	seat    *Seat
	jo, kim *Signer
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteOn(t, func(s audit.Store) audit.Store { return s })
}

// newSiteOn lets a test stand between the log and its database.
func newSiteOn(t *testing.T, wrap func(audit.Store) audit.Store) *site {
	t.Helper()
	cheap(t)
	db, err := store.Open(t.Context(), t.TempDir(), "clinic.example/ward7")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &site{t: t, clock: clock.NewFake(time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)), keys: NewKeys(t.TempDir())}
	if s.log, err = audit.Open(t.Context(), wrap(db), s.clock); err != nil {
		t.Fatal(err)
	}
	s.roster = load(t, s.log)
	named := founders
	named[0].Badge, named[1].Badge = "B-1001", "B-1002"
	f, err := s.roster.Found(t.Context(), s.keys, named)
	if err != nil {
		t.Fatal(err)
	}
	s.jo, s.kim, s.seat = f.Signers[0], f.Signers[1], NewSeat(s.roster, s.keys)
	t.Cleanup(s.check)
	return s
}

// check is at the end of every test: the log verifies, and a start and another console read the same people from it.
func (s *site) check() {
	ctx := s.t.Context()
	if s.t.Failed() {
		return
	}
	want, _ := s.roster.People(context.WithoutCancel(ctx))
	again, err := Load(context.WithoutCancel(ctx), s.log)
	if err != nil {
		s.t.Fatalf("a start cannot read the log: %v", err)
	}
	got, _ := again.People(context.WithoutCancel(ctx))
	notes, err := s.roster.Notes(context.WithoutCancel(ctx))
	if err != nil {
		s.t.Fatal(err)
	}
	elsewhere, err := Replay("clinic.example/ward7", notes)
	if err != nil {
		s.t.Fatalf("another console cannot read the people: %v", err)
	}
	there := elsewhere.Persons(s.clock.Now().Wall)
	for i, p := range want {
		for _, q := range []Person{got[i], there[i]} {
			if q.ID != p.ID || q.Status != p.Status || q.Role != p.Role || q.Active != p.Active || q.Probation != p.Probation || !q.Key.Equal(p.Key) {
				s.t.Errorf("%+v is read as %+v", p, q)
			}
		}
	}
	if _, err := s.log.Verify(context.WithoutCancel(ctx), again.Check, func(_, _ int64) {}); err != nil {
		s.t.Errorf("the log does not verify: %v", err)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

const leePhrase = "third of three passphrases"

// enrolled lets Jo and Kim vouch for Lee.
func (s *site) enrolled() *Signer {
	s.t.Helper()
	c := must(s.roster.PrepareEnrol(s.t.Context(), s.keys, Candidate{"Lee Third", policy.Pharmacy, "B-1003", leePhrase}, [2]Person{s.jo.Person, s.kim.Person}))(s.t)
	if err := s.roster.Complete(s.t.Context(), c, s.jo, s.kim); err != nil {
		s.t.Fatal(err)
	}
	id := must(statement.As[statement.Enrol]([]byte(c.Text())))(s.t).Candidate.ID
	return must(s.keys.Unlock(s.person(id), "clinic.example/ward7", leePhrase))(s.t)
}

func (s *site) person(id string) Person {
	s.t.Helper()
	return must(s.roster.Person(s.t.Context(), id))(s.t)
}

func TestTwoPersonsVouchForAThirdWhoThenIsOnProbation(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	if p := s.person(lee.ID); p.Name != "Lee Third" || !p.Active || !p.Probation || p.Badge != "B-1003" || p.Founder || s.person(s.jo.ID).Probation {
		t.Fatalf("%+v", p)
	}
	c := Candidate{"Mo Fourth", policy.Nursing, "B-1004", "fourth of four passphrases"}
	_, err := s.roster.PrepareEnrol(t.Context(), s.keys, c, [2]Person{s.jo.Person, lee.Person})
	mustBe(t, err, fault.Probation)
	s.clock.Advance(7 * 24 * time.Hour)
	if s.person(lee.ID).Probation {
		t.Error("a week does not end the probation")
	}
	if _, err := s.roster.PrepareEnrol(t.Context(), s.keys, c, [2]Person{s.jo.Person, lee.Person}); err != nil {
		t.Error(err)
	}
}

func TestWhoCannotBeEnrolled(t *testing.T) {
	s := newSite(t)
	good := Candidate{"Lee Third", policy.Pharmacy, "B-1003", leePhrase}
	both := [2]Person{s.jo.Person, s.kim.Person}
	for what, c := range map[string]struct {
		change   func(*Candidate)
		vouchers [2]Person
		want     fault.Kind
	}{
		"somebody's badge":      {func(c *Candidate) { c.Badge = "B-1001" }, both, fault.Badge},
		"no badge":              {func(c *Candidate) { c.Badge = "" }, both, fault.Badge},
		"somebody's name":       {func(c *Candidate) { c.Name = "KIM berg" }, both, fault.SamePerson},
		"a name not to be read": {func(c *Candidate) { c.Name = "Lee\u202e" }, both, fault.NoReason},
		"a role that is none":   {func(c *Candidate) { c.Role = "emperor" }, both, fault.NotAllowed},
		"a short passphrase":    {func(c *Candidate) { c.Passphrase = "short" }, both, fault.WeakSecret},
		"one voucher twice":     {func(*Candidate) {}, [2]Person{s.jo.Person, s.jo.Person}, fault.SamePerson},
		"a stranger vouches":    {func(*Candidate) {}, [2]Person{s.jo.Person, {ID: "ffffffffffffffff", Name: "X", Role: policy.Nursing}}, fault.NotAllowed},
	} {
		candidate := good
		c.change(&candidate)
		if _, err := s.roster.PrepareEnrol(t.Context(), s.keys, candidate, c.vouchers); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	if keyFiles(t, s.keys) != 2 {
		t.Error("a key file of nobody was left")
	}
}

func TestACeremonyThatIsCancelledLeavesNothing(t *testing.T) {
	s := newSite(t)
	size := s.log.Head().Size
	c := must(s.roster.PrepareEnrol(t.Context(), s.keys, Candidate{"Lee Third", policy.Pharmacy, "B-1003", leePhrase}, [2]Person{s.jo.Person, s.kim.Person}))(t)
	mustBe(t, s.roster.Complete(t.Context(), c, s.jo), fault.NotSignedIn)
	mustBe(t, s.roster.Complete(t.Context(), c, s.jo, s.jo), fault.NotSignedIn)
	s.roster.Cancel(c)
	if keyFiles(t, s.keys) != 2 || s.log.Head().Size != size {
		t.Error("something was left")
	}
	if err := s.roster.Complete(t.Context(), c, s.jo, s.kim); err == nil {
		t.Error("a cancelled ceremony was completed")
	}
}

func TestOneSuspendsAtOnceAndTwoRestore(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	s.clock.Advance(8 * 24 * time.Hour)
	c := must(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "Laptop lost", s.kim.Person))(t)
	if err := s.roster.Complete(t.Context(), c, s.kim); err != nil {
		t.Fatal(err)
	}
	if p := s.person(lee.ID); p.Active || p.Status != Suspended {
		t.Fatalf("%+v", p)
	}
	again := must(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "Again", s.kim.Person))(t)
	mustBe(t, s.roster.Complete(t.Context(), again, s.kim), fault.WrongState)
	mustBe(t, s.seat.SignIn(t.Context(), lee.ID, leePhrase), fault.NotAllowed)

	by := must(s.roster.PrepareRestore(t.Context(), s.person(lee.ID), "Found", [2]Person{s.kim.Person, lee.Person}))(t)
	mustBe(t, s.roster.Complete(t.Context(), by, s.kim, lee), fault.SamePerson) // there are two others
	by = must(s.roster.PrepareRestore(t.Context(), s.person(lee.ID), "Found", [2]Person{s.kim.Person, s.jo.Person}))(t)
	if err := s.roster.Complete(t.Context(), by, s.kim, s.jo); err != nil {
		t.Fatal(err)
	}
	if !s.person(lee.ID).Active {
		t.Error("not restored")
	}
}

func TestTheLastOneLeftRestoresTogetherWithTheSuspendedPerson(t *testing.T) {
	s := newSite(t)
	c := must(s.roster.PrepareSuspend(t.Context(), s.jo.Person, "By mistake", s.kim.Person))(t)
	if err := s.roster.Complete(t.Context(), c, s.kim); err != nil {
		t.Fatal(err)
	}
	alone := must(s.roster.PrepareSuspend(t.Context(), s.kim.Person, "Revenge", s.jo.Person))(t)
	mustBe(t, s.roster.Complete(t.Context(), alone, s.jo), fault.NotAllowed)
	jo := must(s.seat.Prove(t.Context(), s.jo.ID, founders[0].Passphrase))(t)
	by := must(s.roster.PrepareRestore(t.Context(), s.person(s.jo.ID), "We agree", [2]Person{s.kim.Person, jo.Person}))(t)
	if err := s.roster.Complete(t.Context(), by, s.kim, jo); err != nil {
		t.Fatal(err)
	}
	if !s.person(s.jo.ID).Active {
		t.Error("not restored")
	}
}

func TestARoleIsChangedByTwoAndAnEndIsForGood(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	pair := [2]Person{s.jo.Person, s.kim.Person}
	role := must(s.roster.PrepareRole(t.Context(), s.person(lee.ID), policy.ClinicalLead, "New post", pair))(t)
	if err := s.roster.Complete(t.Context(), role, s.jo, s.kim); err != nil {
		t.Fatal(err)
	}
	stale := must(s.roster.PrepareRole(t.Context(), lee.Person, policy.Nursing, "The old role stands in it", pair))(t)
	mustBe(t, s.roster.Complete(t.Context(), stale, s.jo, s.kim), fault.Signature)
	end := must(s.roster.PrepareRevocation(t.Context(), s.person(lee.ID), Left, "Moved away", pair))(t)
	if err := s.roster.Complete(t.Context(), end, s.jo, s.kim); err != nil {
		t.Fatal(err)
	}
	if p := s.person(lee.ID); p.Active || p.Status != Left || p.Role != policy.ClinicalLead {
		t.Errorf("%+v", p)
	}
	for _, c := range []*Ceremony{
		must(s.roster.PrepareRestore(t.Context(), s.person(lee.ID), "Back", pair))(t),
		must(s.roster.PrepareRole(t.Context(), s.person(lee.ID), policy.Nursing, "Back", pair))(t),
		must(s.roster.PrepareRevocation(t.Context(), s.person(lee.ID), Revoked, "Twice", pair))(t),
	} {
		mustBe(t, s.roster.Complete(t.Context(), c, s.jo, s.kim), fault.WrongState)
	}
	_, err := s.seat.Prove(t.Context(), lee.ID, leePhrase)
	mustBe(t, err, fault.NotAllowed)
}

func TestAReplacedKeyCountsForWhatWasSignedBeforeAndTheNewOneAfter(t *testing.T) {
	s := newSite(t)
	const phrase = "a new passphrase for jo"
	old := must(s.seat.Prove(t.Context(), s.jo.ID, founders[0].Passphrase))(t)
	c := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, phrase))(t)
	if err := s.roster.Complete(t.Context(), c, s.jo); err != nil {
		t.Fatal(err)
	}
	if !s.jo.locked() {
		t.Error("the old key is still open")
	}
	if _, err := s.seat.Prove(t.Context(), s.jo.ID, founders[0].Passphrase); !fault.Is(err, fault.Passphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	fresh := must(s.seat.Prove(t.Context(), s.jo.ID, phrase))(t)
	if fresh.Key.Equal(old.Key) || keyFiles(t, s.keys) != 2 {
		t.Error("the key was not replaced")
	}
	pair := [2]Person{fresh.Person, s.kim.Person}
	stale := must(s.roster.PreparePolicy(t.Context(), policy.Minimum(), "With the old key", pair))(t)
	mustBe(t, s.roster.Complete(t.Context(), stale, old, s.kim), fault.Signature)
	rules := must(s.roster.PreparePolicy(t.Context(), policy.Minimum(), "With the new key", pair))(t)
	if err := s.roster.Complete(t.Context(), rules, fresh, s.kim); err != nil {
		t.Fatal(err)
	}
}

func TestAPowerCutWhileAKeyIsReplacedLeavesTheOneThatCounts(t *testing.T) {
	s := newSite(t)
	const phrase = "a new passphrase for jo"
	must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, phrase))(t) // and the power goes before it is recorded
	if _, err := s.seat.Prove(t.Context(), s.jo.ID, founders[0].Passphrase); err != nil {
		t.Fatalf("before the record: %v", err)
	}
	c := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, phrase))(t)
	c.recorded = nil // and now after the record
	if err := s.roster.Complete(t.Context(), c, s.jo); err != nil {
		t.Fatal(err)
	}
	if _, err := s.seat.Prove(t.Context(), s.jo.ID, phrase); err != nil {
		t.Fatalf("after the record: %v", err)
	}
	if keyFiles(t, s.keys) != 2 {
		t.Error("the new key was not put in its place")
	}
}

func TestTheRulesThatTwoSignAreInForceAndOthersAreTheMinimum(t *testing.T) {
	s := newSite(t)
	if r := must(s.roster.Rules(t.Context()))(t); r.Seq != -1 || r.Problem != nil || strings.Join(r.Policy.Lines(), "\n") != strings.Join(policy.Minimum().Lines(), "\n") {
		t.Fatalf("%+v", r)
	}
	lines := policy.Minimum().Lines()
	lines[2] = "clinical propose technician approve nursing seat any entry blind"
	rules := must(policy.Parse(lines))(t)
	pair := [2]Person{s.jo.Person, s.kim.Person}
	c := must(s.roster.PreparePolicy(t.Context(), rules, "Board decision 12", pair))(t)
	if !strings.Contains(c.Text(), "\nrule "+lines[2]+"\n") {
		t.Errorf("the text does not hold the rule:\n%s", c.Text())
	}
	if err := s.roster.Complete(t.Context(), c, s.jo, s.kim); err != nil {
		t.Fatal(err)
	}
	if r := must(s.roster.Rules(t.Context()))(t); r.Seq < 0 || len(r.Signers) != 2 || r.Policy.Lines()[2] != lines[2] {
		t.Errorf("%+v", r)
	}
	by := must(s.roster.By(pair[:]...))(t)
	later := must(s.roster.prepare(kindPolicy, statement.Policy{By: by, Rules: []string{"a rule of a later version"}, Reason: "x"}, pair[:]...))(t)
	if err := s.roster.Complete(t.Context(), later, s.jo, s.kim); err != nil {
		t.Fatal(err)
	}
	if r := must(s.roster.Rules(t.Context()))(t); r.Problem == nil || r.Policy.Lines()[2] != policy.Minimum().Lines()[2] {
		t.Errorf("%+v", r)
	}
}
