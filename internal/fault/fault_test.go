package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"countersign/internal/fault"
)

func TestTheOutermostFaultDecides(t *testing.T) {
	inner := fault.New(fault.Silent, "ward line", io.EOF)
	outer := fmt.Errorf("reading: %w", fault.New(fault.LogBroken, "7", inner))
	for _, c := range []struct {
		err     error
		kind    fault.Kind
		subject string
	}{
		{nil, "", ""}, {io.EOF, fault.Internal, ""}, {inner, fault.Silent, "ward line"}, {outer, fault.LogBroken, "7"},
		{errors.Join(io.EOF, inner), fault.Silent, "ward line"},
	} {
		if got := fault.KindOf(c.err); got != c.kind || !fault.Is(c.err, c.kind) || fault.Is(c.err, fault.Expired) {
			t.Errorf("%v is a %q, want %q", c.err, got, c.kind)
		}
		if got := fault.SubjectOf(c.err); got != c.subject {
			t.Errorf("%v concerns %q", c.err, got)
		}
	}
	if !errors.Is(outer, io.EOF) {
		t.Error("the cause is hidden")
	}
}

func TestAFaultTellsTheLogKindSubjectAndCause(t *testing.T) {
	for want, err := range map[string]error{
		"silent":                     fault.New(fault.Silent, "", nil),
		"silent (ward line)":         fault.New(fault.Silent, "ward line", nil),
		"silent (ward line): EOF":    fault.New(fault.Silent, "ward line", io.EOF),
		"log_broken (7): 3 of 4":     fault.Newf(fault.LogBroken, "7", "%d of %d", 3, 4),
		"log_broken: then silent: x": fault.Newf(fault.LogBroken, "", "then %w", fault.Newf(fault.Silent, "", "x")),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
