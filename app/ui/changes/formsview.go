package changes

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/people"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// nameForm is where the second person says who they are.
type nameForm struct {
	box        *fyne.Container
	title      *widget.Label
	name       *kit.Select
	passphrase *kit.Entry
	reason     *kit.Entry
	why        fyne.CanvasObject // around reason
	people     []people.Person
}

func newNameForm(submit func()) *nameForm {
	f := &nameForm{title: kit.Heading(""), name: kit.NewSelect(kit.T("changes.naming.name"), nil, nil),
		passphrase: kit.NewPassphrase(kit.T("changes.naming.passphrase")), reason: kit.NewEntry(kit.T("changes.refuse.reason"))}
	f.passphrase.OnSubmitted = func(string) { submit() }
	f.reason.OnSubmitted = func(string) { kit.Focus(f.passphrase) }
	f.why = kit.Row(kit.T("changes.refuse.reason"), f.reason)
	form := container.NewVBox(f.title, kit.Body(kit.T("changes.naming.hint")), kit.Row(kit.T("changes.naming.name"), kit.Outlined(f.name)), f.why,
		kit.Row(kit.T("changes.naming.passphrase"), f.passphrase))
	f.box = container.NewVBox(kit.Panel(kit.Room(kit.Narrow(70, form))))
	return f
}

// begin empties the form. Where only one person can be meant, or the one who is signed in, the name is chosen already.
func (f *nameForm) begin(a act, all []people.Person, me string) {
	f.title.SetText(kit.T("changes.naming.title." + string(a)))
	f.why.Hide()
	if a == refuse {
		f.why.Show()
	}
	f.people, f.name.Options = all, nil
	for _, p := range all {
		f.name.Options = append(f.name.Options, p.Name)
	}
	f.name.ClearSelected()
	at := slices.IndexFunc(all, func(p people.Person) bool { return p.ID == me })
	if len(all) == 1 {
		at = 0
	}
	if at >= 0 {
		f.name.SetSelectedIndex(at)
	}
	f.passphrase.SetText("")
	f.reason.SetText("")
	f.box.Refresh()
}

// person returns the ID of who was chosen, or "".
func (f *nameForm) person() string {
	if i := f.name.SelectedIndex(); i >= 0 && i < len(f.people) {
		return f.people[i].ID
	}
	return ""
}

// take returns the passphrase and forgets it.
func (f *nameForm) take() string {
	passphrase := f.passphrase.Text
	f.passphrase.SetText("")
	return passphrase
}

func (f *nameForm) focus(a act) {
	switch {
	case f.person() == "":
		kit.Focus(f.name)
	case a == refuse && f.reason.Text == "":
		kit.Focus(f.reason)
	default:
		kit.Focus(f.passphrase)
	}
}

// field is where one value is entered. A setting that the console knows has an editor with its range; of another one
// only the unit is known.
type field struct {
	id     drivers.SettingID
	label  string
	editor *kit.Editor
	entry  *kit.Entry
}

func (f field) value() (string, error) {
	if f.editor != nil {
		v, err := f.editor.Value()
		return v.String(), err
	}
	if f.entry.Text == "" {
		return "", &kit.EntryError{Sentence: kit.T("editor.empty")}
	}
	return f.entry.Text, nil
}

func (f field) focus() {
	if f.editor != nil {
		f.editor.Focus()
		return
	}
	kit.Focus(f.entry)
}

func (f field) clear() {
	if f.editor != nil {
		f.editor.Clear()
		return
	}
	f.entry.SetText("")
}

// entryForm is where the second person enters the wanted values without seeing them.
type entryForm struct {
	box    *fyne.Container
	rows   *fyne.Container
	fields []field
	submit func()
}

func newEntryForm(submit func()) *entryForm {
	f := &entryForm{rows: container.NewVBox(), submit: submit}
	f.box = container.NewVBox(kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("changes.entering.title")), kit.Body(kit.T("changes.entering.hint")), f.rows))))
	return f
}

func (f *entryForm) begin(m *model, r change.Request) {
	widths := columns{8, 4, 12}
	head := container.New(widths)
	for _, name := range []string{"setting", "now", "entry"} {
		label := widget.NewLabel(kit.T("changes.column." + name))
		label.Importance = widget.LowImportance
		head.Add(label)
	}
	f.fields, f.rows.Objects = nil, []fyne.CanvasObject{kit.Bar(head)}
	for i, l := range r.Set {
		one, input := f.field(m, r.Driver.ID, l, func() { f.next(i) })
		f.fields = append(f.fields, one)
		f.rows.Add(container.New(widths, named(one.label), plain(m.quantity(r.Driver.ID, l, l.AsFound)), input))
		f.rows.Add(widget.NewSeparator())
	}
	f.rows.Refresh()
}

func (f *entryForm) field(m *model, driver string, l statement.SetLine, next func()) (field, fyne.CanvasObject) {
	one := field{id: l.ID, label: m.label(driver, l.ID)}
	if s, ok := m.setting(driver, l.ID); ok {
		one.editor = kit.NewEditor(s)
		one.editor.OnSubmit = func(drivers.Value) { next() }
		return one, one.editor
	}
	one.entry = kit.NewEntry(one.label)
	one.entry.OnSubmitted = func(string) { next() }
	return one, container.NewBorder(nil, nil, nil, widget.NewLabel(kit.Unit(l.Unit)), one.entry)
}

// next moves on from field i.
func (f *entryForm) next(i int) {
	if i+1 < len(f.fields) {
		f.fields[i+1].focus()
		return
	}
	f.submit()
}

// entries returns what was entered, or the first field whose entry is not a value, and why.
func (f *entryForm) entries() ([]change.Entry, *field, error) {
	var all []change.Entry
	for i := range f.fields {
		v, err := f.fields[i].value()
		if err != nil {
			return nil, &f.fields[i], err
		}
		all = append(all, change.Entry{Setting: f.fields[i].id, Value: v})
	}
	return all, nil, nil
}

// again empties the fields that differed and puts the keyboard into the first of them.
func (f *entryForm) again(differ []drivers.SettingID) {
	first := true
	for _, one := range f.fields {
		if !slices.Contains(differ, one.id) {
			continue
		}
		if one.clear(); first {
			one.focus()
			first = false
		}
	}
}

func (f *entryForm) focus() {
	if len(f.fields) > 0 {
		f.fields[0].focus()
	}
}

// forget drops the form's fields and what is in them.
func (f *entryForm) forget() {
	f.fields, f.rows.Objects = nil, nil
	f.rows.Refresh()
}

// statementView shows the text that will be signed, byte for byte, and what it means beside it.
type statementView struct {
	box   *fyne.Container
	text  *widget.Label
	words *widget.Label
}

func newStatementView() *statementView {
	v := &statementView{text: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true}), words: kit.Body("")}
	v.text.Wrapping = fyne.TextWrapBreak // nothing of it may be out of sight to the right
	left := container.NewVBox(kit.Heading(kit.T("changes.reading.text")), kit.Panel(v.text))
	right := container.NewVBox(kit.Heading(kit.T("changes.reading.means")), v.words)
	v.box = container.New(tops{7, 3}, left, right)
	return v
}

func (v *statementView) set(text string, words []string) {
	if v.text.Text == text {
		return
	}
	v.text.SetText(text)
	all := ""
	for i, w := range words {
		if i > 0 {
			all += "\n\n"
		}
		all += w
	}
	v.words.SetText(all)
}
