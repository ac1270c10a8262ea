package cosign

import (
	"slices"
	"strings"

	"countersign/drivers"
	"countersign/internal/change"
	"countersign/internal/statement"
)

// AssetTag is the entry with the tag that the second person reads at the device.
const AssetTag drivers.SettingID = "asset-tag"

// differences returns what was entered otherwise than it was requested; what is missing or named twice differs.
func differences(in Incoming, entries []change.Entry) []string {
	wanted := map[drivers.SettingID]func(string) bool{}
	var order []drivers.SettingID
	if in.Blind {
		for _, l := range in.request.Set {
			wanted[l.ID] = func(typed string) bool { return sameValue(l, typed) }
			order = append(order, l.ID)
		}
	}
	if in.AssetTag {
		wanted[AssetTag] = func(typed string) bool { return strings.TrimSpace(typed) == in.request.AssetTag }
		order = append(order, AssetTag)
	}
	var differing []string
	for _, id := range order {
		var typed []string
		for _, e := range entries {
			if e.Setting == id {
				typed = append(typed, e.Value)
			}
		}
		if len(typed) != 1 || !wanted[id](typed[0]) {
			differing = append(differing, string(id))
		}
	}
	for _, e := range entries {
		if in.Blind && !slices.Contains(order, e.Setting) {
			differing = append(differing, string(e.Setting))
		}
	}
	return differing
}

// sameValue compares a typed value with a token. A number may be typed with zeros that do not change it.
func sameValue(l statement.SetLine, typed string) bool {
	typed = strings.TrimSpace(typed)
	if wanted, err := drivers.ParseDecimal(l.Wanted); err == nil {
		got, err := drivers.ParseDecimal(typed)
		return err == nil && got == wanted
	}
	for _, kind := range []drivers.Kind{drivers.Choice, drivers.Text} {
		if wanted, err := statement.ParseToken(kind, l.Wanted); err == nil {
			return typed == wanted.String()
		}
	}
	return typed == l.Wanted
}
