package house

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// exception lets one subject off one rule. A line of allow.txt reads `key subject # reason`; a subject is a file, or
// `file:function`.
type exception struct {
	key, subject, reason string
	line                 int
	used                 bool
}

const allowFile = "internal/house/allow.txt"

func readExceptions(name string) ([]*exception, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*exception
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, reason, _ := strings.Cut(line, "#")
		key, subject, _ := strings.Cut(strings.TrimSpace(what), " ")
		all = append(all, &exception{
			key: key, subject: strings.TrimSpace(subject), reason: strings.TrimSpace(reason), line: i + 1,
		})
	}
	return all, nil
}

// allows says whether allow.txt lets the subject off the rule, and remembers that it was asked.
func (t *Tree) allows(key, subject string) bool {
	for _, e := range t.allowed {
		if e.key == key && e.subject == subject {
			e.used = true
			return true
		}
	}
	return false
}

func staleExceptions(t *Tree) []Finding {
	for _, r := range ordinary() {
		r.Check(t)
	}
	var found []Finding
	for _, e := range t.allowed {
		switch {
		case e.reason == "":
			found = append(found, Finding{allowFile, e.line, "no reason is given for " + e.subject})
		case !e.used:
			found = append(found, Finding{allowFile, e.line, "nothing needs this exception: " + e.key + " " + e.subject})
		}
	}
	return found
}
