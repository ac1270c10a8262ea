package shell

import (
	"sort"
	"strings"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// topBar says where the person is and who is signed in. It is always visible.
type topBar struct {
	shell         *Shell
	back, forward *kit.Button
	title         *widget.Label
	person        *widget.Label
	icon          *widget.Icon
	sign          *kit.Button
	other         *kit.Button // lets somebody else sit down
	standing      *kit.Button // says whether the console is ready for an emergency
	box           fyne.CanvasObject
}

func newTopBar(s *Shell) *topBar {
	t := &topBar{shell: s, title: kit.Heading(""), person: widget.NewLabel("")}
	t.title.Truncation = fyne.TextTruncateEllipsis
	t.icon = widget.NewIcon(kit.IconPerson.Resource(kit.ColorMuted))
	t.back = kit.NewIconButton(kit.T("command.back"), kit.IconBack, s.Back)
	t.forward = kit.NewIconButton(kit.T("command.forward"), kit.IconArrow, s.Forward)
	t.sign = kit.NewButton(kit.T("shell.sign_in"), kit.IconKey, t.signOrLock)
	t.other = kit.NewButton(kit.T("shell.switch"), kit.IconPeople, s.switchPerson)
	right := container.NewHBox()
	if s.config.Training {
		right.Add(container.NewCenter(kit.NewChip(kit.T("shell.training"))))
	}
	right.Add(t.icon)
	right.Add(kit.Middle(t.person))
	right.Add(t.other)
	right.Add(t.sign)
	t.standing = kit.NewButton("", "", func() {
		if open := s.config.OpenStanding; open != nil {
			open()
		}
	})
	t.standing.SetImportance(widget.LowImportance)
	t.standing.Hide()
	right.Add(t.standing)
	right.Add(t.emergency())
	row := container.NewBorder(nil, nil, container.NewHBox(t.back, t.forward), right, t.title)
	t.box = container.New(layout.NewCustomPaddedVBoxLayout(0), kit.Bar(container.NewPadded(row)), widget.NewSeparator())
	return t
}

// emergency is the place at the far right. It is kept free while there is nothing to put there, so that it never moves.
func (t *topBar) emergency() fyne.CanvasObject {
	if t.shell.config.Emergency != nil {
		b := kit.NewButton(kit.T("shell.emergency"), kit.IconEmergency, func() { t.shell.Run("emergency") })
		b.Mark(kit.Emergency)
		return b
	}
	room := canvas.NewRectangle(nil)
	room.SetMinSize(fyne.NewSize(2*theme.Size(theme.SizeNameText), 0))
	return room
}

func (t *topBar) signOrLock() {
	if _, ok := t.shell.config.Person(); ok {
		t.shell.config.Lock()
	} else {
		t.shell.config.SignIn()
	}
	t.shell.Refresh()
}

func (t *topBar) render(title string) {
	t.title.SetText(title)
	t.back.SetEnabled(t.shell.at > 0)
	t.forward.SetEnabled(t.shell.at < len(t.shell.history)-1)
	who, action, icon := kit.T("shell.not_signed_in"), kit.T("shell.sign_in"), kit.IconKey
	if p, ok := t.shell.config.Person(); ok {
		who, action, icon = p.Name, kit.T("shell.lock"), kit.IconLock
		if p.Role != "" {
			who += " · " + p.Role
		}
	}
	_, signedIn := t.shell.config.Person()
	t.other.Hidden = !signedIn || t.shell.config.Switch == nil
	t.person.SetText(who)
	t.sign.SetText(action)
	t.sign.SetIcon(icon)
	t.stand()
}

// stand shows in a word whether the console is ready for an emergency.
func (t *topBar) stand() {
	if t.shell.config.Standing == nil {
		return
	}
	state, word := t.shell.config.Standing()
	t.standing.Mark(state)
	if t.standing.Text != word {
		t.standing.SetText(word)
	}
	if t.standing.Hidden = word == ""; !t.standing.Hidden {
		t.standing.Refresh()
	}
}

// statusStrip shows what is being worked on and how the last action ended.
type statusStrip struct {
	shell    *Shell
	shown    Task
	working  bool
	name     *widget.Label
	progress *meter
	cancel   *kit.Button
	badge    *kit.Badge
	last     *kit.Button
	sentence string // all of what last says, which is cut off where there is no room
	details  func()
	box      fyne.CanvasObject
}

func newStatusStrip(s *Shell) *statusStrip {
	t := &statusStrip{shell: s, name: widget.NewLabel(kit.T("shell.no_task")), progress: newMeter(), badge: kit.NewBadge(kit.Normal)}
	t.name.Importance = widget.LowImportance
	t.cancel = kit.NewButton(kit.T("shell.task.cancel"), kit.IconCross, s.config.Tasks.Cancel)
	t.last = kit.NewButton("", "", func() {
		if t.details != nil {
			t.details()
		}
	})
	t.last.Importance = widget.LowImportance
	t.progress.Hide()
	t.cancel.Hide()
	t.badge.Hide()
	t.last.Hide()
	left := container.NewHBox(kit.Middle(t.name), container.NewCenter(t.progress), t.cancel)
	row := container.NewBorder(nil, nil, left, nil, container.New(&ending{t}, t.badge, t.last))
	t.box = container.New(layout.NewCustomPaddedVBoxLayout(0), widget.NewSeparator(), kit.Bar(row))
	return t
}

// poll shows the running task. It is called ten times a second and does nothing while nothing changes.
func (t *statusStrip) poll() {
	task, working := t.shell.config.Tasks.Current()
	if task == t.shown && working == t.working {
		return
	}
	ended := t.working != working
	t.shown, t.working = task, working
	t.progress.Hidden = !working || task.Total == 0
	t.cancel.Hidden = !working || task.Fixed
	t.name.SetText(t.words(task, working))
	t.progress.set(float32(task.Done) / float32(max(task.Total, 1)))
	t.box.Refresh()
	if ended {
		t.shell.refreshMenu()
	}
}

// words says what is done and how far: "Reading Capnostream 20: alarm limits, 3 of 9".
func (t *statusStrip) words(task Task, working bool) string {
	if !working {
		return kit.T("shell.no_task")
	}
	words := task.Name
	if task.Step != "" {
		words += ": " + task.Step
	}
	if task.Total > 0 {
		words += ", " + kit.T("shell.progress", kit.Data{"Done": task.Done, "Total": task.Total})
	}
	return words
}

func (t *statusStrip) result(state kit.State, sentence string, details func()) {
	t.details, t.sentence = details, sentence
	t.badge.Set(state, "")
	t.badge.Show()
	t.last.Show()
	t.box.Refresh()
}

// ending puts how the last action ended at the right. A long sentence is cut off: it must not make the window wider.
type ending struct{ t *statusStrip }

// MinSize implements fyne.Layout.
func (e *ending) MinSize([]fyne.CanvasObject) fyne.Size {
	badge, last := e.t.badge.MinSize(), e.t.last.MinSize()
	return fyne.NewSize(badge.Width, max(badge.Height, last.Height))
}

// Layout implements fyne.Layout.
func (e *ending) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	badge, last := e.t.badge, e.t.last
	around := last.MinSize().Width - measure(last.Text)
	words := fitting(e.t.sentence, size.Width-badge.MinSize().Width-around)
	if last.Text != words {
		last.SetText(words)
	}
	w := min(last.MinSize().Width, size.Width)
	place(last, size.Width-w, 0, w, size.Height)
	high := badge.MinSize()
	place(badge, max(0, size.Width-w-high.Width), (size.Height-high.Height)/2, high.Width, high.Height)
}

func measure(text string) float32 {
	return fyne.MeasureText(text, theme.TextSize(), fyne.TextStyle{Bold: true}).Width
}

// fitting returns as much of a text as a width holds.
func fitting(text string, width float32) string {
	if measure(text) <= width {
		return text
	}
	letters := []rune(text)
	n := sort.Search(len(letters), func(n int) bool { return measure(string(letters[:n+1])+"…") > width })
	return strings.TrimSpace(string(letters[:n])) + "…"
}

// meter is a plain bar that fills from the left. Fyne's own writes its text on two grounds, one of which it cannot be
// read on.
type meter struct {
	widget.BaseWidget
	share        float32 // 0 to 1
	ground, fill *canvas.Rectangle
}

func newMeter() *meter {
	m := &meter{ground: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil)}
	m.ExtendBaseWidget(m)
	return m
}

func (m *meter) set(share float32) {
	m.share = share
	m.Refresh()
}

// Refresh implements fyne.CanvasObject.
func (m *meter) Refresh() {
	m.ground.FillColor, m.fill.FillColor = theme.Color(theme.ColorNameSeparator), theme.Color(theme.ColorNamePrimary)
	m.fill.Resize(fyne.NewSize(m.Size().Width*m.share, m.Size().Height))
	m.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (m *meter) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(meterLayout{m}, m.ground, m.fill))
}

type meterLayout struct{ *meter }

func (meterLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(12*theme.Size(theme.SizeNameText), theme.Size(theme.SizeNameInnerPadding))
}

func (l meterLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	l.ground.Resize(size)
	l.fill.Resize(fyne.NewSize(size.Width*l.share, size.Height))
}

// frame puts bars and page against each other without gaps: top, rail, bottom and page, in this order.
type frame struct{}

func (frame) MinSize(o []fyne.CanvasObject) fyne.Size {
	top, rail, bottom, page := o[0].MinSize(), o[1].MinSize(), o[2].MinSize(), o[3].MinSize()
	return fyne.NewSize(max(top.Width, bottom.Width, rail.Width+page.Width), top.Height+max(rail.Height, page.Height)+bottom.Height)
}

func (frame) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top, rail, bottom := o[0].MinSize().Height, o[1].MinSize().Width, o[2].MinSize().Height
	middle := size.Height - top - bottom
	place(o[0], 0, 0, size.Width, top)
	place(o[1], 0, top, rail, middle)
	place(o[2], 0, size.Height-bottom, size.Width, bottom)
	place(o[3], rail, top, size.Width-rail, middle)
}

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}
