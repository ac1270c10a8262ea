package shell

import (
	"time"

	"countersign/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// listenEvery is how often the window looks whether the mouse still moves. Finer than this nobody needs it to be: who is
// away is away for minutes.
const listenEvery = 10 * time.Second

// sensor notices that somebody is at the window. Keys are seen on their way to whatever has the keyboard. For the mouse it
// lies above the page from time to time, until the mouse moves for the first time: it takes no click and no wheel, and is
// out of the way again before what is below could miss its highlight.
type sensor struct {
	widget.BaseWidget
	touched func()
}

// sensor puts itself over content and into the canvas.
func (s *Shell) sensor(content fyne.CanvasObject) fyne.CanvasObject {
	if s.config.Touched == nil {
		return content
	}
	s.presence = &sensor{touched: s.config.Touched}
	s.presence.ExtendBaseWidget(s.presence)
	if c, ok := s.config.Window.Canvas().(desktop.Canvas); ok {
		c.SetOnKeyDown(func(*fyne.KeyEvent) { s.touch() })
	}
	return container.NewStack(content, s.presence)
}

// touch says that somebody is there. Nobody has to listen for that now.
func (s *Shell) touch() {
	if s.config.Touched != nil {
		s.config.Touched()
	}
	if s.presence != nil {
		s.presence.Hide()
	}
}

// listen waits for the mouse to move again. It does not put itself between a mouse and the button that this holds.
func (s *Shell) listen() {
	if h, ok := s.config.Window.Canvas().Focused().(*kit.Hold); ok && h.Held() {
		return
	}
	if s.presence != nil && !s.presence.Visible() {
		s.presence.Show()
	}
}

func (s *sensor) moved() {
	s.Hide()
	s.touched()
}

// MouseIn implements desktop.Hoverable.
func (s *sensor) MouseIn(*desktop.MouseEvent) { s.moved() }

// MouseMoved implements desktop.Hoverable.
func (s *sensor) MouseMoved(*desktop.MouseEvent) { s.moved() }

// MouseOut implements desktop.Hoverable.
func (s *sensor) MouseOut() {}

// CreateRenderer implements fyne.Widget. There is nothing to see.
func (s *sensor) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
