package people

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
)

// guess tries a wrong passphrase after waiting as long as it must, and returns how long that was.
func (s *site) guess(id string) time.Duration {
	s.t.Helper()
	waited := time.Duration(0)
	for {
		_, err := s.seat.Prove(s.t.Context(), id, "a wrong passphrase")
		if fault.Is(err, fault.Passphrase) {
			return waited
		}
		seconds, bad := strconv.Atoi(fault.SubjectOf(err))
		if !fault.Is(err, fault.Throttled) || bad != nil {
			s.t.Fatal(err)
		}
		waited += time.Duration(seconds) * time.Second
		s.clock.Advance(time.Duration(seconds) * time.Second)
	}
}

func TestThreeWrongPassphrasesAreFreeAndThenTheWaitGrowsToACeiling(t *testing.T) {
	s := newSite(t)
	for i, want := range []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 16, 40, 40, 40} {
		if got := s.guess(s.kim.ID); got != want*time.Second {
			t.Errorf("guess %d waits %s, want %s", i+1, got, want*time.Second)
		}
	}
	if err := s.seat.SignIn(t.Context(), s.jo.ID, founders[0].Passphrase); err != nil {
		t.Errorf("another person waits, too: %v", err)
	}
	if left := must(s.seat.Wait(t.Context(), s.kim.ID))(t); left != longest {
		t.Errorf("%s left", left)
	}
	s.clock.Advance(longest)
	if err := s.seat.SignIn(t.Context(), s.kim.ID, founders[1].Passphrase); err != nil {
		t.Fatal(err)
	}
	if got := s.guess(s.kim.ID); got != 0 {
		t.Errorf("after the right one the next waits %s", got)
	}
}

func TestAHundredWrongPassphrasesAskForAColleagueAndNeverLockOut(t *testing.T) {
	s := newSite(t)
	for range vouchAfter {
		s.guess(s.kim.ID)
	}
	s.clock.Advance(time.Hour)
	_, err := s.seat.Prove(t.Context(), s.kim.ID, founders[1].Passphrase)
	mustBe(t, err, fault.Vouch)
	_, err = s.seat.ProveVouched(t.Context(), s.kim.ID, founders[1].Passphrase, s.kim)
	mustBe(t, err, fault.Vouch)
	s.roster, err = Load(t.Context(), s.log) // a restart forgets nothing
	if err != nil {
		t.Fatal(err)
	}
	s.seat = NewSeat(s.roster, s.keys)
	_, err = s.seat.Prove(t.Context(), s.kim.ID, founders[1].Passphrase)
	mustBe(t, err, fault.Vouch)
	if err := s.seat.SignInVouched(t.Context(), s.kim.ID, founders[1].Passphrase, s.jo); err != nil {
		t.Fatal(err)
	}
	if _, err := s.seat.Prove(t.Context(), s.kim.ID, founders[1].Passphrase); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAfterARestartOfTheComputerTheWaitBeginsAgain(t *testing.T) {
	last := clock.Reading{Boot: "a", BootMS: 1_000_000}
	for _, c := range []struct {
		now  clock.Reading
		want time.Duration
	}{
		{clock.Reading{Boot: "a", BootMS: 1_000_000}, longest},
		{clock.Reading{Boot: "a", BootMS: 1_030_000}, 10 * time.Second},
		{clock.Reading{Boot: "a", BootMS: 900_000}, longest},
		{clock.Reading{Boot: "b", BootMS: 15_000}, 25 * time.Second},
		{clock.Reading{Boot: "b", BootMS: 50_000}, 0},
	} {
		if got := (tries{20, last}).left(c.now); got != c.want {
			t.Errorf("%+v: %s left, want %s", c.now, got, c.want)
		}
	}
}

func TestAConsoleThatNobodyTouchesLocksItself(t *testing.T) {
	s := newSite(t)
	if locked, err := s.seat.LockIdle(t.Context()); locked || err != nil {
		t.Errorf("an empty seat: %v, %v", locked, err)
	}
	if err := s.seat.SignIn(t.Context(), s.jo.ID, founders[0].Passphrase); err != nil {
		t.Fatal(err)
	}
	signer := s.seat.Current()
	s.clock.Advance(IdleLimit - time.Second)
	s.seat.Touch()
	s.clock.Advance(IdleLimit - time.Second)
	if locked, err := s.seat.LockIdle(t.Context()); locked || err != nil {
		t.Errorf("too early: %v, %v", locked, err)
	}
	s.clock.Advance(time.Second)
	if locked, err := s.seat.LockIdle(t.Context()); !locked || err != nil || s.seat.Current() != nil || !signer.locked() {
		t.Errorf("%v, %v", locked, err)
	}
}

func TestSomebodyElseWhoSignsInTakesTheSeatAndTheFirstKeyIsWiped(t *testing.T) {
	s := newSite(t)
	for i, p := range []*Signer{s.jo, s.kim} {
		if err := s.seat.SignIn(t.Context(), p.ID, founders[i].Passphrase); err != nil {
			t.Fatal(err)
		}
	}
	if now := s.seat.Current(); now == nil || now.ID != s.kim.ID {
		t.Errorf("%v sits there", now)
	}
	records := ""
	for seq := range s.log.Head().Size {
		r := must(s.log.Record(t.Context(), seq))(t)
		records += r.Kind + " " + r.Actor.Name + "\n"
	}
	if want := "people.genesis Countersign\npeople.signed-in Jo Søndergård\npeople.signed-out Jo Søndergård\npeople.signed-in Kim Berg\n"; records != want {
		t.Errorf("recorded:\n%s", records)
	}
}

func TestTheStretchingIsCalibratedUpwardsOnly(t *testing.T) {
	for floor, want := range map[time.Duration]uint32{
		0: Floor.Passes, time.Second: Floor.Passes, 300 * time.Millisecond: 3, 150 * time.Millisecond: 6, 100 * time.Millisecond: 9, time.Microsecond: ceiling.Passes,
	} {
		if c := passesFor(floor); c.Passes != want || !c.acceptable() {
			t.Errorf("%s: %+v", floor, c)
		}
	}
}

func TestAKeyFileIsCarriedToAnotherConsole(t *testing.T) {
	s := newSite(t)
	other := NewKeys(filepath.Join(t.TempDir(), "keys"))
	file := must(s.keys.File(s.jo.ID))(t)
	if id, err := other.Import(file); err != nil || id != s.jo.ID || !other.Has(id) {
		t.Fatalf("%s, %v", id, err)
	}
	if _, err := other.Unlock(s.jo.Person, "clinic.example/ward7", founders[0].Passphrase); err != nil {
		t.Error(err)
	}
	if _, err := other.Import(file); err != nil {
		t.Errorf("the same file again: %v", err)
	}
	_, err := other.Import([]byte("not a key file"))
	mustBe(t, err, fault.KeyFile)
	if exposed := other.Exposed(); len(exposed) > 0 {
		t.Errorf("%v", exposed)
	}
	path := must(other.path(s.jo.ID))(t)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if exposed := other.Exposed(); runtime.GOOS != "windows" && (len(exposed) != 1 || exposed[0] != path) {
		t.Errorf("%v", exposed)
	}
}
