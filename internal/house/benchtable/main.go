// Command benchtable turns the figures that benchmarks reported into one printed table and one JSON file. It measures
// nothing, and a missed goal is shown and not punished: a machine's speed is no reason for a build to fail.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"

	"countersign/internal/house/figures"
)

func main() {
	in := flag.String("in", "", "file that benchmarks have appended to")
	out := flag.String("out", "", "JSON file to write")
	flag.Parse()
	if err := run(*in, *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

func run(in, out string, table io.Writer) error {
	file, err := os.Open(in)
	if err != nil {
		return fmt.Errorf("no benchmark has reported a figure: %w", err)
	}
	defer file.Close()
	all, err := figures.Read(file)
	if err != nil {
		return err
	}
	var list bytes.Buffer
	lines := json.NewEncoder(&list)
	lines.SetIndent("", "  ")
	lines.SetEscapeHTML(false) // goals are read by people too: "ratio <= 2"
	if err := lines.Encode(all); err != nil {
		return err
	}
	if err := os.WriteFile(out, list.Bytes(), 0o644); err != nil {
		return err
	}
	return print(table, all)
}

func print(w io.Writer, all []figures.Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tyardstick\tunit\tratio\tgoal\t")
	for _, f := range all {
		met, err := f.Met()
		if err != nil {
			return err
		}
		verdict := "met"
		switch {
		case f.Goal == "":
			verdict = ""
		case !met:
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			f.Name, number(f.Value), number(f.Yardstick), f.Unit, number(f.Ratio), f.Goal, verdict)
	}
	return t.Flush()
}

// number writes four significant digits, and a dash for what was not measured.
func number(x float64) string {
	if x == 0 {
		return "-"
	}
	if x >= 1000 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}
