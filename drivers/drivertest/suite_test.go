package drivertest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/drivertest"
	"countersign/drivers/sim"
)

// acme is a driver for a device with one setting, and with a defect where a test gives it one.
type acme struct{ defect string }

func (a acme) About() drivers.About {
	about := drivers.About{ID: "acme/310", Name: "Acme 310", Models: []string{"310"}, Protocol: "Acme lines", Version: "1", Probe: "Sends ID?.", Sources: []string{"none"}}
	if a.defect == "nameless" {
		about.Name = ""
	}
	return about
}

func (a acme) Match(ep drivers.Endpoint) drivers.Confidence {
	switch {
	case a.defect == "certain":
		return drivers.Certain
	case ep.Scheme == "tcp":
		return drivers.Maybe
	}
	return drivers.No
}

func ask(ctx context.Context, conn drivers.Conn, question string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := conn.Send(ctx, []byte(question)); err != nil {
		return "", err
	}
	line, err := conn.Receive(ctx, bufio.ScanLines)
	return string(line), err
}

func (a acme) Probe(ctx context.Context, conn drivers.Conn) (drivers.Identity, error) {
	if a.defect == "writes while probing" {
		if _, err := ask(ctx, conn, "SET 0\n"); err != nil {
			return drivers.Identity{}, err
		}
	}
	line, err := ask(ctx, conn, "ID?\n")
	if err != nil {
		return drivers.Identity{}, err
	}
	serial, ours := strings.CutPrefix(line, "ACME 310 SN ")
	switch {
	case !ours && a.defect != "gullible":
		return drivers.Identity{}, drivers.ErrNotMine
	case a.defect == "misreads":
		serial += "0"
	}
	return drivers.Identity{Manufacturer: "Acme", Model: "310", Serial: serial}, nil
}

func (a acme) Open(_ context.Context, conn drivers.Conn, _ drivers.Identity) (drivers.Session, error) {
	return &session{acme: a, conn: conn}, nil
}

type session struct {
	acme
	conn drivers.Conn
}

func (s *session) Describe(context.Context) (drivers.Description, error) {
	setting := drivers.Setting{ID: "limit", Label: "Limit", Group: "Alarms", Help: "The limit.", Source: "none", Kind: drivers.Integer, Unit: "/min",
		Max: drivers.Int(100), Step: drivers.Int(1), Writable: true}
	if s.defect == "unitless" {
		setting.Unit = ""
	}
	switch setting.SafeDirection = drivers.Lower; s.defect {
	case "safe where it cannot be written":
		setting.Writable = false
	case "safe without being a number":
		setting.Kind, setting.Unit = drivers.Toggle, ""
	case "safe in no direction that there is":
		setting.SafeDirection = 3
	}
	return drivers.Description{Settings: []drivers.Setting{setting}}, nil
}

func (s *session) Read(ctx context.Context, _ ...drivers.SettingID) (drivers.Snapshot, error) {
	if s.defect == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	line, err := ask(ctx, s.conn, "GET\n")
	if err != nil || s.defect == "forgetful" {
		return drivers.Snapshot{}, err
	}
	v, err := drivers.ParseValue(drivers.Integer, line)
	return drivers.NewSnapshot([]drivers.Reading{{ID: "limit", Value: v, Unit: "/min"}}), err
}

func (s *session) Write(ctx context.Context, c drivers.Change) error {
	command := "SET " + c.Wanted.String()
	if s.defect == "sends more" {
		command += " "
	}
	line, err := ask(ctx, s.conn, command+"\n")
	if err == nil && line != "OK" {
		return drivers.ErrRefused
	}
	return err
}

func (s *session) Interfaces(context.Context) ([]drivers.Interface, error) {
	return []drivers.Interface{{Kind: "serial"}}, nil
}

func (s *session) Close() error { return s.conn.Close() }

type unit struct{ faults sim.Faults }

func (*unit) Label() string         { return "Acme 310, SN 42" }
func (u *unit) Faults() *sim.Faults { return &u.faults }

func (u *unit) Serve(_ context.Context, line io.ReadWriter) error {
	limit := "15"
	in := bufio.NewScanner(line)
	for in.Scan() {
		answer := "OK"
		switch value, set := strings.CutPrefix(in.Text(), "SET "); {
		case set:
			limit = value
		case in.Text() == "GET":
			answer = limit
		default:
			answer = "ACME 310 SN 42"
		}
		if _, err := fmt.Fprintln(line, answer); err != nil {
			return err
		}
	}
	return in.Err()
}

// defectEnv names the defect of the driver in a second run of this test.
const defectEnv = "COUNTERSIGN_TEST_DEFECT"

func TestTheSuitePassesASoundDriver(t *testing.T) {
	root := t.TempDir()
	devices := filepath.Join(root, "testdata", "devices", "acme", "310")
	if err := os.MkdirAll(devices, 0o700); err != nil {
		t.Fatal(err)
	}
	const identify = "> \"ID?\\n\"\n< \"ACME 310 SN 42\\n\"\n"
	for path, text := range map[string]string{
		filepath.Join(root, "go.mod"):                    "module acme\n",
		filepath.Join(root, "README.md"):                 "Acme lines, 310, simulated\n",
		filepath.Join(devices, "identify.transcript"):    "# identity: manufacturer=Acme model=310 serial=42\n" + identify,
		filepath.Join(devices, "write.transcript"):       "# write: limit 20\n" + identify + "> \"SET 20\\n\"\n< \"OK\\n\"\n",
		filepath.Join(devices, "write-again.transcript"): "# write: limit 20\n# ends: refused\n" + identify + "> \"SET 20\\n\"\n< \"NO\\n\"\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	drivertest.Run(t, drivertest.Case{
		Driver: acme{os.Getenv(defectEnv)}, Unit: func() sim.Device { return &unit{} }, ProbeOnly: func(sent []byte) bool { return string(sent) == "ID?\n" },
		Endpoint: drivers.Endpoint{Scheme: "tcp"}, Change: drivers.Change{Setting: "limit", Wanted: drivers.IntegerValue(20)},
	})
}

// Each defect is shown to a suite in a process of its own, because a test that fails there must not fail here.
func TestTheSuiteCatchesABrokenDriver(t *testing.T) {
	for defect, sentence := range map[string]string{
		"nameless":             "about is complete and agrees with the README",
		"certain":              "match is pure and never certain of a generic adapter",
		"misreads":             "it identifies its transcripts",
		"sends more":           "it plays every write as in its transcripts",
		"writes while probing": "probing only reads",
		"unitless":             "its settings are sound",

		"safe where it cannot be written":    "its settings are sound",
		"safe without being a number":        "its settings are sound",
		"safe in no direction that there is": "its settings are sound",

		"forgetful": "it reads what it describes",
		"deaf":      "it obeys its context",
		"gullible":  "it survives noise",
	} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheSuitePassesASoundDriver$", "-test.timeout=60s")
		child.Env = append(os.Environ(), defectEnv+"="+defect)
		out, err := child.CombinedOutput()
		caught := "--- FAIL: TestTheSuitePassesASoundDriver/" + strings.ReplaceAll(sentence, " ", "_")
		if err == nil || !strings.Contains(string(out), caught) {
			t.Errorf("a driver that is %q is not caught by %q: %v\n%s", defect, sentence, err, out)
		}
	}
}
