package shell

import (
	"cmp"
	"strings"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// palette finds and runs a command by typing a part of its name.
func (s *Shell) palette() {
	var usable []Command
	for _, c := range s.commands {
		if c.ID != "palette" && s.enabled(c) {
			usable = append(usable, c)
		}
	}
	table := commandTable(usable, func(c Command) {
		s.dialogs.Cancel()
		s.Run(c.ID)
	})
	filter := kit.NewEntry(kit.T("shell.palette.filter"))
	filter.SetPlaceHolder(kit.T("shell.palette.filter"))
	first := func() {
		c, ok := table.First()
		for _, begins := range usable { // what begins with what was typed comes before what merely contains it
			if typed := strings.TrimSpace(filter.Text); typed != "" && strings.HasPrefix(strings.ToLower(begins.Text()), strings.ToLower(typed)) {
				c, ok = begins, true
				break
			}
		}
		if ok {
			table.Select(c.ID)
		}
	}
	filter.OnChanged = func(text string) {
		table.SetFilter(text)
		first()
	}
	filter.OnKey = func(ev *fyne.KeyEvent) bool {
		switch ev.Name {
		case fyne.KeyDown, fyne.KeyUp, fyne.KeyPageDown, fyne.KeyPageUp, fyne.KeyReturn, fyne.KeyEnter:
			table.TypedKey(ev) // the list is worked without leaving the filter
			return true
		}
		return false
	}
	first()
	s.dialogs.Show(kit.Dialog{Title: kit.T("shell.palette"), Focus: filter, Wide: true,
		Body: container.NewBorder(filter, nil, nil, nil, tall(table))})
}

// help lists every command with its keys, usable now or not.
func (s *Shell) help() {
	table := commandTable(s.commands, nil)
	s.dialogs.Show(kit.Dialog{Title: kit.T("help.title"), Body: tall(table), Wide: true})
}

func commandTable(commands []Command, open func(Command)) *kit.Table[Command] {
	table := kit.NewTable(kit.TableConfig[Command]{
		Name:  "shell.palette",
		Key:   func(c Command) string { return c.ID },
		Empty: "shell.palette.none", NoMatch: "shell.palette.none",
		OnOpen: open,
		Columns: []kit.Column[Command]{
			{ID: "command", Label: "shell.column.command", Weight: 5, Text: Command.Text},
			{ID: "menu", Label: "shell.column.menu", Weight: 2, Look: kit.Faint,
				Text: func(c Command) string { return kit.T(c.Menu) }, Compare: func(a, b Command) int { return cmp.Compare(a.Menu, b.Menu) }},
			{ID: "keys", Label: "shell.column.keys", Weight: 2, Text: Command.Keys, Look: kit.Faint},
		},
	})
	table.SetRows(commands)
	return table
}

// tall gives a list in a dialog room for a dozen rows.
func tall(o fyne.CanvasObject) fyne.CanvasObject {
	room := canvas.NewRectangle(nil)
	room.SetMinSize(fyne.NewSize(0, 24*theme.Size(theme.SizeNameText)))
	return container.NewStack(room, o)
}
