// Package backup makes one file of all that a console keeps, while the console runs, and puts a console back from such a
// file. It is not the audit export: a backup is for this site's own people, holds the personal key files (encrypted, each
// under its owner's passphrase) and proves nothing to a stranger.
//
// What is never in a backup: the key with which this machine signs its log. A console that is put back cannot sign on as
// the one that was: its first record begins a key that nothing links to the one before, the second says from which backup
// it was put back, and every verification reports both. Neither are in it: sheets with sealed codes that can be read, the
// copies of the last checkpoint, which are there to contradict a log that was put back, and what another start makes again.
package backup

import (
	"path"
	"regexp"
	"strings"
	"time"

	"countersign/internal/audit"
)

// The records about backups.
const (
	KindMade     = "backup.made"
	KindRestored = audit.KindRestored
)

// The bounds of a backup. A reader holds them against what it reads, not against what is declared.
const (
	maxEntries  = 4096
	maxTotal    = 64 << 30 // bytes, unpacked
	maxManifest = 1 << 20  // bytes
	maxPath     = 160      // bytes
)

// The endings of a backup's name: sealed for one recipient, and while it is being made.
const (
	ending    = ".zip"
	ageEnding = ".age"
	partial   = ".partial"
	prefix    = "countersign-backup-"
)

// Name is what a backup of this log made at this time is called.
func Name(origin string, made time.Time, sealed bool) string {
	name := prefix + strings.NewReplacer("/", "-", ".", "-", ":", "-").Replace(origin) + made.UTC().Format("-20060102-150405") + ending
	if sealed {
		name += ageEnding
	}
	return name
}

// plain is how a file in a backup may be called: nothing that leads elsewhere, on any system.
var plain = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*){0,3}$`)

// reserved are names that Windows gives to something else than a file, with any ending.
var reserved = regexp.MustCompile(`^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// checkPath says whether a file of a backup may have this name.
func checkPath(name string) bool {
	if len(name) > maxPath || !plain.MatchString(name) || path.Clean(name) != name {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if reserved.MatchString(part) || strings.HasSuffix(part, ".") {
			return false
		}
	}
	return true
}
