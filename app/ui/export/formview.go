package export

import (
	"slices"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// formView is the page on which a bundle is chosen, and on which is seen how far it is.
type formView struct {
	v      *View
	notice *kit.Notice

	period   *kit.Select
	about    *widget.Label // which records that is
	from, to *kit.Entry
	days     *fyne.Container
	device   *kit.Select
	devices  []string // of the options, "" for all
	person   *kit.Select
	persons  []string
	signIns  *kit.Check
	words    *kit.Check
	reason   *kit.Entry
	why      *fyne.Container
	whom     *kit.Entry

	place     *kit.Select
	folders   []string
	placeRow  *fyne.Container
	folder    *kit.Entry
	free      *lineView
	recipient *kit.Entry

	who        *widget.Label
	passphrase *kit.Entry
	hint       *widget.Label
	secret     *fyne.Container
	signIn     *kit.Button

	counts   *fyne.Container
	counting *lineView
	exposure *widget.Label
	going    *fyne.Container
	stage    *widget.Label
	far      *widget.Label
	bar      *widget.ProgressBar

	problems map[Field]*lineView
	told     []Problem
	bottom   *kit.Actions
	earlier  *kit.Button
	cancel   *kit.Button
	do       *kit.Button
	scroll   *container.Scroll
	page     fyne.CanvasObject
	offering bool // options are being set: nobody chose anything
}

func newFormView(v *View) *formView {
	f := &formView{v: v, notice: kit.NewNotice(), problems: map[Field]*lineView{}, bottom: kit.NewActions()}
	what, where := f.newWhat(), container.NewVBox(f.newWhere(), f.newWho())
	holds := container.NewVBox(f.newProgress(), f.newPreview())
	f.earlier = kit.NewButton(kit.T("export.earlier"), kit.IconAudit, v.toEarlier)
	f.cancel = kit.NewButton(kit.T("export.cancel"), kit.IconCross, v.cancel)
	f.do = kit.NewPrimary("", kit.IconArrow, v.begin)
	f.scroll = container.NewVScroll(kit.Room(container.NewVBox(f.notice, container.New(formColumns, container.NewVBox(what), where, holds))))
	f.page = kit.Frame(nil, f.scroll, f.earlier, f.cancel, f.do)
	return f
}

// entry returns an entry whose text is part of the form, and below it the place where its problem is told.
func (f *formView) entry(field Field, placeholder string) (*kit.Entry, fyne.CanvasObject) {
	name := kit.T("export.field." + string(field))
	e := kit.NewEntry(name)
	e.SetPlaceHolder(placeholder)
	e.OnChanged = func(string) { f.changed() }
	e.OnSubmitted = func(string) { f.v.begin() }
	return e, container.NewVBox(kit.Row(name, e), f.problem(field))
}

func (f *formView) problem(field Field) fyne.CanvasObject {
	f.problems[field] = newLineView()
	return f.problems[field].box
}

func (f *formView) newWhat() fyne.CanvasObject {
	words := make([]string, 0, len(Periods()))
	for _, p := range Periods() {
		words = append(words, p.Word())
	}
	f.period = kit.NewSelect(kit.T("export.field.period"), words, nil)
	f.period.SetSelectedIndex(0)
	f.period.OnChanged = func(string) { f.changed() }
	f.about = kit.Muted("")
	var from, to, reason, whom fyne.CanvasObject
	f.from, from = f.entry(FieldFrom, kit.T("export.day"))
	f.to, to = f.entry(FieldTo, kit.T("export.day"))
	f.days = container.NewGridWithColumns(2, from, to)
	f.device, f.person = kit.NewSelect(kit.T("export.field.device"), nil, nil), kit.NewSelect(kit.T("export.field.person"), nil, nil)
	f.device.OnChanged, f.person.OnChanged = func(string) { f.changed() }, func(string) { f.changed() }
	f.signIns = kit.NewCheck(kit.T("export.without.signins"), func(bool) { f.changed() })
	f.words = kit.NewCheck(kit.T("export.without.words"), func(bool) { f.changed() })
	f.reason, reason = f.entry(FieldReason, "")
	f.why = container.NewVBox(reason)
	f.whom, whom = f.entry(FieldFor, kit.T("export.field.for.example"))
	return kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.what")),
		kit.Tight(widget.NewLabel(kit.T("export.field.period")), kit.Outlined(f.period), f.about), f.days,
		kit.Row(kit.T("export.field.device"), kit.Outlined(f.device)), kit.Row(kit.T("export.field.person"), kit.Outlined(f.person)),
		kit.Tight(widget.NewLabel(kit.T("export.without")), f.signIns, f.words, kit.Muted(kit.T("export.without.hint"))), f.why, whom)))
}

func (f *formView) newWhere() fyne.CanvasObject {
	f.place = kit.NewSelect(kit.T("export.field.place"), nil, nil)
	f.place.OnChanged = f.chose
	f.placeRow = container.NewVBox(kit.Row(kit.T("export.field.place"), kit.Outlined(f.place)))
	f.free = newLineView()
	var folder, recipient fyne.CanvasObject
	f.folder, folder = f.entry(FieldFolder, kit.T("export.field.folder.example"))
	f.recipient, recipient = f.entry(FieldRecipient, kit.T("export.field.recipient.example"))
	return kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.where")), f.placeRow, kit.Tight(folder, f.free.box), recipient)))
}

func (f *formView) newWho() fyne.CanvasObject {
	f.who, f.hint = kit.Body(""), kit.Muted("")
	name := kit.T("export.field.passphrase")
	f.passphrase = kit.NewPassphrase(name)
	f.passphrase.OnChanged = func(string) { f.changed() }
	f.passphrase.OnSubmitted = func(string) { f.v.begin() }
	f.secret = container.NewVBox(kit.Row(name, f.passphrase), f.hint, f.problem(FieldPassphrase))
	f.signIn = kit.NewButton(kit.T("export.sign_in"), kit.IconKey, func() { f.v.deps.SignIn() })
	return kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.who")), f.who, f.secret, container.NewHBox(f.signIn))))
}

func (f *formView) newPreview() fyne.CanvasObject {
	f.counts, f.counting, f.exposure = kit.Tight(), newLineView(), kit.Muted("")
	return kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.preview")), f.counting.box, f.counts, f.exposure)))
}

func (f *formView) newProgress() fyne.CanvasObject {
	f.stage, f.far, f.bar = widget.NewLabel(""), kit.Muted(""), widget.NewProgressBar()
	f.stage.TextStyle.Bold = true
	f.going = container.NewVBox(kit.Panel(kit.Room(container.NewVBox(kit.Heading(kit.T("export.going")), f.stage, f.bar, f.far))))
	return f.going
}

// changed takes in what a person typed or chose.
func (f *formView) changed() {
	if !f.offering && f.v.model.Phase == Filling {
		f.v.changed()
	}
}

// chose puts the folder of a medium into the entry.
func (f *formView) chose(string) {
	if i := f.place.SelectedIndex(); !f.offering && i > 0 && i < len(f.folders) {
		f.folder.SetText(f.folders[i])
	}
}

// read copies the widgets into a form.
func (f *formView) read(form Form) Form {
	form.Period = Periods()[max(f.period.SelectedIndex(), 0)]
	form.From, form.To = f.from.Text, f.to.Text
	form.Device, form.Person = pick(f.devices, f.device.SelectedIndex()), pick(f.persons, f.person.SelectedIndex())
	form.SignIns, form.Words = f.signIns.Checked, f.words.Checked
	form.Reason, form.For, form.Folder, form.Recipient = f.reason.Text, f.whom.Text, f.folder.Text, f.recipient.Text
	return form
}

func pick(ids []string, at int) string {
	if at < 0 || at >= len(ids) {
		return ""
	}
	return ids[at]
}

// offer says what there is to choose. What was chosen stays where it still is there.
func (f *formView) offer() {
	m := f.v.model
	f.offering = true
	defer func() { f.offering = false }()
	devices, names := []string{""}, []string{kit.T("export.device.all")}
	for _, d := range m.Devices {
		devices, names = append(devices, d), append(names, d)
	}
	f.devices = reset(f.device, names, devices, m.Form.Device)
	persons, names := []string{""}, []string{kit.T("export.person.all")}
	for _, p := range m.People {
		persons, names = append(persons, p.ID), append(names, p.Name)
	}
	f.persons = reset(f.person, names, persons, m.Form.Person)
	folders, names := []string{""}, []string{kit.T("export.place.other")}
	for _, p := range m.Places {
		folders, names = append(folders, p.Folder), append(names, p.Name+"  "+kit.ShortPath(p.Folder))
	}
	f.folders = reset(f.place, names, folders, m.folder())
	if f.folder.Text == "" && m.Form.Folder != "" {
		f.folder.SetText(m.Form.Folder)
	}
	show(f.placeRow, len(m.Places) > 0)
}

// reset gives a choice other options, where they are others.
func reset(s *kit.Select, names, ids []string, chosen string) []string {
	at := max(slices.Index(ids, chosen), 0)
	if !slices.Equal(s.Options, names) {
		s.Options = names
		s.Refresh()
	}
	if s.SelectedIndex() != at {
		s.SetSelectedIndex(at)
	}
	return ids
}

// say tells what is wrong, and gives the keyboard to the first of it.
func (f *formView) say(problems []Problem) {
	f.told = problems
	f.settle()
	f.page.Refresh()
	if len(problems) > 0 {
		kit.Focus(f.field(problems[0].Field))
	}
}

// settle shows what was told as far as it is still so: what was put right meanwhile is told no longer.
func (f *formView) settle() {
	now := f.v.model.Problems(f.passphrase.Text)
	f.told = slices.DeleteFunc(f.told, func(p Problem) bool {
		return !slices.ContainsFunc(now, func(n Problem) bool { return n.Field == p.Field })
	})
	for field, line := range f.problems {
		i := slices.IndexFunc(f.told, func(p Problem) bool { return p.Field == field })
		if i < 0 {
			line.clear()
			continue
		}
		still := slices.IndexFunc(now, func(n Problem) bool { return n.Field == field })
		line.set(Line{kit.Failed, now[still].Words})
	}
}

func (f *formView) field(field Field) fyne.Focusable {
	return map[Field]fyne.Focusable{FieldFrom: f.from, FieldTo: f.to, FieldReason: f.reason, FieldFor: f.whom, FieldFolder: f.folder,
		FieldRecipient: f.recipient, FieldPassphrase: f.passphrase}[field]
}

func (f *formView) panes() []fyne.Focusable {
	if f.v.model.Phase == Writing {
		return []fyne.Focusable{f.cancel, f.earlier}
	}
	panes := []fyne.Focusable{f.period, f.whom, f.folder}
	if f.v.model.SignedIn {
		panes = append(panes, f.passphrase)
	}
	return append(panes, f.do)
}
