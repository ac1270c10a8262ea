package main

import (
	"context"
	"fmt"
	"io"

	"countersign/internal/store"
)

// rebuild makes the tables beside the log again and says whether they held what the log says. The exit code is 0 where
// they did.
func rebuild(ctx context.Context, o options, out, trouble io.Writer) int {
	folder, err := dataFolder(o)
	if err != nil {
		fmt.Fprintln(trouble, "countersign:", err)
		return 1
	}
	report, err := store.Rebuild(ctx, folder, o.origin(), projections()...)
	if err != nil {
		fmt.Fprintln(trouble, "countersign:", err)
		return 1
	}
	code := 0
	for _, r := range report {
		verdict := "same"
		if !r.Same() {
			verdict, code = "differs", 1
		}
		fmt.Fprintf(out, "%-16s %8d rows  %x  %s\n", r.Table, r.Is.Rows, r.Is.SHA256, verdict)
		if !r.Same() {
			fmt.Fprintf(out, "%-16s %8d rows  %x\n", "  was", r.Was.Rows, r.Was.SHA256)
		}
	}
	return code
}
