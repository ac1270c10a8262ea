package kit

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

// wards is a table of pumps under the headings of their wards.
func wards(t *testing.T) (*Table[pump], fyne.Canvas) {
	t.Helper()
	themed(t)
	table := NewTable(TableConfig[pump]{Name: "pumps", Fixed: true, Key: func(p pump) string { return p.ward + p.serial },
		Heading: func(p pump) bool { return p.serial == "" },
		Columns: []Column[pump]{{ID: "serial", Label: "Serial", Weight: 1, Text: func(p pump) string { return p.serial + strings.Repeat(p.ward, len(p.ward)/20) }},
			{ID: "state", Label: "State", Weight: 9, Text: func(pump) string { return "" }, State: func(p pump) State { return "" }}}})
	table.SetRows([]pump{{"", "a ward with a name much longer than its column"}, {"SN2", "b"}, {"SN1", "b"}, {"", "c"}, {"SN3", "c"}})
	return table, window(t, table).Canvas()
}

func serials(c fyne.Canvas) string {
	var all []string
	for _, r := range rows(c) {
		all = append(all, r.Label)
	}
	return strings.Join(all, " ")
}

func TestRowsUnderHeadingsKeepTheirOrder(t *testing.T) {
	table, c := wards(t)
	table.heads[0].tap()
	if got := serials(c); got != "SN2 SN1 SN3" {
		t.Error(got)
	}
	if first, ok := table.First(); !ok || first.serial != "SN2" {
		t.Errorf("the first row is %+v", first)
	}
	for _, item := range Outline(c) {
		if item.Role == "text" && strings.HasPrefix(item.Label, "a ward") && !strings.HasSuffix(item.Label, "column") {
			t.Errorf("a heading is cut to its column: %q", item.Label)
		}
	}
}

func TestAHeadingIsShownWithItsRowsOnly(t *testing.T) {
	table, c := wards(t)
	table.SetFilter("sn3")
	headings := 0
	for _, item := range Outline(c) {
		if item.Role == "header" && item.Label != "Serial" && item.Label != "State" {
			headings++
		}
	}
	if got := serials(c); got != "SN3" || headings != 1 {
		t.Errorf("%s under %d headings", got, headings)
	}
	table.SetFilter("ward")
	if shown, _ := table.Len(); shown != 0 {
		t.Errorf("%d rows for a word in a heading alone", shown)
	}
}

func TestTheSelectionStepsOverHeadings(t *testing.T) {
	table, c := wards(t)
	table.Focus()
	var got []string
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyHome, fyne.KeyUp, fyne.KeyEnd} {
		if p, ok := table.Selected(); ok {
			got = append(got, p.serial)
		}
		press(c, k)
	}
	if p, _ := table.Selected(); strings.Join(append(got, p.serial), " ") != "SN2 SN1 SN3 SN1 SN2 SN2 SN3" {
		t.Error(got, p.serial)
	}
}

func TestTabsAreWorkedByKeyboard(t *testing.T) {
	themed(t)
	var chosen []int
	tabs := NewTabs([]string{"One", "Two", "Three"}, func(i int) { chosen = append(chosen, i) })
	c := window(t, tabs.Object()).Canvas()
	c.Focus(tabs.Focusable())
	press(c, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft)
	if len(chosen) != 4 || chosen[2] != 0 || tabs.Selected() != 2 || c.Focused() != tabs.Focusable() {
		t.Errorf("chosen %v, selected %d", chosen, tabs.Selected())
	}
	tabs.Select(1)
	if len(chosen) != 4 {
		t.Error("choosing by code was reported")
	}
	tabs.Rename(1, "Two (3)")
	c.Unfocus()
	for _, item := range Outline(c) {
		if want := map[bool]string{true: "selected", false: ""}[item.Label == "Two (3)"]; item.Role == "tab" && item.State != want {
			t.Errorf("%+v", item)
		}
	}
}

func TestADevicesAlarmIsAWordAndAnIcon(t *testing.T) {
	themed(t)
	c := window(t, NewAlarm()).Canvas()
	if items := Outline(c); len(items) == 0 || items[0].Label != "Device alarm" {
		t.Errorf("%+v", items)
	}
}
