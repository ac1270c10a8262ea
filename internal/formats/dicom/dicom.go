// Package dicom writes records as audit messages of DICOM PS3.15, section A.5, each in a syslog message of RFC 5424 with its length
// before it (RFC 5425), ready for an audit record repository.
//
// It maps and spells; what a record is in DICOM's terms says package formats. It sends nothing.
package dicom

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"countersign/internal/formats"
)

// view writes the parts.
type view struct {
	heading formats.Heading
	parts   *formats.Parts
	message []byte // one message, whose room is used again
	framed  []byte
}

// New returns the view that writes dicom/audit-NNNNN.rfc5425.
func New(h formats.Heading, open formats.Open) formats.View {
	return &view{heading: h, parts: formats.NewParts(open, formats.DICOMPath)}
}

// Record implements formats.View.
func (v *view) Record(r formats.Record) error {
	v.frame(formats.EventOf(r))
	return v.parts.Write(v.framed)
}

// Close implements formats.View.
func (v *view) Close() error { return v.parts.Close() }

// facility is syslog's for security and authorization messages.
const facility = 10

// severity is syslog's for each of DICOM's outcomes: notice, warning, error, critical.
func severity(outcome int) int {
	switch outcome {
	case 0:
		return 5
	case 4:
		return 4
	case 8:
		return 3
	}
	return 2
}

// frame makes one syslog message with its length in bytes before it.
func (v *view) frame(e formats.Event) {
	b := v.message[:0]
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(facility*8+severity(e.Outcome)), 10)
	b = append(b, ">1 "...)
	b = formats.AppendInstant(b, e.When.Wall)
	b = append(b, ' ')
	b = appendName(b, v.heading.Origin)
	b = append(b, " countersign - DICOM+RFC3881 - \xef\xbb\xbf"...)
	v.message = v.appendMessage(b, &e)
	v.framed = strconv.AppendInt(v.framed[:0], int64(len(v.message)), 10)
	v.framed = append(v.framed, ' ')
	v.framed = append(v.framed, v.message...)
}

// maxName is the longest HOSTNAME of RFC 5424.
const maxName = 255

// appendName adds a name of visible ASCII characters, the only ones that a syslog header knows.
func appendName(b []byte, name string) []byte {
	began := len(b)
	for i := 0; i < len(name) && i < maxName; i++ {
		if c := name[i]; c > ' ' && c < 0x7f {
			b = append(b, c)
		}
	}
	if len(b) == began {
		b = append(b, '-')
	}
	return b
}

func (v *view) appendMessage(b []byte, e *formats.Event) []byte {
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="`...)
	b = append(b, e.Class.Action)
	b = append(b, `" EventDateTime="`...)
	b = formats.AppendInstant(b, e.When.Wall)
	b = append(b, `" EventOutcomeIndicator="`...)
	b = strconv.AppendInt(b, int64(e.Outcome), 10)
	b = append(b, `">`...)
	b = appendCode(b, "EventID", e.Class.ID)
	for _, code := range e.Class.Types {
		b = appendCode(b, "EventTypeCode", code)
	}
	b = append(b, `<EventOutcomeDescription>`...)
	b = appendText(b, e.Text)
	b = append(b, `</EventOutcomeDescription></EventIdentification>`...)
	b = v.appendParticipants(b, e)
	b = append(b, `<AuditSourceIdentification`...)
	b = appendAttribute(b, "AuditEnterpriseSiteID", v.heading.Site)
	b = appendAttribute(b, "AuditSourceID", v.heading.Origin)
	b = append(b, `><AuditSourceTypeCode csd-code="1"/></AuditSourceIdentification>`...)
	if e.Device != "" || e.Serial != "" {
		b = v.appendDevice(b, e)
	}
	b = v.appendRecord(b, e)
	return append(b, `</AuditMessage>`...)
}

// The roles of participants, CID 402, and the medium of what was exported, CID 405.
var (
	applicationRole = formats.Code{Value: "110150", Text: "Application"}
	mediaRole       = formats.Code{Value: "110154", Text: "Destination Media"}
	fileMedium      = formats.Code{Value: "110037", Text: "URI"}
	nodeID          = formats.Code{Value: "110182", Text: "Node ID"}
	uri             = formats.Code{System: "RFC-3881", Value: "12", Text: "URI"}
)

// The IDs of what records are about, in the product's own names.
const (
	personID = "urn:countersign:person:"
	nobodyID = "urn:countersign:person:unknown"
	recordID = "urn:countersign:record:"
)

// appendParticipants names who acted, and the console on which it was done.
func (v *view) appendParticipants(b []byte, e *formats.Event) []byte {
	person := e.Actor.ID != "console"
	if person {
		id := personID + e.Actor.ID
		if e.Actor.ID == "" || e.Actor.ID == "nobody" {
			id = nobodyID
		}
		b = append(b, `<ActiveParticipant`...)
		b = appendAttribute(b, "UserID", id)
		b = appendAttribute(b, "UserName", e.Actor.Name)
		b = append(b, ` UserIsRequestor="true"`...)
		b = appendAttribute(b, "NetworkAccessPointID", v.heading.Origin)
		b = append(b, ` NetworkAccessPointTypeCode="1"/>`...)
	}
	b = append(b, `<ActiveParticipant`...)
	b = appendAttribute(b, "UserID", v.heading.Program)
	b = append(b, ` UserIsRequestor="`...)
	b = strconv.AppendBool(b, !person)
	b = append(b, `">`...)
	b = appendCode(b, "RoleIDCode", applicationRole)
	b = append(b, `</ActiveParticipant>`...)
	if file, ok := e.Body.Text("file"); ok {
		b = append(b, `<ActiveParticipant`...)
		b = appendAttribute(b, "UserID", file)
		b = append(b, ` UserIsRequestor="false">`...)
		b = appendCode(b, "RoleIDCode", mediaRole)
		b = append(b, `<MediaIdentifier>`...)
		b = appendCode(b, "MediaType", fileMedium)
		b = append(b, `</MediaIdentifier></ActiveParticipant>`...)
	}
	return b
}

// appendDevice names the device that it is about: a system object in the role of a security resource.
func (v *view) appendDevice(b []byte, e *formats.Event) []byte {
	id := e.Serial
	if id == "" {
		id = e.Device
	}
	b = append(b, `<ParticipantObjectIdentification`...)
	b = appendAttribute(b, "ParticipantObjectID", id)
	b = append(b, ` ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="13">`...)
	b = appendCode(b, "ParticipantObjectIDTypeCode", nodeID)
	b = append(b, `<ParticipantObjectName>`...)
	name := e.Device
	if e.Serial != "" {
		name += " SN " + e.Serial
	}
	b = appendText(b, name)
	b = append(b, `</ParticipantObjectName>`...)
	b = appendDetail(b, "Alert Description", e.Text)
	return append(b, `</ParticipantObjectIdentification>`...)
}

// appendRecord names the record itself, by its number and the hash that the log's tree has.
func (v *view) appendRecord(b []byte, e *formats.Event) []byte {
	seq := strconv.FormatInt(e.Seq, 10)
	b = append(b, `<ParticipantObjectIdentification`...)
	b = appendAttribute(b, "ParticipantObjectID", recordID+v.heading.Origin+":"+seq)
	b = append(b, ` ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="13">`...)
	b = appendCode(b, "ParticipantObjectIDTypeCode", uri)
	b = append(b, `<ParticipantObjectName>`...)
	b = appendText(b, e.Kind)
	b = append(b, `</ParticipantObjectName>`...)
	b = appendDetail(b, "Alert Description", e.Text)
	b = appendDetail(b, "seq", seq)
	b = appendDetail(b, "leaf-sha256", hex.EncodeToString(e.Hash[:]))
	b = appendDetail(b, "clock", string(e.When.State))
	if e.Subject != "" {
		b = appendDetail(b, "subject", e.Subject)
	}
	if v.heading.Simulated {
		b = appendDetail(b, "simulated", "true")
	}
	return append(b, `</ParticipantObjectIdentification>`...)
}

func appendCode(b []byte, element string, c formats.Code) []byte {
	system := c.System
	if system == "" {
		system = "DCM"
	}
	b = append(b, '<')
	b = append(b, element...)
	b = appendAttribute(b, "csd-code", c.Value)
	b = appendAttribute(b, "codeSystemName", system)
	b = appendAttribute(b, "originalText", c.Text)
	return append(b, '/', '>')
}

// appendDetail adds a value in base64, which carries every text unchanged.
func appendDetail(b []byte, name, value string) []byte {
	b = append(b, `<ParticipantObjectDetail`...)
	b = appendAttribute(b, "type", name)
	b = append(b, ` value="`...)
	b = base64.StdEncoding.AppendEncode(b, []byte(value))
	return append(b, '"', '/', '>')
}

func appendAttribute(b []byte, name, value string) []byte {
	b = append(b, ' ')
	b = append(b, name...)
	b = append(b, '=', '"')
	b = appendText(b, value)
	return append(b, '"')
}

// appendText adds a text as XML has it, in an element or an attribute. Characters that XML cannot have are replaced visibly.
func appendText(b []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '"':
			b = append(b, "&#34;"...)
		case r == '\t', r == '\n', r == '\r':
			b = append(b, "&#"...)
			b = strconv.AppendInt(b, int64(r), 10)
			b = append(b, ';')
		case r < ' ', r == 0xfffe, r == 0xffff:
			b = append(b, "\uFFFD"...)
		case r < 0x80:
			b = append(b, byte(r))
		default:
			b = append(b, string(r)...)
		}
	}
	return b
}
