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
  sent and rolled back are 4, partial and unknown are 8.
* Records of one person who acted alone carry the purpose ` + "`BTG`" + ` in FHIR. Drills (` + "`drill.*`" + `) are application activity of our own type,
  so that nobody counts them as emergencies. A kind that a version does not know is application activity, too.
* The time is when it happened: for what the emergency journal kept, the time in the journal. Each message has the record's
  number and the hash of its leaf.

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
