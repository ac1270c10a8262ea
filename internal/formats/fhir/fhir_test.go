package fhir_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/cases/casestest"
	"countersign/internal/formats/fhir"
	"countersign/internal/formats/formatstest"
	"countersign/internal/leaf"
)

// release is one of the two that are written.
type release struct {
	name, path, schema string
	view               func(formats.Heading, formats.Open) formats.View
}

var releases = []release{
	{"R4", formats.R4Path(1), "../../../build/fhir/r4.schema.json", fhir.NewR4},
	{"R5", formats.R5Path(1), "../../../build/fhir/r5.schema.json", fhir.NewR5},
}

func (r release) written(t *testing.T, records []formats.Record) [][]byte {
	t.Helper()
	files := formatstest.Files{}
	if err := formatstest.Write(r.view(formatstest.Heading(), files.Open), records); err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(bytes.TrimSuffix(files[r.path].Bytes(), []byte("\n")), []byte("\n"))
}

// compiled is the published schema of an AuditEvent.
func (r release) compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(r.schema)
	if err != nil {
		t.Skip("the schema was not fetched: make test does that")
	}
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	// The package's R4 schema names two types that it does not have, in data types that no audit event of ours uses.
	definitions := document.(map[string]any)["definitions"].(map[string]any)
	for _, missing := range []string{"integer64", "Resource"} {
		if definitions[missing] == nil {
			definitions[missing] = false // nothing may be of it
		}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("fhir.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("fhir.json#/definitions/AuditEvent")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestEachEventIsWhatFHIRAllows holds every kind of record, with hostile texts among them, against the published schemas.
func TestEachEventIsWhatFHIRAllows(t *testing.T) {
	for _, r := range releases {
		t.Run(r.name, func(t *testing.T) {
			schema := r.compiled(t)
			for i, line := range r.written(t, formatstest.Records()) {
				event, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
				if err == nil {
					err = schema.Validate(event)
				}
				if err != nil {
					t.Fatalf("record %d: %v\n%s", i, err, line)
				}
			}
			wrong, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"resourceType":"AuditEvent","recorded":"yesterday"}`))
			if err != nil || schema.Validate(wrong) == nil {
				t.Errorf("the schema takes anything: %v", err)
			}
		})
	}
}

// TestTheReleasesAreNotMistakenForOneAnother: each schema refuses what is meant for the other, so that the two are really held
// against it.
func TestTheReleasesAreNotMistakenForOneAnother(t *testing.T) {
	for i, r := range releases {
		schema := r.compiled(t)
		for _, line := range releases[1-i].written(t, casestest.Story("")) {
			event, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
			if err != nil || schema.Validate(event) == nil {
				t.Fatalf("%s takes %s: %v", r.name, line, err)
			}
		}
	}
}

// TestHostileTextsAreReadBack as FHIR can have them, and every line is one event.
func TestHostileTextsAreReadBack(t *testing.T) {
	records := formatstest.Records()
	for _, r := range releases {
		lines := r.written(t, records)
		if len(lines) != len(records) {
			t.Fatalf("%s: %d records are %d lines", r.name, len(records), len(lines))
		}
		for i, line := range lines {
			var event struct {
				ID    string
				Agent []struct {
					Who       struct{ Display string }
					Requestor bool
				}
			}
			if err := json.Unmarshal(line, &event); err != nil {
				t.Fatalf("%s, record %d: %v\n%s", r.name, i, err, line)
			}
			who := records[i].Actor
			if who.ID == "console" || who.Name == "" {
				continue
			}
			if got, want := event.Agent[0].Who.Display, who.Name; utf8.RuneCountInString(got) != utf8.RuneCountInString(want) || plain(want) && got != want {
				t.Errorf("%s, record %d: %q is named %q", r.name, i, want, got)
			}
		}
	}
}

// plain says whether FHIR can have a text as it is.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f || r == 0x85 || r == 0xa0 || r == 0x2028 || r == 0xfeff
	})
}

// TestAnEmergencyBreaksTheGlass: its events carry the purpose that others look for.
func TestAnEmergencyBreaksTheGlass(t *testing.T) {
	record := formats.Record{}
	record.Kind = "emergency.opened"
	for _, r := range releases {
		if line := r.written(t, []formats.Record{record})[0]; !bytes.Contains(line, []byte(`"code":"BTG"`)) || !bytes.Contains(line, []byte(`"code":"110127"`)) {
			t.Errorf("%s: %s", r.name, line)
		}
	}
	record.Kind = "drill.opened"
	for _, r := range releases {
		if line := r.written(t, []formats.Record{record})[0]; bytes.Contains(line, []byte("BTG")) || bytes.Contains(line, []byte("110127")) {
			t.Errorf("%s: a drill is no emergency: %s", r.name, line)
		}
	}
}

// TestASimulatedWardIsMarked as what others call test data, and a drill on a real one.
func TestASimulatedWardIsMarked(t *testing.T) {
	for _, r := range releases {
		for _, test := range []struct {
			kind            string
			simulated, want bool
		}{{"change.outcome", true, true}, {"change.outcome", false, false}, {"drill.outcome", false, true}, {"emergency.outcome", false, false}} {
			h := formatstest.Heading()
			h.Simulated = test.simulated
			files := formatstest.Files{}
			if err := formatstest.Write(r.view(h, files.Open), []formats.Record{{Leaf: leaf.Leaf{Kind: test.kind}}}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(files[r.path].String(), `"code":"HTEST"`); got != test.want {
				t.Errorf("%s, %s, simulated %v: test data %v", r.name, test.kind, test.simulated, got)
			}
		}
	}
}

// TestAFrameHasBothOfItsTimes: when it happened as the event's, and when it came into the log.
func TestAFrameHasBothOfItsTimes(t *testing.T) {
	record := formats.Record{Leaf: leaf.Leaf{Kind: "emergency.intent", At: clock.Reading{Wall: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), State: clock.OK}}}
	record.Body.Set("frame.at", "2026-11-25T10:00:00.000+01:00")
	taken := base64.StdEncoding.EncodeToString([]byte("2026-11-25T12:00:00.000Z"))
	for _, r := range releases {
		if line := string(r.written(t, []formats.Record{record})[0]); !strings.Contains(line, `"recorded":"2026-11-25T09:00:00.000Z"`) || !strings.Contains(line, taken) {
			t.Errorf("%s: %s", r.name, line)
		}
	}
}

// TestAChangeNamesItsDevice although only its request says which.
func TestAChangeNamesItsDevice(t *testing.T) {
	records := casestest.Story("")
	for _, r := range releases {
		for i, line := range r.written(t, records) {
			if about := strings.Contains(string(line), `"display":"IP300"`) || strings.Contains(string(line), `"display":"IP100"`); !about && strings.HasPrefix(records[i].Kind, "change.") {
				t.Errorf("%s: %s names no device: %s", r.name, records[i].Kind, line)
			}
		}
	}
}

// FuzzEveryTextMakesAnEvent gives each place of a record any text.
func FuzzEveryTextMakesAnEvent(f *testing.F) {
	for _, text := range formatstest.Hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := formats.Record{}
		r.Kind, r.Actor.Name, r.Actor.ID = text, text, text
		r.Body.Set("device", text)
		for _, release := range releases {
			lines := release.written(t, []formats.Record{r})
			if len(lines) != 1 || !json.Valid(lines[0]) || !utf8.Valid(lines[0]) {
				t.Fatalf("%s: %q", release.name, lines)
			}
		}
	})
}
