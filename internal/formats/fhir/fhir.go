// Package fhir writes records as FHIR AuditEvent resources, one JSON object a line, as FHIR R4 and as FHIR R5 spell them.
//
// It maps and spells; what a record is in DICOM's terms, which FHIR shares, says package formats. It sends nothing.
package fhir

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"countersign/internal/formats"
)

// release is where the releases of FHIR differ.
type release struct {
	path  func(part int) string
	event func(*writer, *formats.Event) // type, subtype, outcome and purpose
	agent func(*writer, string)         // where an agent acted
	site  func(*writer, string)
	kind  func(*writer, string) // of an entity's detail
	role  bool                  // an entity has a type besides its role
}

type view struct {
	heading formats.Heading
	release *release
	parts   *formats.Parts
	out     writer
}

// NewR4 returns the view that writes fhir/r4-NNNNN.ndjson (FHIR 4.0.1).
func NewR4(h formats.Heading, open formats.Open) formats.View { return newView(h, open, &r4) }

// NewR5 returns the view that writes fhir/r5-NNNNN.ndjson (FHIR 5.0.0).
func NewR5(h formats.Heading, open formats.Open) formats.View { return newView(h, open, &r5) }

func newView(h formats.Heading, open formats.Open, r *release) formats.View {
	return &view{heading: h, release: r, parts: formats.NewParts(open, r.path)}
}

// Record implements formats.View.
func (v *view) Record(r formats.Record) error {
	e := formats.EventOf(r)
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

func (v *view) write(e *formats.Event) {
	w := &v.out
	w.b = w.b[:0]
	w.open('{')
	w.text("resourceType", "AuditEvent")
	w.text("id", hex.EncodeToString(e.Hash[:]))
	v.release.event(w, e)
	w.text("action", string(e.Class.Action))
	w.instant("recorded", e.When.Wall)
	v.agents(w, e)
	v.source(w)
	v.entities(w, e)
	w.close('}')
	w.b = append(w.b, '\n')
}

// agents are who acted, and the console on which it was done.
func (v *view) agents(w *writer, e *formats.Event) {
	person := e.Actor.ID != "console"
	w.name("agent")
	w.open('[')
	if person {
		w.open('{')
		w.name("who")
		w.open('{')
		if e.Actor.ID != "" && e.Actor.ID != "nobody" {
			w.identifier(persons, e.Actor.ID)
		}
		w.text("display", orUnknown(e.Actor.Name))
		w.close('}')
		w.truth("requestor", true)
		v.release.agent(w, v.heading.Origin)
		w.close('}')
	}
	w.open('{')
	w.name("type")
	w.concept(formats.Code{System: dcm, Value: "110150", Text: "Application"})
	w.name("who")
	w.open('{')
	w.identifier(consoles, v.heading.Origin)
	w.text("display", v.heading.Program)
	w.close('}')
	w.truth("requestor", !person)
	w.close('}')
	w.close(']')
}

func orUnknown(name string) string {
	if name == "" {
		return "unknown"
	}
	return name
}

func (v *view) source(w *writer) {
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

// entities are the device that it is about, and the record itself by number and hash.
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
		v.object(w)
		w.close('}')
	}
	w.open('{')
	w.name("what")
	w.open('{')
	w.identifier(uris, "urn:countersign:record:"+v.heading.Origin+":"+strconv.FormatInt(e.Seq, 10))
	w.text("display", e.Kind)
	w.close('}')
	v.object(w)
	w.name("detail")
	w.open('[')
	v.detail(w, "seq", strconv.FormatInt(e.Seq, 10))
	v.detail(w, "leaf-sha256", hex.EncodeToString(e.Hash[:]))
	v.detail(w, "clock", string(e.When.State))
	if e.Subject != "" {
		v.detail(w, "subject", e.Subject)
	}
	if v.heading.Simulated {
		v.detail(w, "simulated", "true")
	}
	w.close(']')
	w.close('}')
	w.close(']')
}

// object says that an entity is a system object in the role of a security resource.
func (v *view) object(w *writer) {
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
