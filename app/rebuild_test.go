package main

import (
	"strings"
	"testing"

	"countersign/internal/store"
)

func TestARebuildSaysSameAndItsExitCodeToo(t *testing.T) {
	o := options{data: t.TempDir()}
	db, err := store.Open(t.Context(), o.data, o.origin(), projections()...)
	if err != nil {
		t.Fatal(err)
	}
	var out, trouble strings.Builder
	if code := rebuild(t.Context(), o, &out, &trouble); code != 1 || !strings.Contains(trouble.String(), "log_busy") {
		t.Errorf("while it is open: %d, %q", code, trouble.String())
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	code := rebuild(t.Context(), o, &out, &trouble)
	tables := 0
	for _, p := range projections() {
		tables += len(p.Tables)
	}
	if code != 0 || strings.Count(out.String(), "  same\n") != tables {
		t.Errorf("%d, %q", code, out.String())
	}
	if _, err := parse([]string{"-rebuild"}); err != nil {
		t.Error(err)
	}
}
