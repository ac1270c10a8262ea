package kit

import (
	"strings"

	"countersign/drivers"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Editor edits one setting in the way of its kind: a number with its unit, range and step, a choice, a switch, or a text.
// It says in a sentence what is wrong with what was typed, and never corrects it silently.
type Editor struct {
	widget.BaseWidget
	setting drivers.Setting
	// OnChange is called after each change with the value, or with why there is none. It may be nil.
	OnChange func(drivers.Value, error)
	// OnSubmit is called when Return is pressed on a valid value. It may be nil.
	OnSubmit func(drivers.Value)

	entry   *Entry
	choice  *Select
	problem *widget.Label
	hint    *widget.Label
	box     *fyne.Container
}

// NewEditor returns an empty editor, as the second person needs it. Set fills it.
func NewEditor(s drivers.Setting) *Editor {
	e := &Editor{setting: s, hint: Muted(Hint(s)), problem: Muted("")}
	e.problem.Importance = widget.DangerImportance
	e.problem.Hide()
	var control fyne.CanvasObject
	switch s.Kind {
	case drivers.Choice, drivers.Toggle:
		e.choice = NewSelect(s.Label, e.options(), func(string) { e.changed() })
		e.choice.OnSubmitted = e.submit
		control = Narrow(40, Outlined(e.choice))
	default:
		e.entry = NewEntry(s.Label)
		e.entry.OnChanged = func(string) { e.changed() }
		e.entry.OnSubmitted = func(string) { e.submit() }
		e.entry.OnKey = e.key
		control = e.withUnit()
	}
	e.box = Tight(control, e.problem, e.hint)
	e.hint.Hidden = e.hint.Text == ""
	e.ExtendBaseWidget(e)
	return e
}

func (e *Editor) options() []string {
	if e.setting.Kind == drivers.Toggle {
		return []string{T("value.on"), T("value.off")}
	}
	return e.setting.Options
}

// withUnit puts the unit and the buttons for steps behind the entry.
func (e *Editor) withUnit() fyne.CanvasObject {
	if !e.setting.Kind.Numeric() {
		return e.entry
	}
	parts := []fyne.CanvasObject{container.New(letters(10), e.entry), widget.NewLabel(Unit(e.setting.Unit))}
	if !e.setting.Step.IsZero() {
		parts = append(parts,
			NewIconButton(T("editor.lower", Data{"Label": e.setting.Label}), IconDown, func() { e.step(-1) }),
			NewIconButton(T("editor.raise", Data{"Label": e.setting.Label}), IconUp, func() { e.step(1) }))
	}
	return container.NewHBox(parts...)
}

// Hint says what a setting allows: "10 to 100 mmHg in steps of 5".
func Hint(s drivers.Setting) string {
	if !s.Kind.Numeric() {
		return s.Help
	}
	data := Data{"Min": s.Min.String(), "Max": s.Max.String(), "Unit": Unit(s.Unit), "Step": s.Step.String()}
	if s.Step.IsZero() {
		return strings.TrimSpace(T("editor.hint.range", data))
	}
	return strings.TrimSpace(T("editor.hint.step", data))
}

// Set shows a value.
func (e *Editor) Set(v drivers.Value) {
	if e.choice == nil {
		e.entry.SetText(v.String())
		return
	}
	word := v.String()
	if e.setting.Kind == drivers.Toggle {
		word = T("value." + word)
	}
	e.choice.SetSelected(word)
}

// Clear empties the editor and forgets what was wrong.
func (e *Editor) Clear() {
	if e.choice != nil {
		e.choice.ClearSelected()
	} else {
		e.entry.SetText("")
	}
	e.problem.Hide()
	e.Refresh()
}

// Value returns what was entered. The error of an entry that is not allowed is a sentence for the person.
func (e *Editor) Value() (drivers.Value, error) {
	text := ""
	switch {
	case e.choice == nil:
		text = strings.TrimSpace(e.entry.Text)
	case e.setting.Kind == drivers.Toggle && e.choice.SelectedIndex() >= 0:
		text = [...]string{"on", "off"}[e.choice.SelectedIndex()]
	default:
		text = e.choice.Selected
	}
	return ParseEntry(e.setting, text)
}

// Focus gives the editor the keyboard and selects what is in it.
func (e *Editor) Focus() {
	if e.choice != nil {
		Focus(e.choice)
		return
	}
	Focus(e.entry)
	e.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// Focusable returns what takes the keyboard.
func (e *Editor) Focusable() fyne.Focusable {
	if e.choice != nil {
		return e.choice
	}
	return e.entry
}

func (e *Editor) changed() {
	v, err := e.Value()
	e.problem.Hidden = err == nil
	if err != nil {
		e.problem.SetText(err.Error())
	}
	e.hint.Hidden = err != nil || e.hint.Text == ""
	e.Refresh()
	if e.OnChange != nil {
		e.OnChange(v, err)
	}
}

func (e *Editor) submit() {
	v, err := e.Value()
	if err != nil {
		e.changed()
		return
	}
	if e.OnSubmit != nil {
		e.OnSubmit(v)
	}
}

func (e *Editor) key(ev *fyne.KeyEvent) bool {
	if !e.setting.Kind.Numeric() || e.setting.Step.IsZero() {
		return false
	}
	switch ev.Name {
	case fyne.KeyUp:
		e.step(1)
	case fyne.KeyDown:
		e.step(-1)
	default:
		return false
	}
	return true
}

// step moves a valid number by one step and stays within the range; an empty entry becomes the lowest value.
func (e *Editor) step(n int64) {
	at, err := drivers.ParseDecimal(strings.TrimSpace(e.entry.Text))
	if err != nil {
		at = e.setting.Min
		n = 0
	}
	next := at
	if n > 0 {
		next = at.Sub(drivers.Decimal{}.Sub(e.setting.Step))
	} else if n < 0 {
		next = at.Sub(e.setting.Step)
	}
	if next.Cmp(e.setting.Min) < 0 {
		next = e.setting.Min
	}
	if next.Cmp(e.setting.Max) > 0 {
		next = e.setting.Max
	}
	e.entry.SetText(next.String())
}

// Refresh implements fyne.CanvasObject.
func (e *Editor) Refresh() {
	e.box.Refresh()
	e.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (e *Editor) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(e.box) }

// Children are what Outline walks.
func (e *Editor) Children() []fyne.CanvasObject { return e.box.Objects }

// letters is a layout that makes its object as wide as so many letters.
type letters int

func (l letters) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(l)*theme.Size(theme.SizeNameText), o[0].MinSize().Height)
}

func (letters) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }
