package kit

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

func TestAPageFollowsTheKeyboard(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Comfortable, Light))
	var entries []*Entry
	box := container.NewVBox()
	for i := range 40 {
		e := NewEntry(fmt.Sprint("entry ", i))
		entries = append(entries, e)
		box.Add(Row(fmt.Sprint(i), e))
	}
	scroll := container.NewVScroll(box)
	w := test.NewTempWindow(t, Frame(nil, scroll))
	w.Resize(fyne.NewSize(400, 300))
	for _, i := range []int{0, 39, 20, 5, 0} {
		w.Canvas().Focus(entries[i])
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(entries[i]).Y
		if at < 0 || at+entries[i].Size().Height > 300 {
			t.Errorf("entry %d is at %v of 300", i, at)
		}
	}
	before := scroll.Offset
	w.Canvas().Focus(entries[1])
	if scroll.Offset != before {
		t.Error("the page moves although the entry is in sight")
	}
}

func TestTheTabulatorLeavesSeveralLinesOfText(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Comfortable, Light))
	note, next := NewNote("reason"), NewEntry("next")
	w := test.NewTempWindow(t, container.NewVBox(note, next))
	w.Canvas().Focus(note)
	if note.AcceptsTab() {
		t.Error("there is no way on by keyboard")
	}
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != fyne.Focusable(next) {
		t.Errorf("%T has the keyboard", w.Canvas().Focused())
	}
}
