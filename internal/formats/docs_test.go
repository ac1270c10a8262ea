package formats

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/formats.md anew")

// TestTheDocumentHasTheTable holds docs/formats.md against the classes.
func TestTheDocumentHasTheTable(t *testing.T) {
	const file = "../../docs/formats.md"
	var b bytes.Buffer
	b.WriteString(`# What a record is elsewhere

An export bundle has every record in the terms of DICOM PS3.15 A.5 (audit messages) and as FHIR R4 and R5 AuditEvents. This
is the table that all three are made from. It is written by ` + "`go test ./internal/formats -update`" + `.

* *Event* is DICOM's EventID (FHIR R4 ` + "`type`" + `, R5 ` + "`category`" + `); *type* its EventTypeCode (R4 ` + "`subtype`" + `, R5 ` + "`code`" + `). Codes of six digits are DICOM's
  (` + "`DCM`" + `); the kind of the record itself is always the last type, in our own system (` + "`countersign`" + `, in FHIR ` + "`urn:countersign:event`" + `), unless a
  code of DICOM says all of it.
* *Outcome* is what holds where the record does not tell one; what it tells counts where it is worse: adjusted, rejected, not
  sent and rolled back are 4, partial, unknown and whatever a later version may write are 8.
* The records of an emergency session (` + "`emergency.opened`" + ` to ` + "`emergency.interrupted`" + `, and what was entered from paper) carry the purpose
  ` + "`BTG`" + `: in FHIR R4 as ` + "`purposeOfEvent`" + `, in R5 as ` + "`authorization`" + `, in DICOM as the detail ` + "`purpose`" + `. Only what begins or ends a session is an
  *Emergency Override Started* or *Stopped*, so that the two can be paired.
* Drills (` + "`drill.*`" + `) are application activity of our own type, so that nobody counts them as emergencies. They, and all of a simulated
  ward, have the detail ` + "`simulated`" + ` and in FHIR the security label ` + "`HTEST`" + `. A kind that a version does not know is application activity, too.
* Who acted is the requestor; who signed with them are further participants (FHIR: agents), the console is the last. Roles are the log's.
* What it is about are objects (FHIR: entities): the device, which for all records of a request or a session is the one that
  its first record in the bundle names; the person whom it concerns; the record itself as ` + "`urn:countersign:record:<origin>:<seq>`" + `.
* The record's object has details in base64: ` + "`seq`" + `, ` + "`leaf-sha256`" + ` (hex), ` + "`clock`" + ` (its state), ` + "`subject`" + ` (the number of the request or session)
  and ` + "`steps`" + ` (a line for each setting: before, wanted, after). What is not there is left out.
* The time is when it happened: for what the emergency journal kept, the time in the journal; ` + "`in-the-log`" + ` and ` + "`in-the-log-clock`" + ` are then
  when it came into the log, and by what clock. All times are UTC, to the millisecond.
* A FHIR event's ` + "`id`" + ` is the hash of its leaf: whoever takes in two exports has each record once.

| kind | event | type | action | outcome | what happened |
|---|---|---|---|---|---|
`)
	for _, c := range Classes() {
		types := ""
		for i, code := range c.Types {
			if i > 0 {
				types += ", "
			}
			types += code.Value
			if code.System == "" {
				types += " " + code.Text
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s %s | %s | %c | %d | %s |\n", c.Kind, c.ID.Value, c.ID.Text, types, c.Action, c.Outcome, c.Text)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if is, err := os.ReadFile(file); err != nil || !bytes.Equal(is, b.Bytes()) {
		t.Errorf("docs/formats.md is not what the table says (%v): go test ./internal/formats -update", err)
	}
}
