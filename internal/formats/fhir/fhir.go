// Package fhir writes records as FHIR AuditEvent resources, one JSON object a line, as FHIR R4 and as FHIR R5 spell them.
//
// It maps and spells; what a record is in DICOM's terms, which FHIR shares, says package formats. It sends nothing.
package fhir

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// release is where the releases of FHIR differ.
type release struct {
	path    func(part int) string
	class   func(*writer, *formats.Class) // type, subtype and purpose
	outcome func(*writer, *formats.Event)
	agent   func(*writer, string) // where an agent acted
	site    func(*writer, string)
	kind    func(*writer, string) // of an entity's detail
	role    bool                  // an entity has a type besides its role
}

type view struct {
	heading formats.Heading
	reader  formats.Reader
	release *release
	parts   *formats.Parts
	out     writer

	// What is the same in many events.
	classes map[*formats.Class][]byte
	console map[bool][]byte // as an agent, by whether it acted of itself
	source  []byte
	object  []byte
}

// NewR4 returns the view that writes fhir/r4-NNNNN.ndjson (FHIR 4.0.1).
func NewR4(h formats.Heading, open formats.Open) formats.View { return newView(h, open, &r4) }

// NewR5 returns the view that writes fhir/r5-NNNNN.ndjson (FHIR 5.0.0).
func NewR5(h formats.Heading, open formats.Open) formats.View { return newView(h, open, &r5) }

func newView(h formats.Heading, open formats.Open, r *release) formats.View {
	v := &view{heading: h, release: r, parts: formats.NewParts(open, r.path), classes: map[*formats.Class][]byte{}}
	v.console = map[bool][]byte{true: rendered(v.itself(true)), false: rendered(v.itself(false))}
	v.source = rendered(v.observer)
	v.object = rendered(v.systemObject)
	return v
}

// Record implements formats.View.
func (v *view) Record(r formats.Record) error {
	e := v.reader.Event(r)
	v.write(&e)
	return v.parts.Write(v.out.b)
}

// Close implements formats.View.
func (v *view) Close() error { return v.parts.Close() }

// The code systems.
const (
	dcm        = "http://dicom.nema.org/resources/ontology/DCM"
	ourCodes   = "urn:countersign:event"
	persons    = "urn:countersign:person"
	devices    = "urn:countersign:device"
	consoles   = "urn:countersign:console"
	uris       = "urn:ietf:rfc:3986"
	actReason  = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	sourceType = "http://terminology.hl7.org/CodeSystem/security-source-type"
	entityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	objectRole = "http://terminology.hl7.org/CodeSystem/object-role"
	outcomes   = "http://terminology.hl7.org/CodeSystem/audit-event-outcome"
)

// breakTheGlass is the purpose of what one person did alone in an emergency.
var breakTheGlass = formats.Code{System: actReason, Value: "BTG", Text: "break the glass"}

// testData marks what a simulated ward or a drill left.
var testData = formats.Code{System: actReason, Value: "HTEST", Text: "test health data"}

func (v *view) write(e *formats.Event) {
	w := &v.out
	w.b = w.b[:0]
	w.open('{')
	w.text("resourceType", "AuditEvent")
	w.text("id", hex.EncodeToString(e.Hash[:]))
	if v.heading.Simulated || e.Drill { // nobody counts it among what happened to patients
		w.name("meta")
		w.open('{')
		w.name("security")
		w.open('[')
		w.coding(testData)
		w.close(']')
		w.close('}')
	}
	w.add(v.class(e.Class))
	v.release.outcome(w, e)
	w.instant("recorded", e.When.Wall)
	v.agents(w, e)
	w.add(v.source)
	v.entities(w, e)
	w.close('}')
	w.b = append(w.b, '\n')
}

// agents are who acted, who signed with them, and the console on which it was done.
func (v *view) agents(w *writer, e *formats.Event) {
	person := e.Actor.ID != "console"
	w.name("agent")
	w.open('[')
	if person {
		v.agent(w, e.Actor, true)
	}
	for _, p := range e.With {
		v.agent(w, p, false)
	}
	w.add(v.console[!person])
	w.close(']')
}

// itself writes the console as an agent.
func (v *view) itself(requestor bool) func(*writer) {
	return func(w *writer) {
		w.open('{')
		w.name("type")
		w.concept(formats.Code{System: dcm, Value: "110150", Text: "Application"})
		w.name("who")
		w.open('{')
		w.identifier(consoles, v.heading.Origin)
		w.text("display", v.heading.Program)
		w.close('}')
		w.truth("requestor", requestor)
		w.close('}')
	}
}

// class is what all events of a class say.
func (v *view) class(c *formats.Class) []byte {
	said, done := v.classes[c]
	if !done {
		said = rendered(func(w *writer) {
			v.release.class(w, c)
			w.text("action", string(c.Action))
		})
		v.classes[c] = said
	}
	return said
}

// agent is a person with the role that the log gives them.
func (v *view) agent(w *writer, p leaf.Actor, requestor bool) {
	w.open('{')
	if p.Role != "" {
		w.name("role")
		w.open('[')
		w.open('{')
		w.text("text", p.Role)
		w.close('}')
		w.close(']')
	}
	w.name("who")
	w.person(p)
	w.truth("requestor", requestor)
	v.release.agent(w, v.heading.Origin)
	w.close('}')
}

// person refers to a person by their identifier, where the log knows them.
func (w *writer) person(p leaf.Actor) {
	w.open('{')
	if p.ID != "" && p.ID != "nobody" {
		w.identifier(persons, p.ID)
	}
	w.text("display", orUnknown(p.Name))
	w.close('}')
}

func orUnknown(name string) string {
	if name == "" {
		return "unknown"
	}
	return name
}

// observer says which console tells it.
func (v *view) observer(w *writer) {
	w.name("source")
	w.open('{')
	v.release.site(w, v.heading.Site)
	w.name("observer")
	w.open('{')
	w.identifier(consoles, v.heading.Origin)
	w.text("display", v.heading.Origin)
	w.close('}')
	w.close('}')
}

// entities are the device that it is about, the person whom it concerns, and the record itself by number and hash.
func (v *view) entities(w *writer, e *formats.Event) {
	w.name("entity")
	w.open('[')
	if e.Device != "" || e.Serial != "" {
		w.open('{')
		w.name("what")
		w.open('{')
		if e.Serial != "" {
			w.identifier(devices, e.Serial)
		}
		w.text("display", orUnknown(e.Device))
		w.close('}')
		w.add(v.object)
		w.close('}')
	}
	if e.About.ID != "" {
		w.open('{')
		w.name("what")
		w.person(e.About)
		w.add(v.object)
		w.close('}')
	}
	w.open('{')
	w.name("what")
	w.open('{')
	w.identifier(uris, "urn:countersign:record:"+v.heading.Origin+":"+strconv.FormatInt(e.Seq, 10))
	w.text("display", e.Kind)
	w.close('}')
	w.add(v.object)
	v.details(w, e)
	w.close('}')
	w.close(']')
}

// details are what the resource has no place for.
func (v *view) details(w *writer, e *formats.Event) {
	w.name("detail")
	w.open('[')
	v.detail(w, "seq", strconv.FormatInt(e.Seq, 10))
	v.detail(w, "leaf-sha256", hex.EncodeToString(e.Hash[:]))
	v.detail(w, "clock", string(e.When.State))
	if e.Framed {
		v.detail(w, "in-the-log", string(formats.AppendInstant(nil, e.At.Wall)))
		v.detail(w, "in-the-log-clock", string(e.At.State))
	}
	if e.Subject != "" {
		v.detail(w, "subject", e.Subject)
	}
	if steps, ok := e.Body.Text("steps"); ok { // each setting with its value before, the one wanted and the one after
		v.detail(w, "steps", steps)
	}
	if v.heading.Simulated || e.Drill {
		v.detail(w, "simulated", "true")
	}
	w.close(']')
}

// systemObject says that an entity is a system object in the role of a security resource.
func (v *view) systemObject(w *writer) {
	if v.release.role {
		w.name("type")
		w.coding(formats.Code{System: entityType, Value: "2", Text: "System Object"})
		w.name("role")
		w.coding(formats.Code{System: objectRole, Value: "13", Text: "Security Resource"})
		return
	}
	w.name("role")
	w.concept(formats.Code{System: objectRole, Value: "13", Text: "Security Resource"})
}

// detail carries a value in base64, unchanged.
func (v *view) detail(w *writer, kind, value string) {
	if value == "" {
		return // FHIR has no empty values
	}
	w.open('{')
	v.release.kind(w, kind)
	w.text("valueBase64Binary", base64.StdEncoding.EncodeToString([]byte(value)))
	w.close('}')
}

// codeOf gives a code its system as FHIR names it.
func codeOf(c formats.Code) formats.Code {
	if c.System == "" {
		c.System = dcm
	} else {
		c.System = ourCodes
	}
	return c
}
