// Package figures carries what benchmarks measure to the table that `make bench` prints. A benchmark reports its
// yardstick too: measured in the same run, or a limit that is known beforehand. The package judges nothing, fails no build and keeps no history.
package figures

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// File is the environment variable that names the file to which Report appends. Without it a benchmark only prints.
const File = "COUNTERSIGN_FIGURES"

// Figure is one line of the table.
type Figure struct {
	Name      string  `json:"name"`      // what was measured, and against what: "durable append / bare SQLite insert"
	Value     float64 `json:"value"`     // in Unit
	Unit      string  `json:"unit"`      // "ms", "records/s"
	Yardstick float64 `json:"yardstick"` // in Unit; 0 where there is none
	Ratio     float64 `json:"ratio"`     // Value / Yardstick, filled in by Report; 0 without a yardstick
	Goal      string  `json:"goal"`      // "ratio <= 1.2", "value < 100"; "" where there is none
}

// Report prints the figure with the benchmark and appends it to the table's file. A benchmark that runs several times
// with a growing b.N may report each time: the last report of a name counts.
func Report(b *testing.B, f Figure) {
	b.Helper()
	f, err := f.complete()
	if err != nil {
		b.Fatal(err)
	}
	unit := strings.ReplaceAll(f.Unit, " ", "_")
	b.ReportMetric(f.Value, unit)
	if f.Yardstick != 0 {
		b.ReportMetric(f.Yardstick, "yardstick-"+unit)
	}
	name := os.Getenv(File)
	if name == "" {
		return
	}
	if err := appendTo(name, f); err != nil {
		b.Fatal(err)
	}
}

// complete fills in the ratio and refuses a figure that the table could not show or judge.
func (f Figure) complete() (Figure, error) {
	if f.Name == "" || f.Unit == "" {
		return f, fmt.Errorf("a figure needs a name and a unit: %+v", f)
	}
	if f.Yardstick != 0 {
		f.Ratio = f.Value / f.Yardstick
	}
	_, err := f.Met()
	return f, err
}

// Met says whether the figure reaches its goal. A figure without a goal does.
func (f Figure) Met() (bool, error) {
	if f.Goal == "" {
		return true, nil
	}
	words := strings.Fields(f.Goal)
	if len(words) != 3 {
		return false, fmt.Errorf("%s: the goal %q is not like `ratio <= 1.2`", f.Name, f.Goal)
	}
	bound, err := strconv.ParseFloat(words[2], 64)
	if err != nil {
		return false, fmt.Errorf("%s: the goal's bound: %w", f.Name, err)
	}
	got := f.Value
	switch {
	case words[0] == "ratio" && f.Yardstick == 0:
		return false, fmt.Errorf("%s: a goal for the ratio needs a yardstick", f.Name)
	case words[0] == "ratio":
		got = f.Ratio
	case words[0] != "value":
		return false, fmt.Errorf("%s: a goal is for the value or the ratio, not for %q", f.Name, words[0])
	}
	switch words[1] {
	case "<":
		return got < bound, nil
	case "<=":
		return got <= bound, nil
	case ">":
		return got > bound, nil
	case ">=":
		return got >= bound, nil
	}
	return false, fmt.Errorf("%s: %q compares nothing", f.Name, words[1])
}

// appendTo writes one line in one call, so that benchmarks of several packages can share the file.
func appendTo(name string, f Figure) (err error) {
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}

// Read returns the figures in the order of their first report, each as it was last reported.
func Read(r io.Reader) ([]Figure, error) {
	all := []Figure{}
	place := map[string]int{}
	lines := json.NewDecoder(r)
	for {
		var f Figure
		if err := lines.Decode(&f); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		i, known := place[f.Name]
		if !known {
			i = len(all)
			place[f.Name] = i
			all = append(all, f)
		}
		all[i] = f
	}
}
