package people

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/fault"
)

func TestTheFoundersSheetIsWrittenInTheLanguageInUse(t *testing.T) {
	b := founded(t)
	folder := t.TempDir()
	paper, err := WritePaper(t.Context(), b.roster.Sheet, folder)
	if err != nil || paper.QR == nil || filepath.Dir(paper.Path) != folder {
		t.Fatalf("%+v %v", paper, err)
	}
	page, err := os.ReadFile(paper.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Twelve words of this console", "Robin Sample", "Technician", "B-1002", `lang="en"`} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the sheet lacks %q", part)
		}
	}
	paper, err = WritePaper(t.Context(), b.roster.Sheet, filepath.Join(folder, "missing"))
	if !fault.Is(err, fault.LogDenied) || paper.Path != "" {
		t.Errorf("a folder that is not there: %v", err)
	}
}
