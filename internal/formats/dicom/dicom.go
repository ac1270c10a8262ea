// Package dicom writes records as audit messages of DICOM PS3.15, section A.5, each in a syslog message of RFC 5424 with its length
// before it (RFC 5425), ready for an audit record repository.
//
// It maps and spells; what a record is in DICOM's terms says package formats. It sends nothing.
package dicom

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"unicode/utf8"

	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// view writes the parts.
type view struct {
	heading formats.Heading
	reader  formats.Reader
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
	v.frame(v.reader.Event(r))
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
		b = appendDevice(b, e)
	}
	if e.About.ID != "" {
		b = appendAbout(b, e)
	}
	b = v.appendRecord(b, e)
	return append(b, `</AuditMessage>`...)
}

// The roles of participants, CID 402, and the medium of what was exported, CID 405.
var (
	applicationRole = formats.Code{Value: "110150", Text: "Application"}
	intoRole        = formats.Code{Value: "110152", Text: "Destination Role ID"}
	outOfRole       = formats.Code{Value: "110153", Text: "Source Role ID"}
	toMediumRole    = formats.Code{Value: "110154", Text: "Destination Media"}
	fromMediumRole  = formats.Code{Value: "110155", Text: "Source Media"}
	fileMedium      = formats.Code{Value: "110037", Text: "URI"}
	nodeID          = formats.Code{Value: "110182", Text: "Node ID"}
	uri             = formats.Code{System: "RFC-3881", Value: "12", Text: "URI"}
)

// The IDs of what records are about, in the product's own names.
const (
	personID = "urn:countersign:person:"
	nobodyID = "urn:countersign:person:unknown"
	recordID = "urn:countersign:record:"
	roles    = "countersign"
)

// rolesOf are the roles of the console and of a file: what leaves has the console as its source, what comes in as its destination.
func rolesOf(e *formats.Event) (console, file formats.Code) {
	switch {
	case e.Class.ID == formats.Export:
		return outOfRole, toMediumRole
	case e.Class.ID == formats.Import:
		return intoRole, fromMediumRole
	}
	return applicationRole, fromMediumRole // what no export wrote was there before
}

// appendParticipants names who acted, who signed with them, and the console on which it was done.
func (v *view) appendParticipants(b []byte, e *formats.Event) []byte {
	person := e.Actor.ID != "console"
	if person {
		b = v.appendPerson(b, e.Actor, true)
	}
	for _, p := range e.With {
		b = v.appendPerson(b, p, false)
	}
	console, media := rolesOf(e)
	b = append(b, `<ActiveParticipant`...)
	b = appendAttribute(b, "UserID", v.heading.Program)
	b = append(b, ` UserIsRequestor="`...)
	b = strconv.AppendBool(b, !person)
	b = append(b, `">`...)
	b = appendCode(b, "RoleIDCode", console)
	b = append(b, `</ActiveParticipant>`...)
	if file, ok := e.Body.Text("file"); ok {
		b = append(b, `<ActiveParticipant`...)
		b = appendAttribute(b, "UserID", file)
		b = append(b, ` UserIsRequestor="false">`...)
		b = appendCode(b, "RoleIDCode", media)
		b = append(b, `<MediaIdentifier>`...)
		b = appendCode(b, "MediaType", fileMedium)
		b = append(b, `</MediaIdentifier></ActiveParticipant>`...)
	}
	return b
}

// appendPerson names a person with the role that the log gives them.
func (v *view) appendPerson(b []byte, p leaf.Actor, requestor bool) []byte {
	b = append(b, `<ActiveParticipant`...)
	b = appendAttribute(b, "UserID", personURN(p.ID))
	b = appendAttribute(b, "UserName", p.Name)
	b = append(b, ` UserIsRequestor="`...)
	b = strconv.AppendBool(b, requestor)
	b = append(b, '"')
	b = appendAttribute(b, "NetworkAccessPointID", v.heading.Origin)
	b = append(b, ` NetworkAccessPointTypeCode="1">`...)
	if p.Role != "" {
		b = appendCode(b, "RoleIDCode", formats.Code{System: roles, Value: p.Role, Text: p.Role})
	}
	return append(b, `</ActiveParticipant>`...)
}

func personURN(id string) string {
	if id == "" || id == "nobody" {
		return nobodyID
	}
	return personID + id
}

// appendObject begins what a message is about: a system object in the role of a security resource.
func appendObject(b []byte, id string, of formats.Code, name, text string) []byte {
	b = append(b, `<ParticipantObjectIdentification`...)
	b = appendAttribute(b, "ParticipantObjectID", id)
	b = append(b, ` ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="13">`...)
	b = appendCode(b, "ParticipantObjectIDTypeCode", of)
	b = append(b, `<ParticipantObjectName>`...)
	b = appendText(b, name)
	b = append(b, `</ParticipantObjectName>`...)
	return appendDetail(b, "Alert Description", text)
}

const objectEnd = `</ParticipantObjectIdentification>`

// appendDevice names the device that it is about.
func appendDevice(b []byte, e *formats.Event) []byte {
	id, name := e.Serial, e.Device
	if id == "" {
		id = e.Device
	} else {
		name += " SN " + e.Serial
	}
	return append(appendObject(b, id, nodeID, name, e.Text), objectEnd...)
}

// appendAbout names the person whom it concerns: their place in the log, not their body.
func appendAbout(b []byte, e *formats.Event) []byte {
	return append(appendObject(b, personURN(e.About.ID), uri, e.About.Name, e.Text), objectEnd...)
}

// appendRecord names the record itself, by its number and the hash that the log's tree has.
func (v *view) appendRecord(b []byte, e *formats.Event) []byte {
	seq := strconv.FormatInt(e.Seq, 10)
	b = appendObject(b, recordID+v.heading.Origin+":"+seq, uri, e.Kind, e.Text)
	b = appendDetail(b, "seq", seq)
	b = appendDetail(b, "leaf-sha256", hex.EncodeToString(e.Hash[:]))
	b = appendDetail(b, "clock", string(e.When.State))
	if e.Framed {
		b = appendDetail(b, "in-the-log", string(formats.AppendInstant(nil, e.At.Wall)))
		b = appendDetail(b, "in-the-log-clock", string(e.At.State))
	}
	if e.Subject != "" {
		b = appendDetail(b, "subject", e.Subject)
	}
	if steps, ok := e.Body.Text("steps"); ok { // each setting with its value before, the one wanted and the one after
		b = appendDetail(b, "steps", steps)
	}
	if e.Emergency {
		b = appendDetail(b, "purpose", "BTG")
	}
	if v.heading.Simulated || e.Drill {
		b = appendDetail(b, "simulated", "true")
	}
	return append(b, objectEnd...)
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

// asItIs marks the bytes of ASCII that stand for themselves.
var asItIs = func() (table [256]bool) {
	for c := byte(' '); c < 0x80; c++ {
		table[c] = c != '<' && c != '>' && c != '&' && c != '"'
	}
	return table
}()

// appendText adds a text as XML has it, in an element or an attribute. Characters that XML cannot have are replaced visibly.
func appendText(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		from := i
		for i < len(text) && asItIs[text[i]] {
			i++
		}
		b = append(b, text[from:i]...)
		if i == len(text) {
			break
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		b = appendRune(b, r)
		i += size
	}
	return b
}

// appendRune adds a character that is not plain ASCII.
func appendRune(b []byte, r rune) []byte {
	switch r {
	case '<':
		return append(b, "&lt;"...)
	case '>':
		return append(b, "&gt;"...)
	case '&':
		return append(b, "&amp;"...)
	case '"':
		return append(b, "&#34;"...)
	case '\t', '\n', '\r':
		b = append(b, "&#"...)
		b = strconv.AppendInt(b, int64(r), 10)
		return append(b, ';')
	case 0xfffe, 0xffff:
		r = utf8.RuneError
	}
	if r < ' ' {
		r = utf8.RuneError
	}
	return utf8.AppendRune(b, r)
}
