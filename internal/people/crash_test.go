package people

import (
	"context"
	"os"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/policy"
)

// flaky is a store whose next append fails, after or instead of its work.
type flaky struct {
	audit.Store
	fail, commit bool
}

func (f *flaky) Append(ctx context.Context, records []audit.Record, after audit.State) error {
	if !f.fail {
		return f.Store.Append(ctx, records, after)
	}
	f.fail = false
	if f.commit {
		if err := f.Store.Append(ctx, records, after); err != nil {
			return err
		}
	}
	return fault.New(fault.LogFull, "disk", nil)
}

// flakySite is a site whose store can be made to fail.
func flakySite(t *testing.T) (*site, *flaky) {
	t.Helper()
	f := &flaky{}
	s := newSiteOn(t, func(s audit.Store) audit.Store {
		f.Store = s
		return f
	})
	return s, f
}

func TestAnEnrolmentThatIsNotRecordedLeavesNoKeyAndOneWhoseAnswerIsLostKeepsIt(t *testing.T) {
	for _, committed := range []bool{false, true} {
		s, store := flakySite(t)
		c := must(s.roster.PrepareEnrol(t.Context(), s.keys, Candidate{"Lee Third", policy.Pharmacy, "B-1003", leePhrase}, [2]Person{s.jo.Person, s.kim.Person}))(t)
		store.fail, store.commit = true, committed
		mustBe(t, s.roster.Complete(t.Context(), c, s.jo, s.kim), fault.LogFull)
		s.roster.Cancel(c) // as a screen does after a fault
		mustBe(t, s.roster.Complete(t.Context(), c, s.jo, s.kim), fault.WrongState)
		all := must(s.roster.People(t.Context()))(t)
		if committed && len(all) != 3 || !committed && len(all) != 2 || keyFiles(t, s.keys) != len(all) {
			t.Errorf("recorded %v: %d persons, %d key files", committed, len(all), keyFiles(t, s.keys))
		}
		if committed {
			must(s.keys.Unlock(all[2], "clinic.example/ward7", leePhrase))(t)
		}
	}
}

const newPhrase = "a new passphrase for jo"

func TestAReplacementThatIsNotRecordedLeavesTheOldKeyAndOneWhoseAnswerIsLostTheNew(t *testing.T) {
	for _, committed := range []bool{false, true} {
		s, store := flakySite(t)
		c := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, newPhrase))(t)
		store.fail, store.commit = true, committed
		mustBe(t, s.roster.Complete(t.Context(), c, s.jo), fault.LogFull)
		s.roster.Cancel(c)
		phrase := founders[0].Passphrase
		if committed {
			phrase = newPhrase
		}
		if _, err := s.seat.Prove(t.Context(), s.jo.ID, phrase); err != nil {
			t.Errorf("recorded %v: %v", committed, err)
		}
		if keyFiles(t, s.keys) != 2 {
			t.Errorf("recorded %v: %d key files", committed, keyFiles(t, s.keys))
		}
	}
}

// At each step of a replacement the power goes: whatever the files are then, the key that counts opens.
func TestWhereverThePowerGoesInAReplacementTheKeyThatCountsOpens(t *testing.T) {
	for _, step := range []string{"prepared", "half a file", "recorded", "renamed"} {
		s := newSite(t)
		c := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, newPhrase))(t)
		phrase := newPhrase
		switch step {
		case "prepared":
			phrase = founders[0].Passphrase
		case "half a file":
			phrase = founders[0].Passphrase
			next := must(s.keys.beside(s.jo.ID, ".0123456789abcdef"+nextEnd))(t)
			if err := os.WriteFile(next, []byte(`{"v":1`), 0o600); err != nil {
				t.Fatal(err)
			}
		case "recorded":
			c.recorded = nil
			fallthrough
		default:
			if err := s.roster.Complete(t.Context(), c, s.jo); err != nil {
				t.Fatal(err)
			}
		}
		again := load(t, s.log) // the next start
		if _, err := NewSeat(again, NewKeys(s.keys.folder)).Prove(t.Context(), s.jo.ID, phrase); err != nil {
			t.Errorf("%s: %v", step, err)
		}
	}
}

func TestOfTwoReplacementsThatArePreparedTheOneThatIsRecordedKeepsItsKey(t *testing.T) {
	s := newSite(t)
	const other = "another passphrase for jo"
	first := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, newPhrase))(t)
	second := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, other))(t)
	s.roster.Cancel(second)
	if err := s.roster.Complete(t.Context(), first, s.jo); err != nil {
		t.Fatal(err)
	}
	if _, err := s.seat.Prove(t.Context(), s.jo.ID, newPhrase); err != nil {
		t.Error(err)
	}
	mustBe(t, s.roster.Complete(t.Context(), second, s.jo), fault.WrongState)
	s.roster.Cancel(first) // too late: it is the key that counts
	if _, err := s.seat.Prove(t.Context(), s.jo.ID, newPhrase); err != nil {
		t.Error(err)
	}
}

func TestAKeyThatWasReplacedElsewhereIsTakenFromTheFileThatWasBrought(t *testing.T) {
	s := newSite(t)
	laptop := NewKeys(t.TempDir())
	must(laptop.Import(must(s.keys.File(s.jo.ID))(t)))(t)
	c := must(s.roster.PrepareRotate(t.Context(), s.keys, s.jo, newPhrase))(t)
	if err := s.roster.Complete(t.Context(), c, s.jo); err != nil {
		t.Fatal(err)
	}
	jo := s.person(s.jo.ID)
	_, err := laptop.Unlock(jo, "clinic.example/ward7", founders[0].Passphrase)
	mustBe(t, err, fault.KeyFile) // the passphrase is right and the key is old
	must(laptop.Import(must(s.keys.File(s.jo.ID))(t)))(t)
	if _, err := laptop.Unlock(jo, "clinic.example/ward7", newPhrase); err != nil || keyFiles(t, laptop) != 1 {
		t.Errorf("%v, %d key files", err, keyFiles(t, laptop))
	}
	forged := must(seal(s.jo.ID, seed(t, 9).Seed(), newPhrase, Floor))(t) // a key that nobody enrolled takes no place
	must(laptop.Import(forged))(t)
	if _, err := laptop.Unlock(jo, "clinic.example/ward7", newPhrase); err != nil {
		t.Error(err)
	}
}

func TestAWrongPassphraseThatCannotBeRecordedStillSlowsTheNext(t *testing.T) {
	s, store := flakySite(t)
	for range freeTries + 1 {
		store.fail = true
		_, err := s.seat.Prove(t.Context(), s.kim.ID, "a wrong passphrase")
		mustBe(t, err, fault.LogFull)
	}
	_, err := s.seat.Prove(t.Context(), s.kim.ID, founders[1].Passphrase)
	mustBe(t, err, fault.Throttled)
}

func TestAThrottledTryDoesNotStretchThePassphrase(t *testing.T) {
	s := newSite(t)
	for range freeTries + 1 {
		s.guess(s.kim.ID)
	}
	if err := os.RemoveAll(s.keys.folder); err != nil { // whoever looked at the file would say that it is gone
		t.Fatal(err)
	}
	_, err := s.seat.Prove(t.Context(), s.kim.ID, founders[1].Passphrase)
	mustBe(t, err, fault.Throttled)
}

func TestARightPassphraseEndsTheRowEvenWithoutASignIn(t *testing.T) {
	s := newSite(t)
	for range 2 * vouchAfter / freeTries {
		for range freeTries {
			s.guess(s.kim.ID)
		}
		if _, err := s.seat.Prove(t.Context(), s.kim.ID, founders[1].Passphrase); err != nil {
			t.Fatal(err)
		}
	}
	again := NewSeat(load(t, s.log), s.keys)
	if _, err := again.Prove(t.Context(), s.kim.ID, founders[1].Passphrase); err != nil {
		t.Error(err)
	}
}
