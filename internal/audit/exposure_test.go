package audit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"countersign/internal/audit"
)

const jo, kim = "7f3a91c25d0c8a52", "0123456789abcdef"

// signedBy is a record with a statement whose signature lines name these persons.
func signedBy(away bool, persons ...string) audit.Draft {
	d := draft(0)
	d.Stmt = "a statement\n\n"
	for _, p := range persons {
		d.Stmt += fmt.Sprintf("— %s/p/%s AAAA\n", ward, p)
	}
	if away {
		d.Body.Set("channel", "other-device")
	}
	return d
}

func exposed(t testing.TB, log *audit.Log, person string) audit.Exposure {
	t.Helper()
	e, err := log.Exposure(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheExposureCountsFromTheLastSignatureOfSomebodyElse(t *testing.T) {
	d := newDesk(t)
	none := audit.Exposure{CoLocated: audit.Window{Records: 1}, Independent: audit.Window{Records: 1}}
	if e := exposed(t, d.log, jo); e != none {
		t.Errorf("with no signature: %+v", e)
	}
	d.append(t, signedBy(true, kim))
	d.clock.Advance(time.Hour)
	d.append(t, signedBy(false, jo, kim))
	d.clock.Advance(time.Minute)
	d.append(t, signedBy(true, jo), draft(1), draft(2))
	d.clock.Step(-48 * time.Hour) // nobody can shorten or lengthen it by setting the clock
	for i, want := range map[string]audit.Exposure{
		jo: {
			CoLocated:   audit.Window{Records: 3, Since: time.Minute, Found: true},
			Independent: audit.Window{Records: 4, Since: time.Hour + time.Minute, Found: true},
		},
		kim:       {CoLocated: audit.Window{Records: 2, Found: true}, Independent: audit.Window{Records: 2, Found: true}},
		"nobody1": {CoLocated: audit.Window{Records: 2, Found: true}, Independent: audit.Window{Records: 2, Found: true}},
	} {
		if e := exposed(t, d.log, i); e != want {
			t.Errorf("%s: %+v, want %+v", i, e, want)
		}
	}
	d.close(t)
	d.open(t) // with one more record, and nothing in memory
	if e := exposed(t, d.log, jo); e.CoLocated.Records != 4 || e.Independent.Records != 5 || e.Partial {
		t.Errorf("after a start: %+v", e)
	}
	d.crash(t)
	d.clock.Reboot(time.Hour)
	d.open(t)
	if e := exposed(t, d.log, kim); e.CoLocated.Since < 0 {
		t.Errorf("after a start of the machine: %+v", e)
	}
}

func TestTheExposureOfALongLogLooksBackInSteps(t *testing.T) {
	m := &memory{state: audit.State{Origin: ward}}
	log := openLog(t, m)
	if _, err := log.Append(t.Context(), signedBy(true, kim)); err != nil {
		t.Fatal(err)
	}
	const many = 45_000
	if _, err := log.Append(t.Context(), drafts(many)...); err != nil {
		t.Fatal(err)
	}
	counting := &counted{memory: m}
	log = openLog(t, counting)
	for step, want := range []audit.Window{{Records: 20_000}, {Records: 40_000}, {Records: many, Found: true}} {
		before := counting.visits
		e := exposed(t, log, jo)
		if e.CoLocated != want || e.Independent != want || e.Partial == want.Found {
			t.Errorf("call %d: %+v, want %+v", step, e, want)
		}
		if visits := counting.visits - before; visits > 21_000 {
			t.Errorf("call %d read %d records", step, visits)
		}
	}
	before := counting.visits
	if e := exposed(t, log, jo); !e.CoLocated.Found || counting.visits != before {
		t.Errorf("it did not remember: %+v, %d records read", e, counting.visits-before)
	}
}

// counted counts what is read. Its records are in memory, by number.
type counted struct {
	*memory
	visits int
}

func (c *counted) Scan(_ context.Context, from int64, visit func(int64, []byte, []byte) error) error {
	for _, r := range c.records[from:] {
		c.visits++
		if err := visit(r.Seq, r.Bytes, r.Hash[:]); err != nil {
			return err
		}
	}
	return nil
}
