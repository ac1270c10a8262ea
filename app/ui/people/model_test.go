package people

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
)

// complete is a form that does.
func complete() [2]Founder {
	return [2]Founder{
		{Name: "Robin Sample", Badge: "B-1001", Role: policy.Technician, Passphrase: "four quiet words here", Again: "four quiet words here"},
		{Name: "Kim Example", Badge: "B-1002", Role: policy.Nursing, Passphrase: "other quiet words here", Again: "other quiet words here"},
	}
}

func founding() *Model {
	m := &Model{Form: complete()}
	m.Enrolled(nil, nil)
	return m
}

func TestEachMistakeIsToldByItsField(t *testing.T) {
	for sentence, c := range map[string]struct {
		spoil   func(*[2]Founder)
		founder int
		field   Field
	}{
		"Type the name as it shall stand in the records.":           {func(f *[2]Founder) { f[1].Name = "  " }, 1, Name},
		"Type the number on the badge.":                             {func(f *[2]Founder) { f[0].Badge = " " }, 0, Badge},
		"This is the first person's badge.":                         {func(f *[2]Founder) { f[1].Badge = "b-1001" }, 1, Badge},
		"Choose a role.":                                            {func(f *[2]Founder) { f[0].Role = "" }, 0, Role},
		"Too short: at least 12 characters, not all the same.":      {func(f *[2]Founder) { f[0].Passphrase, f[0].Again = "short", "short" }, 0, Passphrase},
		"The two passphrases differ. Type this one again.":          {func(f *[2]Founder) { f[1].Again = "other quiet words her" }, 1, Again},
		"This is the first person's name. Two different people are": {func(f *[2]Founder) { f[1].Name = "ROBIN sample " }, 1, Name},
		"Choose another passphrase than the first person's.": {func(f *[2]Founder) {
			f[1].Passphrase, f[1].Again = f[0].Passphrase, f[0].Passphrase
		}, 1, Passphrase},
	} {
		m := founding()
		c.spoil(&m.Form)
		before := m.Form
		if m.Begin() || m.Busy {
			t.Errorf("%q: the founding begins", sentence)
		}
		if got := m.Problems[c.founder][c.field]; !strings.HasPrefix(got, sentence) {
			t.Errorf("got %q, want %q", got, sentence)
		}
		if i, field, wrong := m.FirstProblem(); i != c.founder || field != c.field || !wrong {
			t.Errorf("%q: the first problem is %d/%d", sentence, i, field)
		}
		if m.Form != before {
			t.Errorf("%q: typing was lost", sentence)
		}
	}
}

func TestARightFormIsFoundedOnce(t *testing.T) {
	m := founding()
	m.Form[0].Name = " Robin Sample "
	if !m.Begin() || !m.Busy {
		t.Fatalf("%+v", m.Problems)
	}
	if m.Begin() {
		t.Error("a second press begins again")
	}
	if got := m.Founders()[0]; got != (people.Founder{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here", Badge: "B-1001"}) {
		t.Errorf("%+v", got)
	}
	m.Enrolled(nil, nil) // the log is read meanwhile
	m.End(people.Founded{Fingerprint: "00ff 11ee"}, nil)
	if m.Stage != Written || m.Busy || m.Form != [2]Founder{} || m.Fingerprint != "00ff 11ee" {
		t.Errorf("%+v", m)
	}
	m.Enrolled([]Member{{Person: people.Person{ID: "a"}}, {Person: people.Person{ID: "b"}}}, nil)
	if m.Stage != Written || m.Begin() {
		t.Error("the fingerprint is gone before it was written down")
	}
	m.Leave()
	if m.Stage != Written {
		t.Error("it can be left without paper")
	}
	m.Noted = [2]bool{true, true}
	m.Leave()
	if m.Stage != Listed || m.Fingerprint != "" {
		t.Errorf("afterwards %+v", m)
	}
}

func TestEachFaultOfTheFoundingIsToldWhereItBelongs(t *testing.T) {
	for _, c := range []struct {
		err     error
		founder int
		field   Field
	}{
		{fault.New(fault.WeakSecret, "Kim Example", nil), 1, Passphrase},
		{fault.New(fault.WeakSecret, "Robin Sample", nil), 0, Passphrase},
		{fault.New(fault.SamePerson, "Kim Example", nil), 1, Name},
		{fault.New(fault.NotAllowed, "Kim Example", nil), 1, Role},
		{fault.New(fault.NoReason, "Robin Sample", nil), 0, Name},
	} {
		m := founding()
		m.Begin()
		m.End(people.Founded{}, c.err)
		if m.Problems[c.founder][c.field] == "" || m.Fault != nil || m.Busy || m.Form != complete() || m.Stage != Founding {
			t.Errorf("%v: %+v", c.err, m)
		}
		if !m.Begin() {
			t.Errorf("%v: it cannot be tried again", c.err)
		}
	}
	for _, err := range []error{fault.New(fault.LogFull, "/data", nil), fault.New(fault.KeyFile, "x", nil), fault.New(fault.Cancelled, "", nil), errors.New("odd")} {
		m := founding()
		m.Begin()
		m.End(people.Founded{}, err)
		m.Enrolled(nil, nil) // reading again must not take the sentence away
		if !errors.Is(m.Fault, err) || m.Form != complete() {
			t.Errorf("%v: %+v", err, m)
		}
	}
}

func TestAFoundingThatHappenedElsewhereShowsTheList(t *testing.T) {
	m := founding()
	m.Begin()
	m.End(people.Founded{}, fault.New(fault.WrongState, "", nil))
	m.Enrolled([]Member{{Person: people.Person{ID: "a", Active: true}}}, nil)
	if m.Stage != Listed || m.Fault != nil {
		t.Errorf("%+v", m)
	}
}

func TestAFoundingWhoseRosterCannotBeReadAgainStillShowsItsFingerprint(t *testing.T) {
	m := founding()
	m.Begin()
	m.End(people.Founded{Fingerprint: "00ff"}, fault.New(fault.LogBroken, "0", nil))
	if m.Stage != Written || m.Fault == nil || m.Form != [2]Founder{} {
		t.Errorf("%+v", m)
	}
}

func TestAListThatCannotBeReadKeepsWhatIsShown(t *testing.T) {
	m := &Model{}
	m.Enrolled([]Member{{Person: people.Person{ID: "a"}}}, nil)
	m.Enrolled(nil, fault.New(fault.LogBusy, "", nil))
	if m.Stage != Listed || len(m.Members) != 1 || m.Unread == nil {
		t.Errorf("%+v", m)
	}
}

func TestAPassphraseIsJudgedWhileItIsTyped(t *testing.T) {
	for passphrase, want := range map[string]string{
		"":                      "At least 12 characters. Four words",
		"x":                     "1 character. At least 12",
		"grün":                  "4 characters. At least 12",
		"aaaaaaaaaaaaaa":        "14 characters. At least 12, not all the same.",
		"Tr0ub4dor&33":          "Long enough.",
		"four quiet words here": "Good:",
	} {
		if got := Strength(passphrase); !strings.HasPrefix(got, want) {
			t.Errorf("%q is judged %q", passphrase, got)
		}
	}
}

func TestFewerThanFourPeopleAreRemarkedOn(t *testing.T) {
	person := Member{Person: people.Person{Active: true}}
	for n, want := range map[int]bool{1: true, 2: true, 3: true, 4: false, 5: false} {
		m := &Model{}
		m.Enrolled(append(slices.Repeat([]Member{person}, n), Member{Person: people.Person{Name: "left"}}), nil)
		if _, _, ok := m.Remark(); ok != want {
			t.Errorf("%d people: %v", n, ok)
		}
	}
}

func TestEveryRoleHasAWord(t *testing.T) {
	for _, r := range policy.Roles() {
		if RoleWord(r) == string(r) {
			t.Errorf("%s has no word", r)
		}
	}
	if RoleWord("emperor") != "emperor" {
		t.Error("a role of a later version is not shown as it is")
	}
	for _, r := range FounderRoles() {
		if r == policy.Auditor || !r.Known() {
			t.Errorf("%s cannot found", r)
		}
	}
}

func TestWordsAreSetInNumberedRows(t *testing.T) {
	words := strings.Fields("abandon ability able about above absent absorb abstract absurd abuse access accident")
	want := " 1 abandon     2 ability     3 able        4 about\n 5 above       6 absent      7 absorb      8 abstract\n 9 absurd     10 abuse      11 access     12 accident"
	if got := WordLines(words); got != want || WordLines(nil) != "" {
		t.Errorf("%q", got)
	}
}

func TestAFingerprintIsSetInLinesOfFour(t *testing.T) {
	got := FingerprintLines("0001 0002 0003 0004 0005 0006")
	if got != "0001  0002  0003  0004\n0005  0006" || FingerprintLines("") != "" {
		t.Errorf("%q", got)
	}
	if kit.T("people.title") == "people.title" || ShortID("0123456789abcdef") != "01234567" || ShortID("x") != "x" {
		t.Error("an ID is shortened wrongly")
	}
}
