package devices

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/discovery"
	"countersign/internal/discovery/manual"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
)

// Interface is one network that can be searched.
type Interface struct {
	Name      string // as the operating system calls it: "eth0"
	Addresses string // for people: "10.88.0.1/24"
	On        bool   // a person has allowed to search it
}

// sourceLine says how one source is doing.
type sourceLine struct {
	name   string // of the source
	state  kit.State
	icon   kit.Icon
	text   string
	button string // what its button does; "" for no button
}

// setSources takes how the sources are doing, and the networks that a person may have searched; none where nobody is
// asked.
func (m *model) setSources(all []discovery.SourceStatus, networks []Interface) {
	m.sources = m.sources[:0]
	for _, s := range all {
		if s.Name == manual.Name && s.State != discovery.Failed {
			continue // what was typed in is in the list; there is nothing to tell
		}
		l := line(s, searched(networks))
		if s.Name == mdns.Name && len(networks) > 0 {
			l.button = switchText(networks)
		}
		m.sources = append(m.sources, l)
	}
}

func line(s discovery.SourceStatus, networks string) sourceLine {
	l := sourceLine{name: s.Name, state: kit.Normal, icon: kit.IconDevices}
	part := "other"
	switch s.Name {
	case mdns.Name:
		part, l.icon = "network", kit.IconNetwork
	case serialport.Name:
		part, l.icon = "serial", kit.IconSerial
	case manual.Name:
		part, l.icon = "hand", kit.IconEdit
	}
	state := string(s.State)
	if s.State == discovery.Running && part == "network" && networks != "" {
		state = "running_on"
	}
	l.text = kit.T("devices.source."+part+"."+state, kit.Data{"Name": s.Name, "Count": s.Endpoints, "Networks": networks})
	switch {
	case s.State == discovery.Failed:
		l.state = kit.Failed
	case s.Err != nil:
		l.state = kit.Caution
	}
	if s.Err != nil && s.State != discovery.Quiet {
		l.text += " " + because(s.Err)
	}
	return l
}

// switchText is what the button of the search does next.
func switchText(networks []Interface) string {
	if searched(networks) != "" {
		return kit.T("devices.network.turn_off")
	}
	return kit.T("devices.network.turn_on")
}

// because explains an error of a source in a sentence. What comes from the operating system has none of its own.
func because(err error) string {
	if fault.KindOf(err) == fault.Internal {
		return kit.T("devices.source.because")
	}
	what, why, next := kit.FaultText(err)
	return what + " " + why + " " + next
}

// searched lists the networks that are searched.
func searched(networks []Interface) string { return strings.Join(chosen(networks), ", ") }

// proposed returns the networks as they are ticked when somebody is about to turn the search on: a single one is, of
// several the person chooses.
func proposed(networks []Interface) []Interface {
	all := make([]Interface, len(networks))
	for i, n := range networks {
		n.On = len(networks) == 1
		all[i] = n
	}
	return all
}

// chosen returns the names of the networks that are on.
func chosen(networks []Interface) []string {
	names := make([]string, 0, len(networks))
	for _, n := range networks {
		if n.On {
			names = append(names, n.Name)
		}
	}
	return names
}
