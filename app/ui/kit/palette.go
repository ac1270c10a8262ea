package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The palettes are neutral greys with a blue-grey accent; colour marks what is not normal. Every pair of text and ground
// is held to a contrast of 4.5 to 1 by a test.

func lightPalette(name fyne.ThemeColorName) (color.Color, bool) {
	switch name {
	case ColorAlarm:
		return rgb(0xFFD500), true
	case ColorOnAlarm:
		return rgb(0x111111), true
	case theme.ColorNameBackground:
		return rgb(0xF4F6F8), true
	case theme.ColorNameForeground, ColorPlain, ColorUnknown:
		return rgb(0x1B2430), true
	case ColorMuted, theme.ColorNamePlaceHolder:
		return rgb(0x56616F), true
	case theme.ColorNameDisabled:
		return rgb(0x5F6975), true
	case ColorSurface, theme.ColorNameInputBackground, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return rgb(0xFFFFFF), true
	case ColorBar, theme.ColorNameHeaderBackground:
		return rgb(0xE8ECF1), true
	case theme.ColorNameButton:
		return rgb(0xDFE5EC), true
	case theme.ColorNameDisabledButton:
		return rgb(0xE9EDF1), true
	case theme.ColorNamePrimary, theme.ColorNameHyperlink, ColorStaged:
		return rgb(0x1F568F), true
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnSuccess,
		theme.ColorNameForegroundOnWarning:
		return rgb(0xFFFFFF), true
	case theme.ColorNameFocus:
		return alpha(0x1F568F, 0x66), true
	case theme.ColorNameSelection:
		return rgb(0xD3E2F2), true
	case theme.ColorNameHover:
		return alpha(0x1F568F, 0x14), true
	case theme.ColorNamePressed:
		return alpha(0x1F568F, 0x33), true
	case theme.ColorNameSeparator:
		return rgb(0xD5DBE2), true
	case theme.ColorNameInputBorder:
		return rgb(0x8592A1), true
	case theme.ColorNameScrollBar:
		return alpha(0x1B2430, 0x66), true
	case theme.ColorNameShadow:
		return alpha(0x1B2430, 0x40), true
	}
	return lightStates(name)
}

func lightStates(name fyne.ThemeColorName) (color.Color, bool) {
	switch name {
	case ColorVerified, theme.ColorNameSuccess:
		return rgb(0x24663F), true
	case ColorWaiting:
		return rgb(0x5A43A6), true
	case ColorCaution, theme.ColorNameWarning:
		return rgb(0x7D4D00), true
	case ColorFailed, theme.ColorNameError:
		return rgb(0x9C1234), true
	case ColorOffline:
		return rgb(0x3D5A78), true
	case ColorEmergency:
		return rgb(0xA80578), true
	case ColorHold:
		return rgb(0xF2BBDF), true
	case ColorRail:
		return rgb(0x22364B), true
	case ColorOnRail:
		return rgb(0xE3EAF2), true
	case ColorRailMark:
		return rgb(0x3A5675), true
	case ColorStripeA:
		return rgb(0x3D4C5C), true
	case ColorStripeB:
		return rgb(0x566778), true
	case ColorOnStripe:
		return rgb(0xFFFFFF), true
	}
	return nil, false
}

func darkPalette(name fyne.ThemeColorName) (color.Color, bool) {
	switch name {
	case ColorAlarm:
		return rgb(0xFFD500), true
	case ColorOnAlarm:
		return rgb(0x111111), true
	case theme.ColorNameBackground:
		return rgb(0x161B21), true
	case theme.ColorNameForeground, ColorPlain, ColorUnknown:
		return rgb(0xE4E9EF), true
	case ColorMuted, theme.ColorNamePlaceHolder:
		return rgb(0xA4B0BD), true
	case theme.ColorNameDisabled:
		return rgb(0x98A3B0), true
	case ColorSurface, theme.ColorNameInputBackground:
		return rgb(0x1E252D), true
	case theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return rgb(0x232B34), true
	case ColorBar, theme.ColorNameHeaderBackground:
		return rgb(0x252E38), true
	case theme.ColorNameButton:
		return rgb(0x303B47), true
	case theme.ColorNameDisabledButton:
		return rgb(0x262E37), true
	case theme.ColorNamePrimary, theme.ColorNameHyperlink, ColorStaged:
		return rgb(0x86B8EA), true
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnSuccess,
		theme.ColorNameForegroundOnWarning:
		return rgb(0x0E1A26), true
	case theme.ColorNameFocus:
		return alpha(0x86B8EA, 0x66), true
	case theme.ColorNameSelection:
		return rgb(0x2B4058), true
	case theme.ColorNameHover:
		return alpha(0x86B8EA, 0x1C), true
	case theme.ColorNamePressed:
		return alpha(0x86B8EA, 0x40), true
	case theme.ColorNameSeparator:
		return rgb(0x323C47), true
	case theme.ColorNameInputBorder:
		return rgb(0x6C7A89), true
	case theme.ColorNameScrollBar:
		return alpha(0xE4E9EF, 0x66), true
	case theme.ColorNameShadow:
		return alpha(0x000000, 0x80), true
	}
	return darkStates(name)
}

func darkStates(name fyne.ThemeColorName) (color.Color, bool) {
	switch name {
	case ColorVerified, theme.ColorNameSuccess:
		return rgb(0x7FC99C), true
	case ColorWaiting:
		return rgb(0xB9A9F5), true
	case ColorCaution, theme.ColorNameWarning:
		return rgb(0xE0AD62), true
	case ColorFailed, theme.ColorNameError:
		return rgb(0xF593A6), true
	case ColorOffline:
		return rgb(0x9DB9D6), true
	case ColorEmergency:
		return rgb(0xF584CF), true
	case ColorHold:
		return rgb(0x7A1B5E), true
	case ColorRail:
		return rgb(0x10151B), true
	case ColorOnRail:
		return rgb(0xD5DEE8), true
	case ColorRailMark:
		return rgb(0x263A50), true
	case ColorStripeA:
		return rgb(0x333F4B), true
	case ColorStripeB:
		return rgb(0x485766), true
	case ColorOnStripe:
		return rgb(0xFFFFFF), true
	}
	return nil, false
}
