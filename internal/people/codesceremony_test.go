package people

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

func (s *site) pair() [2]Person { return [2]Person{s.jo.Person, s.kim.Person} }

func TestCodesCountOnceTwoPersonsHaveSignedThem(t *testing.T) {
	s := newSite(t)
	codes := NewCodes(t.TempDir())
	c, fresh, err := s.roster.PrepareCodes(t.Context(), codes, s.pair())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codes.Check(fresh.Codes[0]); err == nil || c.Recorded() {
		t.Error("they count before anybody signed")
	}
	if err := s.roster.Complete(t.Context(), c, s.jo, s.kim); err != nil || !c.Recorded() {
		t.Fatal(err)
	}
	must(codes.Check(fresh.Codes[0]))(t)
	record := s.last()
	set, _ := record.Body.Text("set")
	first, _ := record.Body.Int("first")
	count, _ := record.Body.Int("count")
	if record.Kind != "people.sealed-codes" || set != fresh.Set || first != 1 || count != 10 {
		t.Errorf("%s %s %d %d", record.Kind, set, first, count)
	}
	signed, ok, err := s.roster.SealedCodes(t.Context())
	if err != nil || !ok || signed.Digest != fresh.Digest || codes.Agrees(signed) != nil {
		t.Errorf("%+v %v %v", signed, err, codes.Agrees(signed))
	}
	for _, code := range fresh.Codes {
		if strings.Contains(record.Stmt, code[3:]) {
			t.Error("a code stands in the log")
		}
	}
	codes.another(t) // which nobody signed
	mustRefuse(t, codes.Agrees(signed), nil)
}

func TestCodesThatWereSignedAndCouldNotBeKeptAreTold(t *testing.T) {
	s := newSite(t)
	folder := t.TempDir()
	codes := NewCodes(filepath.Join(folder, "keys"))
	if err := os.WriteFile(filepath.Join(folder, "keys"), nil, 0o600); err != nil { // where the folder should be
		t.Fatal(err)
	}
	c, fresh, err := s.roster.PrepareCodes(t.Context(), codes, s.pair())
	if err != nil {
		t.Fatal(err)
	}
	err = s.roster.Complete(t.Context(), c, s.jo, s.kim)
	if !fault.Is(err, fault.LogDenied) || !c.Recorded() || s.last().Kind != kindSealed {
		t.Errorf("%v", err)
	}
	_, err = codes.Check(fresh.Codes[0])
	mustRefuse(t, err, nil)
	// Another file, on another disk: the next set begins after the one that is lost.
	elsewhere := NewCodes(t.TempDir())
	_, next, err := s.roster.PrepareCodes(t.Context(), elsewhere, s.pair())
	if err != nil || next.First != 11 {
		t.Errorf("begins with %d: %v", next.First, err)
	}
}

func TestOnlyTwoActivePersonsSealCodes(t *testing.T) {
	s := newSite(t)
	codes := NewCodes(t.TempDir())
	lee := s.enrolled()
	for what, c := range map[string]struct {
		signers [2]Person
		want    fault.Kind
	}{
		"one twice":           {[2]Person{s.jo.Person, s.jo.Person}, fault.SamePerson},
		"a newcomer":          {[2]Person{s.jo.Person, lee.Person}, fault.Probation},
		"nobody":              {[2]Person{s.jo.Person, {}}, fault.NotAllowed},
		"one is not enrolled": {[2]Person{s.jo.Person, {ID: "0011223344556677", Name: "X", Role: policy.Nursing, Active: true}}, fault.NotAllowed},
	} {
		if _, _, err := s.roster.PrepareCodes(t.Context(), codes, c.signers); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	// Whoever is suspended between the two signatures does not sign.
	s.clock.Advance(8 * 24 * time.Hour)
	c, fresh, err := s.roster.PrepareCodes(t.Context(), codes, [2]Person{s.jo.Person, s.person(lee.ID)})
	if err != nil {
		t.Fatal(err)
	}
	s.did(s.kim)(s.roster.PrepareSuspend(t.Context(), s.person(lee.ID), "Laptop lost", s.kim.Person))
	mustBe(t, s.roster.Complete(t.Context(), c, s.jo, lee), fault.NotAllowed)
	_, err = codes.Check(fresh.Codes[0])
	mustRefuse(t, err, nil)
}

func TestOfTwoSetsThatWerePreparedTheLaterOneCounts(t *testing.T) {
	s := newSite(t)
	codes := NewCodes(t.TempDir())
	first, one, err := s.roster.PrepareCodes(t.Context(), codes, s.pair())
	if err != nil {
		t.Fatal(err)
	}
	second, two, err := s.roster.PrepareCodes(t.Context(), codes, s.pair())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.roster.Complete(t.Context(), second, s.jo, s.kim); err != nil {
		t.Fatal(err)
	}
	mustBe(t, s.roster.Complete(t.Context(), first, s.jo, s.kim), fault.WrongState)
	if first.Recorded() {
		t.Error("a set that cannot count was recorded")
	}
	_, err = codes.Check(one.Codes[0])
	mustRefuse(t, err, nil)
	must(codes.Check(two.Codes[0]))(t)
	notes := must(s.roster.Notes(t.Context()))(t)
	if m := must(Replay("clinic.example/ward7", notes))(t); m.sealed.Set != two.Set {
		t.Error("another console does not know the codes")
	}
	// A set with numbers that there cannot be is no set.
	by := must(s.roster.By(s.jo.Person, s.kim.Person))(t)
	for _, odd := range []statement.SealedCodes{{By: by, Set: one.Set, First: maxCodeNumber + 1, Count: 1}, {By: by, Set: one.Set, First: 21, Count: 1 << 40}} {
		note := must(Together(must(odd.Text())(t), s.jo, s.kim))(t)
		err := s.roster.look(context.Background(), func(m *Members) error { return m.clone().take(s.log.Head().Size, kindSealed, note) })
		mustBe(t, err, fault.WrongState)
	}
}

func TestTheSheetHasEveryCodeForTwoPlacesAndRunsNothing(t *testing.T) {
	sheet := CodeSheet{Origin: "clinic.example/ward7", Set: "01K6Z2Q8M3V7T9A0B1C2D3E4F5", Codes: []string{"07 7K3M-9QXT-2HWD", "08 0000-1111-2222"}}
	texts := CodeSheetTexts{Language: "en", Title: "Sealed codes", Purpose: "Cut. <b>Seal.</b>", For: "For emergencies at", Set: "Set", Place: [2]string{"first place", "second place"},
		Use: "Break the glass, type the code.", After: "Print new ones."}
	page := must(sheet.HTML(texts))(t)
	for _, never := range []string{"<script", "http://", "https://", "@import", "url(", "<b>"} {
		if bytes.Contains(page, []byte(never)) {
			t.Errorf("the page has %q", never)
		}
	}
	for text, times := range map[string]int{"07 7K3M-9QXT-2HWD": 2, "08 0000-1111-2222": 2, "first place": 2, "second place": 2, "clinic.example/ward7": 4, "Print new ones.": 4,
		"01K6Z2Q8M3V7T9A0B1C2D3E4F5": 1, "<section>": 2} {
		if n := bytes.Count(page, []byte(text)); n != times {
			t.Errorf("%q stands there %d times, not %d", text, n, times)
		}
	}
	cheap(t)
	fresh := must(NewCodes(t.TempDir()).Prepare())(t)
	if got := fresh.Sheet("x"); got.Set != fresh.Set || len(got.Codes) != 10 || got.Origin != "x" {
		t.Errorf("%+v", got)
	}
}
