package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Density says how much room the rows and controls take.
type Density int

// The densities.
const (
	Comfortable Density = iota
	Compact
)

// Variant says which palette is used.
type Variant int

// The variants. FollowSystem takes what the desktop says.
const (
	FollowSystem Variant = iota
	Light
	Dark
)

// The colours of our own. Red, yellow and cyan at full strength are kept for what a device itself reports as an alarm.
const (
	ColorPlain     fyne.ThemeColorName = "countersign.plain"
	ColorMuted     fyne.ThemeColorName = "countersign.muted"
	ColorVerified  fyne.ThemeColorName = "countersign.verified"
	ColorStaged    fyne.ThemeColorName = "countersign.staged"
	ColorWaiting   fyne.ThemeColorName = "countersign.waiting"
	ColorCaution   fyne.ThemeColorName = "countersign.caution"
	ColorFailed    fyne.ThemeColorName = "countersign.failed"
	ColorUnknown   fyne.ThemeColorName = "countersign.unknown"
	ColorOffline   fyne.ThemeColorName = "countersign.offline"
	ColorEmergency fyne.ThemeColorName = "countersign.emergency"
	ColorHold      fyne.ThemeColorName = "countersign.hold" // what Hold fills with; text stays readable on it
	ColorSurface   fyne.ThemeColorName = "countersign.surface"
	ColorBar       fyne.ThemeColorName = "countersign.bar"
	ColorRail      fyne.ThemeColorName = "countersign.rail"
	ColorOnRail    fyne.ThemeColorName = "countersign.rail.text"
	ColorRailMark  fyne.ThemeColorName = "countersign.rail.mark"
	ColorStripeA   fyne.ThemeColorName = "countersign.stripe.a"
	ColorStripeB   fyne.ThemeColorName = "countersign.stripe.b"
	ColorOnStripe  fyne.ThemeColorName = "countersign.stripe.text"
	ColorAlarm     fyne.ThemeColorName = "countersign.alarm"
	ColorOnAlarm   fyne.ThemeColorName = "countersign.alarm.text"
)

// Theme is the look of the console: Fyne's own shapes, a calm palette, and sizes for two densities.
type Theme struct {
	fyne.Theme
	density Density
	variant Variant
}

// NewTheme returns the console's theme.
func NewTheme(density Density, variant Variant) *Theme {
	return &Theme{Theme: theme.DefaultTheme(), density: density, variant: variant}
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	dark := t.variant == Dark || t.variant == FollowSystem && system == theme.VariantDark
	palette := lightPalette
	variant := theme.VariantLight
	if dark {
		palette = darkPalette
		variant = theme.VariantDark
	}
	if c, ok := palette(name); ok {
		return c
	}
	return t.Theme.Color(name, variant)
}

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	compact := t.density == Compact
	pick := func(comfortable, small float32) float32 {
		if compact {
			return small
		}
		return comfortable
	}
	switch name {
	case theme.SizeNameText:
		return pick(14, 13)
	case theme.SizeNameCaptionText:
		return pick(12, 11)
	case theme.SizeNameSubHeadingText:
		return pick(17, 15)
	case theme.SizeNameHeadingText:
		return pick(22, 19)
	case theme.SizeNamePadding:
		return pick(4, 3)
	case theme.SizeNameInnerPadding:
		return pick(8, 5)
	case theme.SizeNameInlineIcon:
		return pick(18, 16)
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNameSelectionRadius:
		return 4
	}
	return t.Theme.Size(name)
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func alpha(hex uint32, a uint8) color.NRGBA {
	c := rgb(hex)
	c.A = a
	return c
}
