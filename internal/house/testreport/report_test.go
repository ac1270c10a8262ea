package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// of runs the report over a few lines of `go test -json`, written short: action package test text.
func of(t *testing.T, skips string, lines ...string) (out, closing string, ok bool) {
	t.Helper()
	allowed, err := parseSkips(skips)
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	r := newReport(&printed)
	for _, l := range lines {
		r.line(l)
	}
	closing, ok = r.finish(allowed)
	return printed.String(), closing, ok
}

func line(action, pkg, test, output string) string {
	return `{"Action":"` + action + `","Package":"` + pkg + `","Test":"` + test + `","Output":"` + output + `","Elapsed":1.5}`
}

func TestSubtestsCountAndTheirParentsDoNot(t *testing.T) {
	_, closing, ok := of(t, "",
		line("pass", "a", "TestOne/x", ""), line("pass", "a", "TestOne/y", ""), line("pass", "a", "TestOne", ""),
		line("pass", "a", "TestTwo", ""), line("pass", "a", "", ""), "exit status 0")
	if closing != "3 passed, 0 failed, 0 skipped" || !ok {
		t.Errorf("%q, %v", closing, ok)
	}
}

func TestAFailureIsCountedOnceAndItsOutputShown(t *testing.T) {
	out, closing, ok := of(t, "",
		line("output", "a", "TestOne/x", "x_test.go:3: wrong\\n"), line("fail", "a", "TestOne/x", ""),
		line("fail", "a", "TestOne", ""), line("fail", "a", "", ""), "exit status 1")
	if closing != "0 passed, 1 failed, 0 skipped" || ok || !strings.Contains(out, "x_test.go:3: wrong") {
		t.Errorf("%q, %v:\n%s", closing, ok, out)
	}
}

func TestAFailureOfTheParentAloneCounts(t *testing.T) {
	_, closing, ok := of(t, "", line("pass", "a", "TestOne/x", ""), line("fail", "a", "TestOne", ""), line("fail", "a", "", ""))
	if closing != "1 passed, 1 failed, 0 skipped" || ok {
		t.Errorf("%q, %v", closing, ok)
	}
}

func TestAPackageThatDoesNotBuildFails(t *testing.T) {
	out, closing, ok := of(t, "",
		line("pass", "b", "TestOne", ""), `{"ImportPath":"a","Action":"build-output","Output":"a.go:1:1: syntax error\n"}`,
		`{"ImportPath":"a","Action":"build-fail"}`, line("fail", "a", "", ""), "exit status 1")
	if closing != "1 passed, 1 failed, 0 skipped" || ok || !strings.Contains(out, "syntax error") {
		t.Errorf("%q, %v:\n%s", closing, ok, out)
	}
}

func TestACrashShowsWhatTheRunningTestSaid(t *testing.T) {
	out, closing, ok := of(t, "",
		line("run", "a", "TestOne", ""), line("output", "a", "TestOne", "panic: boom\\n"), line("fail", "a", "", ""))
	if closing != "0 passed, 1 failed, 0 skipped" || ok || !strings.Contains(out, "panic: boom") {
		t.Errorf("%q, %v:\n%s", closing, ok, out)
	}
}

func TestARunThatEndsBadlyWithoutAWordFails(t *testing.T) {
	_, closing, ok := of(t, "",
		line("fail", "a", "TestOne", ""), line("fail", "a", "", ""), "exit status 1",
		line("pass", "b", "TestTwo", ""), "flag provided but not defined", "exit status 2")
	if closing != "1 passed, 2 failed, 0 skipped" || ok {
		t.Errorf("%q, %v", closing, ok)
	}
}

func TestNoTestAtAllIsAFailure(t *testing.T) {
	_, closing, ok := of(t, "", line("skip", "a", "", ""), "exit status 0")
	if closing != "0 passed, 1 failed, 0 skipped" || ok {
		t.Errorf("%q, %v", closing, ok)
	}
}

func TestASkipNeedsLeave(t *testing.T) {
	lines := []string{
		line("pass", "a", "TestOther", ""), line("output", "a", "TestOne", "no such program\\n"),
		line("output", "a", "TestOne", "--- SKIP: TestOne (0.00s)\\n"), line("skip", "a", "TestOne", ""),
	}
	for skips, want := range map[string]string{
		"":                     "1 passed, 1 failed, 0 skipped",
		"a TestOn # too short": "1 passed, 1 failed, 0 skipped",
		"a TestOne # needs a program that Debian does not have": "1 passed, 0 failed, 1 skipped",
	} {
		out, closing, ok := of(t, skips, lines...)
		if closing != want || ok != strings.Contains(want, " 0 failed") || !strings.Contains(out, "no such program") {
			t.Errorf("with %q: %q, %v:\n%s", skips, closing, ok, out)
		}
	}
}

func TestASkipInOneRunIsMadeGoodByAnother(t *testing.T) {
	for _, order := range [][]string{{"skip", "pass"}, {"pass", "skip"}} {
		_, closing, ok := of(t, "", line(order[0], "a", "TestOne", ""), line(order[1], "a", "TestOne", ""))
		if closing != "1 passed, 0 failed, 0 skipped" || !ok {
			t.Errorf("%v: %q, %v", order, closing, ok)
		}
	}
}

func TestAFailureInOneRunIsNotMadeGoodByAnother(t *testing.T) {
	_, closing, ok := of(t, "", line("fail", "a", "TestOne", ""), line("pass", "a", "TestOne", ""))
	if closing != "0 passed, 1 failed, 0 skipped" || ok {
		t.Errorf("%q, %v", closing, ok)
	}
}

func TestAnAllowedSkipWithoutAReasonIsRefused(t *testing.T) {
	for _, bad := range []string{"a TestOne", "a TestOne #", "a Test( # unbalanced"} {
		if _, err := parseSkips(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if all, err := parseSkips("# a comment\n\n"); err != nil || len(all) != 0 {
		t.Errorf("a comment gave %v, %v", all, err)
	}
}

func TestTheClosingLineIsAlsoWritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "summary")
	var out strings.Builder
	ok, err := run(strings.NewReader(line("pass", "a", "TestOne", "")+"\nexit status 0"), &out, "", name)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	written, err := os.ReadFile(name)
	if err != nil || string(written) != "1 passed, 0 failed, 0 skipped\n" {
		t.Errorf("%q, %v", written, err)
	}
	if !strings.HasSuffix(out.String(), "\n1 passed, 0 failed, 0 skipped\n") {
		t.Errorf("the report ends otherwise:\n%s", out.String())
	}
}
