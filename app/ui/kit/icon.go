package kit

import (
	"bytes"
	"fmt"
	"image/color"

	"countersign/assets"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Icon names one of our own icons: a file in assets/icons without its ending.
type Icon string

// The icons.
const (
	IconDevices   Icon = "devices"
	IconChanges   Icon = "changes"
	IconAudit     Icon = "audit"
	IconPerson    Icon = "person"
	IconPeople    Icon = "people"
	IconKey       Icon = "key"
	IconLock      Icon = "lock"
	IconSerial    Icon = "serial"
	IconNetwork   Icon = "network"
	IconCheck     Icon = "check"
	IconTriangle  Icon = "triangle"
	IconCross     Icon = "cross"
	IconQuestion  Icon = "question"
	IconHourglass Icon = "hourglass"
	IconDot       Icon = "dot"
	IconRing      Icon = "ring"
	IconDash      Icon = "dash"
	IconSearch    Icon = "search"
	IconRefresh   Icon = "refresh"
	IconArrow     Icon = "arrow"
	IconBack      Icon = "back"
	IconForward   Icon = "forward"
	IconUp        Icon = "up"
	IconDown      Icon = "down"
	IconEmergency Icon = "emergency"
	IconCopy      Icon = "copy"
	IconMenu      Icon = "menu"
	IconWave      Icon = "wave"
	IconSnapshot  Icon = "snapshot"
	IconInfo      Icon = "info"
	IconPlus      Icon = "plus"
	IconEdit      Icon = "edit"
	IconPlay      Icon = "play"
)

// Resource returns the icon drawn in a colour of the theme. It follows the theme when that changes.
func (i Icon) Resource(name fyne.ThemeColorName) fyne.Resource {
	svg, err := assets.Icon(string(i))
	if err != nil {
		panic(err) // a constant above without its file; a test draws them all
	}
	return &tinted{icon: i, svg: svg, color: name}
}

// tinted is an SVG whose currentColor is a colour of the theme. Fyne's own tinting recolours fills only; our icons are
// strokes. The colour is part of the name, because pictures are cached by name.
type tinted struct {
	icon  Icon
	svg   []byte
	color fyne.ThemeColorName
}

func (t *tinted) hex() string {
	c := color.NRGBAModel.Convert(theme.Color(t.color)).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

func (t *tinted) Name() string { return string(t.icon) + t.hex() + ".svg" }

func (t *tinted) Content() []byte {
	return bytes.ReplaceAll(t.svg, []byte("currentColor"), []byte(t.hex()))
}

// AppIcon returns the program's icon for windows and desktops.
func AppIcon() fyne.Resource { return fyne.NewStaticResource("countersign.png", assets.AppIcon()) }
