package shell

import (
	"testing"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// sheet is a screen with something open.
type sheet struct {
	*page
	open bool
}

func (s *sheet) Leave() bool {
	was := s.open
	s.open = false
	return was
}

func (s *sheet) Commands() []Command {
	return []Command{{ID: "sheet.undo", Label: "Undo staging", Menu: MenuChange, Key: fyne.KeyZ, Modifier: Ctrl, Do: func() { s.refreshed++ }}}
}

func TestEscapeFirstLeavesWhatIsOpenOnAScreen(t *testing.T) {
	b := newBench(t, false)
	open := &sheet{newPage("sheet"), true}
	b.config.Screens["sheet"] = open
	b.Go(Route{Screen: "sheet"})
	b.window.Canvas().Unfocus()
	b.press(fyne.KeyEscape)
	if open.open || b.Route().Screen != "sheet" {
		t.Errorf("open %v, at %v", open.open, b.Route())
	}
	b.press(fyne.KeyEscape)
	if b.Route().Screen != "devices" {
		t.Errorf("at %v", b.Route())
	}
}

func TestUndoIsForTheTextThatIsTypedBeforeItIsForTheScreen(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(kit.NewTheme(kit.Comfortable, kit.Light))
	window := test.NewTempWindow(t, nil)
	screen := &sheet{page: newPage("sheet")}
	s := New(t.Context(), Config{Window: window, Runner: kit.Inline(), Tasks: &tasks{}, Sections: []Section{{"sheet", "Sheet", kit.IconDevices, nil}},
		Screens: map[string]Screen{"sheet": screen}, Person: func() (Person, bool) { return Person{}, false },
		SignIn: func() {}, Lock: func() {}, Quit: func() {}})
	var undo *fyne.MenuItem
	for i, c := range s.Commands() {
		if c.ID == "sheet.undo" {
			undo = s.items[i]
		}
	}
	if undo == nil || undo.Shortcut.ShortcutName() != (&fyne.ShortcutUndo{}).ShortcutName() {
		t.Fatalf("%+v: the window never sends Ctrl+Z under another name", undo)
	}
	window.Canvas().Focus(screen.filter)
	test.Type(screen.filter, "x")
	undo.Action()
	if screen.filter.Text != "" || screen.refreshed != 0 {
		t.Errorf("the entry holds %q and the screen was asked %d times", screen.filter.Text, screen.refreshed)
	}
	window.Canvas().Unfocus()
	undo.Action()
	if screen.refreshed != 1 {
		t.Errorf("the screen was asked %d times", screen.refreshed)
	}
}
