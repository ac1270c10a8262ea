package shell

import (
	"cmp"
	"fmt"
	"time"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Emergency is the emergency that is open, for display.
type Emergency struct {
	Device string // name and serial number
	Person string // who acts
	Code   string // of its receipt
	Left   time.Duration
	Busy   bool // something is being written
	Drill  bool
}

// Countdown writes what is left of an emergency: "12:41".
func Countdown(left time.Duration) string {
	seconds := int(wholeSeconds(left) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// wholeSeconds rounds up: an emergency that says 0:00 is over.
func wholeSeconds(d time.Duration) time.Duration {
	return max(0, (d + time.Second - 1).Truncate(time.Second))
}

// glass is what nobody can overlook while an emergency is open: a frame around the window, and a banner on every page that
// says on which device, who acts and how long.
type glass struct {
	shell  *Shell
	open   bool
	shown  Emergency
	top    *fyne.Container
	title  *canvas.Text
	icon   *canvas.Image
	device *widget.Label
	more   *widget.Label
	extend *kit.Button
	seal   *kit.Button
	line   *canvas.Rectangle
	edge   *canvas.Rectangle // the frame; it takes no clicks
	inside *fyne.Container
	box    fyne.CanvasObject
}

func newGlass(s *Shell, top *fyne.Container) *glass {
	g := &glass{shell: s, top: top, title: canvas.NewText("", nil), icon: canvas.NewImageFromResource(nil), more: widget.NewLabel(""),
		line: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil)}
	g.title.TextStyle.Bold = true
	g.icon.FillMode = canvas.ImageFillContain
	g.device = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	g.device.Truncation = fyne.TextTruncateEllipsis
	g.more.Importance = widget.LowImportance
	g.extend = kit.NewButton(kit.T("shell.glass.extend"), kit.IconHourglass, called(s.config.Extend))
	g.seal = kit.NewButton(kit.T("shell.glass.seal"), kit.IconLock, called(s.config.Seal))
	to := kit.NewButton(kit.T("shell.glass.device"), kit.IconDevices, called(s.config.ToDevice))
	left := container.NewHBox(g.icon, kit.Middle(g.title))
	right := container.NewHBox(kit.Middle(g.more), g.extend, g.seal, to)
	row := container.NewBorder(nil, nil, left, right, g.device)
	g.box = container.New(layout.NewCustomPaddedVBoxLayout(0), container.NewStack(kit.Ground(kit.ColorSurface), container.NewPadded(row)), g.line)
	g.box.Hide()
	g.paint()
	return g
}

// called is f, or nothing.
func called(f func()) func() {
	return func() {
		if f != nil {
			f()
		}
	}
}

// around puts the window's content into the frame.
func (g *glass) around(content fyne.CanvasObject) fyne.CanvasObject {
	g.inside = container.New(&rim{g}, content, g.edge)
	return g.inside
}

// paint takes the colours of the theme.
func (g *glass) paint() {
	g.title.Color, g.title.TextSize = theme.Color(kit.ColorEmergency), theme.Size(theme.SizeNameSubHeadingText)
	g.icon.Resource = kit.IconEmergency.Resource(kit.ColorEmergency)
	g.icon.SetMinSize(fyne.NewSquareSize(theme.Size(theme.SizeNameSubHeadingText) + 2*theme.Size(theme.SizeNameInnerPadding)))
	g.line.FillColor = theme.Color(kit.ColorEmergency)
	g.line.SetMinSize(fyne.NewSize(0, 2))
	g.edge.FillColor, g.edge.StrokeColor, g.edge.StrokeWidth = nil, theme.Color(kit.ColorEmergency), rimWidth()
	g.edge.Hidden = !g.open
}

// rimWidth is 4 at the compact density.
func rimWidth() float32 { return theme.Size(theme.SizeNamePadding) + 1 }

// poll shows what is true now. It is called four times a second and does nothing while nothing changes.
func (g *glass) poll() {
	if g.shell.config.Glass == nil {
		return
	}
	now, open := g.shell.config.Glass()
	now.Left = wholeSeconds(now.Left)
	if open == g.open && now == g.shown {
		return
	}
	turned := open != g.open
	g.shown, g.open = now, open
	if open {
		g.say(now)
	}
	g.paint()
	g.edge.Refresh()
	if !turned {
		g.box.Refresh()
		return
	}
	if open {
		g.box.Show()
	} else {
		g.box.Hide()
	}
	g.shell.refreshMenu()
	g.top.Refresh()
	if g.inside != nil {
		g.inside.Refresh()
		g.inside.Objects[0].Refresh()
	}
}

func (g *glass) say(now Emergency) {
	key := "shell.glass"
	if now.Drill {
		key += ".drill"
	}
	g.title.Text = kit.T(key, kit.Data{"Left": Countdown(now.Left)})
	setText(g.device, now.Device)
	key = "shell.glass.who"
	if now.Busy {
		key = "shell.glass.busy"
	}
	setText(g.more, kit.T(key, kit.Data{"Person": now.Person, "Code": now.Code}))
	if now.Busy == !g.seal.Disabled() {
		g.seal.SetEnabled(!now.Busy) // what is being written is written to its end first
	}
}

func setText(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}

// rim keeps the content clear of the frame while there is one.
type rim struct{ g *glass }

func (r *rim) width() float32 {
	if r.g.open {
		return rimWidth()
	}
	return 0
}

// MinSize implements fyne.Layout.
func (r *rim) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[0].MinSize().Add(fyne.NewSquareSize(2 * r.width()))
}

// Layout implements fyne.Layout.
func (r *rim) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := r.width()
	place(o[0], w, w, size.Width-2*w, size.Height-2*w)
	place(o[1], 0, 0, size.Width, size.Height)
}

// noticeStrip is a sentence about what waits for a person: an emergency that somebody has to review, for one.
type noticeStrip struct {
	shell *Shell
	top   *fyne.Container
	text  *widget.Label
	icon  *widget.Icon
	show  func()
	act   *kit.Button
	box   fyne.CanvasObject
}

func newNoticeStrip(s *Shell, top *fyne.Container) *noticeStrip {
	n := &noticeStrip{shell: s, top: top, icon: widget.NewIcon(kit.IconHourglass.Resource(kit.ColorWaiting))}
	n.text = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	n.text.Truncation = fyne.TextTruncateEllipsis
	n.act = kit.NewButton(kit.T("shell.notice.open"), kit.IconArrow, func() { called(n.show)() })
	left := container.New(layout.NewCustomPaddedLayout(0, 0, theme.Size(theme.SizeNameInnerPadding), 0), n.icon)
	row := container.NewBorder(nil, nil, left, n.act, n.text)
	n.box = container.New(layout.NewCustomPaddedVBoxLayout(0), kit.Bar(container.NewPadded(row)), widget.NewSeparator())
	n.box.Hide()
	return n
}

func (n *noticeStrip) poll() {
	if n.shell.config.Notice == nil {
		return
	}
	sentence, open, ok := n.shell.config.Notice()
	n.show = open
	setText(n.text, sentence)
	if act := n.shell.config.NoticeAct; act != nil && ok {
		if word := cmp.Or(act(), kit.T("shell.notice.open")); word != n.act.Text {
			n.act.SetText(word)
			n.box.Refresh()
		}
	}
	if ok == n.box.Visible() {
		return
	}
	if ok {
		n.box.Show()
	} else {
		n.box.Hide()
	}
	n.top.Refresh()
	if inside := n.shell.glass.inside; inside != nil {
		inside.Objects[0].Refresh()
	}
}

// emergencyCommands are those of a console that knows emergencies.
func (s *Shell) emergencyCommands() (all []Command) {
	if s.config.Emergency != nil {
		all = append(all, Command{ID: "emergency", Label: "shell.emergency", Menu: MenuChange, Key: fyne.KeyE, Modifier: Ctrl | fyne.KeyModifierShift,
			Do: s.emergency, urgent: true})
	}
	if s.config.Glass != nil {
		open := func() bool { return s.glass.open && !s.glass.shown.Busy }
		all = append(all, Command{ID: "emergency.extend", Label: "command.extend", Menu: MenuChange, Do: called(s.config.Extend), Enabled: open},
			Command{ID: "emergency.seal", Label: "command.seal", Menu: MenuChange, Do: called(s.config.Seal), Enabled: open})
	}
	return all
}

// emergency does what the button at the far right does, whatever is in the way: a dialog that waits for an answer and an
// open list are dismissed as Escape does.
func (s *Shell) emergency() {
	s.dialogs.Clear()
	overlays := s.config.Window.Canvas().Overlays()
	for top := overlays.Top(); top != nil; top = overlays.Top() {
		overlays.Remove(top)
	}
	s.config.Emergency()
}
