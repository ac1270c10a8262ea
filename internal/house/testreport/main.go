// Command testreport reads the output of one or more `go test -json` runs, prints what failed, every skip, the slowest
// packages and a closing line, and fails when a test failed or was skipped without leave. It runs nothing itself and
// is no part of the product.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	skips := flag.String("skips", "", "file of allowed skips: regexp, ` # `, reason")
	summary := flag.String("summary", "", "file that receives the closing line")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *skips, *summary)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, skips, summary string) (ok bool, err error) {
	allowed, err := readSkips(skips)
	if err != nil {
		return false, err
	}
	r := newReport(out)
	if err := r.read(in); err != nil {
		return false, err
	}
	closing, ok := r.finish(allowed)
	if summary == "" {
		return ok, nil
	}
	return ok, os.WriteFile(summary, []byte(closing+"\n"), 0o644)
}
