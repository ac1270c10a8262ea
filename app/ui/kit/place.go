package kit

import (
	"path"
	"strings"

	"countersign/drivers"
)

// Transport says how an endpoint is reached: "serial line, /dev/ttyUSB0".
func Transport(ep drivers.Endpoint) string {
	key := "device.scheme." + ep.Scheme
	name := T(key)
	if name == key {
		name = ep.Scheme
	}
	return name + ", " + ShortPath(ep.Address)
}

// ShortPath leaves the folders of a long path out: the end tells ports apart, and a header or a table has no room for more.
func ShortPath(address string) string {
	if folder, name := path.Split(address); strings.Count(folder, "/") > 2 {
		return "…/" + name
	}
	return address
}
