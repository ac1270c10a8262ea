package kit

import (
	"errors"
	"testing"

	"countersign/drivers"
	"countersign/internal/fault"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// find returns the visible item of this role and label.
func find(t *testing.T, c fyne.Canvas, role, label string) Item {
	t.Helper()
	for _, i := range Outline(c) {
		if i.Role == role && i.Label == label {
			return i
		}
	}
	t.Fatalf("no %s %q among %+v", role, label, Outline(c))
	return Item{}
}

func TestAnEditorSaysWhatIsWrongAndSubmitsOnlyWhatIsRight(t *testing.T) {
	themed(t)
	e := NewEditor(limit())
	w := window(t, e)
	var submitted []string
	e.OnSubmit = func(v drivers.Value) { submitted = append(submitted, v.String()) }
	e.Focus()
	test.Type(e.entry, "4,5")
	press(w.Canvas(), fyne.KeyReturn)
	if len(submitted) != 0 || !e.problem.Visible() || e.hint.Visible() {
		t.Errorf("a comma was submitted: %v, %q", submitted, e.problem.Text)
	}
	e.Set(drivers.Number(drivers.Decimals, drivers.Int(50)))
	press(w.Canvas(), fyne.KeyUp, fyne.KeyUp, fyne.KeyDown, fyne.KeyReturn)
	if len(submitted) != 1 || submitted[0] != "50.5" || e.problem.Visible() {
		t.Errorf("submitted %v", submitted)
	}
	e.Clear()
	press(w.Canvas(), fyne.KeyUp)
	if e.entry.Text != "10" {
		t.Errorf("a step from nothing gives %q, not the lowest value", e.entry.Text)
	}
	press(w.Canvas(), fyne.KeyDown)
	if e.entry.Text != "10" {
		t.Errorf("a step below the range gives %q", e.entry.Text)
	}
}

func TestAToggleIsShownInWordsAndReadAsAValue(t *testing.T) {
	themed(t)
	e := NewEditor(drivers.Setting{Label: "Nurse call", Kind: drivers.Toggle})
	window(t, e)
	if _, err := e.Value(); err == nil {
		t.Error("nothing chosen counts as a value")
	}
	e.Set(drivers.Word(drivers.Toggle, "off"))
	if v, err := e.Value(); err != nil || v.String() != "off" {
		t.Errorf("%v, %v", v, err)
	}
}

func TestReturnSubmitsAChoiceAsItDoesANumber(t *testing.T) {
	themed(t)
	e := NewEditor(drivers.Setting{ID: "mode", Label: "Mode", Kind: drivers.Choice, Options: []string{"neutral", "isolation"}})
	w := window(t, e)
	var submitted []string
	e.OnSubmit = func(v drivers.Value) { submitted = append(submitted, v.String()) }
	e.Set(drivers.Word(drivers.Choice, "neutral"))
	e.Focus()
	press(w.Canvas(), fyne.KeyRight, fyne.KeyReturn)
	if len(submitted) != 1 || submitted[0] != "isolation" {
		t.Errorf("submitted %v", submitted)
	}
}

func TestADialogIsCancelledByEscapeAndByReturnAtFirst(t *testing.T) {
	themed(t)
	for _, key := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyReturn} {
		w := window(t, widget.NewLabel("page"))
		before := 0
		w.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { before++ })
		d, answers := NewDialogs(w), []bool{}
		d.Show(Dialog{Title: "Write?", Confirm: "Write 1 setting", OnDone: func(ok bool) { answers = append(answers, ok) }})
		if got := find(t, w.Canvas(), "button", "Cancel"); got.State != "focused" {
			t.Errorf("Cancel is %q", got.State)
		}
		press(w.Canvas(), key)
		if len(answers) != 1 || answers[0] || d.Open() {
			t.Errorf("%s answered %v", key, answers)
		}
		press(w.Canvas(), fyne.KeyF5)
		if before != 1 {
			t.Error("the window's keys were not given back")
		}
	}
}

func TestASecondDialogWaitsAndASecondClickDoesNotReachIt(t *testing.T) {
	themed(t)
	w := window(t, widget.NewLabel("page"))
	d, answers := NewDialogs(w), []string{}
	note := func(name string) func(bool) {
		return func(ok bool) {
			if ok {
				name += " yes"
			}
			answers = append(answers, name)
		}
	}
	d.Show(Dialog{Title: "one", Confirm: "Do one", OnDone: note("one")})
	first := d.open
	d.Show(Dialog{Title: "two", Confirm: "Do two", OnDone: note("two")})
	find(t, w.Canvas(), "text", "one")
	d.close(first, true)
	d.close(first, true)
	find(t, w.Canvas(), "text", "two")
	if len(answers) != 1 || answers[0] != "one yes" {
		t.Errorf("answers %v", answers)
	}
	d.Cancel()
	if len(answers) != 2 || answers[1] != "two" || d.Open() {
		t.Errorf("answers %v", answers)
	}
}

func TestADialogThatIsNotReadyStaysOpen(t *testing.T) {
	themed(t)
	w := window(t, widget.NewLabel("page"))
	d, ready := NewDialogs(w), false
	entry := NewPassphrase("Passphrase")
	d.Show(Dialog{Title: "Sign", Body: entry, Focus: entry, Confirm: "Sign", Check: func() bool { return ready }})
	press(w.Canvas(), fyne.KeyReturn)
	if !d.Open() {
		t.Fatal("closed although the check failed")
	}
	ready = true
	press(w.Canvas(), fyne.KeyReturn)
	if d.Open() {
		t.Error("Return in the entry does not confirm")
	}
}

func TestAFaultDialogKeepsTheCauseBehindDetails(t *testing.T) {
	themed(t)
	w := window(t, widget.NewLabel("page"))
	NewDialogs(w).Fault(fault.New(fault.Silent, "SN 4711", errors.New("i/o timeout")))
	find(t, w.Canvas(), "text", "SN 4711 does not answer.")
	for _, i := range Outline(w.Canvas()) {
		if i.Text != "" {
			t.Errorf("the cause is in sight: %+v", i)
		}
	}
}

func TestAnOutlineListsWhatCanBeSeenAndNothingElse(t *testing.T) {
	themed(t)
	var many []fyne.CanvasObject
	for range 100 {
		many = append(many, widget.NewLabel("line"))
	}
	hidden := NewButton("hidden", "", nil)
	hidden.Hide()
	secret := NewPassphrase("Passphrase")
	secret.SetText("open sesame")
	w := window(t, container.NewBorder(container.NewVBox(NewButton("Press", IconCheck, nil), hidden, secret, NewCheck("Tick", nil)), nil, nil, nil,
		container.NewVScroll(container.NewVBox(many...))))
	lines := 0
	for _, i := range Outline(w.Canvas()) {
		switch {
		case i.Label == "hidden" || i.Text == "open sesame":
			t.Errorf("listed: %+v", i)
		case i.Label == "line":
			lines++
		}
		if i.X < 0 || i.Y < 0 || i.X+i.W > 800 || i.Y+i.H > 600 {
			t.Errorf("outside of the window: %+v", i)
		}
	}
	if lines < 5 || lines > 30 {
		t.Errorf("%d of 100 lines are listed", lines)
	}
	x, y := find(t, w.Canvas(), "button", "Press").Center()
	if x <= 0 || y <= 0 {
		t.Errorf("the button is at %d, %d", x, y)
	}
}

func TestEveryWidgetOfTheKitHasAName(t *testing.T) {
	themed(t)
	opened := ""
	table := pumpTable(&opened)
	table.SetRows(pumps(3))
	w := window(t, container.NewBorder(container.NewVBox(NewFilter("Filter", nil), NewEditor(limit()), NewIconButton("Copy", IconCopy, nil),
		NewSelect("Ward", []string{"1"}, nil), NewNote("Reason"), NewBanner("SIMULATED"), NewBadge(Verified),
		NewIdentityHeader(Identity{Model: "Capnostream 20", State: Ready})), nil, nil, nil, table))
	if unnamed := Unnamed(w.Canvas()); len(unnamed) > 0 {
		t.Errorf("without a name: %+v", unnamed)
	}
	find(t, w.Canvas(), "text", "no serial number (weak identity)")
	w.SetContent(NewIconButton("", IconCopy, nil))
	if unnamed := Unnamed(w.Canvas()); len(unnamed) != 1 {
		t.Errorf("a button without a name was not found: %+v", unnamed)
	}
}

func TestEscapeInAFilterEmptiesItBeforeItLeaves(t *testing.T) {
	themed(t)
	f := NewFilter("Filter", nil)
	w := window(t, f)
	left, escaped := 0, 0
	f.OnLeave = func() { left++ }
	w.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { escaped++ })
	w.Canvas().Focus(f)
	test.Type(f, "cap")
	press(w.Canvas(), fyne.KeyEscape)
	if f.Text != "" || escaped != 0 {
		t.Errorf("after Escape %q is left, and %d keys went to the window", f.Text, escaped)
	}
	press(w.Canvas(), fyne.KeyEscape, fyne.KeyDown)
	if escaped != 1 || left != 1 {
		t.Errorf("%d keys went to the window, left %d times", escaped, left)
	}
}
