package formats

import (
	"strconv"
	"strings"

	"countersign/internal/clock"
	"countersign/internal/leaf"
)

// Event is the plain reading of a record: what, on which device, as part of what, with which outcome.
type Event struct {
	Record
	Class     *Class
	When      clock.Reading // when it happened, which for what the emergency journal kept is before it came into the log
	Device    string        // its model; "" where the record is about none
	Serial    string        // the device's serial number; "" where it has none, or none is known
	Subject   string        // number of the request or of the emergency session; "" for none
	Outcome   int           // DICOM's EventOutcomeIndicator: 0 success, 4 minor, 8 serious, 12 major failure
	Emergency bool          // one person acted alone
	Drill     bool          // it was practised, on a simulated device
	Text      string        // what happened, in a sentence
}

const (
	emergencyPrefix = "emergency."
	drillPrefix     = "drill."
	serialMark      = " SN "
)

// outcomes are DICOM's indicators for what came of a change, as records spell it.
var outcomes = map[string]int{"verified": 0, "adjusted": 4, "rejected": 4, "not sent": 4, "rolled back": 4, "partial": 8, "unknown": 8}

// EventOf reads a record. It never fails: what it does not know is a record of no known kind.
func EventOf(r Record) Event {
	e := Event{Record: r, When: whenOf(&r.Leaf)}
	e.Class, e.Emergency, e.Drill = classOf(r.Kind)
	e.Outcome = e.Class.Outcome
	outcome, told := r.Body.Text("outcome")
	if n, known := outcomes[outcome]; told && known {
		e.Outcome = max(n, e.Outcome)
	}
	device, _ := r.Body.Text("device")
	e.Device, e.Serial = splitDevice(device)
	for _, key := range []string{"request", "session"} {
		if id, there := r.Body.Text(key); there {
			e.Subject = id
		}
	}
	e.Text = textOf(&e)
	return e
}

func classOf(kind string) (class *Class, emergency, practised bool) {
	if strings.HasPrefix(kind, drillPrefix) {
		return &drill, false, true
	}
	class, known := classes[kind]
	if !known {
		class = &unknown
	}
	return class, strings.HasPrefix(kind, emergencyPrefix) && kind != "emergency.done", kind == "emergency.done"
}

// splitDevice reads a device's name as records have it: model, " SN " and the serial number, which is "?" where the device tells
// none.
func splitDevice(name string) (model, serial string) {
	at := strings.LastIndex(name, serialMark)
	if at < 0 {
		return name, ""
	}
	if model, serial = name[:at], name[at+len(serialMark):]; serial == "?" {
		serial = ""
	}
	return model, serial
}

// The fields with the time at which the emergency journal took what is now a record of the log.
const (
	frameAt     = "frame.at"
	frameBoot   = "frame.boot"
	frameBootMS = "frame.boot_ms"
	frameClock  = "frame.clock"
)

func whenOf(l *leaf.Leaf) clock.Reading {
	at, _ := l.Body.Text(frameAt)
	wall, err := clock.ParseWall(at)
	if err != nil {
		return l.At
	}
	when := clock.Reading{Wall: wall}
	when.Boot, _ = l.Body.Text(frameBoot)
	when.BootMS, _ = l.Body.Int(frameBootMS)
	state, _ := l.Body.Text(frameClock)
	when.State = clock.State(state)
	return when
}

// told are the fields of a body that say something to people, with the word before each.
var told = []struct{ key, word string }{
	{"settings", "settings"}, {"outcome", "outcome"}, {"why", "why"}, {"tier", "tier"}, {"category", "category"}, {"identity", "identity"},
	{"how", "ended by"}, {"drift", "afterwards"}, {"finding", "finding"}, {"channel", "from"}, {"origin", "console"}, {"text", "text"},
	{"mode", "mode"}, {"version", "version"}, {"interfaces", "interfaces"}, {"for", "for"}, {"file", "file"}, {"reason", "reason"},
	{"damaged", "damaged frames"}, {"missing", "missing frames"}, {"size", "records there"},
}

// maxText bounds a sentence: a record may carry far more than a cell can show. The record itself has it all.
const maxText = 1000

func textOf(e *Event) string {
	var b strings.Builder
	b.WriteString(e.Class.Text)
	if e.Class == &unknown || e.Class == &drill {
		b.WriteString(" (" + e.Kind + ")")
	}
	separator := ": "
	for _, t := range told {
		value, there := e.Body.Text(t.key)
		if n, isNumber := e.Body.Int(t.key); isNumber {
			value, there = strconv.FormatInt(n, 10), true
		}
		if !there || value == "" || b.Len() > maxText {
			continue
		}
		b.WriteString(separator + t.word + " " + strings.Join(strings.Fields(clip(value)), " "))
		separator = "; "
	}
	return b.String()
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}
