package cosign

import (
	"strings"

	"countersign/internal/change"
)

// differences returns what was entered otherwise than it was requested; what is missing or named twice differs.
func differences(in Incoming, entries []change.Entry) []string {
	var values, tags []change.Entry
	for _, e := range entries {
		if e.Setting == change.AssetTag {
			tags = append(tags, e)
		} else {
			values = append(values, e)
		}
	}
	var differing []string
	if in.AssetTag && (len(tags) != 1 || strings.TrimSpace(tags[0].Value) != in.request.AssetTag) {
		differing = append(differing, string(change.AssetTag))
	}
	if in.Blind {
		differing = append(differing, change.Differences(in.request.Set, values)...)
	}
	return differing
}
