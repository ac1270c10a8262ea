//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/ui/emergency"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/fault"
)

func TestMatrixTenThousandWrongPassphrasesKeepNobodyFromAnEmergency(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	seat, throttled := b.record.Load().seat, 0
	for range 10_000 {
		_, err := seat.Prove(t.Context(), b.ids[robin], "somebody else's guess")
		switch fault.KindOf(err) {
		case fault.Throttled:
			throttled++
		case fault.Passphrase:
		default:
			t.Fatal(err)
		}
	}
	if throttled < 9_000 {
		t.Errorf("only %d guesses had to wait", throttled)
	}
	_, err := seat.Prove(t.Context(), b.ids[robin], trainees[robin].Passphrase)
	b.must(err, fault.Throttled) // the normal path waits
	_, err = b.who(b.ids[robin], "", "somebody else's guess")
	b.must(err, fault.Passphrase)
	who := b.shows(b.ids[robin], "", trainees[robin].Passphrase)
	s := b.arms(r.key, who, to(high, 2))
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal(breakglass.Sealed)
	b.settle()
	if e := b.registered(s); e.Tier != breakglass.T1 || e.Identity != breakglass.ByKey || !e.Signed {
		t.Errorf("%+v", e)
	}
	t.Logf("%d of 10000 guesses had to wait; the emergency asked for none of that", throttled)
}

func TestMatrixWithAnUnreadableKeyFileASealedCodeOpensAndThePersonTellsItLater(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	key := filepath.Join(b.data, "keys", b.ids[robin]+".key")
	file, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, file[:len(file)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = b.who(b.ids[robin], "", trainees[robin].Passphrase)
	b.must(err, fault.KeyFile)
	who := b.shows(b.ids[robin], "", strings.ToLower(b.sealed[3]))
	s := b.arms(r.key, who, to(high, 2))
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal(breakglass.Sealed)
	records, _ := b.settle()
	e := b.registered(s)
	if e.Tier != breakglass.T2 || e.Identity != breakglass.ByCode || e.Code != 4 || e.Signed || e.Actor.ID != b.ids[robin] {
		t.Errorf("%+v", e)
	}
	if opened := of(records, breakglass.KindOpened); opened[0].Stmt != "" || text(opened[0].Body, "identity") != "code" {
		t.Errorf("%+v", opened[0].Body)
	}
	if err := os.WriteFile(key, file, 0o600); err != nil { // the file is back from a backup
		t.Fatal(err)
	}
	robins := b.unlocks(robin)
	register := b.record.Load().register
	if err := register.Account(t.Context(), robins, s.ID(), "The passphrase did not open my key."); err != nil {
		t.Errorf("the person cannot sign for it afterwards: %v", err)
	}
	kims := b.unlocks(kim)
	if err := register.Review(t.Context(), signed(kims), s.ID(), breakglass.Justified, "Alarm limit was wrong", ""); err != nil {
		t.Errorf("nobody can review it: %v", err)
	}
	b.settle()
	if e = b.registered(s); e.Account == "" || e.State != breakglass.ReviewedByOne {
		t.Errorf("%+v", e)
	}
}

func TestMatrixWithoutTheMachinesKeyFramesAreUnsignedAndTheLogGoesOnUnlinked(t *testing.T) {
	t.Parallel()
	data := site(t)
	keys, err := filepath.Glob(filepath.Join(data, "machine-*.key"))
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	if err := os.Remove(keys[0]); err != nil {
		t.Fatal(err)
	}
	b := starts(t, data, t.TempDir())
	r := b.room()
	s := b.arms(r.key, b.shows("", "", b.sealed[0]), to(high, 2))
	b.took(s, "journal", "mirror")
	b.opens()
	b.writes(s, r.key, to(high, 2))
	b.is(r, high, "2")
	s.Seal(breakglass.Sealed)
	records, v := b.settle()
	for kind, want := range map[string]string{breakglass.KindOpened: "unsigned", breakglass.KindIntent: "signed"} {
		if found := of(records, kind); len(found) != 1 || text(found[0].Body, "frame.machine") != want {
			t.Errorf("%s: %d", kind, len(found))
		}
	}
	if len(v.Findings) != 1 || v.Findings[0].Kind != audit.FindingUnlinked {
		t.Errorf("findings %+v", v.Findings)
	}
}

func TestMatrixWithoutCodesAPassphraseStillOpensAndANameOnlyMakesSafer(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	for _, code := range b.sealed {
		who := b.shows("", "Alex Agency", code)
		if who.Tier() != breakglass.T2 {
			t.Fatalf("%s is %s", code, who.Tier())
		}
		if err := b.spend(who.Code); err != nil {
			t.Fatal(err)
		}
	}
	for _, code := range b.sealed[:2] {
		_, err := b.who("", "Alex Agency", code)
		b.must(err, fault.SealedCode)
	}
	if left, total, err := b.engine.codes.Left(); left != 0 || total != 10 || err != nil {
		t.Errorf("%d of %d codes are left, %v", left, total, err)
	}
	if err := os.WriteFile(filepath.Join(b.data, "keys", "sealed-codes"), []byte("eaten"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := b.who("", "Alex Agency", b.sealed[5])
	b.must(err, fault.SealedCode)

	named := b.shows("", "Alex Agency", "")
	_, err = b.breakGlass(emergency.Arm{Key: r.key, Category: "other", Changes: to(high, 2)}, named)
	b.must(err, fault.Unproved)
	b.is(r, high, "-5")
	s := b.arms(r.key, named, to(high, -7))
	b.writes(s, r.key, to(high, -7))
	b.is(r, high, "-7")
	_, err = b.carryOut(t.Context(), s, r.key, to(high, 2), nil)
	b.must(err, fault.Unproved)
	b.is(r, high, "-7")

	byKey := b.arms(r.key, b.shows(b.ids[robin], "", trainees[robin].Passphrase), to(high, 2))
	if how := s.Ended(); how != breakglass.Replaced {
		t.Errorf("the session of who was only named ended %q", how)
	}
	b.writes(byKey, r.key, to(high, 2))
	b.is(r, high, "2")
	byKey.Seal(breakglass.Sealed)
	b.settle()
	if e := b.registered(s); e.Tier != breakglass.T0 || e.Identity != breakglass.Asserted || e.Actor.Name != "Alex Agency" {
		t.Errorf("%+v", e)
	}
}

func TestMatrixWithDatabaseAndCopyGoneTheLeastRulesHoldAndANameMakesSafer(t *testing.T) {
	t.Parallel()
	data := site(t)
	spoil(t, data, "countersign.db", "roster.copy")
	b := starts(t, data, t.TempDir())
	if k := b.known.Load(); len(k.persons) != 0 {
		t.Errorf("%d persons are known", len(k.persons))
	}
	b.must(b.open(t.Context()), fault.LogBroken)
	unit := capnostream20.NewUnit("B355987654") // part of the console: nobody had to allow it
	key := b.meet(plug(t, unit), capnostream20.Driver{})
	named := b.shows("", "Alex Agency", "")
	_, err := b.breakGlass(emergency.Arm{Key: key, Category: "other", Changes: limit(6, 60)}, named)
	b.must(err, fault.Unproved)
	_, err = b.who(b.ids[robin], "", trainees[robin].Passphrase)
	b.must(err, fault.Passphrase) // nobody knows robin
	s := b.arms(key, named, limit(6, 45))
	b.writes(s, key, limit(6, 45))
	if got := unit.Limit(6); got != 45 {
		t.Errorf("the monitor holds %d", got)
	}
	b.took(s, "journal", "mirror")
	coded := b.arms(key, b.shows("", "Alex Agency", b.sealed[1]), limit(6, 60)) // the codes have a file of their own
	b.writes(coded, key, limit(6, 60))
	if got := unit.Limit(6); got != 60 {
		t.Errorf("the monitor holds %d", got)
	}
	coded.Seal(breakglass.Sealed)
	b.setsAside()
	records, _ := b.settle()
	if len(of(records, breakglass.KindOpened)) != 2 || len(of(records, breakglass.KindSetAside)) != 1 {
		t.Error("the new log does not have it")
	}
}

func TestMatrixWithTheCopyIntactAPassphraseOpensWithoutAnyDatabase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"damaged", "gone"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := site(t)
			if name == "damaged" {
				spoil(t, data, "countersign.db")
			} else if err := os.Remove(filepath.Join(data, "countersign.db")); err != nil {
				t.Fatal(err)
			}
			b := starts(t, data, t.TempDir())
			r := b.room()
			s := b.arms(r.key, b.shows(b.ids[robin], "", trainees[robin].Passphrase), to(high, 2))
			b.writes(s, r.key, to(high, 2))
			b.is(r, high, "2")
			b.took(s, "journal", "mirror")
			s.Seal(breakglass.Sealed)
			if name == "damaged" {
				b.must(b.open(t.Context()), fault.LogBroken)
				b.setsAside()
			}
			b.opens()
			records, v := b.settle()
			opened := of(records, breakglass.KindOpened)
			if len(opened) != 1 || opened[0].Stmt != "" || text(opened[0].Body, "frame.stmt") == "" {
				t.Errorf("%d openings; the new log knows no person and keeps what was signed", len(opened))
			}
			if len(v.Findings) != 1 || v.Findings[0].Kind != audit.FindingRolledBack {
				t.Errorf("findings %+v: the copies of the checkpoint know more", v.Findings)
			}
			again := b.shows(b.ids[robin], "", trainees[robin].Passphrase) // who was known stays known
			if again.Tier() != breakglass.T1 {
				t.Errorf("%s", again.Tier())
			}
		})
	}
}

// setsAside does what the page does when two persons go on with a new record.
func (b *bed) setsAside() {
	b.Helper()
	c := &composer{engine: b.engine}
	if err := c.setAside(context.Background()); err != nil {
		b.Fatalf("the damaged record cannot be set aside: %v", err)
	}
}

func TestMatrixACodeIsNotUsedUpForWhatMayNotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBed(t).opens()
	r := b.room()
	who := b.shows("", "Alex Agency", b.sealed[0])
	_, err := b.breakGlass(emergency.Arm{Key: r.key, Category: "other", Changes: to(high, 2000)}, who)
	b.must(err, fault.OutOfRange)
	if left, _, err := b.engine.codes.Left(); left != 10 || err != nil {
		t.Errorf("%d codes are left, %v", left, err)
	}
	b.arms(r.key, b.shows("", "Alex Agency", b.sealed[0]), to(high, 2)).Seal(breakglass.Sealed)
	_, err = b.who("", "Alex Agency", b.sealed[0])
	b.must(err, fault.SealedCode)
}
