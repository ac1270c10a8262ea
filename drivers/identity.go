package drivers

// Identity is what a device says of itself.
type Identity struct {
	Manufacturer string
	Model        string
	Serial       string // "" where the device does not tell: a weak identity
	Firmware     string
	Raw          []byte // the device's own words, for the record
}

// Weak says that the device cannot be told from another of its model by what it says.
func (id Identity) Weak() bool { return id.Serial == "" }

// Same says whether two answers came from one device. Firmware may differ: that is a finding, not another device.
func (id Identity) Same(other Identity) bool {
	return !id.Weak() && id.Alike(other)
}

// Alike says whether two answers could have come from one device: what they tell of maker, model and serial number is equal. Of a
// device that tells no serial number this says no more than that; what it is known by is the tag that people read off it.
func (id Identity) Alike(other Identity) bool {
	return id.Manufacturer == other.Manufacturer && id.Model == other.Model && id.Serial == other.Serial
}

// State says whether an interface is in use.
type State int

// Unknown is a value, not an omission: nobody has been able to tell.
const (
	Unknown State = iota
	On
	Off
)

var stateNames = names{"unknown", "on", "off"}

func (s State) String() string { return stateNames.of(int(s)) }

// Interface is one way into a device, and what it lets through.
type Interface struct {
	Kind           string // "serial", "LAN", "Wi-Fi", "Bluetooth", "USB", "nurse call", "service port"
	Address        string // where it is, "" when not known
	Protocol       string
	Direction      string // "read", "write", "read and write"
	Authentication string // "none" is a finding; "" is not known
	Encryption     string // "none" is a finding; "" is not known
	Evidence       string // how this is known: "answered on it", "from the manual, p. 12", "claimed over mDNS"
	State          State
}

// Endpoint is a place where a device may be reached, with what is known of it without asking.
type Endpoint struct {
	Scheme  string            // "serial", "tcp"
	Address string            // "/dev/ttyUSB0", "10.88.0.2:502"
	Label   string            // for people
	Source  string            // which source found it: "serial ports", "mDNS", "typed in"
	Facts   map[string]string // "usb.vid", "usb.pid", "mdns.type", "mdns.txt.model"...: claimed, never proven
}

// Key names the endpoint, whoever found it.
func (e Endpoint) Key() string { return e.Scheme + "://" + e.Address }
