package people

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

// newCodes is a folder in which one set counts.
func newCodes(t testing.TB) (*Codes, Fresh) {
	t.Helper()
	cheap(t)
	c := NewCodes(filepath.Join(t.TempDir(), "keys"))
	return c, c.another(t)
}

// another prints and adopts a set.
func (c *Codes) another(t testing.TB) Fresh {
	t.Helper()
	f, err := c.Prepare()
	if err == nil {
		err = c.Adopt(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// mustRefuse wants a sealed code refused for this reason.
func mustRefuse(t *testing.T, err, because error) {
	t.Helper()
	if !fault.Is(err, fault.SealedCode) || because != nil && !errors.Is(err, because) {
		t.Errorf("got %v, want %v", err, because)
	}
}

func mustLeft(t *testing.T, c *Codes, left, total int) {
	t.Helper()
	if l, n, err := c.Left(); l != left || n != total || err != nil {
		t.Errorf("%d of %d are left, want %d of %d: %v", l, n, left, total, err)
	}
}

func TestEveryCodeOfASetCountsOnce(t *testing.T) {
	c, f := newCodes(t)
	if len(f.Codes) != 10 || f.First != 1 || !strings.HasPrefix(f.Codes[6], "07 ") || len(f.Codes[6]) != len("07 7K3M-9QXT-2HWD") {
		t.Fatalf("%q", f.Codes)
	}
	for i, code := range f.Codes {
		if n := must(c.Check(code))(t); n != i+1 {
			t.Errorf("%s is number %d", code, n)
		}
	}
	again := NewCodes(filepath.Dir(c.path)) // after a start
	for _, one := range []*Codes{c, again} {
		mustLeft(t, one, 10-map[bool]int{true: 1}[one == again], 10)
		if one == c {
			if err := c.Spend(7); err != nil {
				t.Fatal(err)
			}
		}
		_, err := one.Check(f.Codes[6])
		mustRefuse(t, err, errCodeSpent)
		mustRefuse(t, one.Spend(7), nil)
	}
	if info := must(os.Stat(c.path))(t); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

func TestACodeIsTakenAsPeopleTypeIt(t *testing.T) {
	for typed, want := range map[string]string{
		"07 7K3M-9QXT-2HWD":       "7 7K3M9QXT2HWD",
		"7 7k3m 9qxt 2hwd":        "7 7K3M9QXT2HWD",
		" 077K3M9QXT2HWD\n":       "7 7K3M9QXT2HWD",
		"07–7K3M–9QXT–2HWD":       "7 7K3M9QXT2HWD", // dashes as an editor makes them
		"O7 OIL0-oil1-7777":       "7 011001117777",
		"l2 7K3M-9QXT-2HWD":       "12 7K3M9QXT2HWD",
		"120 7K3M-9QXT-2HWD":      "120 7K3M9QXT2HWD",
		"7K3M-9QXT-2HWD":          "", // no number
		"00 7K3M-9QXT-2HWD":       "",
		"x7 7K3M-9QXT-2HWD":       "",
		"1234567 7K3M-9QXT-2HWD":  "",
		"07 7K3M-9QXT-2HWU":       "", // no such digit
		"07 7K3M-9QXT-2HW\u017f":  "", // a letter whose capital is an S
		"07 7K3M-9QXT-2HW":        "",
		"four quiet words here":   "",
		"":                        "",
		strings.Repeat("7-", 400): "",
	} {
		number, code, ok := readTyped(typed)
		got := ""
		if ok {
			got = strings.TrimLeft(printedNumber(number), "0") + " " + code
		}
		if got != want || (&Codes{}).Looks(typed) != (want != "") {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}

func TestWhatIsNoCodeOrAWrongOneIsRefusedAndNothingIsWritten(t *testing.T) {
	c, f := newCodes(t)
	before := must(os.ReadFile(c.path))(t)
	for typed, because := range map[string]error{
		"nonsense":          errNoCode,
		"11 7K3M-9QXT-2HWD": errNoSuchCode,
		"07 0000-0000-0000": errWrongCode,
		"08" + strings.TrimPrefix(f.Codes[6], "07"): errWrongCode, // another one's
	} {
		for range 20 { // nobody waits and nobody is locked out
			_, err := c.Check(typed)
			mustRefuse(t, err, because)
		}
	}
	if after := must(os.ReadFile(c.path))(t); !bytes.Equal(before, after) {
		t.Error("trying a code wrote something")
	}
	must(c.Check(f.Codes[6]))(t)
}

func TestANewSetReplacesWhatWasNotUsedAndNoNumberComesTwice(t *testing.T) {
	c, f := newCodes(t)
	if err := c.Spend(3); err != nil {
		t.Fatal(err)
	}
	forgotten := must(c.Prepare())(t) // printed, and never signed
	g := c.another(t)
	if forgotten.First != 11 || g.First != 21 || g.Set == f.Set {
		t.Errorf("%d, %d", forgotten.First, g.First)
	}
	_, err := c.Check(f.Codes[0])
	mustRefuse(t, err, errCodeReplaced)
	_, err = c.Check(f.Codes[2])
	mustRefuse(t, err, errCodeSpent)
	_, err = c.Check(forgotten.Codes[0])
	mustRefuse(t, err, errNoSuchCode)
	must(c.Check(g.Codes[0]))(t)
	mustLeft(t, c, 10, 10)
	mustBe(t, c.Adopt(forgotten), fault.WrongState)
	mustBe(t, c.Adopt(Fresh{}), fault.WrongState)
	for range 12 {
		g = c.another(t)
	}
	if info := must(os.Stat(c.path))(t); info.Size() > maxCodesFile/3 {
		t.Errorf("the file grows: %d bytes", info.Size())
	}
	must(c.Check(g.Codes[9]))(t)
}

func TestACodeIsUsedUpAlsoWhereTheFileCannotBeWritten(t *testing.T) {
	c, f := newCodes(t)
	if err := os.Mkdir(c.path+".new", 0o700); err != nil { // in the way of the next file
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.path+".new", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustBe(t, c.Spend(1), fault.LogDenied)
	_, err := c.Check(f.Codes[0])
	mustRefuse(t, err, errCodeSpent)
	mustLeft(t, c, 9, 10)
	later := NewCodes(filepath.Dir(c.path)) // the file does not know, the records do
	later.Spent(1, 2, -1, maxCodeNumber+1)
	for _, code := range f.Codes[:2] {
		_, err = later.Check(code)
		mustRefuse(t, err, errCodeSpent)
	}
	mustLeft(t, later, 8, 10)
	mustBe(t, later.Adopt(must(later.Prepare())(t)), fault.LogDenied)
}

func TestOfManyWhoSpendOneCodeAtOnceOneDoes(t *testing.T) {
	c, f := newCodes(t)
	var wait sync.WaitGroup
	won := make(chan struct{}, 20)
	for range cap(won) {
		wait.Go(func() {
			if n, err := c.Check(f.Codes[4]); err == nil && c.Spend(n) == nil {
				won <- struct{}{}
			}
		})
	}
	wait.Wait()
	if len(won) != 1 {
		t.Errorf("%d did", len(won))
	}
}

func TestADamagedLineCostsOneCodeAndADamagedFileAll(t *testing.T) {
	c, f := newCodes(t)
	whole := must(os.ReadFile(c.path))(t)
	write := func(file []byte) {
		if err := os.WriteFile(c.path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(bytes.Replace(whole, []byte("\n3 "), []byte("\n3\x00"), 1))
	_, err := c.Check(f.Codes[2])
	mustRefuse(t, err, errNoSuchCode)
	if err := c.Spend(5); err != nil {
		t.Fatal(err)
	}
	if got := must(os.ReadFile(c.path))(t); !bytes.Contains(got, []byte("\n3\x00")) {
		t.Error("a line that cannot be read did not stay as it is")
	}
	mustLeft(t, c, 8, 9)
	must(c.Check(f.Codes[3]))(t)
	write(append(bytes.Clone(whole), bytes.SplitAfter(whole, []byte("\n"))[4]...)) // number 4 stands there twice
	_, err = c.Check(f.Codes[3])
	mustRefuse(t, err, errNoSuchCode)
	for what, file := range map[string][]byte{
		"no pepper": bytes.Replace(whole, []byte("/v1 "), []byte("/v1 x"), 1), "nothing": nil, "too long": bytes.Repeat([]byte("x"), maxCodesFile+1),
	} {
		write(file)
		_, err := c.Check(f.Codes[0])
		mustRefuse(t, err, nil)
		if _, _, err := c.Left(); !fault.Is(err, fault.SealedCode) {
			t.Errorf("%s: %v", what, err)
		}
		mustRefuse(t, c.Agrees(statement.SealedCodes{}), nil)
	}
	if g := c.another(t); g.First <= 10 {
		t.Error("a number comes twice")
	}
	mustLeft(t, c, 10, 10)
}

func TestWithoutAFileThereAreNoCodes(t *testing.T) {
	cheap(t)
	c := NewCodes(t.TempDir())
	mustLeft(t, c, 0, 0)
	_, err := c.Check("07 7K3M-9QXT-2HWD")
	mustRefuse(t, err, os.ErrNotExist)
	mustRefuse(t, c.Spend(7), os.ErrNotExist)
}

// What is read is written again byte for byte, and every code that can be read was stretched enough.
func FuzzParseCodes(f *testing.F) {
	c, _ := newCodes(f)
	c.another(f)
	if err := c.Spend(12); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(c.path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(bytes.Replace(whole, []byte("open"), []byte("spent"), 1))
	f.Add(bytes.Replace(whole, []byte("\n3 "), []byte("\n3"), 1))
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(codesTitle + "\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		in, err := parseCodes(file)
		if err != nil {
			return
		}
		if again := in.bytes(); !bytes.Equal(again, file) && !bytes.Equal(again, append(bytes.Clone(file), '\n')) {
			t.Errorf("%q is written again as %q", file, again)
		}
		for _, l := range in.lines {
			if l.ok && (l.line() != l.text || !l.hash.acceptable() || l.number < 1 || l.number > maxCodeNumber) {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestALineThatIsNotInItsOneSpellingOrTooCheapIsNoCode(t *testing.T) {
	c, _ := newCodes(t)
	in := must(c.read())(t)
	good := in.lines[6].text
	if !strings.HasPrefix(good, "7 ") || !strings.Contains(good, "$v=19$m=8,t=1,p=1$") {
		t.Fatal(good)
	}
	for what, change := range map[string][2]string{
		"a nought in front":     {"7 ", "07 "},
		"no number":             {"7 ", "x "},
		"number nought":         {"7 ", "0 "},
		"a number too high":     {"7 ", "100000 "},
		"two spaces":            {"7 ", "7  "},
		"a word more":           {" open", " open x"},
		"another state":         {" open", " ajar"},
		"no set":                {in.lines[6].set, ""},
		"a set with a U":        {in.lines[6].set[:1], "U"},
		"another algorithm":     {"argon2id", "argon2i"},
		"another version":       {"v=19", "v=16"},
		"too cheap":             {"m=8", "m=7"},
		"too dear":              {"m=8", "m=2097152"},
		"more lanes than fit":   {"p=1", "p=257"},
		"no parameters":         {"m=8,t=1,p=1", "fast"},
		"parameters with signs": {"t=1", "t=+1"},
		"a salt that is none":   {"p=1$", "p=1$!"},
		"a salt too long":       {"p=1$", "p=1$AAAA"},
		"a hash that is none":   {" open", "! open"},
		"a hash too long":       {" open", "AAAA open"},
		"a part more":           {"$argon2id", "$x$argon2id"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing is replaced in %q", what, good)
		}
		if code, err := parseCodeLine(bad); err == nil {
			t.Errorf("%s: %+v", what, code)
		}
	}
	if _, err := parseCodeLine(good); err != nil {
		t.Error(err)
	}
}
