package changes

import (
	"slices"
	"strings"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/people"
	"countersign/internal/statement"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/text/unicode/norm"
)

// nameForm is where another person says who they are.
type nameForm struct {
	box        *fyne.Container
	title      *widget.Label
	hint       *widget.Label
	name       *kit.Select
	first      *kit.Entry        // the proposer's passphrase, where both sign
	firstRow   fyne.CanvasObject // around first
	passphrase *kit.Entry
	reasons    map[act]*kit.Entry
	rows       map[act]fyne.CanvasObject // around reasons
	act        act
	people     []people.Person
}

func newNameForm(submit func()) *nameForm {
	f := &nameForm{title: kit.Heading(""), hint: kit.Body(""), name: kit.NewSelect(kit.T("changes.naming.name"), nil, nil),
		first: kit.NewPassphrase(kit.T("changes.waive.first")), passphrase: kit.NewPassphrase(kit.T("changes.naming.passphrase")),
		reasons: map[act]*kit.Entry{}, rows: map[act]fyne.CanvasObject{}}
	f.passphrase.OnSubmitted = func(string) { submit() }
	f.first.OnSubmitted = func(string) { kit.Focus(f.name) }
	f.firstRow = kit.Row(kit.T("changes.waive.first"), f.first)
	form := container.NewVBox(f.title, f.hint)
	for _, a := range []act{refuse, giveBack, accept, waive} {
		reason := kit.NewEntry(kit.T("changes." + string(a) + ".reason"))
		reason.OnSubmitted = func(string) { f.afterReason() }
		f.reasons[a], f.rows[a] = reason, kit.Row(kit.T("changes."+string(a)+".reason"), reason)
	}
	form.Add(f.rows[waive])
	form.Add(f.firstRow)
	form.Add(kit.Row(kit.T("changes.naming.name"), kit.Outlined(f.name)))
	for _, a := range []act{refuse, giveBack, accept} {
		form.Add(f.rows[a])
	}
	form.Add(kit.Row(kit.T("changes.naming.passphrase"), f.passphrase))
	f.box = container.NewVBox(kit.Panel(kit.Room(kit.Narrow(70, form))))
	return f
}

func (f *nameForm) afterReason() {
	if f.act == waive {
		kit.Focus(f.first)
		return
	}
	kit.Focus(f.passphrase)
}

// begin empties the form. Where only one person can be meant, or the one who is signed in, the name is chosen already.
func (f *nameForm) begin(a act, who []people.Person, me string, data kit.Data) {
	f.act = a
	f.title.SetText(kit.T("changes.naming.title." + string(a)))
	f.hint.SetText(kit.T("changes.naming.hint"))
	if a == waive {
		f.hint.SetText(kit.T("changes.waive.hint", data))
	}
	for one, row := range f.rows {
		show(row, one == a)
		f.reasons[one].SetText("")
	}
	show(f.firstRow, a == waive)
	f.people, f.name.Options = who, nil
	for _, p := range who {
		f.name.Options = append(f.name.Options, p.Name)
	}
	f.name.ClearSelected()
	at := slices.IndexFunc(who, func(p people.Person) bool { return p.ID == me })
	if len(who) == 1 {
		at = 0
	}
	if at >= 0 {
		f.name.SetSelectedIndex(at)
	}
	f.passphrase.SetText("")
	f.first.SetText("")
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
func (f *nameForm) take() string { return taken(f.passphrase) }

func taken(e *kit.Entry) string {
	passphrase := e.Text
	e.SetText("")
	return passphrase
}

// reason is what was written as the reason, as statements keep texts.
func (f *nameForm) reason() string {
	if e := f.reasons[f.act]; e != nil {
		return norm.NFC.String(strings.Join(strings.Fields(e.Text), " "))
	}
	return ""
}

func (f *nameForm) focus() {
	reason := f.reasons[f.act]
	switch {
	case f.act == waive && reason.Text == "":
		kit.Focus(reason)
	case f.act == waive && f.first.Text == "":
		kit.Focus(f.first)
	case f.person() == "":
		kit.Focus(f.name)
	case reason != nil && reason.Text == "":
		kit.Focus(reason)
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

// begin asks for these settings of a driver, and for the asset tag of a device that tells no serial number.
func (f *entryForm) begin(m *model, driver string, lines []statement.SetLine, tag bool) {
	widths := columns{8, 4, 12}
	head := container.New(widths)
	for _, name := range []string{"setting", "now", "entry"} {
		label := widget.NewLabel(kit.T("changes.column." + name))
		label.Importance = widget.LowImportance
		head.Add(label)
	}
	f.fields, f.rows.Objects = nil, []fyne.CanvasObject{kit.Bar(head)}
	for _, l := range lines {
		f.add(widths, m.quantity(driver, l, l.AsFound), func(next func()) (field, fyne.CanvasObject) { return f.field(m, driver, l, next) })
	}
	if tag {
		f.add(widths, "", func(next func()) (field, fyne.CanvasObject) {
			one := field{id: change.AssetTag, label: kit.T("changes.asset_tag")}
			one.entry = kit.NewEntry(one.label)
			one.entry.OnSubmitted = func(string) { next() }
			return one, container.NewBorder(nil, nil, nil, kit.Muted(kit.T("changes.asset_tag.hint")), one.entry)
		})
	}
	f.rows.Refresh()
}

func (f *entryForm) add(widths columns, now string, make func(next func()) (field, fyne.CanvasObject)) {
	i := len(f.fields)
	one, input := make(func() { f.next(i) })
	f.fields = append(f.fields, one)
	f.rows.Add(container.New(widths, named(one.label), plain(now), input))
	f.rows.Add(widget.NewSeparator())
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
