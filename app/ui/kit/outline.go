package kit

import (
	"cmp"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Item is one thing that a person can see in a window, in pixels of the window from its top left corner. Parts that are
// scrolled out of sight are cut off.
type Item struct {
	Role  string // "button", "entry", "check", "select", "table", "row", "header", "menu", "link", "text"
	Label string // what it is called
	State string // "disabled", "focused", "selected", "checked", "ascending"; "" for none
	Text  string // what is in it: the text of an entry, the chosen option
	X, Y  int
	W, H  int
}

// Center is where to click.
func (i Item) Center() (x, y int) { return i.X + i.W/2, i.Y + i.H/2 }

// parent is a widget that Outline can walk into.
type parent interface{ Children() []fyne.CanvasObject }

// roled is a widget that knows better than its type what it is.
type roled interface{ OutlineRole() (role, state string) }

// Outline lists everything visible on a canvas, from the top down and from left to right. While a dialog or a menu is open it
// lists that alone, for nothing else can be reached. Tests, and stories played on the real window, find their way by it.
func Outline(c fyne.Canvas) []Item {
	o := outline{canvas: c, scale: c.Scale()}
	root := c.Overlays().Top()
	if root == nil {
		root = c.Content()
	}
	if root != nil {
		o.walk(root, area{size: c.Size()})
	}
	slices.SortStableFunc(o.items, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return o.items
}

type area struct {
	pos  fyne.Position
	size fyne.Size
}

// cut returns the part of a that lies in b.
func (a area) cut(b area) area {
	x0, y0 := max(a.pos.X, b.pos.X), max(a.pos.Y, b.pos.Y)
	x1, y1 := min(a.pos.X+a.size.Width, b.pos.X+b.size.Width), min(a.pos.Y+a.size.Height, b.pos.Y+b.size.Height)
	return area{fyne.NewPos(x0, y0), fyne.NewSize(max(x1-x0, 0), max(y1-y0, 0))}
}

type outline struct {
	canvas fyne.Canvas
	scale  float32
	items  []Item
}

func (o *outline) walk(object fyne.CanvasObject, clip area) {
	if object == nil || !object.Visible() {
		return
	}
	at := area{fyne.CurrentApp().Driver().AbsolutePositionForObject(object), object.Size()}
	if check, ok := object.(*Check); ok {
		at.size.Width = min(at.size.Width, check.MinSize().Width) // a click to the right of its text does nothing
	}
	seen := at.cut(clip)
	if item, ok := o.describe(object); ok && seen.size.Width >= 1 && seen.size.Height >= 1 {
		item.X, item.Y = int(seen.pos.X*o.scale), int(seen.pos.Y*o.scale)
		item.W, item.H = int(seen.size.Width*o.scale), int(seen.size.Height*o.scale)
		o.items = append(o.items, item)
	}
	if scroll, ok := object.(*container.Scroll); ok {
		o.walk(scroll.Content, seen)
		return
	}
	for _, child := range children(object) {
		o.walk(child, clip)
	}
}

func (o *outline) describe(object fyne.CanvasObject) (Item, bool) {
	item := Item{}
	switch w := object.(type) {
	case *Button:
		item.Role, item.Label = "button", w.AccessibilityLabel()
	case *widget.Button:
		item.Role, item.Label = "button", w.AccessibilityLabel()
	case *Entry:
		item.Role, item.Label, item.Text = "entry", w.name, shownText(&w.Entry)
	case *Filter:
		item.Role, item.Label, item.Text = "entry", w.name, w.Text
	case *Check:
		item.Role, item.Label = "check", w.Text
		if w.Checked {
			item.State = "checked"
		}
	case *Select:
		item.Role, item.Label, item.Text = "select", w.name, w.Selected
	case *widget.Label:
		item.Role, item.Label = "text", w.Text
	case *widget.Hyperlink:
		item.Role, item.Label = "link", w.Text
	case *canvas.Text:
		item.Role, item.Label = "text", w.Text
	default:
		if !describeOther(object, &item) {
			return Item{}, false
		}
	}
	if d, ok := object.(fyne.Disableable); ok && d.Disabled() {
		item.State = "disabled"
	}
	if f, ok := object.(fyne.Focusable); ok && o.canvas.Focused() == f && item.State == "" {
		item.State = "focused"
	}
	return item, item.Label != "" || item.Role != "text"
}

func describeOther(object fyne.CanvasObject, item *Item) bool {
	if label, ok := menuLabel(object); ok {
		item.Role, item.Label = "menu", label
		return true
	}
	named, ok := object.(fyne.Accessible)
	if !ok {
		return false
	}
	item.Role, item.Label = string(named.AccessibilityRole()), named.AccessibilityLabel()
	if r, ok := object.(roled); ok {
		item.Role, item.State = r.OutlineRole()
	}
	if item.Role == string(fyne.AccessibleRoleContainer) {
		item.Role = "table"
		_, ok = object.(parent)
		return ok
	}
	return true
}

// shownText is what can be read in an entry: nothing of a passphrase.
func shownText(e *widget.Entry) string {
	if e.Password {
		return ""
	}
	return e.Text
}

// children returns what is drawn inside of an object, as far as it is more than the object itself says.
func children(object fyne.CanvasObject) []fyne.CanvasObject {
	switch w := object.(type) {
	case parent:
		return w.Children()
	case *fyne.Container:
		return w.Objects
	case *container.Split:
		return []fyne.CanvasObject{w.Leading, w.Trailing}
	case *container.AppTabs:
		if tab := w.Selected(); tab != nil {
			return []fyne.CanvasObject{tab.Content}
		}
	case *widget.Accordion:
		open := slices.DeleteFunc(slices.Clone(w.Items), func(i *widget.AccordionItem) bool { return !i.Open })
		objects := make([]fyne.CanvasObject, len(open))
		for i, item := range open {
			objects[i] = item.Detail
		}
		return objects
	case *widget.Card:
		return []fyne.CanvasObject{w.Content}
	case *widget.PopUp:
		return []fyne.CanvasObject{w.Content}
	case *widget.PopUpMenu:
		return w.Items
	}
	return overlaid(object)
}

// overlaid returns the content of Fyne's overlays. Their type is internal to Fyne; the field is not.
func overlaid(object fyne.CanvasObject) []fyne.CanvasObject {
	v := reflect.Indirect(reflect.ValueOf(object))
	if v.Kind() != reflect.Struct || v.Type().Name() != "OverlayContainer" {
		return nil
	}
	content, ok := v.FieldByName("Content").Interface().(fyne.CanvasObject)
	if !ok {
		return nil
	}
	return []fyne.CanvasObject{content}
}

// menuLabel returns what an item of an open menu says. Its type, too, is internal to Fyne.
func menuLabel(object fyne.CanvasObject) (string, bool) {
	v := reflect.Indirect(reflect.ValueOf(object))
	if v.Kind() != reflect.Struct || v.Type().Name() != "menuItem" {
		return "", false
	}
	item, ok := v.FieldByName("Item").Interface().(*fyne.MenuItem)
	if !ok {
		return "", false
	}
	return item.Label, true
}

// Unnamed returns what can be tapped or typed into on a canvas and has no name: nobody who cannot see it can find it.
func Unnamed(c fyne.Canvas) []Item {
	return slices.DeleteFunc(Outline(c), func(i Item) bool { return i.Label != "" || i.Role == "text" })
}
