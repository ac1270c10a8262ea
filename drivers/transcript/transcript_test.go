package transcript_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/drivers/transcript"
)

const talk = `# device: Example 310
# identity: manufacturer=Acme Medical model=310 serial=0042 firmware=2.04 (a)

> "ID?\r"     # who are you
< "INFUSA \x00\xff"
~ 120ms
# read: is a remark here
< "42\r"
> "BYE"
!
`

func parse(t testing.TB, text string) transcript.Transcript {
	t.Helper()
	tr, err := transcript.Parse("talk", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestATranscriptIsReadAsWritten(t *testing.T) {
	tr := parse(t, talk)
	want := []transcript.Step{
		{Op: transcript.Send, Bytes: []byte("ID?\r"), Line: 4}, {Op: transcript.Answer, Bytes: []byte("INFUSA \x00\xff"), Line: 5},
		{Op: transcript.Wait, For: 120 * time.Millisecond, Line: 6}, {Op: transcript.Answer, Bytes: []byte("42\r"), Line: 8},
		{Op: transcript.Send, Bytes: []byte("BYE"), Line: 9}, {Op: transcript.Quiet, Line: 10},
	}
	if !reflect.DeepEqual(tr.Steps, want) {
		t.Errorf("steps: %+v", tr.Steps)
	}
	if len(tr.Headers) != 2 || tr.Headers["device"] != "Example 310" {
		t.Errorf("headers: %q", tr.Headers)
	}
	if got := string(tr.Sent()); got != "ID?\rBYE" {
		t.Errorf("the console says %q", got)
	}
	id, ok := tr.Identity()
	wantID := drivers.Identity{Manufacturer: "Acme Medical", Model: "310", Serial: "0042", Firmware: "2.04 (a)"}
	if !ok || !reflect.DeepEqual(id, wantID) {
		t.Errorf("identity: %+v, %v", id, ok)
	}
	if _, ok := parse(t, "!").Identity(); ok {
		t.Error("an identity without a header")
	}
}

func TestASyntaxErrorNamesItsLine(t *testing.T) {
	for _, line := range []string{
		`> ID?`, `< "open`, `> "a" b`, `? "a"`, `~ soon`, `~ -1s`, `~ 2h`, `>`, `"a"`, `< "\q"`, `~`,
	} {
		_, err := transcript.Parse("talk", []byte("# a: b\n!\n"+line+"\n!\n"))
		if !errors.Is(err, transcript.ErrSyntax) || !strings.Contains(fmt.Sprint(err), "talk:3:") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestATranscriptIsBounded(t *testing.T) {
	for what, text := range map[string]string{
		"bytes": strings.Repeat("#", transcript.MaxSize+1),
		"steps": strings.Repeat("!\n", 10_001),
	} {
		if _, err := transcript.Parse("talk", []byte(text)); !errors.Is(err, transcript.ErrSyntax) {
			t.Errorf("too many %s: %v", what, err)
		}
	}
	if _, err := transcript.Parse("talk", []byte(strings.Repeat("#", transcript.MaxSize))); err != nil {
		t.Errorf("one line as long as a transcript may be: %v", err)
	}
}

// converse plays talk against a console that sends what it is given, a second apart.
func converse(t *testing.T, text string, sends ...string) (err error) {
	synctest.Test(t, func(t *testing.T) {
		tr := parse(t, text)
		player := transcript.Play(tr, sim.Cable)
		for _, s := range sends {
			if err := player.Conn().Send(t.Context(), []byte(s)); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		err = player.Close(tr)
	})
	return err
}

func TestAPlayerIsContentWithTheConversationAsWritten(t *testing.T) {
	if err := converse(t, talk, "ID?\r", "BYE"); err != nil {
		t.Error(err)
	}
	if err := converse(t, talk, "ID", "?", "\rB", "YE"); err != nil {
		t.Errorf("in other pieces: %v", err)
	}
}

func TestAPlayerNoticesWhatIsNotAsWritten(t *testing.T) {
	for _, c := range []struct {
		what  string
		sends []string
		said  string
	}{
		{"a wrong first byte", []string{"XD?\r"}, `talk:4: the console sent "X"`},
		{"a wrong last byte", []string{"ID?\n"}, `talk:4: the console sent "\n"`},
		{"a wrong frame later", []string{"ID?\r", "BUY"}, `talk:9: the console sent "U"`},
		{"a frame that stops short", []string{"ID?"}, "talk:4: the conversation ended"},
		{"a frame that is missing", []string{"ID?\r"}, "talk:9: the conversation ended"},
		{"nothing at all", nil, "talk:4: the conversation ended"},
	} {
		if err := converse(t, talk, c.sends...); err == nil || !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: %v, want %s", c.what, err, c.said)
		}
	}
	const open = "> \"ID?\"\n< \"42\"\n"
	if err := converse(t, open, "ID?", "more"); err == nil || !strings.Contains(err.Error(), `after the end the console sent "more"`) {
		t.Errorf("extra bytes after the end: %v", err)
	}
	if err := converse(t, open, "ID?ID?"); err == nil || !strings.Contains(err.Error(), "after the end") {
		t.Errorf("extra bytes in one frame: %v", err)
	}
}

func TestAPlayerIsSilentAfterAWrongByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := parse(t, "> \"ID?\"\n< \"42\"\n")
		player := transcript.Play(tr, sim.Cable)
		if err := player.Conn().Send(t.Context(), []byte("IDX")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		player.Conn().Close()
		any := func(data []byte, _ bool) (int, []byte, error) { return len(data), data, nil }
		if got, err := player.Conn().Receive(t.Context(), any); len(got) > 0 || err == nil {
			t.Errorf("it answered %q", got)
		}
		if err := player.Close(tr); err == nil {
			t.Error("nothing was noticed")
		}
	})
}

func FuzzParse(f *testing.F) {
	real, err := filepath.Glob("../../testdata/devices/*/*/*.transcript")
	if err != nil || len(real) == 0 {
		f.Fatalf("no transcript to begin with: %v", err)
	}
	for _, name := range real {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(talk))
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := transcript.Parse("fuzz", text)
		if err != nil {
			return
		}
		var again strings.Builder
		for _, s := range tr.Steps {
			switch s.Op {
			case transcript.Wait:
				fmt.Fprintf(&again, "~ %s\n", s.For)
			case transcript.Quiet:
				again.WriteString("!\n")
			default:
				fmt.Fprintf(&again, "%c %q\n", s.Op, s.Bytes)
			}
		}
		if again.Len() > transcript.MaxSize {
			return
		}
		second := parse(t, again.String())
		for i := range second.Steps {
			second.Steps[i].Line = tr.Steps[i].Line
		}
		if len(second.Steps) != len(tr.Steps) || len(tr.Steps) > 0 && !reflect.DeepEqual(second.Steps, tr.Steps) {
			t.Errorf("written again and read: %+v, before: %+v", second.Steps, tr.Steps)
		}
		tr.Identity()
	})
}
