package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

// name is a test in a package; the test is empty for the package as a whole.
type name struct{ pkg, test string }

type timing struct {
	pkg     string
	seconds float64
}

// report gathers the results of several runs. A test that is skipped in one run and not in another was not skipped.
type report struct {
	out      io.Writer
	results  map[name]string   // pass, fail or skip
	output   map[name][]string // of what has not ended
	why      map[name]string   // what a skipped test said
	packages []timing
	explains bool // whether the present run has told of a failure
	broken   int  // runs that failed without telling
}

func newReport(out io.Writer) *report {
	return &report{out: out, results: map[name]string{}, output: map[name][]string{}, why: map[name]string{}}
}

// endOfRun begins the line that the Makefile writes after each run: "exit status N".
const endOfRun = "exit status "

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			r.line(strings.TrimSuffix(line, "\n"))
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) line(line string) {
	var e event
	switch {
	case strings.HasPrefix(line, endOfRun):
		if line != endOfRun+"0" && !r.explains {
			r.broken++
			fmt.Fprintf(r.out, "FAIL: a run ended with %s and named no failed test\n", line)
		}
		r.explains = false
	case json.Unmarshal([]byte(line), &e) != nil || e.Action == "":
		fmt.Fprintln(r.out, line)
	default:
		r.event(e)
	}
}

func (r *report) event(e event) {
	n := name{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.output[n] = append(r.output[n], e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "pass", "fail", "skip":
		r.ended(n, e)
	}
}

func (r *report) ended(n name, e event) {
	output := r.output[n]
	delete(r.output, n)
	if e.Action == "fail" {
		r.explains = true
		fmt.Fprint(r.out, strings.Join(output, ""))
		r.unfinished(n)
	}
	if n.test == "" {
		r.packages = append(r.packages, timing{n.pkg, e.Elapsed})
		if e.Action == "pass" {
			fmt.Fprintf(r.out, "ok    %-55s %7.2f s\n", n.pkg, e.Elapsed)
		}
		if e.Action == "fail" {
			fmt.Fprintf(r.out, "FAIL  %-55s %7.2f s\n", n.pkg, e.Elapsed)
		}
	}
	if e.Action == "skip" {
		r.why[n] = lastWords(output)
	}
	r.results[n] = worse(r.results[n], e.Action)
}

// unfinished prints what the tests said that a package's crash or timeout took with it.
func (r *report) unfinished(pkg name) {
	if pkg.test != "" {
		return
	}
	for _, n := range slices.SortedFunc(maps.Keys(r.output), compare) {
		if n.pkg == pkg.pkg {
			fmt.Fprint(r.out, strings.Join(r.output[n], ""))
			delete(r.output, n)
			r.results[n] = "fail"
		}
	}
}

// worse keeps a failure over a pass, and either over a skip.
func worse(a, b string) string {
	order := []string{"", "skip", "pass", "fail"}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// lastWords is what a test gave as its reason for skipping, without go test's own lines.
func lastWords(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			return line
		}
	}
	return ""
}

// slowest is how many packages the report names.
const slowest = 10

// finish prints the skips, the slowest packages and the closing line, which it also returns.
func (r *report) finish(allowed []skip) (closing string, ok bool) {
	passed, failed, skipped := 0, r.broken, 0
	for _, n := range r.leaves() {
		switch r.results[n] {
		case "pass":
			passed++
		case "fail":
			failed++
			fmt.Fprintf(r.out, "FAILED   %s %s\n", n.pkg, n.test)
		case "skip":
			if reason, ok := leave(allowed, n); ok {
				skipped++
				fmt.Fprintf(r.out, "skipped  %s %s: %s (allowed: %s)\n", n.pkg, n.test, r.why[n], reason)
			} else {
				failed++
				fmt.Fprintf(r.out, "FAILED   %s %s: skipped without leave: %s\n", n.pkg, n.test, r.why[n])
			}
		}
	}
	slices.SortStableFunc(r.packages, func(a, b timing) int { return cmp.Compare(b.seconds, a.seconds) })
	fmt.Fprintln(r.out, "slowest packages:")
	for _, p := range r.packages[:min(slowest, len(r.packages))] {
		fmt.Fprintf(r.out, "%9.2f s  %s\n", p.seconds, p.pkg)
	}
	if passed == 0 && failed == 0 {
		failed = 1
		fmt.Fprintln(r.out, "FAILED   not one test ran")
	}
	closing = fmt.Sprintf("%d passed, %d failed, %d skipped", passed, failed, skipped)
	fmt.Fprintln(r.out, closing)
	return closing, failed == 0
}

// leaves lists what counts: tests without subtests, and whatever failed without a failed part to blame.
func (r *report) leaves() []name {
	parents, blamed := map[name]bool{}, map[name]bool{}
	for n, result := range r.results {
		for up, ok := n.parent(); ok; up, ok = up.parent() {
			parents[up] = true
			blamed[up] = blamed[up] || result == "fail"
		}
	}
	var all []name
	for n, result := range r.results {
		if result == "fail" && !blamed[n] || n.test != "" && !parents[n] {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, compare)
	return all
}

// parent is the test that a subtest belongs to, or the package that a test belongs to.
func (n name) parent() (name, bool) {
	if i := strings.LastIndexByte(n.test, '/'); i >= 0 {
		return name{n.pkg, n.test[:i]}, true
	}
	return name{n.pkg, ""}, n.test != ""
}

func compare(a, b name) int {
	return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.test, b.test))
}
