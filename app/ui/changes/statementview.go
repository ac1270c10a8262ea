package changes

import (
	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// statementView shows the text that will be signed, byte for byte, and what it means beside it.
type statementView struct {
	box   *fyne.Container
	text  *widget.Label
	words *widget.Label
}

func newStatementView() *statementView {
	v := &statementView{text: widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true}), words: kit.Body("")}
	v.text.Wrapping = fyne.TextWrapBreak // nothing of it may be out of sight to the right
	left := container.NewVBox(kit.Heading(kit.T("changes.reading.text")), kit.Panel(v.text))
	right := container.NewVBox(kit.Heading(kit.T("changes.reading.means")), v.words)
	v.box = container.New(tops{7, 3}, left, right)
	return v
}

func (v *statementView) set(text string, words []string) {
	if v.text.Text == text {
		return
	}
	v.text.SetText(text)
	all := ""
	for i, w := range words {
		if i > 0 {
			all += "\n\n"
		}
		all += w
	}
	v.words.SetText(all)
}
