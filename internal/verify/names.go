package verify

import (
	"regexp"
	"strconv"
	"strings"

	"countersign/internal/formats"
)

// places are the files of a bundle in their order. What ends with the first part's number comes in parts.
var places = []string{
	formats.VerifyPath, formats.LeavesPath(1), formats.OutsidePath, formats.CheckpointsPath, formats.ConsistencyPath, formats.RosterPath,
	formats.EpochsPath, formats.FramesPath, formats.UnattestedPath, formats.DICOMPath(1), formats.R4Path(1), formats.R5Path(1),
	formats.EventsPath, formats.ChangesPath, formats.EmergenciesPath, formats.ApprovalsPath, formats.PairsPath, formats.HTMLPath,
	formats.PDFPath, formats.SummaryPath, formats.ManifestPath, formats.MachinePath, formats.ExportPath,
}

// needed are the files without which nothing can be verified.
var needed = []string{formats.ManifestPath, formats.MachinePath, formats.LeavesPath(1), formats.OutsidePath, formats.CheckpointsPath,
	formats.ConsistencyPath, formats.FramesPath}

// given are the files that the exporter writes; every other one is made from these and the manifest.
func given(path string) bool {
	switch path {
	case formats.OutsidePath, formats.CheckpointsPath, formats.ConsistencyPath, formats.FramesPath, formats.ManifestPath, formats.MachinePath, formats.ExportPath:
		return true
	}
	return isLeaves(path)
}

func isLeaves(path string) bool {
	before, _, _ := strings.Cut(formats.LeavesPath(1), "00001")
	return strings.HasPrefix(path, before)
}

// place returns where a file stands in a bundle, and false for one that has no place in it.
func place(path string) (int, bool) {
	for i, p := range places {
		before, after, parts := strings.Cut(p, "-00001")
		if !parts {
			if p == path {
				return i * maxParts, true
			}
			continue
		}
		digits, ok := strings.CutPrefix(path, before+"-")
		if !ok {
			continue
		}
		if digits, ok = strings.CutSuffix(digits, after); !ok || len(digits) != 5 {
			continue
		}
		if n, err := strconv.ParseUint(digits, 10, 32); err == nil && n > 0 {
			return i*maxParts + int(n), true
		}
	}
	return 0, false
}

const maxParts = 100_000

// harmless is a name that means the same on every system; devices is what Windows takes for something else than a file.
var (
	harmless = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)
	devices  = regexp.MustCompile(`(?i)(^|/)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.[^/]*)?(/|$)`)
)

func safe(path string) bool {
	return len(path) <= formats.MaxPath && harmless.MatchString(path) && !devices.MatchString(path)
}
