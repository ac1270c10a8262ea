package change

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"countersign/drivers"
	"countersign/internal/fault"
)

// stateDigest binds a request to what the device held when it was made: SHA-256 over one sorted "id value unit" line
// for each setting in the change and each that a rule ties to one of them. Measurements and clocks are never in it.
func stateDigest(d drivers.Description, snapshot drivers.Snapshot, ids ...drivers.SettingID) [32]byte {
	var text strings.Builder
	for _, id := range d.Linked(ids...) {
		r, ok := snapshot.Reading(id)
		if !ok {
			fmt.Fprintf(&text, "%s unreadable\n", id)
			continue
		}
		fmt.Fprintf(&text, "%s %s %s\n", id, r.Value, r.Unit)
	}
	return sha256.Sum256([]byte(text.String()))
}

// driverDigest binds a request to what the driver does: for a profile or map the file's digest, for a compiled driver
// its version, its table of settings and the program that it is part of.
func driverDigest(about drivers.About, d drivers.Description, program string) ([32]byte, error) {
	if about.Digest != "" {
		digest, err := hex.DecodeString(about.Digest)
		if err != nil || len(digest) != sha256.Size {
			return [32]byte{}, fault.Newf(fault.Internal, about.ID, "digest %q", about.Digest)
		}
		return [32]byte(digest), nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s %s\n", about.ID, about.Version, program)
	for _, s := range d.Settings {
		fmt.Fprintf(&text, "%s %s %s %s %s %s %q %t %s %s %q\n", s.ID, s.Kind, s.Unit, s.Min, s.Max, s.Step, s.Options, s.Writable, s.Risk, s.Tolerance, s.Below)
	}
	return sha256.Sum256([]byte(text.String())), nil
}
