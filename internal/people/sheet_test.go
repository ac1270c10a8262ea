package people

import (
	"bytes"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/policy"
	"countersign/internal/qr"
)

var update = flag.Bool("update", false, "write the golden files again")

var sheetTexts = SheetTexts{
	Language: "en", Title: "Founding of this console", Purpose: "Keep one copy each in two places. <b>No</b> secret.", Log: "Log", Words: "Twelve words",
	Whole: "Whole fingerprint", Founders: "Founders", Badge: "badge", Kept: "Kept by (name, date)", Code: "The fingerprint as a code",
	Roles: map[policy.Role]string{policy.Technician: "Technician", policy.Nursing: "Nursing"},
}

// aSheet is a sheet that is the same in every run.
func aSheet() Sheet {
	since := clock.Reading{Wall: time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC)}
	text := []byte("the founding\n")
	return Sheet{
		Origin: "clinic.example/ward7", Words: mustWords(text), Fingerprint: fingerprint(text), QR: "urn:countersign:founding:clinic.example/ward7:" +
			strings.ReplaceAll(fingerprint(text), " ", ""),
		Founders: []Person{
			{ID: jo, Name: `Jo "<script>alert(1)</script>`, Role: policy.Technician, Badge: "B-1001", Since: since},
			{ID: kim, Name: "Kim Søndergård", Role: policy.Pharmacy, Since: since},
		},
	}
}

func mustWords(text []byte) []string {
	all, _ := words(text)
	return all
}

var picture = regexp.MustCompile(`src="data:image/png;base64,([^"]*)"`)

func TestTheSheetIsOnePageThatSaysWhatIsWrittenAndRunsNothing(t *testing.T) {
	page := must(aSheet().HTML(sheetTexts))(t)
	if again := must(aSheet().HTML(sheetTexts))(t); !bytes.Equal(page, again) {
		t.Error("the same sheet gives other bytes")
	}
	for _, never := range []string{"<script", "http://", "https://", "@import", "url(", "<b>"} {
		if bytes.Contains(page, []byte(never)) {
			t.Errorf("the page has %q", never)
		}
	}
	code := picture.FindSubmatch(page)
	if code == nil {
		t.Fatal("no code")
	}
	png := must(base64.StdEncoding.DecodeString(strings.ReplaceAll(string(code[1]), "&#43;", "+")))(t)
	if text := must(qr.Read(png))(t); text != aSheet().QR {
		t.Errorf("the code says %q", text)
	}
	got := picture.ReplaceAll(page, []byte(`src="CODE"`)) // the packing of a PNG is not ours
	golden := filepath.Join("testdata", "sheet.html")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := must(os.ReadFile(golden))(t)
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("got\n%s", got)
	}
}

func TestTheSheetTellsTheFoundingAndNoOther(t *testing.T) {
	log := newLog(t)
	_, err := load(t, log).Sheet(t.Context())
	mustBe(t, err, fault.WrongState)
	r, _, f := founded(t, log)
	sheet := must(r.Sheet(t.Context()))(t)
	if sheet.Fingerprint != f.Fingerprint || !slices.Equal(sheet.Words, f.Words) || len(sheet.Words) != 12 || len(sheet.Founders) != 2 {
		t.Errorf("%+v", sheet)
	}
	if !strings.HasSuffix(sheet.QR, ":"+strings.ReplaceAll(f.Fingerprint, " ", "")) {
		t.Errorf("the code says %q", sheet.QR)
	}
	second := newLog(t)
	_, _, g := founded(t, second)
	if slices.Equal(f.Words, g.Words) {
		t.Error("two foundings have the same words")
	}
}

// Counted out by another program from the standard's list.
func TestTheWordsAreThoseOfTheStandard(t *testing.T) {
	const want = "coin master mouse hour help capital airport exhibit prepare talent arrow twist"
	if got := strings.Join(mustWords([]byte("x")), " "); got != want {
		t.Errorf("%q", got)
	}
}
