package main

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"countersign/drivers/sim"
)

func TestCommandsAreRead(t *testing.T) {
	for line, want := range map[string]command{
		"list":                       {verb: verbList},
		"fault B1 unplug":            {verbFault, "B1", sim.Unplug, 0},
		"  fault  B1 revert 12 \r\n": {verbFault, "B1", sim.Revert, 12},
		"clear B1 patient":           {verbClear, "B1", sim.Patient, 0},
	} {
		if got, err := parseCommand(line); err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

func TestWhatIsNoCommandIsNamed(t *testing.T) {
	for line, want := range map[string]string{
		"":                        "a command is missing",
		"GET / HTTP/1.1":          `no command is called "GET"`,
		"list all":                "list takes no more words",
		"clear B1":                "clear takes",
		"clear B1 unplug 3":       "clear takes",
		"fault B1":                "fault takes",
		"fault B1 unplug 3 4":     "fault takes",
		"fault B1 explode":        `no fault is called "explode"`,
		"fault B1 unplug -1":      `"-1" is not a whole number`,
		"fault B1 unplug 1000001": "from 0 to 1000000",
		strings.Repeat("x", 201):  "at most 200 bytes",
	} {
		if got, err := parseCommand(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

func TestTheControlSocketAnswersUntilTheFirstMistake(t *testing.T) {
	w, file := newWard(t)
	for request, want := range map[string][]string{
		"fault B355987654 clamp 2\nclear B355987654 clamp\n":        {answerOK, answerOK},
		"POST / HTTP/1.1\nfault B355987654 unplug\n":                {`error no command is called "POST"; there are fault, clear and list`},
		strings.Repeat("fault ", 100) + "\nlist\n":                  {"error a command has at most 200 bytes"},
		"fault SIM-ROOM-03 badclock 5\nfault B1 swap\nlist\nlist\n": {answerOK, `error no device here has the serial number "B1"; there are B355987654, B355987655, SIM-ROOM-03, 20417`},
	} {
		conn, err := net.Dial(file.Control.Network, file.Control.Address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprint(conn, request); err != nil {
			t.Fatal(err)
		}
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite() // the ward may have hung up already
		}
		var got []string
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			got = append(got, lines.Text())
		}
		_ = conn.Close()
		if !slices.Equal(got, want) {
			t.Errorf("%q was answered %q", request, got)
		}
	}
	if _, on := w.stations[0].unit.Faults().Active(sim.Unplug); on {
		t.Error("a command after a mistake was obeyed")
	}
}

func TestACommandCanBeTyped(t *testing.T) {
	w, _ := newWard(t)
	var said strings.Builder
	w.converse(strings.NewReader("fault 20417 silence\n\nnonsense\nlist\n"), &said)
	if got := said.String(); !strings.Contains(got, `no command is called "nonsense"`) || !strings.Contains(got, "fault 20417 silence 0") {
		t.Fatal(got)
	}
}

func TestAnAnswerThatDoesNotEndIsGivenUp(t *testing.T) {
	for _, answer := range []string{"", "device x", strings.Repeat("device x\n", 2*maxAnswer) + answerOK, strings.Repeat("x", 1<<17)} {
		if said, err := readAnswer(strings.NewReader(answer)); err == nil {
			t.Errorf("%.20q gave %q", answer, said)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"list", "fault B355987654 unplug 20", "clear SIM-ROOM-03 swap", "fault 20417 revert 00", "fault \u2003 x", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseCommand(line)
		if err != nil {
			if c != (command{}) || len(err.Error()) > 1000 {
				t.Fatalf("%+v, %v", c, err)
			}
			return
		}
		if c.verb == verbList {
			return
		}
		if c.n < 0 || c.n > maxNumber || c.serial == "" || !slices.Contains(sim.Known(), c.fault) {
			t.Fatalf("%q became %+v", line, c)
		}
		spelled := fmt.Sprintf("%s %s %s", c.verb, c.serial, c.fault)
		if c.verb == verbFault {
			spelled += fmt.Sprintf(" %d", c.n)
		}
		if again, err := parseCommand(spelled); len(spelled) <= maxCommand && (err != nil || again != c) {
			t.Fatalf("%q became %+v, and then %+v, %v", line, c, again, err)
		}
	})
}
