package formats

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"countersign/internal/clock"
	"countersign/internal/leaf"
)

// Event is the plain reading of a record: who did what, with whom, on which device, as part of what, with which outcome.
type Event struct {
	Record
	Class     *Class
	When      clock.Reading // when it happened, which for what the emergency journal kept is before it came into the log
	With      []leaf.Actor  // who signed it besides the actor
	About     leaf.Actor    // whom it concerns: who is enrolled, or gets a role; nobody where it has no ID
	Device    string        // its model; "" where the record names none
	Serial    string        // the device's serial number; "" where it has none, or none is known
	Subject   string        // number of the request or of the emergency session; "" for none
	Outcome   int           // DICOM's EventOutcomeIndicator: 0 success, 4 minor, 8 serious, 12 major failure
	Emergency bool          // one person acted alone
	Drill     bool          // it was practised, on a simulated device
	Framed    bool          // the emergency journal had it first
	Text      string        // what happened, in a sentence
}

const (
	emergencyPrefix = "emergency."
	drillPrefix     = "drill."
	serialMark      = " SN "
)

// outcomes are DICOM's indicators for what came of a change, as records spell it, and for what a device held afterwards.
var outcomes = map[string]int{
	"verified": 0, "adjusted": 4, "rejected": 4, "not sent": 4, "rolled back": 4, "partial": 8, "unknown": 8,
	"same": 0, "different": 4,
}

// worst is the indicator of an outcome that a later version writes: nothing says that it is good.
const worst = 8

// EventOf reads a record. It never fails: what it does not know is a record of no known kind.
func EventOf(r Record) Event {
	e := Event{Record: r, When: r.At}
	e.framed()
	e.Class, e.Drill = classOf(r.Kind)
	e.Emergency, e.Outcome = e.Class.Alone, e.Class.Outcome
	for _, key := range []string{"outcome", "drift"} {
		if outcome, told := r.Body.Text(key); told {
			n, known := outcomes[outcome]
			if !known {
				n = worst
			}
			e.Outcome = max(n, e.Outcome)
		}
	}
	name, _ := r.Body.Text("device")
	e.Device, e.Serial = splitDevice(name)
	if model, told := r.Body.Text("model"); told { // an emergency session's first record has both by themselves
		e.Device = model
		e.Serial, _ = r.Body.Text("serial")
	}
	for _, key := range []string{"request", "session"} {
		if id, there := r.Body.Text(key); there {
			e.Subject = id
		}
	}
	if e.Stmt != "" {
		e.signed()
	}
	e.Text = textOf(&e)
	return e
}

func classOf(kind string) (class *Class, practised bool) {
	practised = strings.HasPrefix(kind, drillPrefix)
	class, known := classes[kind]
	switch {
	case known:
		return class, practised || kind == "emergency.done"
	case practised:
		return &drill, true
	}
	return &unknown, false
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

// framed reads when it happened.
func (e *Event) framed() {
	at, _ := e.Body.Text(frameAt)
	wall, err := clock.ParseWall(at)
	if err != nil {
		return
	}
	e.Framed, e.When = true, clock.Reading{Wall: wall}
	e.When.Boot, _ = e.Body.Text(frameBoot)
	e.When.BootMS, _ = e.Body.Int(frameBootMS)
	state, _ := e.Body.Text(frameClock)
	e.When.State = clock.State(state)
}

// told are the fields of a body that say something to people, with the word before each.
var told = []struct{ key, word string }{
	{"settings", "settings"}, {"outcome", "outcome"}, {"why", "why"}, {"tier", "tier"}, {"category", "category"}, {"identity", "identity"},
	{"code", "sealed code"}, {"label", "label"}, {"in-use", "in use"}, {"action", "action"}, {"actions", "actions"}, {"how", "ended by"},
	{"sinks", "kept in"}, {"left", "seconds left"}, {"unknown", "unknown"}, {"unrecordable", "could not be recorded"}, {"drift", "afterwards"},
	{"seconds", "seconds"}, {"finding", "finding"}, {"channel", "from"}, {"enough", "enough"}, {"try", "try"}, {"template", "template"},
	{"origin", "console"}, {"continuity", "continuity"}, {"person", "person"}, {"approver", "approver"}, {"colleague", "colleague"},
	{"text", "text"}, {"mode", "mode"}, {"version", "version"}, {"interfaces", "interfaces"}, {"driver", "driver"}, {"endpoint", "endpoint"},
	{"scope", "scope"}, {"from", "from record"}, {"to", "to record"}, {"filter", "only"}, {"shown", "records shown"}, {"for", "for"},
	{"file", "file"}, {"files", "files"}, {"fingerprint", "fingerprint"}, {"recipient", "sealed for"}, {"sealed", "sealed with"},
	{"place", "place"}, {"subject", "on"}, {"made", "made"}, {"restored", "put back"}, {"broken", "broken"}, {"auditor", "auditor"}, {"verdict", "verdict"},
	{"reference", "reference"}, {"reason", "reason"},
	{"unattested-from", "from"}, {"unattested-to", "to"}, {"epoch", "epoch"}, {"process", "process"}, {"records", "records"},
	{"damaged", "damaged frames"}, {"missing", "missing frames"}, {"size", "log size"},
	{"frame.machine", "in the journal"},
}

// signedWords are the lines of statements that do, unless the body did.
var signedWords = []struct{ key, word string }{
	{"role", "role"}, {"why", "why"}, {"finding", "finding"}, {"incident", "incident"}, {"name", "name"}, {"about", "about"}, {"account", "account"},
	{"reason", "reason"},
}

// maxText bounds a sentence, in bytes: a record may carry far more than a cell can show. The record itself has it all.
const maxText = 1000

func textOf(e *Event) string {
	b := make([]byte, 0, 160)
	b = append(b, e.Class.Text...)
	if e.Class == &unknown || e.Class == &drill {
		b = append(append(append(b, " ("...), clip(e.Kind)...), ')')
	}
	separator := ": "
	tell := func(word, value string) {
		if value == "" || len(b) > maxText {
			return
		}
		b = append(append(append(b, separator...), word...), oneLine(clip(value))...)
		separator = "; "
	}
	tell("", e.About.Name)
	var room [16]ranked
	for _, f := range toldIn(e.Body, room[:0]) {
		if f.IsInt {
			f.Text = strconv.FormatInt(f.Int, 10)
		}
		tell(told[f.rank].word+" ", f.Text)
	}
	if e.Stmt != "" {
		for _, t := range signedWords {
			if _, there := e.Body.Text(t.key); !there {
				tell(t.word+" ", said(e.Stmt, t.key))
			}
		}
	}
	return string(b)
}

// ranked is a field of a body and its place in told.
type ranked struct {
	rank int
	leaf.Field
}

// ranks are the places of the keys in told.
var ranks = func() map[string]int {
	all := make(map[string]int, len(told))
	for i, t := range told {
		all[t.key] = i
	}
	return all
}()

// toldIn returns the fields of a body that are told, in the order in which they are.
func toldIn(body leaf.Body, found []ranked) []ranked {
	for f := range body.All() {
		if rank, is := ranks[f.Key]; is {
			found = append(found, ranked{rank, f})
		}
	}
	slices.SortFunc(found, func(a, b ranked) int { return a.rank - b.rank })
	return found
}

// oneLine puts a space for each run of white space.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }) && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}
