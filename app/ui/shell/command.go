package shell

import (
	"slices"
	"strconv"
	"strings"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Command is one thing that can be done by name. The table of all commands makes the menu bar, the palette and the
// shortcuts, so that they cannot differ.
type Command struct {
	ID       string           // unique; "device.read"
	Label    string           // key of its text
	Data     kit.Data         // fills the text; may be nil
	Menu     string           // key of the menu's text: MenuFile, MenuView...
	Key      fyne.KeyName     // "" for no shortcut
	Modifier fyne.KeyModifier // 0 for function keys and Escape
	Enabled  func() bool      // nil for always
	Do       func()
	urgent   bool   // it waits for no dialog
	screen   string // the command exists on this screen only; "" for everywhere
}

// The menus, in the order of the menu bar.
const (
	MenuFile   = "menu.file"
	MenuView   = "menu.view"
	MenuGo     = "menu.go"
	MenuDevice = "menu.device"
	MenuChange = "menu.change"
	MenuHelp   = "menu.help"
)

// Ctrl is the modifier of most shortcuts: Control, and Command on macOS.
const Ctrl = fyne.KeyModifierShortcutDefault

// Text returns the command's label in the language in use.
func (c Command) Text() string { return kit.T(c.Label, c.Data) }

// Keys returns the shortcut as people write it: "Ctrl+K".
func (c Command) Keys() string {
	if c.Key == "" {
		return ""
	}
	var parts []string
	for _, m := range []struct {
		modifier fyne.KeyModifier
		name     string
	}{{fyne.KeyModifierControl, "Ctrl"}, {fyne.KeyModifierSuper, "Cmd"}, {fyne.KeyModifierAlt, "Alt"}, {fyne.KeyModifierShift, "Shift"}} {
		if c.Modifier&m.modifier != 0 {
			parts = append(parts, m.name)
		}
	}
	name := string(c.Key)
	if c.Key == fyne.KeyEscape {
		name = "Esc"
	}
	return strings.Join(append(parts, name), "+")
}

// table is every command: the shell's own, then those of each screen.
func (s *Shell) table() []Command {
	signedIn := func() bool { _, ok := s.config.Person(); return ok }
	working := func() bool { task, ok := s.config.Tasks.Current(); return ok && !task.Fixed }
	all := []Command{
		{ID: "sign_in", Label: "command.sign_in", Menu: MenuFile, Do: s.config.SignIn, Enabled: func() bool { return !signedIn() }},
		{ID: "switch_person", Label: "command.switch_person", Menu: MenuFile, Key: fyne.KeyP, Modifier: Ctrl | fyne.KeyModifierShift, Do: s.switchPerson,
			Enabled: func() bool { return s.config.Switch != nil && signedIn() }},
		{ID: "lock", Label: "command.lock", Menu: MenuFile, Key: fyne.KeyL, Modifier: Ctrl, Do: s.config.Lock, Enabled: signedIn},
		{ID: "cancel_task", Label: "command.cancel_task", Menu: MenuFile, Do: s.config.Tasks.Cancel, Enabled: working},
		{ID: "quit", Label: "command.quit", Menu: MenuFile, Key: fyne.KeyQ, Modifier: Ctrl, Do: s.config.Quit},
		{ID: "palette", Label: "command.palette", Menu: MenuView, Key: fyne.KeyK, Modifier: Ctrl, Do: s.palette},
		{ID: "filter", Label: "command.filter", Menu: MenuView, Key: fyne.KeyF, Modifier: Ctrl, Do: s.filter, Enabled: can[Filterer](s)},
		{ID: "refresh", Label: "command.refresh", Menu: MenuView, Key: fyne.KeyF5, Do: s.refreshScreen, Enabled: can[Refresher](s)},
		{ID: "pane", Label: "command.pane", Menu: MenuView, Key: fyne.KeyF6, Do: s.nextPane, Enabled: can[Paned](s)},
		{ID: "rail", Label: "command.rail", Menu: MenuView, Key: fyne.KeyB, Modifier: Ctrl, Do: func() { s.rail.toggle() }},
		{ID: "back", Label: "command.back", Menu: MenuGo, Key: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt, Do: s.Back, Enabled: func() bool { return s.at > 0 }},
		{ID: "forward", Label: "command.forward", Menu: MenuGo, Key: fyne.KeyRight, Modifier: fyne.KeyModifierAlt, Do: s.Forward,
			Enabled: func() bool { return s.at < len(s.history)-1 }},
		{ID: "help", Label: "command.help", Menu: MenuHelp, Key: fyne.KeyF1, Do: s.help},
		{ID: "about", Label: "command.about", Menu: MenuHelp, Do: s.about},
	}
	all = append(all, s.emergencyCommands()...)
	for i, section := range s.config.Sections {
		c := Command{ID: "go." + section.Screen, Label: "command.go", Data: kit.Data{"Label": kit.T(section.Label)}, Menu: MenuGo,
			Do: func() { s.Go(Route{Screen: section.Screen}) }}
		if i < 9 {
			c.Key, c.Modifier = fyne.KeyName(strconv.Itoa(i+1)), Ctrl
		}
		all = append(all, c)
	}
	all = append(all, s.config.Commands...)
	return append(all, s.screenCommands()...)
}

func (s *Shell) screenCommands() []Command {
	var all []Command
	for _, name := range slices.Sorted(keys(s.config.Screens)) {
		commander, ok := s.config.Screens[name].(Commander)
		if !ok {
			continue
		}
		for _, c := range commander.Commands() {
			c.screen = name
			all = append(all, c)
		}
	}
	return all
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// can says whether the shown screen is an I.
func can[I any](s *Shell) func() bool {
	return func() bool {
		_, ok := s.screen().(I)
		return ok
	}
}

// enabled says whether the command may be used now. Nothing may while a dialog waits for an answer, but for an emergency.
func (s *Shell) enabled(c Command) bool {
	return (!s.dialogs.Open() || c.urgent) && (c.screen == "" || c.screen == s.Route().Screen) && (c.Enabled == nil || c.Enabled())
}

// Run does the command with this ID and says whether it was enabled.
func (s *Shell) Run(id string) bool {
	i := slices.IndexFunc(s.commands, func(c Command) bool { return c.ID == id })
	if i < 0 || !s.enabled(s.commands[i]) {
		return false
	}
	s.touch()
	s.commands[i].Do()
	s.Refresh() // who is signed in, for one, may have changed
	return true
}

// Commands returns the table.
func (s *Shell) Commands() []Command { return slices.Clone(s.commands) }

// typedKey runs the commands whose keys have no modifier. Those with one come through the menu bar, which Fyne asks before
// any widget.
func (s *Shell) typedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		if l, ok := s.screen().(Leaver); !ok || !l.Leave() {
			s.Back()
		}
		return
	}
	for _, c := range s.commands {
		if c.Modifier == 0 && c.Key == ev.Name && s.enabled(c) {
			s.Run(c.ID)
			return
		}
	}
}

// menuBar builds the menus once; refreshMenu changes them.
func (s *Shell) menuBar() *fyne.MainMenu {
	bar := fyne.NewMainMenu()
	s.items = make([]*fyne.MenuItem, len(s.commands))
	for _, name := range []string{MenuFile, MenuView, MenuGo, MenuDevice, MenuChange, MenuHelp} {
		menu := fyne.NewMenu(kit.T(name))
		for i, c := range s.commands {
			if c.Menu == name {
				s.items[i] = s.menuItem(c)
				menu.Items = append(menu.Items, s.items[i])
			}
		}
		if len(menu.Items) > 0 {
			bar.Items = append(bar.Items, menu)
		}
	}
	return bar
}

func (s *Shell) menuItem(c Command) *fyne.MenuItem {
	item := fyne.NewMenuItem(c.Text(), func() { s.Run(c.ID) })
	item.IsQuit = c.ID == "quit"
	if c.Key != "" {
		item.Shortcut = &desktop.CustomShortcut{KeyName: c.Key, Modifier: c.Modifier}
	}
	if editing := editShortcut(c); editing != nil {
		item.Shortcut = editing
		item.Action = func() {
			if text, ok := s.config.Window.Canvas().Focused().(fyne.Shortcutable); ok {
				text.TypedShortcut(editing) // undoing what is typed comes before undoing what was staged
				return
			}
			s.Run(c.ID)
		}
	}
	return item
}

// editShortcut returns the shortcut of a key that Fyne keeps for editing text, where it has a name of its own.
func editShortcut(c Command) fyne.Shortcut {
	switch {
	case c.Modifier == Ctrl && c.Key == fyne.KeyZ:
		return &fyne.ShortcutUndo{}
	case c.Modifier == Ctrl && c.Key == fyne.KeyY:
		return &fyne.ShortcutRedo{}
	}
	return nil
}

func (s *Shell) refreshMenu() {
	changed := false
	for i, item := range s.items {
		if off := !s.enabled(s.commands[i]); item != nil && off != item.Disabled {
			item.Disabled, changed = off, true
		}
	}
	if changed {
		s.menu.Refresh()
	}
}

func (s *Shell) switchPerson() {
	if s.config.Switch != nil {
		s.config.Switch()
	}
}

func (s *Shell) filter() {
	if f, ok := s.screen().(Filterer); ok {
		f.FocusFilter()
	}
}

func (s *Shell) refreshScreen() {
	if r, ok := s.screen().(Refresher); ok {
		r.Refresh()
	}
}
