package kit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

type pump struct{ serial, ward string }

func pumps(n int) []pump {
	all := make([]pump, n)
	for i := range all {
		all[i] = pump{fmt.Sprintf("SN%04d", i), fmt.Sprintf("Ward %d", i%7)}
	}
	return all
}

func pumpTable(opened *string) *Table[pump] {
	return NewTable(TableConfig[pump]{Name: "pumps", Key: func(p pump) string { return p.serial }, Empty: "no pumps",
		OnOpen: func(p pump) { *opened = p.serial },
		Columns: []Column[pump]{
			{ID: "serial", Label: "Serial", Weight: 1, Text: func(p pump) string { return p.serial }},
			{ID: "ward", Label: "Ward", Weight: 2, Text: func(p pump) string { return p.ward }},
			{ID: "state", Label: "State", Weight: 1, State: func(pump) State { return Ready }},
		}})
}

// themed starts an application in our theme; a test calls it before its first widget.
func themed(t testing.TB) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Comfortable, Light))
}

func window(t *testing.T, content fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, content)
	w.Resize(fyne.NewSize(800, 600))
	return w
}

func press(c fyne.Canvas, keys ...fyne.KeyName) {
	for _, k := range keys {
		if f := c.Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else if f := c.OnTypedKey(); f != nil {
			f(&fyne.KeyEvent{Name: k})
		}
	}
}

func rows(c fyne.Canvas) []Item {
	var found []Item
	for _, i := range Outline(c) {
		if i.Role == "row" {
			found = append(found, i)
		}
	}
	return found
}

func TestATableIsWorkedByKeyboard(t *testing.T) {
	themed(t)
	opened := ""
	table := pumpTable(&opened)
	w := window(t, table)
	table.SetRows(pumps(2000))
	table.Focus()
	for _, step := range []struct {
		key  fyne.KeyName
		want string
	}{{fyne.KeyDown, "SN0001"}, {fyne.KeyDown, "SN0002"}, {fyne.KeyUp, "SN0001"}, {fyne.KeyEnd, "SN1999"}, {fyne.KeyDown, "SN1999"},
		{fyne.KeyHome, "SN0000"}, {fyne.KeyUp, "SN0000"}} {
		press(w.Canvas(), step.key)
		if p, _ := table.Selected(); p.serial != step.want {
			t.Errorf("after %s %q is selected, want %q", step.key, p.serial, step.want)
		}
	}
	press(w.Canvas(), fyne.KeyPageDown, fyne.KeyReturn)
	if opened == "SN0000" || opened == "" {
		t.Errorf("Page Down and Return opened %q", opened)
	}
	press(w.Canvas(), fyne.KeyEnd)
	visible := rows(w.Canvas())
	if !slices.ContainsFunc(visible, func(r Item) bool { return strings.HasPrefix(r.Label, "SN1999") && r.State == "selected" }) {
		t.Errorf("the last row is not in sight: %v", visible)
	}
}

func TestATableOfThousandsHasWidgetsForWhatIsVisible(t *testing.T) {
	themed(t)
	opened := ""
	table := pumpTable(&opened)
	window(t, table)
	table.SetRows(pumps(5000))
	if n := len(table.view.pool); n > 40 || n < 10 {
		t.Errorf("%d row widgets in 600 pixels", n)
	}
}

func TestSelectionAndFilterOutliveNewRows(t *testing.T) {
	themed(t)
	opened := ""
	table := pumpTable(&opened)
	window(t, table)
	table.SetRows(pumps(100))
	table.Select("SN0042")
	table.SetFilter("WARD sn004")
	if shown, all := table.Len(); shown != 10 || all != 100 {
		t.Errorf("%d of %d rows match", shown, all)
	}
	table.SetRows(pumps(60))
	if p, ok := table.Selected(); !ok || p.serial != "SN0042" {
		t.Errorf("selected %v %v", p, ok)
	}
	table.SetFilter("nothing like it")
	if _, ok := table.Selected(); ok || !table.empty.Visible() || table.empty.Text != "Nothing matches the filter." {
		t.Errorf("an empty result says %q", table.empty.Text)
	}
	table.SetRows(nil)
	if table.empty.Text != "no pumps" {
		t.Errorf("an empty table says %q", table.empty.Text)
	}
}

func TestAHeaderSortsByClickAndByKey(t *testing.T) {
	themed(t)
	opened := ""
	table := pumpTable(&opened)
	w := window(t, table)
	table.SetRows([]pump{{"b", "2"}, {"a", "3"}, {"c", "1"}})
	first := func() string { p, _ := table.First(); return p.serial }
	if first() != "a" {
		t.Errorf("at first sorted to %q", first())
	}
	test.Tap(table.heads[1])
	if first() != "c" {
		t.Errorf("sorted by ward to %q", first())
	}
	w.Canvas().Focus(table.heads[0])
	press(w.Canvas(), fyne.KeySpace, fyne.KeySpace)
	if first() != "c" || !table.desc {
		t.Errorf("sorted by serial, descending, to %q", first())
	}
	press(w.Canvas(), fyne.KeyRight)
	if w.Canvas().Focused() != fyne.Focusable(table.heads[1]) {
		t.Error("Right does not reach the next heading")
	}
	press(w.Canvas(), fyne.KeyDown)
	if w.Canvas().Focused() != fyne.Focusable(table) {
		t.Error("Down does not reach the rows")
	}
}

func TestTheSecondClickOnARowOpensIt(t *testing.T) {
	themed(t)
	opened := ""
	table := pumpTable(&opened)
	window(t, table)
	table.SetRows(pumps(5))
	clock := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	table.view.now = func() time.Time { return clock }
	test.Tap(table.view.pool[2])
	if p, _ := table.Selected(); p.serial != "SN0002" || opened != "" {
		t.Errorf("one click selected %q and opened %q", p.serial, opened)
	}
	clock = clock.Add(2 * time.Second)
	test.Tap(table.view.pool[2])
	if opened != "" {
		t.Error("a click that is too late for a second one opened the row")
	}
	clock = clock.Add(200 * time.Millisecond)
	test.Tap(table.view.pool[2])
	if opened != "SN0002" {
		t.Errorf("two clicks opened %q", opened)
	}
}

func TestAKeyThatATableDoesNotUseReachesTheWindow(t *testing.T) {
	themed(t)
	opened, got := "", fyne.KeyName("")
	table := pumpTable(&opened)
	w := window(t, table)
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) { got = ev.Name })
	table.Focus()
	press(w.Canvas(), fyne.KeyF5)
	if got != fyne.KeyF5 {
		t.Errorf("the window saw %q", got)
	}
}

func TestAColumnThatCannotWorkPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a column without a text was accepted")
		}
	}()
	NewTable(TableConfig[pump]{Key: func(pump) string { return "" }, Columns: []Column[pump]{{ID: "x", Weight: 1}}})
}

func TestALongTextIsCutWithAnEllipsis(t *testing.T) {
	test.NewTempApp(t)
	long := strings.Repeat("long ", 40)
	cut := ellipsis(long, 100, 14, fyne.TextStyle{})
	if !strings.HasSuffix(cut, "…") || fyne.MeasureText(cut, 14, fyne.TextStyle{}).Width > 100 {
		t.Errorf("cut to %q", cut)
	}
	if got := ellipsis("short", 100, 14, fyne.TextStyle{}); got != "short" {
		t.Errorf("cut to %q", got)
	}
}

func BenchmarkFilterTwoThousandRows(b *testing.B) {
	opened := ""
	themed(b)
	table := pumpTable(&opened)
	w := test.NewTempWindow(b, table)
	w.Resize(fyne.NewSize(1200, 800))
	table.SetRows(pumps(2000))
	for i := 0; b.Loop(); i++ {
		table.SetFilter([]string{"sn0", "ward 3", ""}[i%3])
	}
}

func TestRowsThatMatterLessAreMuted(t *testing.T) {
	themed(t)
	table := NewTable(TableConfig[pump]{Name: "pumps", Key: func(p pump) string { return p.serial }, Faint: func(p pump) bool { return p.serial == "SN2" },
		Columns: []Column[pump]{{ID: "serial", Label: "Serial", Weight: 1, Text: func(p pump) string { return p.serial }},
			{ID: "state", Label: "State", Weight: 1, State: func(pump) State { return Verified }}}})
	table.SetRows([]pump{{serial: "SN1"}, {serial: "SN2"}})
	for i, want := range [][2]fyne.ThemeColorName{{"", ColorVerified}, {ColorMuted, ColorMuted}} {
		if got := table.rows[i].cells; got[0].color != want[0] || got[1].color != want[1] || got[1].text != "Verified" {
			t.Errorf("row %d: %+v", i, got)
		}
	}
}
