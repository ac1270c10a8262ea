// Package consent asks a person, before the first byte is sent, which drivers may ask a device who it is. For each it says
// in plain words what is sent and what that does. It opens nothing and sends nothing: whoever shows it acts on the answer.
package consent

import (
	"slices"
	"strconv"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/identify"
	"countersign/internal/inventory"
)

// Candidates returns the drivers that may ask a device who it is: those that its facts fit, or the one that has
// identified it before.
func Candidates(d inventory.Device) []identify.Candidate {
	if d.Driver != nil {
		return []identify.Candidate{{Driver: d.Driver, Confidence: drivers.Certain}}
	}
	return d.Candidates
}

// Confidence words how sure a driver is of a device that was not asked yet: "likely".
func Confidence(c drivers.Confidence) string { return kit.T("consent.confidence." + c.String()) }

// Why says what a confidence rests on: "what it announces about itself fits".
func Why(c drivers.Confidence) string { return kit.T("consent.why." + c.String()) }

// Maturity says, as a sentence, how far a driver has been proven.
func Maturity(m drivers.Maturity) string { return kit.T("consent.maturity." + m.String()) }

// Place words where a device is reached: "serial port /dev/ttyUSB0".
func Place(ep drivers.Endpoint) string {
	return kit.T("consent.place."+scheme(ep), kit.Data{"Address": ep.Address})
}

// scheme is the part of the texts' keys for an endpoint: what is not serial is reached over a network.
func scheme(ep drivers.Endpoint) string {
	if ep.Scheme == "serial" {
		return "serial"
	}
	return "tcp"
}

// model is the question: one tick per driver.
type model struct {
	device inventory.Device
	asks   []ask
}

type ask struct {
	candidate identify.Candidate
	agreed    bool
}

// newModel proposes the drivers that are probably meant, and a single one in any case. Where several are merely possible
// the person chooses: to ask all of them would send each device the questions of others.
func newModel(d inventory.Device) *model {
	m := &model{device: d}
	candidates := Candidates(d)
	for _, c := range candidates {
		m.asks = append(m.asks, ask{c, c.Confidence >= drivers.Likely || len(candidates) == 1})
	}
	return m
}

func (m *model) set(i int, agreed bool) { m.asks[i].agreed = agreed }

// agreed returns the drivers that may ask, the most confident first.
func (m *model) agreed() []identify.Candidate {
	var all []identify.Candidate
	for _, a := range m.asks {
		if a.agreed {
			all = append(all, a.candidate)
		}
	}
	return all
}

// label is the place's short name: the button says it, so that nobody identifies the wrong one.
func (m *model) label() string {
	if m.device.Label != "" {
		return m.device.Label
	}
	return m.device.Address
}

// opens says what happens to the port itself.
func (m *model) opens() string {
	return kit.T("consent.opens."+scheme(m.device.Endpoint), kit.Data{"Address": m.device.Address})
}

// summary says what the ticks amount to.
func (m *model) summary() string {
	n := len(m.agreed())
	if n == 0 {
		return kit.T("consent.none")
	}
	return kit.N("consent.some", n)
}

// name is what the box of a driver says.
func (a ask) name() string {
	return kit.T("consent.driver", kit.Data{"Driver": a.candidate.Driver.About().Name, "Confidence": Confidence(a.candidate.Confidence)})
}

// facts are what there is to know before agreeing: what is sent, what reading does, and how far the driver is proven.
func (a ask) facts(ep drivers.Endpoint) []string {
	about := a.candidate.Driver.About()
	facts := []string{kit.T("consent.sends", kit.Data{"Text": about.Probe})}
	if tuned, ok := a.candidate.Driver.(drivers.Tuned); ok && scheme(ep) == "serial" {
		facts = append(facts, kit.T("consent.line", kit.Data{"Line": line(tuned.Line())}))
	}
	if len(about.ReadEffects) == 0 {
		facts = append(facts, kit.T("consent.effects.none"))
	}
	for _, effect := range about.ReadEffects {
		facts = append(facts, kit.T("consent.effects", kit.Data{"Text": effect}))
	}
	return append(facts, kit.T("consent.because", kit.Data{"Why": Why(a.candidate.Confidence)})+" "+Maturity(about.Maturity))
}

// line writes line settings as technicians do: "115200 bit/s, 8N1".
func line(l drivers.Line) string {
	return strconv.Itoa(l.Baud) + " bit/s, " + strconv.Itoa(l.Bits) + string(rune(l.Parity)) + strconv.Itoa(l.StopBits)
}

// names lists drivers for a sentence.
func names(candidates []identify.Candidate) []string {
	all := make([]string, len(candidates))
	for i, c := range candidates {
		all[i] = c.Driver.About().Name
	}
	return slices.Compact(all)
}
