package ceremony

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// paper is a statement of two people.
type paper struct {
	text    string
	signers []people.Person
}

func (p paper) Text() string             { return p.text }
func (p paper) Signers() []people.Person { return p.signers }

var (
	robin = people.Person{ID: "r", Name: "Robin Sample", Role: "technician"}
	kim   = people.Person{ID: "k", Name: "Kim Example", Role: "nursing"}
)

// odd is a text with everything that a widget could change: tabs, trailing blanks, long words, letters of other scripts,
// and a last line end.
const odd = "countersign/role/v1\norigin ward/7\nperson r  Robin\tSample \nreason é è \u00a0 " + "\n" +
	"digest 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"

type bench struct {
	*Page
	window    fyne.Window
	proved    []string
	completed [][]string
	done      []bool
	cancelled int
	fail      error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	b := &bench{}
	b.Page = New(t.Context(), Deps{Role: func(p people.Person) string { return string(p.Role) },
		Prove: func(_ context.Context, id, passphrase string) (*people.Signer, error) {
			b.proved = append(b.proved, id)
			if passphrase != "right "+id {
				return nil, fault.New(fault.Passphrase, id, nil)
			}
			return &people.Signer{Person: people.Person{ID: id}}, nil
		}}, kit.Inline())
	b.window = test.NewTempWindow(t, b.Object())
	b.window.Resize(fyne.NewSize(1280, 900))
	return b
}

func (b *bench) begin(ready ...*people.Signer) {
	b.Begin(Act{Title: "Make Robin a nurse", Means: []string{"Robin works as a nurse."}, Confirm: "Sign as Kim Example and change the role",
		Statement: paper{odd, []people.Person{robin, kim}}, Ready: ready, Cancel: func() { b.cancelled++ }, Done: func(ok bool) { b.done = append(b.done, ok) },
		Complete: func(_ context.Context, signers ...*people.Signer) error {
			var ids []string
			for _, s := range signers {
				ids = append(ids, s.ID)
			}
			b.completed = append(b.completed, ids)
			return b.fail
		}})
}

func (b *bench) sign(passphrase string) {
	b.passphrase.SetText(passphrase)
	b.window.Canvas().Focus(b.passphrase)
	b.passphrase.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func (b *bench) sees(text string) bool {
	return slices.ContainsFunc(kit.Outline(b.window.Canvas()), func(i kit.Item) bool { return strings.Contains(i.Label+i.Text, text) })
}

func TestThePageShowsTheTextByteForByte(t *testing.T) {
	b := newBench(t)
	b.begin()
	if b.text.Text != odd || !b.text.TextStyle.Monospace {
		t.Errorf("shown is %q", b.text.Text)
	}
	if !b.sees("digest 0123456789abcdef") || !b.sees("Robin works as a nurse.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.sign("right r")
	if b.text.Text != odd {
		t.Error("the text changed between two signatures")
	}
}

func TestOneAfterTheOtherSigns(t *testing.T) {
	b := newBench(t)
	b.begin()
	if b.window.Canvas().Focused() != fyne.Focusable(b.passphrase) || !b.sees("Passphrase of Robin Sample") || !b.sees("Sign as Robin Sample") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.sign("")
	b.sign("wrong")
	if !b.sees("The passphrase is wrong.") || len(b.completed) != 0 {
		t.Error("a wrong passphrase is not told")
	}
	b.sign("right r")
	if b.passphrase.Text != "" || !b.sees("Robin Sample, technician: ready to sign") || !b.sees("Passphrase of Kim Example") ||
		!b.sees("Sign as Kim Example and change the role") || b.sees("The passphrase is wrong.") {
		t.Errorf("%+v", kit.Outline(b.window.Canvas()))
	}
	test.Tap(b.Page.sign) // without a passphrase nothing happens
	b.sign("right k")
	if !slices.EqualFunc(b.completed, [][]string{{"r", "k"}}, slices.Equal) || !slices.Equal(b.done, []bool{true}) || b.cancelled != 0 || b.Open() {
		t.Errorf("completed %v, done %v", b.completed, b.done)
	}
	if !slices.Equal(b.proved, []string{"r", "r", "k"}) || b.text.Text != "" || b.passphrase.Text != "" {
		t.Errorf("asked for %v, left is %q", b.proved, b.text.Text)
	}
}

func TestAnActThatFailsCanBeTriedAgainByItsLastSigner(t *testing.T) {
	b := newBench(t)
	b.fail = fault.New(fault.LogFull, "", errors.New("full"))
	b.begin()
	b.sign("right r")
	b.sign("right k")
	if !b.sees("There is no room for the audit log.") || !b.Open() || !b.sees("Passphrase of Kim Example") {
		t.Fatalf("%+v", kit.Outline(b.window.Canvas()))
	}
	b.fail = nil
	b.sign("right k")
	if len(b.completed) != 2 || b.Open() {
		t.Errorf("%v", b.completed)
	}
}

func TestLeavingForgetsWhatWasPrepared(t *testing.T) {
	b := newBench(t)
	if b.Leave() {
		t.Error("there was nothing to leave")
	}
	b.begin()
	b.sign("right r")
	b.passphrase.SetText("half of it")
	if !b.Leave() || b.Leave() || b.cancelled != 1 || !slices.Equal(b.done, []bool{false}) || b.passphrase.Text != "" || len(b.completed) != 0 {
		t.Errorf("cancelled %d times, done %v", b.cancelled, b.done)
	}
}

func TestAKeyThatIsOpenAlreadyNeedsNoPassphrase(t *testing.T) {
	b := newBench(t)
	b.begin(&people.Signer{Person: robin}, &people.Signer{Person: kim})
	if b.entry.Visible() || b.window.Canvas().Focused() != fyne.Focusable(b.cancel) {
		t.Error("a passphrase is asked for, or the button that signs has the keyboard")
	}
	test.Tap(b.Page.sign)
	if len(b.completed) != 1 || len(b.proved) != 0 {
		t.Errorf("%v", b.completed)
	}
}

func TestEverythingOnThePageHasAName(t *testing.T) {
	b := newBench(t)
	b.begin()
	if unnamed := kit.Unnamed(b.window.Canvas()); len(unnamed) > 0 {
		t.Errorf("%+v", unnamed)
	}
}
