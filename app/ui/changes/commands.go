package changes

import (
	"countersign/app/ui/shell"

	"fyne.io/fyne/v2"
)

// Commands implements shell.Commander.
func (s *Screen) Commands() []shell.Command {
	onPage := func() bool { return s.model.id != "" }
	can := func(a act) func() bool {
		return func() bool { return s.model.flow.stage == resting && s.offers(a) && !s.model.writing(s.model.id) }
	}
	const ctrlShift = shell.Ctrl | fyne.KeyModifierShift
	commands := []shell.Command{
		{ID: "changes.queue", Label: "changes.command.queue", Menu: shell.MenuChange, Key: fyne.KeyC, Modifier: ctrlShift, Enabled: onPage,
			Do: func() { s.deps.Open(shell.Route{Screen: "changes"}) }},
		{ID: "changes.approve", Label: "changes.command.approve", Menu: shell.MenuChange, Key: fyne.KeyS, Modifier: ctrlShift, Enabled: can(approve),
			Do: func() { s.page.begin(approve) }},
		{ID: "changes.write", Label: "changes.command.write", Menu: shell.MenuChange, Key: fyne.KeyW, Modifier: ctrlShift,
			Enabled: func() bool { return can(apply)() && s.page.ready() }, Do: func() { s.page.begin(apply) }},
		{ID: "changes.hand", Label: "changes.command.hand", Menu: shell.MenuChange, Key: fyne.KeyH, Modifier: ctrlShift, Enabled: can(hand),
			Do: func() { s.page.begin(hand) }},
		{ID: "changes.take", Label: "changes.command.take", Menu: shell.MenuChange, Key: fyne.KeyT, Modifier: ctrlShift, Enabled: can(take),
			Do: func() { s.page.begin(take) }},
		{ID: "changes.elsewhere", Label: "changes.command.elsewhere", Menu: shell.MenuChange, Key: fyne.KeyO, Modifier: shell.Ctrl,
			Enabled: func() bool { return s.deps.Station != nil }, Do: func() { s.deps.Open(shell.Route{Screen: "elsewhere"}) }},
	}
	for _, a := range []act{refuse, giveBack, withdraw, again, accept, waive, resolve, keep} {
		commands = append(commands, shell.Command{ID: "changes." + string(a), Label: "changes.command." + string(a), Menu: shell.MenuChange,
			Enabled: can(a), Do: func() { s.page.begin(a) }})
	}
	for i, v := range views {
		commands = append(commands, shell.Command{ID: "changes.view." + string(v), Label: "changes.command.view." + string(v), Menu: shell.MenuView,
			Key: []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4}[i], Modifier: fyne.KeyModifierAlt,
			Enabled: func() bool { return s.model.id == "" }, Do: func() { s.queue.look(v) }})
	}
	return commands
}

// offers says whether the page offers an act now: possible, and with what it needs at hand.
func (s *Screen) offers(a act) bool {
	r, ok := s.model.request()
	if !ok || !s.model.can(a) {
		return false
	}
	_, connected := s.model.connected(r)
	switch a {
	case hand, take:
		return s.deps.Station != nil
	case again:
		return s.deps.Again != nil && connected
	case keep:
		return s.deps.Keep != nil && connected
	case resolve:
		return s.deps.Resolve != nil && connected && !s.model.writing(r.ID)
	}
	return true
}
