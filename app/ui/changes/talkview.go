package changes

import (
	"slices"

	"countersign/app/ui/kit"
	"countersign/internal/change"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// talkView is what people have said about a request, and a line to say more. Comments decide nothing.
type talkView struct {
	box   *fyne.Container
	list  *fyne.Container
	entry *kit.Entry
	add   *kit.Button
	shown []string
}

func newTalkView(say func(text string)) *talkView {
	v := &talkView{list: container.NewVBox(), entry: kit.NewEntry(kit.T("changes.comment"))}
	v.entry.PlaceHolder = kit.T("changes.comment.hint")
	v.entry.OnSubmitted = say
	v.add = kit.NewButton(kit.T("changes.comment.add"), kit.IconEdit, func() { say(v.entry.Text) })
	v.box = container.NewVBox(kit.Heading(kit.T("changes.comments")), v.list, container.NewBorder(nil, nil, nil, v.add, v.entry))
	return v
}

func (v *talkView) set(comments []change.Comment, signedIn bool) {
	name := kit.T("changes.comment.add")
	if !signedIn {
		name = kit.T("changes.comment.sign_in")
	}
	if v.add.AccessibilityLabel() != name {
		v.add.SetText(name)
	}
	var lines []string
	for _, c := range comments {
		lines = append(lines, c.By.Name+", "+kit.Moment(c.At)+"\n"+c.Text)
	}
	if slices.Equal(lines, v.shown) {
		return
	}
	v.shown = lines
	v.list.Objects = nil
	for _, c := range comments {
		v.list.Add(kit.Tight(kit.Muted(c.By.Name+", "+kit.Moment(c.At)), kit.Body(c.Text)))
	}
	v.list.Refresh()
}
