package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Dialogs shows at most one dialog in a window; another one waits until that is closed.
type Dialogs struct {
	Home   func() // gives the keyboard a place where the last dialog left it none; may be nil
	window fyne.Window
	open   *openDialog
	queue  []Dialog
}

type openDialog struct {
	Dialog
	popup    *widget.PopUp
	previous func(*fyne.KeyEvent)
	focused  fyne.Focusable
}

// Dialog asks one question or tells one thing.
type Dialog struct {
	Title   string
	Text    string             // may be ""
	Body    fyne.CanvasObject  // may be nil; keyboard focus goes to Focus
	Focus   fyne.Focusable     // nil for Cancel
	Confirm string             // what the button does, "Write 3 settings"; "" for a dialog that can only be closed
	Danger  bool               // the button has effects that cannot be undone
	Check   func() bool        // whether Confirm may close the dialog now; nil for always
	OnDone  func(confirm bool) // called once, after the dialog has gone; may be nil
	Wide    bool
}

// NewDialogs returns the dialogs of a window.
func NewDialogs(w fyne.Window) *Dialogs { return &Dialogs{window: w} }

// Open says whether a dialog is open.
func (d *Dialogs) Open() bool { return d.open != nil }

// Show opens the dialog, or queues it. Escape cancels, wherever the focus is. Return presses the focused button, which is
// Cancel at first, so that nothing is confirmed by a key that was meant for something else; in an entry it confirms.
func (d *Dialogs) Show(dialog Dialog) {
	if d.open != nil {
		d.queue = append(d.queue, dialog)
		return
	}
	c := d.window.Canvas()
	open := &openDialog{Dialog: dialog, previous: c.OnTypedKey(), focused: c.Focused()}
	d.open = open
	cancel, content := d.build(open)
	open.popup = widget.NewModalPopUp(content, c)
	open.popup.Resize(d.size(dialog, content))
	open.popup.Show()
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) {
		switch ev.Name {
		case fyne.KeyEscape:
			d.close(open, false)
		case fyne.KeyReturn, fyne.KeyEnter:
			if open.Confirm != "" && c.Focused() != nil {
				d.close(open, true)
			}
		}
	})
	if dialog.Focus != nil {
		c.Focus(dialog.Focus)
	} else {
		c.Focus(cancel)
	}
}

func (d *Dialogs) build(open *openDialog) (cancel *Button, content fyne.CanvasObject) {
	body := container.NewVBox()
	if open.Text != "" {
		body.Add(Body(open.Text))
	}
	if open.Body != nil {
		body.Add(open.Body)
	}
	word := T("dialog.close")
	if open.Confirm != "" {
		word = T("dialog.cancel")
	}
	cancel = NewButton(word, "", func() { d.close(open, false) })
	buttons := container.NewHBox(layout.NewSpacer(), cancel)
	if open.Confirm != "" {
		confirm := NewPrimary(open.Confirm, "", func() { d.close(open, true) })
		if open.Danger {
			confirm.SetImportance(widget.DangerImportance)
		}
		buttons.Add(confirm)
	}
	return cancel, Room(container.NewBorder(Heading(open.Title), buttons, nil, nil, body))
}

// size is as wide as reads well, and never larger than the window.
func (d *Dialogs) size(dialog Dialog, content fyne.CanvasObject) fyne.Size {
	letters := float32(32)
	if dialog.Wide {
		letters = 52
	}
	window := d.window.Canvas().Size()
	width := min(letters*theme.Size(theme.SizeNameText), window.Width*0.9)
	content.Resize(fyne.NewSize(width, content.MinSize().Height)) // wrapped text needs its width before it knows its height
	return fyne.NewSize(width, min(content.MinSize().Height, window.Height*0.9))
}

// close ends the dialog once. A second call, from a double click for one, does nothing, also when the next dialog is open.
func (d *Dialogs) close(open *openDialog, confirm bool) {
	if d.open != open || confirm && open.Check != nil && !open.Check() {
		return
	}
	c := d.window.Canvas()
	d.open = nil
	open.popup.Hide()
	c.SetOnTypedKey(open.previous)
	if open.focused != nil {
		c.Focus(open.focused)
	}
	if open.OnDone != nil {
		open.OnDone(confirm)
	}
	if d.open == nil && len(d.queue) > 0 {
		next := d.queue[0]
		d.queue = d.queue[1:]
		d.Show(next)
	}
	if d.open == nil && d.Home != nil && c.Focused() == nil {
		d.Home() // a mouse press takes the keyboard from what had it, so there may be nothing to give it back to
	}
}

// Cancel closes the open dialog as Escape does.
func (d *Dialogs) Cancel() {
	if d.open != nil {
		d.close(d.open, false)
	}
}

// Clear closes the open dialog as Escape does, and forgets those that wait: something else cannot wait for an answer.
func (d *Dialogs) Clear() {
	for i := 0; d.Open() && i < 10; i++ { // what one opens when it is dismissed goes with it
		d.queue = nil
		d.Cancel()
	}
}

// Fault shows a failure that stops what the person was doing: what, why, what now, and the causes under Details.
func (d *Dialogs) Fault(err error) {
	what, why, next := FaultText(err)
	causes := NewNote(T("dialog.details"))
	causes.SetText(err.Error())
	causes.Hide()
	body := container.NewVBox()
	body.Add(container.NewHBox(newDetails(func() {
		causes.Hidden = !causes.Hidden
		body.Refresh()
		d.Fit()
	})))
	body.Add(causes)
	d.Show(Dialog{Title: what, Text: why + " " + next, Body: body, Wide: true})
}

// Fit makes the open dialog as high as its content has become.
func (d *Dialogs) Fit() {
	if d.open != nil {
		d.open.popup.Resize(d.size(d.open.Dialog, d.open.popup.Content))
	}
}

func newDetails(tapped func()) *Button {
	b := NewButton(T("dialog.details"), IconInfo, tapped)
	b.SetImportance(widget.LowImportance)
	return b
}
