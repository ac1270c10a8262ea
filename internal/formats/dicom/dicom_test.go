package dicom_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/clock"
	"countersign/internal/formats"
	"countersign/internal/formats/dicom"
	"countersign/internal/formats/formatstest"
	"countersign/internal/leaf"
)

// messages takes the syslog messages of a file apart.
func messages(t *testing.T, file []byte) (all [][]byte) {
	t.Helper()
	for len(file) > 0 {
		length, rest, ok := bytes.Cut(file, []byte(" "))
		n, err := strconv.Atoi(string(length))
		if !ok || err != nil || n > len(rest) {
			t.Fatalf("message %d has no length: %q", len(all), length)
		}
		all = append(all, rest[:n])
		file = rest[n:]
	}
	return all
}

func written(t *testing.T, records []formats.Record) [][]byte {
	t.Helper()
	files := formatstest.Files{}
	if err := formatstest.Write(dicom.New(formatstest.Heading(), files.Open), records); err != nil {
		t.Fatal(err)
	}
	return messages(t, files[formats.DICOMPath(1)].Bytes())
}

// split cuts a syslog message into its header and its body behind the byte order mark.
func split(t *testing.T, message []byte) (header, body string) {
	t.Helper()
	header, body, ok := strings.Cut(string(message), "\xef\xbb\xbf")
	if !ok {
		t.Fatalf("%q has no body", message)
	}
	return header, body
}

// TestEachMessageIsWhatDICOMAllows holds every kind of record, with hostile texts among them, against the schema of PS3.15 A.5
// with a validator that we did not write.
func TestEachMessageIsWhatDICOMAllows(t *testing.T) {
	schema, err := filepath.Abs("../../../../shared/peers/dicom-audit.rnc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(schema); err != nil {
		t.Skip("the schema is not beside this checkout")
	}
	if _, err := exec.LookPath("jing"); err != nil {
		t.Skip("jing is not installed")
	}
	folder := t.TempDir()
	var files []string
	for i, message := range written(t, formatstest.Records()) {
		_, body := split(t, message)
		file := filepath.Join(folder, fmt.Sprintf("%04d.xml", i))
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	wrong := filepath.Join(folder, "wrong.xml")
	_, body := split(t, written(t, formatstest.Records()[:1])[0])
	if err := os.WriteFile(wrong, []byte(strings.Replace(body, "csd-code", "code", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if exec.Command("jing", "-c", schema, wrong).Run() == nil {
		t.Error("the validator takes the spelling of an older standard: it validates nothing")
	}
	if out, err := exec.Command("jing", append([]string{"-c", schema}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%.4000s", err, out)
	}
}

// parsed is what a reader finds in a message.
type parsed struct {
	Event struct {
		Outcome     string `xml:"EventOutcomeIndicator,attr"`
		Description string `xml:"EventOutcomeDescription"`
	} `xml:"EventIdentification"`
	Participants []struct {
		ID        string `xml:"UserID,attr"`
		Name      string `xml:"UserName,attr"`
		Requestor bool   `xml:"UserIsRequestor,attr"`
	} `xml:"ActiveParticipant"`
	Objects []struct {
		Name    string `xml:"ParticipantObjectName"`
		Details []struct {
			Type  string `xml:"type,attr"`
			Value string `xml:"value,attr"`
		} `xml:"ParticipantObjectDetail"`
	} `xml:"ParticipantObjectIdentification"`
}

// TestHostileTextsComeBackAsTheyWere, as far as XML can have them; the details carry every byte.
func TestHostileTextsComeBackAsTheyWere(t *testing.T) {
	records := formatstest.Records()
	all := written(t, records)
	if len(all) != len(records) {
		t.Fatalf("%d records are %d messages", len(records), len(all))
	}
	for i, message := range all {
		_, body := split(t, message)
		var p parsed
		if err := xml.Unmarshal([]byte(body), &p); err != nil {
			t.Fatalf("record %d: %v in %s", i, err, body)
		}
		e := formats.EventOf(records[i])
		if name := records[i].Actor.Name; p.Participants[0].Requestor && records[i].Actor.ID != "console" && p.Participants[0].Name != shown(name) {
			t.Errorf("record %d: %q is named %q", i, name, p.Participants[0].Name)
		}
		if p.Event.Description != shown(e.Text) || p.Event.Outcome != strconv.Itoa(e.Outcome) {
			t.Errorf("record %d: %q is described as %q, %s", i, e.Text, p.Event.Description, p.Event.Outcome)
		}
		record := p.Objects[len(p.Objects)-1]
		for _, d := range record.Details {
			if value, err := base64.StdEncoding.DecodeString(d.Value); err != nil || d.Type == "Alert Description" && string(value) != e.Text {
				t.Errorf("record %d: %s is %q: %v", i, d.Type, value, err)
			}
		}
	}
}

// shown is a text as XML can have it.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return '\ufffd'
		}
		return r
	}, text)
}

// details are what the last object of a message carries in base64.
func details(t *testing.T, message []byte) (p parsed, all map[string]string) {
	t.Helper()
	_, body := split(t, message)
	if err := xml.Unmarshal([]byte(body), &p); err != nil {
		t.Fatal(err)
	}
	all = map[string]string{}
	for _, d := range p.Objects[len(p.Objects)-1].Details {
		value, err := base64.StdEncoding.DecodeString(d.Value)
		if err != nil {
			t.Fatal(err)
		}
		all[d.Type] = string(value)
	}
	return p, all
}

// TestAFrameHasBothOfItsTimes: when it happened as the event's, and when it came into the log.
func TestAFrameHasBothOfItsTimes(t *testing.T) {
	r := formats.Record{Leaf: leaf.Leaf{Kind: "emergency.intent", At: clock.Reading{Wall: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), State: clock.OK}}}
	r.Body.Set("frame.at", "2026-11-25T10:00:00.000+01:00")
	r.Body.Set("frame.clock", "stepped")
	r.Body.Set("steps", "alarm.volume low -> high 1 operational\thigh\tverified\t")
	message := written(t, []formats.Record{r})[0]
	_, d := details(t, message)
	if !bytes.Contains(message, []byte(`EventDateTime="2026-11-25T09:00:00.000Z"`)) || d["in-the-log"] != "2026-11-25T12:00:00.000Z" ||
		d["clock"] != "stepped" || d["in-the-log-clock"] != "ok" || d["purpose"] != "BTG" || !strings.HasPrefix(d["steps"], "alarm.volume low -> high") {
		t.Errorf("%v in %s", d, message)
	}
}

// TestWhatWasSignedTogetherNamesBoth, and whom it concerns; one alone asked for it.
func TestWhatWasSignedTogetherNamesBoth(t *testing.T) {
	r := formats.Record{Leaf: leaf.Leaf{
		Kind: "people.role", Actor: leaf.Actor{ID: "a", Name: "Kim"},
		Stmt: "countersign/role/v1\nsigner a Kim, nursing\nsigner b Jo, technician\nperson c Lee, pharmacy\nrole auditor\n",
	}}
	p, _ := details(t, written(t, []formats.Record{r})[0])
	if len(p.Participants) != 3 || len(p.Objects) != 2 {
		t.Fatalf("%+v", p)
	}
	if a, b := p.Participants[0], p.Participants[1]; a.Name != "Kim" || !a.Requestor || b.Name != "Jo" || b.Requestor || p.Participants[2].Requestor || p.Objects[0].Name != "Lee" {
		t.Errorf("%+v", p)
	}
}

// TestWhatLeavesAndWhatComesInSayWhichWay it went.
func TestWhatLeavesAndWhatComesInSayWhichWay(t *testing.T) {
	for kind, codes := range map[string][2]string{"export.made": {"110153", "110154"}, "export.receipt": {"110152", "110155"}} {
		r := formats.Record{Leaf: leaf.Leaf{Kind: kind}}
		r.Body.Set("file", "bundle.zip")
		message := string(written(t, []formats.Record{r})[0])
		if !strings.Contains(message, codes[0]) || !strings.Contains(message, codes[1]) || !strings.Contains(message, `UserID="bundle.zip"`) {
			t.Errorf("%s: %s", kind, message)
		}
	}
}

// TestTheHeaderIsSyslogs: priority, version, time, names of visible characters.
func TestTheHeaderIsSyslogs(t *testing.T) {
	header, _ := split(t, written(t, formatstest.Records()[:1])[0])
	if header != "<85>1 2026-11-25T09:00:00.000Z clinic.example/ward-7 countersign - DICOM+RFC3881 - " {
		t.Errorf("the header is %q", header)
	}
}

// TestAnEmptyLogIsAnEmptyFile: what is listed is there.
func TestAnEmptyLogIsAnEmptyFile(t *testing.T) {
	if all := written(t, nil); len(all) != 0 {
		t.Errorf("%d messages", len(all))
	}
}

// FuzzEveryTextMakesAMessageThatIsRead gives each place of a record any text.
func FuzzEveryTextMakesAMessageThatIsRead(f *testing.F) {
	for _, text := range formatstest.Hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		r := formats.Record{}
		r.Kind, r.Actor.Name, r.Actor.ID = text, text, text
		r.Body.Set("device", text)
		r.Body.Set("file", text)
		_, body := split(t, written(t, []formats.Record{r})[0])
		var p parsed
		if err := xml.Unmarshal([]byte(body), &p); err != nil {
			t.Fatalf("%v in %q", err, body)
		}
	})
}
