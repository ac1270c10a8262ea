package devices

import (
	"strings"

	"countersign/drivers"
	"countersign/internal/discovery/manual"
)

// address reads what a person typed. The kind of address need not be said: a path or COM number is a serial port, and
// anything else is on the network. Problem is the key of the sentence that says what is wrong, or "".
func address(text string) (ep drivers.Endpoint, problem string) {
	text = strings.TrimSpace(text)
	scheme := schemeOf(text)
	if scheme != "" {
		text = scheme + " " + text
	}
	ep, err := manual.Parse(text)
	if err == nil {
		return ep, ""
	}
	return drivers.Endpoint{}, problemOf(text)
}

// schemeOf guesses the scheme of an address that is typed without one.
func schemeOf(text string) string {
	lower := strings.ToLower(text)
	first, _, spaced := strings.Cut(lower, " ")
	switch {
	case strings.Contains(text, "://"), spaced && (first == "tcp" || first == "serial"):
		return ""
	case strings.HasPrefix(text, "/"), strings.HasPrefix(lower, "com") && strings.Trim(lower[3:], "0123456789") == "":
		return "serial"
	case strings.HasPrefix(lower, "tty"), strings.HasPrefix(lower, "dev/"):
		return "serial" // half a path: it is refused with the words about ports
	}
	return "tcp"
}

// problemOf says what is wrong with an address that manual.Parse has refused.
func problemOf(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest, _ = strings.Cut(text, " ")
	}
	rest = strings.TrimSpace(rest)
	colon := strings.LastIndex(rest, ":")
	switch strings.ToLower(scheme) {
	case "serial":
		return "devices.add.serial"
	case "tcp":
	default:
		return "devices.add.scheme"
	}
	switch {
	case rest == "":
		return "devices.add.empty"
	case len(rest) > 255:
		return "devices.add.long"
	case colon < 0 || strings.HasSuffix(rest, "]"):
		return "devices.add.no_port"
	case !isPort(rest[colon+1:]):
		return "devices.add.port"
	}
	return "devices.add.host"
}

// isPort says whether text is a port as far as its digits go.
func isPort(text string) bool {
	digits := strings.TrimLeft(text, "0")
	number := 0
	for _, c := range digits {
		if c < '0' || c > '9' || number > 65535 {
			return false
		}
		number = number*10 + int(c-'0')
	}
	return number > 0 && number <= 65535
}
