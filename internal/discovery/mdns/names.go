package mdns

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/discovery"
)

// Limits on what a host may claim.
const (
	maxName  = 255 // bytes of a name
	maxTXT   = 32  // keys taken from one TXT record
	maxKey   = 64  // bytes of a key
	maxValue = 255 // bytes of a value
)

// unescape turns one label from DNS presentation form (RFC 1035, 5.1: "\." and "\195\188") into its bytes. A broken
// escape stands for itself.
func unescape(label string) string {
	var b strings.Builder
	for i := 0; i < len(label); i++ {
		if label[i] != '\\' || i+1 == len(label) {
			b.WriteByte(label[i])
			continue
		}
		if i+3 < len(label) {
			if n, err := strconv.ParseUint(label[i+1:i+4], 10, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		i++
		b.WriteByte(label[i])
	}
	return b.String()
}

// escape is the inverse of unescape, for a name that is announced.
func escape(label string) string {
	var b strings.Builder
	for i := range len(label) {
		switch c := label[i]; {
		case c == '.' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// hostName unescapes a host name label by label, so that an escaped dot does not end one, and cleans it.
func hostName(name string) string {
	var labels []string
	for _, label := range splitLabels(strings.TrimSuffix(name, ".")) {
		labels = append(labels, discovery.Clean(unescape(label), maxName))
	}
	return discovery.Clean(strings.Join(labels, "."), maxName)
}

// splitLabels cuts a name in presentation form at its dots, not at escaped ones.
func splitLabels(name string) []string {
	var labels []string
	start := 0
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '\\':
			i++
		case '.':
			labels = append(labels, name[start:i])
			start = i + 1
		}
	}
	return append(labels, name[start:])
}

// txtFacts turns TXT strings in presentation form into facts "mdns.txt.<key>". Keys are case-insensitive and the first
// of a kind counts (RFC 6763, 6.4). What is too long or not printable is left out whole: half a value misleads. The
// keys u and p are left out too, because IANA defines them as user name and password.
func txtFacts(facts map[string]string, text []string) {
	keys := 0
	for _, pair := range text {
		if keys == maxTXT {
			return
		}
		if len(pair) > 4*(maxKey+maxValue) { // each byte may be escaped
			continue
		}
		key, value, _ := strings.Cut(unescape(pair), "=")
		key = strings.ToLower(key)
		if !isKey(key) || len(value) > maxValue || !discovery.Printable(value) || key == "u" || key == "p" {
			continue
		}
		if _, taken := facts["mdns.txt."+key]; taken {
			continue
		}
		facts["mdns.txt."+key] = value
		keys++
	}
}

func isKey(key string) bool {
	if key == "" || len(key) > maxKey {
		return false
	}
	return !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
