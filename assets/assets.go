// Package assets embeds what the console shows and does not compute: icons and translations. It gives out bytes and
// names; it knows neither Fyne nor any screen.
package assets

import (
	"embed"
	"fmt"
)

//go:embed icons/*.svg icons/countersign.png
var icons embed.FS

//go:embed translations/*.json
var translations embed.FS

// Icon returns the SVG of the icon with this name. Its one colour is written as currentColor, except in the program's
// own icon, which is "countersign".
func Icon(name string) ([]byte, error) {
	svg, err := icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("no icon %q: %w", name, err)
	}
	return svg, nil
}

// AppIcon returns the program's icon as a PNG of 512 by 512 pixels.
func AppIcon() []byte {
	png, err := icons.ReadFile("icons/countersign.png")
	if err != nil {
		panic(err) // embedded above
	}
	return png
}

// Translations returns every file of texts by its name: "<language>.json" for the texts that all screens share,
// "<part>.<language>.json" for those of one part of the program.
func Translations() map[string][]byte {
	entries, err := translations.ReadDir("translations")
	if err != nil {
		panic(err) // embedded above
	}
	files := map[string][]byte{}
	for _, e := range entries {
		data, err := translations.ReadFile("translations/" + e.Name())
		if err != nil {
			panic(err)
		}
		files[e.Name()] = data
	}
	return files
}
