package people

import (
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// did prepares and completes in one.
func (s *site) did(signers ...*Signer) func(*Ceremony, error) {
	return func(c *Ceremony, err error) {
		s.t.Helper()
		if err == nil {
			err = s.roster.Complete(s.t.Context(), c, signers...)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) last() audit.Record {
	s.t.Helper()
	return must(s.log.Record(s.t.Context(), s.log.Head().Size-1))(s.t)
}

func TestWhatTwoSignedOnceIsNotPutIntoTheLogAgain(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	s.clock.Advance(8 * 24 * time.Hour)
	pair := [2]Person{s.jo.Person, s.kim.Person}
	s.did(s.kim)(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "Laptop lost", s.kim.Person))
	s.did(s.jo, s.kim)(s.roster.PrepareRestore(t.Context(), s.person(lee.ID), "Laptop found", pair))
	restored := s.last().Stmt
	s.did(s.jo)(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "Lost again", s.jo.Person))
	notes := append(must(s.roster.Notes(t.Context()))(t), restored)
	if _, err := Replay("clinic.example/ward7", notes); err == nil {
		t.Error("one restoration restored twice")
	}
	if s.person(lee.ID).Active {
		t.Error("suspended and active")
	}
}

func TestAStatementCountsInARecordOfItsOwnKindOnly(t *testing.T) {
	for _, kind := range []string{KindGenesis, kindRole, kindPolicy} {
		from := newSite(t)
		from.did(from.jo)(from.roster.PrepareSuspend(t.Context(), from.kim.Person, "x", from.jo.Person))
		m := newMembers("clinic.example/ward7")
		first := must(from.log.Record(t.Context(), 0))(t)
		if err := m.take(0, KindGenesis, first.Stmt); err != nil {
			t.Fatal(err)
		}
		if err := m.clone().take(1, kindSuspended, from.last().Stmt); err != nil {
			t.Fatal(err)
		}
		mustBe(t, m.take(1, kind, from.last().Stmt), fault.Signature)
	}
}

func TestABadgeIsOneHumansHoweverItIsSpelledAndComesBackWithThem(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	pair := [2]Person{s.jo.Person, s.kim.Person}
	again := Candidate{"Lee Thirds", policy.Pharmacy, "b 1003", leePhrase}
	_, err := s.roster.PrepareEnrol(t.Context(), s.keys, again, pair)
	mustBe(t, err, fault.Badge)
	again.Badge = "--"
	_, err = s.roster.PrepareEnrol(t.Context(), s.keys, again, pair)
	mustBe(t, err, fault.Badge)
	s.did(s.jo)(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "x", s.jo.Person))
	again.Badge = "B-1003"
	_, err = s.roster.PrepareEnrol(t.Context(), s.keys, again, pair)
	mustBe(t, err, fault.Badge) // suspended is not gone
	s.did(s.jo, s.kim)(s.roster.PrepareRevocation(t.Context(), s.person(lee.ID), Revoked, "Passphrase forgotten", pair))
	s.did(s.jo, s.kim)(s.roster.PrepareEnrol(t.Context(), s.keys, again, pair))
	if all := must(s.roster.People(t.Context()))(t); len(all) != 4 || all[3].Badge != "B-1003" || !all[3].Probation {
		t.Errorf("%+v", all)
	}
}

func TestNoActLeavesAConsoleThatNobodyCanUse(t *testing.T) {
	s := newSite(t)
	pair := [2]Person{s.jo.Person, s.kim.Person}
	auditor := must(s.roster.PrepareRole(t.Context(), s.jo.Person, policy.Auditor, "x", pair))(t)
	mustBe(t, s.roster.Complete(t.Context(), auditor, s.jo, s.kim), fault.WrongState)
	ends := must(s.roster.PrepareRevocation(t.Context(), s.jo.Person, Left, "x", pair))(t)
	mustBe(t, s.roster.Complete(t.Context(), ends, s.jo, s.kim), fault.SamePerson)
	s.did(s.jo)(s.roster.PrepareSuspend(t.Context(), s.kim.Person, "x", s.jo.Person))
	last := must(s.roster.PrepareSuspend(t.Context(), s.jo.Person, "x", s.jo.Person))(t)
	mustBe(t, s.roster.Complete(t.Context(), last, s.jo), fault.WrongState)
}

func TestASuspensionTakesEffectAtOnceOnWhateverWasPreparedBefore(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	s.clock.Advance(8 * 24 * time.Hour)
	c := must(s.roster.PreparePolicy(t.Context(), policy.Minimum(), "x", [2]Person{s.jo.Person, lee.Person}))(t)
	s.did(s.kim)(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "x", s.kim.Person))
	size := s.log.Head().Size
	mustBe(t, s.roster.Complete(t.Context(), c, s.jo, lee), fault.NotAllowed)
	mustBe(t, s.seat.SignIn(t.Context(), lee.ID, leePhrase), fault.NotAllowed)
	if s.log.Head().Size != size {
		t.Error("something was recorded")
	}
}

func TestASuspendedPersonsSeatIsEmptied(t *testing.T) {
	s := newSite(t)
	if err := s.seat.SignIn(t.Context(), s.kim.ID, founders[1].Passphrase); err != nil {
		t.Fatal(err)
	}
	s.did(s.jo)(s.roster.PrepareSuspend(t.Context(), s.kim.Person, "x", s.jo.Person))
	if locked, err := s.seat.LockIdle(t.Context()); !locked || err != nil || s.seat.Current() != nil {
		t.Errorf("%v, %v", locked, err)
	}
}

func TestAClockThatWasSetBackEndsNoProbation(t *testing.T) {
	s := newSite(t)
	lee := s.enrolled()
	s.clock.Step(-30 * 24 * time.Hour)
	if !s.person(lee.ID).Probation {
		t.Error("set back, and the probation is over")
	}
	s.clock.Step(36*24*time.Hour + 23*time.Hour)
	if !s.person(lee.ID).Probation {
		t.Error("over an hour too early")
	}
	s.clock.Step(time.Hour)
	if s.person(lee.ID).Probation {
		t.Error("still on probation after a week")
	}
}

func TestATextIsSignedByteForByte(t *testing.T) {
	s := newSite(t)
	c := must(s.roster.PreparePolicy(t.Context(), policy.Minimum(), "Board decision 12", [2]Person{s.jo.Person, s.kim.Person}))(t)
	if err := s.roster.Complete(t.Context(), c, s.jo, s.kim); err != nil {
		t.Fatal(err)
	}
	if got := string(textOf(s.last().Stmt)); got != c.Text() {
		t.Errorf("shown %q, signed %q", c.Text(), got)
	}
	opened := must(s.roster.OpenRecord(t.Context(), s.last()))(t)
	if string(opened) != c.Text() || statement.Digest(opened) != statement.Digest([]byte(c.Text())) {
		t.Error("opened differs")
	}
}
