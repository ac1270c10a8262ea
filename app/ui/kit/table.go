package kit

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Look says how the text of a column stands out.
type Look int

// The looks.
const (
	Plain   Look = iota
	Strong       // bold, for what names the row
	Faint        // muted, for what is seldom needed
	Figures      // right-aligned
)

// Column declares one column of a Table.
type Column[T any] struct {
	ID      string
	Label   string               // key of the heading's text
	Weight  float32              // share of the width, relative to the other columns'
	Text    func(T) string       // what the cell says; not needed where State is given
	State   func(T) State        // an icon and a word instead of a text, or "" for neither; may be nil
	Compare func(a, b T) int     // order; nil compares the texts without regard to case
	Look    Look                 //
	Icon    func(T) (Icon, bool) // an icon before the text; may be nil
}

// TableConfig declares a Table.
type TableConfig[T any] struct {
	Name     string         // key of what the table lists, for assistive technology
	Columns  []Column[T]    //
	Key      func(T) string // names a row; selection follows it
	Search   func(T) string // more that the filter finds, beside the cells; may be nil
	Empty    string         // key of the text shown when there are no rows
	NoMatch  string         // key of the text shown when the filter leaves none; "" for a general one
	OnSelect func(T)        // a row was selected; may be nil
	OnOpen   func(T)        // Return, F2 or a second click on a row; may be nil
	Fixed    bool           // rows stay in the given order; headings of columns do not sort
	Faint    func(T) bool   // the row is shown muted: it matters less than the others; may be nil
	Heading  func(T) bool   // the row is a heading of those below it, shown with them only; needs Fixed; may be nil
}

// Table shows rows of T in columns. Cells are worded once, when rows are set; only visible rows have widgets. A header
// that is clicked, or pressed by keyboard, sorts; arrows, Page Up and Down, Home and End move the selection.
type Table[T any] struct {
	widget.BaseWidget
	config TableConfig[T]
	rows   []tableRow[T]
	shown  []int // indices of rows, filtered and sorted
	filter string
	sort   int
	desc   bool
	cursor string // key of the selected row
	view   *rowView
	heads  []*columnHead
	empty  *widget.Label
	frame  *focusFrame
	root   *fyne.Container
}

type tableRow[T any] struct {
	value   T
	key     string
	cells   []cellText
	search  string
	heading bool
}

// NewTable returns an empty table, sorted by its first column. A declaration that cannot work panics.
func NewTable[T any](config TableConfig[T]) *Table[T] {
	if config.Key == nil || len(config.Columns) == 0 {
		panic("kit: a table needs columns and a key")
	}
	t := &Table[T]{config: config}
	looks, weights := make([]Look, 0, len(config.Columns)), make([]float32, 0, len(config.Columns))
	for _, c := range config.Columns {
		if c.Text == nil && c.State == nil || c.Weight <= 0 {
			panic("kit: column " + c.ID + " needs a weight, and a text or a state")
		}
		looks, weights = append(looks, c.Look), append(weights, c.Weight)
	}
	t.view = newRowView(looks, weights, t.show, t.tapped)
	header := container.New(&columnLayout{weights: weights})
	for i, c := range config.Columns {
		head := newColumnHead(text(c.Label), c.Look, func() { t.sortBy(i) }, func(ev *fyne.KeyEvent) { t.headKey(i, ev) })
		t.heads = append(t.heads, head)
		header.Add(head)
	}
	t.empty = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{})
	t.empty.Wrapping = fyne.TextWrapWord
	t.empty.Importance = widget.LowImportance
	t.frame = newFocusFrame()
	t.root = container.NewBorder(Bar(header), nil, nil, nil,
		container.NewStack(newGround(ColorSurface, "", 0), t.view, container.NewPadded(t.empty), t.frame))
	t.ExtendBaseWidget(t)
	t.arrange()
	return t
}

// text is T where a type parameter hides that.
func text(key string) string { return T(key) }

// CreateRenderer implements fyne.Widget.
func (t *Table[T]) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.root) }

// SetRows shows these rows. Selection, filter, order and scrolled position stay.
func (t *Table[T]) SetRows(rows []T) {
	t.rows = make([]tableRow[T], len(rows))
	for i, v := range rows {
		t.rows[i] = t.word(v)
	}
	t.arrange()
}

func (t *Table[T]) word(v T) tableRow[T] {
	row := tableRow[T]{value: v, key: t.config.Key(v), cells: make([]cellText, len(t.config.Columns))}
	var all strings.Builder
	row.heading = t.config.Fixed && t.config.Heading != nil && t.config.Heading(v)
	for i, c := range t.config.Columns {
		cell := &row.cells[i]
		cell.heading = row.heading
		if s := stateOf(c, v); s != "" {
			*cell = cellText{text: s.Word(), icon: s.Icon(), color: s.Color(), heading: row.heading}
		}
		if c.Text != nil {
			cell.text = c.Text(v)
		}
		if c.Icon != nil {
			if icon, ok := c.Icon(v); ok {
				cell.icon, cell.color = icon, ColorMuted
			}
		}
		if t.config.Faint != nil && t.config.Faint(v) {
			cell.color = ColorMuted
		}
		all.WriteString(cell.text)
		all.WriteByte('\n')
	}
	if t.config.Search != nil {
		all.WriteString(t.config.Search(v))
	}
	row.search = strings.ToLower(all.String())
	return row
}

// stateOf returns "" for a cell without a state.
func stateOf[T any](c Column[T], v T) State {
	if c.State == nil {
		return ""
	}
	return c.State(v)
}

// SetFilter shows only the rows that contain every word of text, in any column.
func (t *Table[T]) SetFilter(text string) {
	t.filter = strings.ToLower(text)
	t.view.toTop()
	t.arrange()
}

// SortBy orders the rows by the column with this ID.
func (t *Table[T]) SortBy(id string, descending bool) {
	if i := slices.IndexFunc(t.config.Columns, func(c Column[T]) bool { return c.ID == id }); i >= 0 {
		t.sort, t.desc = i, descending
		t.arrange()
	}
}

func (t *Table[T]) sortBy(i int) {
	if t.config.Fixed {
		return
	}
	t.desc = t.sort == i && !t.desc
	t.sort = i
	t.arrange()
}

// Len returns how many rows are shown and how many there are.
func (t *Table[T]) Len() (shown, all int) { return len(t.shown), len(t.rows) }

// Selected returns the selected row, where that is shown.
func (t *Table[T]) Selected() (T, bool) {
	if i := t.index(); i >= 0 {
		return t.rows[t.shown[i]].value, true
	}
	var none T
	return none, false
}

// First returns the first row shown that is no heading.
func (t *Table[T]) First() (T, bool) {
	for _, i := range t.shown {
		if !t.rows[i].heading {
			return t.rows[i].value, true
		}
	}
	var none T
	return none, false
}

// Select selects the row with this key, without calling OnSelect, and scrolls to it.
func (t *Table[T]) Select(key string) {
	t.cursor = key
	if i := t.index(); i >= 0 {
		t.view.reveal(i)
	}
	t.view.render()
}

// Focus gives the table the keyboard; where nothing is selected, its first row is.
func (t *Table[T]) Focus() {
	Focus(t)
	if t.index() < 0 && len(t.shown) > 0 {
		t.moveTo(0)
	}
}

func (t *Table[T]) index() int {
	return slices.IndexFunc(t.shown, func(i int) bool { return t.rows[i].key == t.cursor })
}

// arrange filters, sorts and shows.
func (t *Table[T]) arrange() {
	t.match()
	if !t.config.Fixed {
		slices.SortStableFunc(t.shown, t.compare)
	}
	for i, h := range t.heads {
		h.set(i == t.sort && !t.config.Fixed, t.desc)
	}
	t.empty.Hide()
	if len(t.shown) == 0 {
		key := t.config.Empty
		if len(t.rows) > 0 {
			key = cmp.Or(t.config.NoMatch, "table.no_match")
		}
		t.empty.SetText(text(key))
		t.empty.Show()
	}
	t.view.setLength(len(t.shown))
}

// match leaves the rows with every word of the filter, and the headings of those.
func (t *Table[T]) match() {
	words, heading := strings.Fields(t.filter), -1
	t.shown = t.shown[:0]
next:
	for i := range t.rows {
		if t.rows[i].heading {
			heading = i
			continue
		}
		for _, w := range words {
			if !strings.Contains(t.rows[i].search, w) {
				continue next
			}
		}
		if heading >= 0 {
			t.shown, heading = append(t.shown, heading), -1
		}
		t.shown = append(t.shown, i)
	}
}

func (t *Table[T]) compare(a, b int) int {
	c, by := t.config.Columns[t.sort], 0
	if c.Compare != nil {
		by = c.Compare(t.rows[a].value, t.rows[b].value)
	} else {
		by = cmp.Compare(strings.ToLower(t.rows[a].cells[t.sort].text), strings.ToLower(t.rows[b].cells[t.sort].text))
	}
	if t.desc {
		by = -by
	}
	return cmp.Or(by, cmp.Compare(t.rows[a].key, t.rows[b].key))
}

// show fills the widget of the shown row i.
func (t *Table[T]) show(i int, w *rowWidget) {
	row := &t.rows[t.shown[i]]
	w.set(i, row.cells, row.key == t.cursor)
}

func (t *Table[T]) tapped(i int, again bool) {
	Focus(t)
	if i >= len(t.shown) {
		return
	}
	if again && t.rows[t.shown[i]].key == t.cursor {
		t.open()
		return
	}
	t.moveTo(i)
}

func (t *Table[T]) moveTo(i int) {
	if len(t.shown) == 0 {
		return
	}
	row := &t.rows[t.shown[t.beside(min(max(i, 0), len(t.shown)-1))]]
	changed := t.cursor != row.key
	t.Select(row.key)
	if changed && t.config.OnSelect != nil {
		t.config.OnSelect(row.value)
	}
}

// beside returns i, or where that is a heading the next row in the direction of the move. The row below a heading is one.
func (t *Table[T]) beside(i int) int {
	switch {
	case !t.rows[t.shown[i]].heading:
		return i
	case i > 0 && i < t.index():
		return i - 1
	}
	return i + 1
}

func (t *Table[T]) open() {
	if v, ok := t.Selected(); ok && t.config.OnOpen != nil {
		t.config.OnOpen(v)
	}
}
