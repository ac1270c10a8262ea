package report_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/internal/formats"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/formats/formatstest"
	"countersign/internal/report"
)

// edition is what the derived files of the tests' log hash to, the PDF apart: its fonts are packed by Go's own library.
const edition = "1 bbfaa6495cefd46abcabce9e3207c21ed5a2b6a5ba97bc17f17155ac9db54678"

// TestWhoeverChangesAFormMakesAnotherEdition: a verifier takes what it makes itself for the only truth, so an old bundle must not
// be held against a new spelling.
func TestWhoeverChangesAFormMakesAnotherEdition(t *testing.T) {
	files := formatstest.Files{}
	if err := formatstest.Write(report.All(formatstest.Heading(), files.Open), casestest.Story("")); err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path != formats.PDFPath {
			fmt.Fprintf(sum, "%s %d\n%s", path, files[path].Len(), files[path])
		}
	}
	number, _, _ := strings.Cut(report.Edition(), " ")
	if is := fmt.Sprintf("%s %x", number, sum.Sum(nil)); is != edition {
		t.Errorf("the derived files are %q and were %q: where they shall change, raise the number in edition.go and take the new sum", is, edition)
	}
}
