package kit

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"

	"countersign/assets"
	"countersign/internal/fault"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"
)

// Data fills the {{.Placeholders}} of a text.
type Data = map[string]any

// fallback is what every text falls back to.
const fallback = "en"

// english holds the texts that stand in for a missing translation. They are parsed once, and given to Fyne once, so that
// texts work before Use and without it.
var english = sync.OnceValue(func() map[string]any {
	texts, err := Texts(fallback)
	if err == nil {
		err = install(texts, fallback)
	}
	if err != nil {
		panic(err) // embedded, and held by a test
	}
	return texts
})

func install(texts map[string]any, as fyne.Locale) error {
	data, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	return lang.AddTranslationsForLocale(data, as)
}

// T returns the text with this key in the language in use. A key without a text is returned as it is.
func T(key string, data ...Data) string {
	if _, ok := english()[key]; !ok {
		return key
	}
	return lang.X(key, other(key), args(data)...)
}

// N is T for a text with a number n in it, which the text calls {{.N}}.
func N(key string, n int, data ...Data) string {
	all := Data{"N": n}
	for _, d := range data {
		maps.Copy(all, d)
	}
	if _, ok := english()[key]; !ok {
		return key
	}
	return lang.XN(key, other(key), n, all)
}

func other(key string) string {
	switch text := english()[key].(type) {
	case string:
		return text
	case map[string]any:
		return text["other"].(string)
	}
	return key
}

func args(data []Data) []any {
	all := make([]any, len(data))
	for i, d := range data {
		all[i] = d
	}
	return all
}

// Texts returns every text of one language ("en", "de") by key, those of all files together. A text that depends on a
// number is a map with "one" and "other".
func Texts(code string) (map[string]any, error) {
	all := map[string]any{}
	for name, data := range assets.Translations() {
		if name != code+".json" && !strings.HasSuffix(name, "."+code+".json") {
			continue
		}
		var part map[string]any
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, text := range part {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("%s: %q has a text in another file", name, key)
			}
			all[key] = text
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no texts in %q", code)
	}
	return all, nil
}

// Use chooses the language, before the first widget: wanted ("de"), or the system's when wanted is "". A language that
// we do not have becomes English. Fyne follows the system alone, so the chosen texts, its own among them, are given to it
// as the system's.
func Use(wanted string) error {
	system := lang.SystemLocale()
	if wanted == "" {
		wanted = system.LanguageString()
	}
	tags := []language.Tag{language.English, language.German}
	_, i, _ := language.NewMatcher(tags).Match(language.Make(wanted))
	texts, err := Texts(tags[i].String())
	if err != nil {
		return err
	}
	english() // first, for it would otherwise replace what is chosen here
	return install(texts, system)
}

// FaultText words a failure: what happened, why, and what to do now. It never shows a cause in the words of a library;
// err.Error() is for a view of details.
func FaultText(err error) (what, why, next string) {
	key := "fault." + string(fault.KindOf(err))
	data := Data{"Subject": fault.SubjectOf(err)}
	return T(key+".what", data), T(key+".why", data), T(key+".next", data)
}
