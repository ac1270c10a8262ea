package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// skip is one line of the allow list. The pattern must match the whole of "package test".
type skip struct {
	pattern *regexp.Regexp
	reason  string
}

func readSkips(name string) ([]skip, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return parseSkips(string(data))
}

func parseSkips(text string) ([]skip, error) {
	var all []skip
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		expr, reason, ok := strings.Cut(line, " # ")
		if !ok || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("line %d of the allowed skips has no reason", i+1)
		}
		pattern, err := regexp.Compile(`^(?:` + strings.TrimSpace(expr) + `)$`)
		if err != nil {
			return nil, fmt.Errorf("line %d of the allowed skips: %w", i+1, err)
		}
		all = append(all, skip{pattern, strings.TrimSpace(reason)})
	}
	return all, nil
}

// leave returns the reason for which the test may be skipped.
func leave(allowed []skip, test name) (reason string, ok bool) {
	for _, s := range allowed {
		if s.pattern.MatchString(test.pkg + " " + test.test) {
			return s.reason, true
		}
	}
	return "", false
}
