package csvfile

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"countersign/internal/formats/cases/casestest"
)

// TestLibreOfficeReadsBackTheText has a spreadsheet open each table, with texts that somebody would want it to calculate, and
// write it again. Every text must be what it was, mark included, where texts are read as texts; and where the spreadsheet may do what it
// likes, what has the mark must not have been calculated.
func TestLibreOfficeReadsBackTheText(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no LibreOffice: apt install libreoffice-calc")
	}
	from, profile := t.TempDir(), t.TempDir()
	type row struct {
		text  string
		place int
	}
	f := folder{}
	columns := []column[row]{number("n", func(r *row) (int64, bool) { return int64(-r.place), true }), text("text", func(r *row) string { return r.text })}
	own := newTable(f.open, "hostile.csv", columns)
	for i, s := range hostile {
		own.row(&row{s, i})
	}
	if err := own.close(); err != nil {
		t.Fatal(err)
	}
	for path, b := range written(t, casestest.Story("=1+1\"; -2, ＝3")) {
		f[filepath.Base(path)] = b
	}
	numbers := map[string][]bool{
		"hostile.csv": areNumbers(columns), "events.csv": areNumbers(eventColumns), "changes.csv": areNumbers(changeColumns), "approvals.csv": areNumbers(approvalColumns),
		"pairs.csv": areNumbers(pairColumns), "breakglass.csv": areNumbers(emergencyColumns()), "unattested.csv": areNumbers(unattestedColumns),
	}
	names := []string{}
	for path, b := range f {
		name := filepath.Base(path)
		if name != path {
			continue
		}
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(from, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(names) != len(numbers) {
		t.Fatalf("tables %v", names)
	}
	for _, how := range []struct {
		filter string
		names  []string
		same   func(name string, column int, cell string) bool // whether a cell must be what it was
	}{
		{"44,34,76,1,,0,true,false", names, func(name string, column int, _ string) bool { return !numbers[name][column] }},
		{"44,34,76,1,,0,false,true", []string{"hostile.csv", "changes.csv"}, func(_ string, _ int, cell string) bool { return formula(Unescape(cell)) }}, // as by a double click, with formulas
	} {
		to := convert(t, office, profile, how.filter, from, how.names)
		for _, name := range how.names {
			compare(t, name, f[name].Bytes(), filepath.Join(to, name), how.same)
		}
	}
}

// convert has LibreOffice read the files in a folder and write them again.
func convert(t *testing.T, office, profile, filter, from string, names []string) string {
	t.Helper()
	to := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + filepath.ToSlash(profile), "--headless", "--norestore",
		"--infilter=CSV:" + filter, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false", "--outdir", to}
	for _, name := range names {
		args = append(args, filepath.Join(from, name))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, office, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return to
}

func areNumbers[T any](columns []column[T]) (all []bool) {
	for _, c := range columns {
		all = append(all, c.number)
	}
	return all
}

func compare(t *testing.T, name string, wrote []byte, path string, same func(name string, column int, cell string) bool) {
	t.Helper()
	back, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := csv.NewReader(bytes.NewReader(wrote)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(bytes.NewReader(back)).ReadAll()
	if err != nil || len(got) != len(want) {
		t.Fatalf("%s: %d rows instead of %d: %v", name, len(got), len(want), err)
	}
	for i := range want {
		for k := range want[i] {
			if cell := want[i][k]; got[i][k] != cell && (same(name, k, cell) || i == 0) {
				t.Errorf("%s, row %d, column %s: %q became %q", name, i, want[0][k], cell, got[i][k])
			}
		}
	}
}
