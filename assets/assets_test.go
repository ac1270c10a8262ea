package assets

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestEveryIconHasOneColourAndOneSize(t *testing.T) {
	names, err := fs.Glob(icons, "icons/*.svg")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d icons: %v", len(names), err)
	}
	colour := regexp.MustCompile(`(?:fill|stroke)="([^"]*)"`)
	for _, name := range names {
		if name == "icons/countersign.svg" {
			continue
		}
		svg, err := Icon(strings.TrimSuffix(strings.TrimPrefix(name, "icons/"), ".svg"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(svg, []byte(`viewBox="0 0 24 24"`)) {
			t.Errorf("%s is not drawn on 24 by 24", name)
		}
		for _, c := range colour.FindAllSubmatch(svg, -1) {
			if value := string(c[1]); value != "none" && value != "currentColor" {
				t.Errorf("%s has the colour %s", name, value)
			}
		}
	}
}

func TestTheProgramsIconIsASquareOf512(t *testing.T) {
	config, err := png.DecodeConfig(bytes.NewReader(AppIcon()))
	if err != nil || config.Width != 512 || config.Height != 512 {
		t.Errorf("%+v, %v", config, err)
	}
}

func TestAnIconThatDoesNotExistIsAnError(t *testing.T) {
	if _, err := Icon("nonsense"); err == nil {
		t.Error("no error")
	}
}

func TestEveryFileOfTextsIsForALanguage(t *testing.T) {
	files := Translations()
	for _, wanted := range []string{"en.json", "de.json"} {
		if files[wanted] == nil {
			t.Errorf("no %s", wanted)
		}
	}
	for name, data := range files {
		var texts map[string]any
		if err := json.Unmarshal(data, &texts); err != nil || len(texts) == 0 {
			t.Errorf("%s: %d texts, %v", name, len(texts), err)
		}
		if !strings.HasSuffix(name, ".en.json") && !strings.HasSuffix(name, ".de.json") && name != "en.json" && name != "de.json" {
			t.Errorf("%s is for no language that the console offers", name)
		}
	}
}
