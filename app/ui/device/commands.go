package device

import (
	"countersign/app/ui/kit"
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
)

// FocusFilter implements shell.Filterer: it finds settings.
func (s *Screen) FocusFilter() {
	if s.model.phase() != identified || s.model.sheet != nil {
		return
	}
	s.view.tab(tabConfig)
	kit.Focus(s.view.config.filter)
}

// Refresh implements shell.Refresher.
func (s *Screen) Refresh() { s.read() }

// Panes implements shell.Paned.
func (s *Screen) Panes() []fyne.Focusable { return s.view.panes() }

// Leave implements shell.Leaver.
func (s *Screen) Leave() bool { return s.view.leave() }

// Commands implements shell.Commander.
func (s *Screen) Commands() []shell.Command {
	const shift, control = fyne.KeyModifierShift, fyne.KeyModifierControl
	m := s.model
	tabs := func() bool { return m.phase() == identified && m.sheet == nil }
	config := func() bool { return tabs() && s.view.tabs.Selected() == tabConfig }
	return []shell.Command{
		{ID: "device.next_tab", Label: "device.command.next_tab", Menu: shell.MenuView, Key: fyne.KeyTab, Modifier: control, Enabled: tabs,
			Do: func() { s.view.tabs.Next(1) }},
		{ID: "device.previous_tab", Label: "device.command.previous_tab", Menu: shell.MenuView, Key: fyne.KeyTab, Modifier: control | shift,
			Enabled: tabs, Do: func() { s.view.tabs.Next(-1) }},
		{ID: "device.identify", Label: "device.command.identify", Menu: shell.MenuDevice, Do: func() { s.deps.Identify(m.key) },
			Enabled: func() bool { return m.phase() != missing && !m.connected() }},
		{ID: "device.read", Label: "device.command.read", Menu: shell.MenuDevice, Key: fyne.KeyR, Modifier: shell.Ctrl, Do: s.read, Enabled: m.readable},
		{ID: "device.release", Label: "device.command.release", Menu: shell.MenuDevice, Do: s.release, Enabled: m.connected},
		{ID: "device.edit", Label: "device.command.edit", Menu: shell.MenuChange, Key: fyne.KeyF2, Do: s.view.config.edit, Enabled: config},
		{ID: "device.undo", Label: "device.command.undo", Menu: shell.MenuChange, Key: fyne.KeyZ, Modifier: shell.Ctrl, Do: s.view.config.undoStep,
			Enabled: func() bool { return tabs() && len(m.draft().past) > 0 }},
		{ID: "device.redo", Label: "device.command.redo", Menu: shell.MenuChange, Key: fyne.KeyY, Modifier: shell.Ctrl, Do: s.view.config.redoStep,
			Enabled: func() bool { return tabs() && len(m.draft().future) > 0 }},
		{ID: "device.discard", Label: "device.command.discard", Menu: shell.MenuChange, Do: s.view.config.discard,
			Enabled: func() bool { return tabs() && len(m.draft().wishes) > 0 }},
		{ID: "device.send", Label: "device.command.send", Menu: shell.MenuChange, Key: fyne.KeyA, Modifier: shell.Ctrl | shift, Do: s.openSheet,
			Enabled: func() bool { return tabs() && len(m.changes()) > 0 && m.blocked() == "" }},
	}
}
