// Package shell is the window around the screens: navigation rail, top bar, status strip, routes with a history, and one
// table of commands behind menu bar, palette and shortcuts.
//
// It knows no screen and no service: it is given both as small interfaces and functions. It holds no state of the program
// but where the person is.
package shell

import (
	"context"
	"time"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Route names what is shown: a screen, and the subject it shows. Routes are comparable.
type Route struct {
	Screen string
	ID     string // "" for a screen without a subject
}

// Screen is one of the console's screens. Its methods are called on the window's goroutine.
type Screen interface {
	// Title names what is shown, for the top bar and the window's title.
	Title(id string) string
	// Show returns what to put into the window for this subject. Views are built once and kept by the screen.
	Show(id string) fyne.CanvasObject
	// Hide tells the screen that it is no longer in sight, so that it stops work nobody sees.
	Hide()
}

// What a screen may do besides.
type (
	// Filterer is a screen with a list that can be filtered: Ctrl+F.
	Filterer interface{ FocusFilter() }
	// Refresher is a screen that can ask for fresh facts: F5.
	Refresher interface{ Refresh() }
	// Paned is a screen with parts that take the keyboard in turn: F6. The first has it when the screen is shown.
	Paned interface{ Panes() []fyne.Focusable }
	// Leaver is a screen that can have something open, a review sheet for one. Leave closes that and says whether there was
	// anything; Escape leaves the screen itself only when there was nothing.
	Leaver interface{ Leave() bool }
	// Commander is a screen with commands of its own. It is asked once; Enabled is asked each time.
	Commander interface{ Commands() []Command }
)

// Section is an entry of the navigation rail.
type Section struct {
	Screen string     // key of Config.Screens
	Label  string     // key of its text
	Icon   kit.Icon   //
	Badge  func() int // how many wait for the person; nil for none
}

// Person is who is signed in, for display.
type Person struct{ Name, Role string }

// Task is background work, for display.
type Task struct {
	Name, Step  string
	Done, Total int  // Total 0 for work of unknown length
	Fixed       bool // nothing cancels it
}

// Tasks tells what is being worked on and can stop it.
type Tasks interface {
	Current() (Task, bool)
	Cancel()
}

// Config is all that the shell needs.
type Config struct {
	Window    fyne.Window
	Runner    *kit.Runner
	Sections  []Section         // the rail, from the top; the first is shown first
	Screens   map[string]Screen // those of the rail and any others
	Commands  []Command         // what can be done from everywhere besides the shell's own
	Person    func() (Person, bool)
	SignIn    func()
	Switch    func() // lets somebody else sit down while a person is signed in; nil for a console without
	Lock      func()
	Touched   func() // called when somebody uses keys or mouse; nil for a console that does not lock by itself
	Quit      func()
	Tasks     Tasks
	Emergency func()                     // nil leaves its place empty
	Glass     func() (Emergency, bool)   // the emergency that is open; nil for a console without
	Extend    func()                     // gives it more time
	Seal      func()                     // ends it
	ToDevice  func()                     // opens the page of its device
	Standing  func() (kit.State, string) // whether the console is ready for an emergency, in a word; nil for a console without
	// OpenStanding shows why.
	OpenStanding func()
	// Notice is a sentence about what waits for a person, and what shows it; nil for a console without.
	Notice    func() (sentence string, open func(), ok bool)
	NoticeAct func() string // what the button beside the notice says where that is more than "Show"; may be nil
	Training  bool          // no device is real
	Version   string
}

// Shell is the window's content.
type Shell struct {
	config   Config
	dialogs  *kit.Dialogs
	commands []Command
	history  []Route
	at       int // index in history
	pane     int
	rail     *rail
	top      *topBar
	glass    *glass
	notice   *noticeStrip
	status   *statusStrip
	page     *fyne.Container
	menu     *fyne.MainMenu
	items    []*fyne.MenuItem // of commands, by index
	presence *sensor          // nil when nobody asks whether somebody is there
}

// New puts the shell into the window and shows the first section. It follows tasks until ctx ends.
func New(ctx context.Context, config Config) *Shell {
	s := &Shell{config: config, dialogs: kit.NewDialogs(config.Window), page: container.NewStack(), at: -1}
	s.dialogs.Home = s.firstPane
	s.commands = s.table()
	top := container.New(layout.NewCustomPaddedVBoxLayout(0))
	s.rail = newRail(s)
	s.top = newTopBar(s)
	s.status = newStatusStrip(s)
	s.glass, s.notice = newGlass(s, top), newNoticeStrip(s, top)
	s.menu = s.menuBar()
	if config.Training {
		top.Add(kit.NewBanner(kit.T("shell.simulated")))
	}
	top.Add(s.top.box)
	top.Add(s.glass.box)
	top.Add(s.notice.box)
	config.Window.SetMainMenu(s.menu)
	config.Window.SetPadded(false)
	config.Window.SetContent(s.sensor(s.glass.around(container.New(frame{}, top, s.rail.box, s.status.box, s.page))))
	config.Window.Canvas().SetOnTypedKey(s.typedKey)
	config.Runner.Every(ctx, 100*time.Millisecond, s.status.poll)
	config.Runner.Every(ctx, 250*time.Millisecond, s.glass.poll)
	config.Runner.Every(ctx, listenEvery, s.listen)
	s.Go(Route{Screen: config.Sections[0].Screen})
	return s
}

// Dialogs returns the window's dialogs.
func (s *Shell) Dialogs() *kit.Dialogs { return s.dialogs }

// Route returns what is shown.
func (s *Shell) Route() Route {
	if s.at < 0 {
		return Route{}
	}
	return s.history[s.at]
}

// Go shows a route and remembers it. A route to a screen that does not exist is ignored.
func (s *Shell) Go(r Route) {
	if _, ok := s.config.Screens[r.Screen]; !ok {
		return
	}
	if r == s.Route() && s.at >= 0 {
		s.show()
		return
	}
	s.touch()
	s.leave()
	s.history = append(s.history[:s.at+1], r)
	s.at++
	s.show()
}

// Back shows the route before this one. It does nothing at the first.
func (s *Shell) Back() { s.move(-1) }

// Forward undoes Back.
func (s *Shell) Forward() { s.move(1) }

func (s *Shell) move(by int) {
	if to := s.at + by; to >= 0 && to < len(s.history) {
		s.leave()
		s.at = to
		s.show()
	}
}

func (s *Shell) leave() {
	if screen := s.screen(); screen != nil {
		screen.Hide()
	}
}

func (s *Shell) screen() Screen { return s.config.Screens[s.Route().Screen] }

func (s *Shell) show() {
	screen := s.screen()
	s.config.Window.Canvas().Unfocus()
	s.page.Objects = []fyne.CanvasObject{screen.Show(s.Route().ID)}
	s.page.Refresh()
	s.firstPane()
	s.Refresh()
}

// Refresh reads again who is signed in, what waits and which commands may be used. Call it when any of that changed, on
// the window's goroutine.
func (s *Shell) Refresh() {
	r, screen := s.Route(), s.screen()
	title := screen.Title(r.ID)
	s.top.render(title)
	s.rail.render(r.Screen)
	s.glass.poll()
	s.notice.poll()
	s.refreshMenu()
	window := title + " – " + kit.T("shell.name")
	if s.config.Training {
		window += " – " + kit.T("shell.training")
	}
	s.config.Window.SetTitle(window)
}

// Result puts the outcome of the last action into the status strip. Details, which may be nil, is called when it is
// clicked.
func (s *Shell) Result(state kit.State, sentence string, details func()) {
	s.status.result(state, sentence, details)
}

// Fault puts a failure into the status strip, with its explanation behind it.
func (s *Shell) Fault(err error) {
	what, _, _ := kit.FaultText(err)
	s.Result(kit.Failed, what, func() { s.dialogs.Fault(err) })
}

// firstPane gives the keyboard to the part of the page that has it when the page is shown.
func (s *Shell) firstPane() {
	s.pane = -1
	s.nextPane()
}

func (s *Shell) nextPane() {
	paned, ok := s.screen().(Paned)
	if !ok {
		return
	}
	panes := paned.Panes()
	if len(panes) == 0 {
		return
	}
	s.pane = (s.pane + 1) % len(panes)
	s.config.Window.Canvas().Focus(panes[s.pane])
}

func (s *Shell) about() {
	body := container.NewVBox(kit.Body(kit.T("about.text")), kit.Body(kit.T("about.use")))
	if s.config.Version != "" {
		body.Add(widget.NewLabel(s.config.Version))
	}
	s.dialogs.Show(kit.Dialog{Title: kit.T("shell.name"), Body: body})
}
