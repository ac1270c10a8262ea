package kit

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"image/color"
	"math"
	"strconv"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

// luminance and contrast are those of WCAG 2.1.
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	part := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n.R) + 0.7152*part(n.G) + 0.0722*part(n.B)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// over paints a translucent colour on an opaque one.
func over(top, ground color.Color) color.Color {
	t, g := color.NRGBAModel.Convert(top).(color.NRGBA), color.NRGBAModel.Convert(ground).(color.NRGBA)
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(t.A) + int(b)*(255-int(t.A))) / 255) }
	return color.NRGBA{mix(t.R, g.R), mix(t.G, g.G), mix(t.B, g.B), 255}
}

func TestEveryTextCanBeReadOnEveryGround(t *testing.T) {
	test.NewTempApp(t)
	texts := []fyne.ThemeColorName{theme.ColorNameForeground, theme.ColorNamePlaceHolder, theme.ColorNameDisabled, theme.ColorNameError,
		theme.ColorNameHyperlink, ColorPlain, ColorMuted, ColorVerified, ColorStaged, ColorWaiting, ColorCaution, ColorFailed,
		ColorUnknown, ColorOffline, ColorEmergency}
	grounds := []fyne.ThemeColorName{theme.ColorNameBackground, ColorSurface, ColorBar, theme.ColorNameOverlayBackground}
	pairs := [][2]fyne.ThemeColorName{{ColorOnRail, ColorRail}, {ColorOnRail, ColorRailMark}, {ColorOnStripe, ColorStripeA},
		{ColorOnAlarm, ColorAlarm},
		{theme.ColorNameForegroundOnPrimary, theme.ColorNamePrimary}, {theme.ColorNameForegroundOnError, theme.ColorNameError},
		{theme.ColorNameForeground, theme.ColorNameButton}, {ColorRail, ColorOnRail}, {theme.ColorNameForeground, theme.ColorNameSelection},
		{ColorMuted, theme.ColorNameSelection}, {theme.ColorNameForeground, ColorHold}, {ColorMuted, theme.ColorNameButton},
		{theme.ColorNameDisabled, theme.ColorNameDisabledButton}}
	for _, text := range texts {
		for _, ground := range grounds {
			pairs = append(pairs, [2]fyne.ThemeColorName{text, ground})
		}
	}
	for _, state := range looks {
		pairs = append(pairs, [2]fyne.ThemeColorName{state.color, theme.ColorNameSelection})
	}
	for _, variant := range []Variant{Light, Dark} {
		th := NewTheme(Comfortable, variant)
		for _, p := range pairs {
			text, ground := th.Color(p[0], 0), th.Color(p[1], 0)
			if ratio := contrast(text, ground); ratio < 4.5 {
				t.Errorf("variant %d: %s on %s has a contrast of %.2f", variant, p[0], p[1], ratio)
			}
			hovered := over(th.Color(theme.ColorNameHover, 0), ground)
			if ratio := contrast(text, hovered); p[1] == ColorSurface && ratio < 4.5 {
				t.Errorf("variant %d: %s on %s under the mouse has a contrast of %.2f", variant, p[0], p[1], ratio)
			}
		}
	}
}

func TestACompactThemeIsSmallerEverywhere(t *testing.T) {
	test.NewTempApp(t)
	wide, small := NewTheme(Comfortable, Light), NewTheme(Compact, Light)
	for _, name := range []fyne.ThemeSizeName{theme.SizeNameText, theme.SizeNamePadding, theme.SizeNameInnerPadding, theme.SizeNameHeadingText} {
		if small.Size(name) >= wide.Size(name) {
			t.Errorf("%s is %v in compact and %v in comfortable", name, small.Size(name), wide.Size(name))
		}
	}
}

// constants returns the values of the constants of one type that a file declares.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s declares no %s", file, typeName)
	}
	return values
}

func TestEveryIconIsDrawnInTheColourAsked(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Comfortable, Light))
	for _, name := range constants(t, "icon.go", "Icon") {
		res := Icon(name).Resource(ColorFailed)
		if bytes.Contains(res.Content(), []byte("currentColor")) || !bytes.Contains(res.Content(), []byte("#9c1234")) {
			t.Errorf("%s is not tinted", name)
		}
		img := canvas.NewImageFromResource(res)
		img.SetMinSize(fyne.NewSquareSize(48))
		picture, painted := software.Render(img, theme.Current()), 0
		for x := range 48 {
			for y := range 48 {
				if r, _, _, a := picture.At(x, y).RGBA(); a > 0x8000 && r>>8 == 0x9c {
					painted++
				}
			}
		}
		if painted < 20 {
			t.Errorf("%s paints %d pixels", name, painted)
		}
	}
}

func TestEveryStateHasALookAndAWord(t *testing.T) {
	declared := constants(t, "state.go", "State")
	for _, name := range declared {
		s := State(name)
		if _, ok := looks[s]; !ok {
			t.Errorf("%s has no look", name)
		}
		if s.Word() == "state."+name {
			t.Errorf("%s has no word", name)
		}
	}
	if len(looks) != len(declared) {
		t.Errorf("%d states are declared and %d have looks", len(declared), len(looks))
	}
	if odd := State("nonsense"); odd.Icon() != IconQuestion {
		t.Errorf("an unknown state looks like %s", odd.Icon())
	}
}

func ExampleState_Word() {
	fmt.Println(Verified.Word(), Unsure.Icon())
	// Output: Verified question
}
