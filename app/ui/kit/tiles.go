package kit

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Tile is one of a few large choices.
type Tile struct {
	ID    string
	Icon  Icon
	Words string
}

// Tiles is a row of large choices of which one is chosen: with the mouse, with the arrows or Tab and the space bar, or by
// typing its number.
type Tiles struct {
	widget.BaseWidget
	tiles  []*tile
	box    *fyne.Container
	at     int // the chosen one; -1 for none
	chosen func(id string)
}

// NewTiles returns a row of choices, none of them chosen. Chosen is called when a person chooses, also the same again.
func NewTiles(chosen func(id string), tiles ...Tile) *Tiles {
	t := &Tiles{box: container.NewGridWithColumns(len(tiles)), at: -1, chosen: chosen}
	for i, one := range tiles {
		w := newTile(one, i, t)
		t.tiles = append(t.tiles, w)
		t.box.Add(w)
	}
	t.ExtendBaseWidget(t)
	return t
}

// Chosen returns the ID of what is chosen; "" for nothing.
func (t *Tiles) Chosen() string {
	if t.at < 0 {
		return ""
	}
	return t.tiles[t.at].ID
}

// Set shows another choice; "" for none. It tells nobody.
func (t *Tiles) Set(id string) {
	t.at = -1
	for i, w := range t.tiles {
		if w.ID == id {
			t.at = i
		}
	}
	t.Refresh()
}

// SetEnabled enables or disables all of them.
func (t *Tiles) SetEnabled(on bool) {
	for _, w := range t.tiles {
		if on == w.Disabled() {
			if on {
				w.Enable()
			} else {
				w.Disable()
			}
		}
	}
}

// Focusable returns what takes the keyboard: the chosen tile, or the first.
func (t *Tiles) Focusable() fyne.Focusable { return t.tiles[max(t.at, 0)] }

func (t *Tiles) choose(i int) {
	if i < 0 || i >= len(t.tiles) || t.tiles[i].Disabled() {
		return
	}
	t.at = i
	t.Refresh()
	t.chosen(t.tiles[i].ID)
}

func (t *Tiles) step(from, by int) {
	if i := from + by; i >= 0 && i < len(t.tiles) {
		Focus(t.tiles[i])
	}
}

// Refresh implements fyne.CanvasObject.
func (t *Tiles) Refresh() {
	for _, w := range t.tiles {
		w.Refresh()
	}
	t.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (t *Tiles) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.box) }

// Children are what Outline walks.
func (t *Tiles) Children() []fyne.CanvasObject { return t.box.Objects }

type tile struct {
	widget.DisableableWidget
	Tile
	index   int
	row     *Tiles
	hovered bool
	focused bool
	ground  *canvas.Rectangle
	over    *canvas.Rectangle
	frame   *canvas.Rectangle
	pic     *canvas.Image
	tick    *canvas.Image
	text    *canvas.Text
	number  *canvas.Text
}

func newTile(one Tile, index int, row *Tiles) *tile {
	w := &tile{Tile: one, index: index, row: row, ground: canvas.NewRectangle(nil), over: canvas.NewRectangle(nil), frame: canvas.NewRectangle(nil),
		pic: canvas.NewImageFromResource(nil), tick: canvas.NewImageFromResource(nil),
		text: canvas.NewText(one.Words, nil), number: canvas.NewText(strconv.Itoa(index+1), nil)}
	w.pic.FillMode, w.tick.FillMode = canvas.ImageFillContain, canvas.ImageFillContain
	w.ExtendBaseWidget(w)
	w.paint()
	return w
}

func (w *tile) selected() bool { return w.row.at == w.index }

// paint shows the chosen one by a border, a tick and the weight of its words: never by a colour alone.
func (w *tile) paint() {
	ink, line := theme.ColorNameForeground, theme.ColorNameInputBorder
	w.ground.FillColor = theme.Color(ColorSurface)
	w.frame.StrokeWidth = 1
	if w.selected() {
		line, w.frame.StrokeWidth = theme.ColorNamePrimary, 3
		w.ground.FillColor = theme.Color(theme.ColorNameSelection)
	}
	if w.focused {
		line, w.frame.StrokeWidth = theme.ColorNamePrimary, w.frame.StrokeWidth+1
	}
	if w.Disabled() {
		ink = theme.ColorNameDisabled
	}
	w.frame.StrokeColor = theme.Color(line)
	w.over.FillColor = theme.Color(theme.ColorNameHover)
	w.over.Hidden = !w.hovered || w.Disabled()
	round := theme.Size(theme.SizeNameButtonRadius)
	w.ground.CornerRadius, w.frame.CornerRadius, w.over.CornerRadius = round, round, round
	w.pic.Resource = w.Icon.Resource(ink)
	w.tick.Resource = IconCheck.Resource(ink)
	w.tick.Hidden = !w.selected()
	w.text.Color, w.text.TextSize, w.text.TextStyle.Bold = theme.Color(ink), theme.Size(theme.SizeNameText), w.selected()
	w.number.Color, w.number.TextSize = theme.Color(ColorMuted), theme.Size(theme.SizeNameCaptionText)
}

// Refresh implements fyne.CanvasObject.
func (w *tile) Refresh() {
	w.paint()
	w.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (w *tile) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New((*tileLayout)(w), w.ground, w.over, w.pic, w.text, w.number, w.tick, w.frame))
}

// Tapped implements fyne.Tappable.
func (w *tile) Tapped(*fyne.PointEvent) { w.row.choose(w.index) }

// TypedKey implements fyne.Focusable.
func (w *tile) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace: // it comes as a letter
	case fyne.KeyReturn, fyne.KeyEnter:
		w.row.choose(w.index)
	case fyne.KeyRight:
		w.row.step(w.index, 1)
	case fyne.KeyLeft:
		w.row.step(w.index, -1)
	default:
		PassOn(w, ev)
	}
}

// TypedRune implements fyne.Focusable. Numbers and the space bar are taken as letters and not as keys: a key comes before
// its letter, and where choosing moves the keyboard on, the letter would be typed into what has it then.
func (w *tile) TypedRune(r rune) {
	if r == ' ' {
		w.row.choose(w.index)
		return
	}
	w.row.choose(int(r - '1'))
}

// KeyDown implements desktop.Keyable.
func (w *tile) KeyDown(ev *fyne.KeyEvent) { Pressed(w, ev) }

// KeyUp implements desktop.Keyable.
func (*tile) KeyUp(*fyne.KeyEvent) {}

// FocusGained implements fyne.Focusable.
func (w *tile) FocusGained() {
	w.focused = true
	w.Refresh()
	reveal(w)
}

// FocusLost implements fyne.Focusable.
func (w *tile) FocusLost() { w.focused = false; w.Refresh() }

// MouseIn implements desktop.Hoverable.
func (w *tile) MouseIn(*desktop.MouseEvent) { w.hovered = true; w.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (w *tile) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (w *tile) MouseOut() { w.hovered = false; w.Refresh() }

// AccessibilityLabel implements fyne.Accessible.
func (w *tile) AccessibilityLabel() string { return w.Words }

// AccessibilityRole implements fyne.Accessible.
func (w *tile) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// OutlineRole tells Outline which tile is chosen.
func (w *tile) OutlineRole() (role, state string) {
	if w.selected() {
		return "check", "checked"
	}
	return "check", ""
}

// tileLayout puts the icon before the words, the number that chooses the tile at its left and the tick at its right.
type tileLayout tile

func (l *tileLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	pad, letter := theme.Size(theme.SizeNameInnerPadding), theme.Size(theme.SizeNameText)
	bold := fyne.MeasureText(l.Words, letter, fyne.TextStyle{Bold: true})
	return fyne.NewSize(bold.Width+4*letter+6*pad, 2*letter+4*pad)
}

func (l *tileLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	pad, letter := theme.Size(theme.SizeNameInnerPadding), theme.Size(theme.SizeNameText)
	for _, o := range []fyne.CanvasObject{l.ground, l.over, l.frame} {
		o.Resize(size)
	}
	middle := func(o fyne.CanvasObject, x float32, s fyne.Size) {
		o.Resize(s)
		o.Move(fyne.NewPos(x, (size.Height-s.Height)/2))
	}
	middle(l.number, 2*pad, l.number.MinSize())
	icon := letter * 1.6
	middle(l.pic, 2*pad+letter, fyne.NewSquareSize(icon))
	middle(l.text, 3*pad+letter+icon, l.text.MinSize())
	middle(l.tick, size.Width-letter-2*pad, fyne.NewSquareSize(letter))
}
