package changes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/ui/kit"
	"countersign/app/ui/shell"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/cosign"
	"countersign/internal/people"

	"fyne.io/fyne/v2"
)

// laptops are two consoles that know nothing of each other: home, on which a request waits, and the bench whose window
// shows the page for requests from elsewhere.
type laptops struct {
	*bench
	home    *bench
	request change.Request
	page    *Elsewhere
	file    string // of the request
}

func twoLaptops(t *testing.T, value int64) *laptops {
	t.Helper()
	home := newBenchOf(t, "test/home")
	l := &laptops{home: home, request: home.proposed(wants(high, value))}
	pkg, err := home.station.Export(t.Context(), l.request.ID)
	home.must(err)
	l.file = filepath.Join(t.TempDir(), pkg.Name)
	home.must(os.WriteFile(l.file, pkg.File, 0o600))
	l.bench = newBenchOf(t, "test/away")
	l.page = NewElsewhere(t.Context(), l.deps, kit.Inline())
	l.window.SetContent(l.page.Show(""))
	l.window.Resize(fyne.NewSize(1280, 2400))
	l.page.tick()
	l.page.view.settle()
	return l
}

// opens opens the request and has Robin of this laptop sign that the console is known.
func (l *laptops) opens() {
	l.Helper()
	l.types(l.file)
	l.says("This laptop does not know the console test/home yet.")
	words := strings.Join(l.page.visit.in.Words[:4], " ")
	l.says(words)
	if l.saying("Approve for SN") {
		l.Error("a request of an unknown console can be approved")
	}
	l.page.view.trust.name.SetSelected("Robin Sample")
	l.page.view.trust.focus()
	l.types(robinPW)
	l.says("The console test/home is known")
}

// names brings Kim's key and has Kim say who approves.
func (l *laptops) names() {
	l.Helper()
	file, err := l.home.keys.File(l.home.kim.ID)
	l.must(err)
	key := filepath.Join(l.TempDir(), "kim.key")
	l.must(os.WriteFile(key, file, 0o600))
	l.press("Approve for SN " + serial + " …")
	l.page.view.key.entry.SetText(key)
	l.press("Bring the key")
	l.says("The key is on this laptop now.")
	l.page.view.names.focus()
	l.types(kimPW)
}

func TestWhatIsShownOnAnotherLaptopIsWhatIsSigned(t *testing.T) {
	l := twoLaptops(t, 45)
	if l.focus() != "File, picture or scanned code" {
		t.Errorf("the keyboard is at %q", l.focus())
	}
	l.opens()
	l.says(l.request.Code)
	l.names()
	if l.focus() != string(high) {
		t.Fatalf("the keyboard is at %q:\n%s", l.focus(), l.all())
	}
	l.types("45")
	text := l.page.view.note.text.Text
	if want := l.page.visit.agreed.Text(); text == "" || text != want {
		t.Fatalf("shown:\n%q\nto be signed:\n%q", text, want)
	}
	l.says("You sign on another laptop")
	if l.focus() != "Leave without signing" {
		t.Errorf("the keyboard is at %q", l.focus())
	}
	l.press(signButton)
	l.says("Carry this approval back")
	answer := l.page.visit.answer
	if answer == nil || answer.code == nil || !strings.HasSuffix(answer.pkg.Name, ".csapr") {
		t.Fatalf("the answer is %+v", answer)
	}
	took, err := l.home.station.Take(t.Context(), l.home.seat.Actor(), answer.pkg.File)
	l.must(err)
	if took.State != change.Approved || len(took.Approvals) != 1 || took.Approvals[0].Signer.ID != l.home.kim.ID {
		t.Errorf("the request is %s, approved by %+v", took.State, took.Approvals)
	}
	if got := l.home.signed("change.approved"); got != text {
		t.Errorf("signed:\n%q\nshown:\n%q", got, text)
	}
}

// signed returns the text of the last statement of this kind in the log.
func (b *bench) signed(kind string) string {
	b.Helper()
	var text []byte
	b.must(b.log.Each(b.Context(), 0, func(record audit.Record) (err error) {
		if record.Kind == kind {
			text, err = b.roster.Open(b.Context(), record.Stmt)
		}
		return err
	}))
	return string(text)
}

func TestAHiddenValueIsNowhereOnAnotherLaptop(t *testing.T) {
	l := twoLaptops(t, secret)
	hidden := func(where string) {
		t.Helper()
		if all := l.all(); strings.Contains(all, "73519") {
			t.Errorf("%s: the value is there:\n%s", where, all)
		}
	}
	l.opens()
	hidden("looking")
	l.names()
	hidden("entering")
	l.types("46")
	l.says("differs from the request")
	hidden("after a wrong entry")
	l.types("73519")
	l.says("73519 mmHg")
	l.press("Leave without signing")
	hidden("after leaving without signing")
	if l.page.visit.signer != nil {
		t.Error("the key is open")
	}
}

func TestWhereverAVisitIsLeftTheKeyIsLocked(t *testing.T) {
	for name, leave := range map[string]func(*laptops){
		"another page": func(l *laptops) { l.page.Hide() },
		"escape":       func(l *laptops) { l.page.Leave() },
		"time out":     func(l *laptops) { l.clock.Advance(patience + 1e9); l.page.tick() },
		"closed":       func(l *laptops) { l.page.over() },
	} {
		t.Run(name, func(t *testing.T) {
			l := twoLaptops(t, 45)
			l.opens()
			l.names()
			l.types("45")
			signer := l.page.visit.signer
			if signer == nil || l.page.visit.stage != reading {
				t.Fatalf("at %q", l.page.visit.stage)
			}
			leave(l)
			if _, err := signer.Sign([]byte("anything")); err == nil || !strings.Contains(err.Error(), "not_signed_in") {
				t.Errorf("the key is open: %v", err)
			}
			if l.page.view.note.text.Text != "" || len(l.page.view.form.fields) != 0 {
				t.Error("what was typed or shown is still there")
			}
		})
	}
}

func TestAKeyThatArrivesAfterTheVisitIsLocked(t *testing.T) {
	v := visit{stage: proving}
	b := newBench(t)
	signer, err := b.seat.Prove(t.Context(), b.kim.ID, kimPW)
	b.must(err)
	v.end()
	if v.proved(0, signer, b.clock.Now().Wall, nil) {
		t.Error("the visit goes on")
	}
	if !b.locked() {
		t.Error("the key is open")
	}
}

func TestALogThatIsAnotherOneIsRefusedInPlainWords(t *testing.T) {
	for _, c := range []cosign.Continuity{cosign.Forked, cosign.RolledBack} {
		v := visit{stage: looking, in: cosign.Incoming{Origin: "test/home", Known: true, Continuity: c, Approvers: []people.Person{{ID: "kim"}}}}
		state, what, more := v.peer()
		if v.signable() || v.begin() || state != kit.Failed || !strings.HasPrefix(what, "Do not approve this:") || !strings.Contains(more, "Nothing is signed.") {
			t.Errorf("%s: signable %v, %s %q %q", c, v.signable(), state, what, more)
		}
	}
	for _, c := range []cosign.Continuity{cosign.First, cosign.Continues, cosign.Unproven} {
		v := visit{stage: looking, in: cosign.Incoming{Known: true, Continuity: c, Approvers: []people.Person{{ID: "kim"}}}}
		if _, what, _ := v.peer(); !v.signable() || strings.Contains(what, "changes.") {
			t.Errorf("%s: signable %v, %q", c, v.signable(), what)
		}
	}
}

func TestWhatIsNoRequestIsSaid(t *testing.T) {
	l := twoLaptops(t, 45)
	for text, want := range map[string]string{"": "Nothing was entered.", "/no/such.csreq": "There is no file", t.TempDir(): "is a folder"} {
		l.page.open(text)
		l.says(want)
		if l.page.visit.stage != arriving {
			t.Errorf("%q: at %q", text, l.page.visit.stage)
		}
	}
}

func TestARequestIsHandedOverAndAnApprovalTaken(t *testing.T) {
	l := twoLaptops(t, 45)
	l.opens()
	l.names()
	l.types("45")
	l.press(signButton)
	l.page.view.hand.path.SetText(filepath.Join(t.TempDir(), "answer.csapr"))
	l.press("Save file")
	l.says("answer.csapr was saved.")
	saved := l.page.visit.answer.saved

	h := l.home // its page again, in the window that is there
	h.screen = New(t.Context(), h.deps, kit.Inline())
	h.window = l.window
	h.show(l.request.ID)
	h.press("Hand to another laptop …")
	if h.focus() != "Save file" || h.screen.model.handed.code == nil {
		t.Errorf("the keyboard is at %q", h.focus())
	}
	h.press("Save file")
	h.says("was saved.")
	if _, err := os.Stat(filepath.Join(h.deps.Folder, h.screen.model.handed.pkg.Name)); err != nil {
		t.Error(err)
	}
	h.press("Back to the request")
	h.press("Take an approval …")
	if h.focus() != "File, picture or scanned code" {
		t.Errorf("the keyboard is at %q", h.focus())
	}
	h.types("gibberish")
	if h.state(l.request.ID).State != change.Waiting || h.screen.model.flow.stage != open {
		t.Errorf("gibberish did something: %s", h.screen.model.flow.stage)
	}
	h.screen.page.take.entry.SetText("")
	h.types(saved)
	h.reload()
	h.says("The approval was taken in: Kim Example")
	h.says("on another laptop")
	if got := h.state(l.request.ID); got.State != change.Approved || len(h.went) != 0 {
		t.Errorf("the request is %s; went to %v", got.State, h.went)
	}
	var screen shell.Screen = l.page
	for _, is := range []bool{is[shell.Leaver](screen), is[shell.Paned](screen), is[shell.Commander](screen)} {
		if !is {
			t.Error("the page lacks one of its interfaces")
		}
	}
}
