package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/house/figures"
)

func TestTheTableAndTheFileHoldEveryFigure(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "bench.json")
	lines := `{"name":"append","value":12345.6,"unit":"records/s","yardstick":20000,"ratio":0.61728,"goal":"ratio >= 0.8"}
{"name":"start","value":1.25,"unit":"s","yardstick":0,"ratio":0,"goal":"value < 2"}
{"name":"peak memory","value":80,"unit":"MiB"}
`
	if err := os.WriteFile(in, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := run(in, out, &table); err != nil {
		t.Fatal(err)
	}
	want := `figure       value  yardstick  unit       ratio   goal          
append       12346  20000      records/s  0.6173  ratio >= 0.8  MISSED
start        1.25   -          s          -       value < 2     met
peak memory  80     -          MiB        -                     
`
	if table.String() != want {
		t.Errorf("the table is\n%s\nwant\n%s", table.String(), want)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var all []figures.Figure
	if err := json.Unmarshal(data, &all); err != nil || len(all) != 3 || all[0].Ratio != 0.61728 {
		t.Errorf("the file holds %+v, %v", all, err)
	}
}

func TestNoFiguresAreAnError(t *testing.T) {
	dir := t.TempDir()
	if err := run(filepath.Join(dir, "none"), filepath.Join(dir, "out"), &strings.Builder{}); err == nil {
		t.Error("a table without figures was printed")
	}
}
