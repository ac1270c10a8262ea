package export

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// below are the folders under which Linux shows media that can be taken away.
var below = []string{"/media/", "/run/media/", "/mnt/"}

// Mounts returns the media in a list of mounts as Linux writes it (/proc/mounts), by their folders: what has a device behind it
// and can be written.
func Mounts(list string) []Place {
	var places []Place
	for line := range strings.Lines(list) {
		parts := strings.Fields(line)
		if len(parts) < 4 || !strings.HasPrefix(parts[0], "/dev/") || slices.Contains(strings.Split(parts[3], ","), "ro") {
			continue
		}
		folder := unescape(parts[1])
		if !strings.HasPrefix(folder, "/") || folder != path.Clean(folder) || strings.ContainsFunc(folder, unprintable) {
			continue
		}
		at := slices.IndexFunc(below, func(b string) bool { return strings.HasPrefix(folder, b) })
		if at < 0 || slices.ContainsFunc(places, func(p Place) bool { return p.Folder == folder }) {
			continue
		}
		places = append(places, Place{Folder: folder, Name: path.Base(folder)})
	}
	slices.SortFunc(places, func(a, b Place) int { return strings.Compare(a.Folder, b.Folder) })
	return places
}

func unprintable(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }

// unescape reads the three octal digits that stand for a blank, a tab, a line's end and a backslash in the list.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
