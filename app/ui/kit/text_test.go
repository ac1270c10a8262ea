package kit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"countersign/internal/fault"
)

// forms returns the spellings of a text: one, or one and other.
func forms(text any) []string {
	if m, ok := text.(map[string]any); ok {
		return []string{m["one"].(string), m["other"].(string)}
	}
	return []string{text.(string)}
}

var placeholder = regexp.MustCompile(`\.[A-Z]\w*`)

func placeholders(text string) []string {
	names := placeholder.FindAllString(strings.Join(regexp.MustCompile(`{{.*?}}`).FindAllString(text, -1), " "), -1)
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryLanguageSaysTheSameAsEnglish(t *testing.T) {
	en, err := Texts("en")
	if err != nil {
		t.Fatal(err)
	}
	de, err := Texts("de")
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range en {
		other, ok := de[key]
		if !ok {
			t.Errorf("%s has no German text", key)
			continue
		}
		a, b := forms(text), forms(other)
		if len(a) != len(b) {
			t.Errorf("%s has a plural in one language only", key)
			continue
		}
		for i := range a {
			if !slices.Equal(placeholders(a[i]), placeholders(b[i])) {
				t.Errorf("%s: %v in English, %v in German", key, placeholders(a[i]), placeholders(b[i]))
			}
			for _, form := range []string{a[i], b[i]} {
				if _, err := template.New(key).Parse(form); err != nil || strings.TrimSpace(form) == "" {
					t.Errorf("%s: %q: %v", key, form, err)
				}
			}
		}
	}
	for key := range de {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has a German text and no English one", key)
		}
	}
}

func TestEveryKindOfFaultIsExplained(t *testing.T) {
	en, err := Texts("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range constants(t, "../../../internal/fault/fault.go", "Kind") {
		for _, part := range []string{"what", "why", "next"} {
			text, ok := en["fault."+kind+"."+part].(string)
			if !ok || !strings.HasSuffix(text, ".") {
				t.Errorf("fault.%s.%s is not a sentence: %q", kind, part, text)
			}
		}
		for _, subject := range []string{"", "SN 4711"} {
			what, why, next := FaultText(fault.New(fault.Kind(kind), subject, nil))
			if all := what + why + next; strings.Contains(all, "{{") || strings.Contains(all, "  ") || strings.Contains(all, "no value") {
				t.Errorf("%s with subject %q: %q %q %q", kind, subject, what, why, next)
			}
		}
	}
}

func TestAFaultNamesItsSubjectAndHidesItsCause(t *testing.T) {
	what, why, next := FaultText(fault.New(fault.PortBusy, "/dev/ttyUSB0", errors.New("EBUSY")))
	if what != "/dev/ttyUSB0 is already in use." || strings.Contains(what+why+next, "EBUSY") {
		t.Errorf("%q %q %q", what, why, next)
	}
	if what, _, _ := FaultText(errors.New("plain")); what != "Countersign made a mistake." {
		t.Errorf("an error without a kind reads %q", what)
	}
}

// used finds the keys that code asks for by a literal.
var used = regexp.MustCompile(`(?:\bkit\.T|\bkit\.N|\bT|\bN|\btext)\("([a-z][a-z0-9_.]*\.[a-z0-9_.]+)"`)

func TestEveryTextThatCodeAsksForExists(t *testing.T) {
	en, err := Texts("en")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range used.FindAllSubmatch(code, -1) {
			key := string(match[1])
			if seen++; en[key] == nil && !strings.HasSuffix(key, ".") {
				t.Errorf("%s asks for %q, which has no text", path, key)
			}
		}
		return nil
	})
	if err != nil || seen < 30 {
		t.Fatalf("%d uses found: %v", seen, err)
	}
}

func TestAChosenLanguageReplacesTheSystems(t *testing.T) {
	t.Cleanup(func() {
		if err := Use("en"); err != nil {
			t.Error(err)
		}
	})
	if err := Use("de"); err != nil {
		t.Fatal(err)
	}
	if got := Verified.Word(); got != "Bestätigt" {
		t.Errorf("verified is %q in German", got)
	}
	if got := N("age.minutes", 4, Data{"Clock": "10:42"}); got != "vor 4 min, 10:42" {
		t.Errorf("an age is %q in German", got)
	}
	if err := Use("fr"); err != nil {
		t.Fatal(err)
	}
	if got := Verified.Word(); got != "Verified" {
		t.Errorf("a language that is missing shows %q, not English", got)
	}
}

func TestAKeyWithoutATextIsShownAsItIs(t *testing.T) {
	if got := T("no.such.key"); got != "no.such.key" {
		t.Errorf("got %q", got)
	}
}
