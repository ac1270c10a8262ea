package cosign_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/people"
)

// These tests run each console as a process of its own: this test binary again, with a step to do in one data folder. What
// travels between the processes is files.

const stepVariable = "COUNTERSIGN_COSIGN_STEP"

// run lets a process do a step and returns what it answers.
func run(t *testing.T, step string, args ...string) string {
	t.Helper()
	answer := filepath.Join(t.TempDir(), "answer")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStep$", "-test.count=1")
	child.Env = append(os.Environ(), stepVariable+"="+strings.Join(append([]string{step, answer}, args...), "\n"))
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", step, err, out)
	}
	text, err := os.ReadFile(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStep is the other process.
func TestStep(t *testing.T) {
	words := strings.Split(os.Getenv(stepVariable), "\n")
	if len(words) < 4 {
		return // it was not asked to be one
	}
	step, answer, folder, origin := words[0], words[1], words[2], words[3]
	l := start(t, folder, origin, morning)
	said, err := steps[step](l, words[4:])
	l.stop()
	if err != nil {
		said = string(fault.KindOf(err))
	}
	if err := os.WriteFile(answer, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
}

var steps = map[string]func(*laptop, []string) (string, error){
	"found": func(l *laptop, names []string) (string, error) {
		l.found(l.keys, [2]string(names))
		return l.signers[0].ID + " " + l.signers[1].ID, nil
	},
	"request": func(l *laptop, args []string) (string, error) {
		if err := l.sit(args[0]); err != nil {
			return "", err
		}
		p, err := l.station.Export(context.Background(), l.request(45).ID)
		if err != nil {
			return "", err
		}
		return p.Name, os.WriteFile(args[1], p.File, 0o600)
	},
	"look": func(l *laptop, args []string) (string, error) {
		in, err := l.station.Open(context.Background(), read(l, args[0]))
		return fmt.Sprintf("%s known %v, %s, %s", in.Code, in.Known, in.Continuity, strings.Join(in.Words, " ")), err
	},
	"trust": func(l *laptop, args []string) (string, error) {
		if err := l.sit(args[0]); err != nil {
			return "", err
		}
		in, err := l.station.Open(context.Background(), read(l, args[1]))
		if err != nil {
			return "", err
		}
		return "trusted", l.station.Trust(context.Background(), l.signers[0], in)
	},
	"approve": func(l *laptop, args []string) (string, error) {
		ctx := context.Background()
		if err := l.station.BringKey(ctx, read(l, args[1])); err != nil {
			return "", err
		}
		in, err := l.station.Open(ctx, read(l, args[2]))
		if err != nil {
			return "", err
		}
		person := people.Person{ID: args[0]}
		agreed, err := l.station.Compare(ctx, in, person, entries(args[4]))
		if err != nil {
			return "", err
		}
		signer, err := l.station.Prove(ctx, in, args[0], args[5])
		if err != nil {
			return "", err
		}
		defer signer.Lock()
		p, err := l.station.Sign(ctx, signer, agreed)
		if err != nil {
			return "", err
		}
		return p.Name, os.WriteFile(args[3], p.File, 0o600)
	},
	"take": func(l *laptop, args []string) (string, error) {
		r, err := l.take(read(l, args[0]))
		return string(r.State), err
	},
}

// sit unlocks the key of the person who works here.
func (l *laptop) sit(id string) (err error) {
	l.signers[0], err = l.seat.Prove(context.Background(), id, secret)
	return err
}

func read(l *laptop, name string) []byte {
	file, err := os.ReadFile(name)
	if err != nil {
		l.tb.Fatal(err)
	}
	return file
}

func TestTwoProcessesExchangeFilesAndACopyThatWasPutBackIsFound(t *testing.T) {
	one, two, stick := t.TempDir(), t.TempDir(), t.TempDir()
	ones := strings.Fields(run(t, "found", one, "ward/one", "Robin Sample", "Kim Example"))
	twos := strings.Fields(run(t, "found", two, "ward/two", "Alex Other", "Sam Further"))
	key := filepath.Join(one, "keys", ones[1]+".key")
	backup := filepath.Join(stick, "backup")
	if err := os.CopyFS(backup, os.DirFS(one)); err != nil {
		t.Fatal(err)
	}
	request, approval := filepath.Join(stick, "a.csreq"), filepath.Join(stick, "a.csapr")
	expect := func(want, got string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%q where %q was expected", got, want)
		}
	}
	approve := func(value, passphrase string) string {
		return run(t, "approve", two, "ward/two", ones[1], key, request, approval, value, passphrase)
	}
	expect(".csreq", run(t, "request", one, "ward/one", ones[0], request))
	expect("known false, first, ", run(t, "look", two, "ward/two", request))
	expect(string(fault.Peer), approve("45", secret+" too"))
	expect("trusted", run(t, "trust", two, "ward/two", twos[0], request))
	expect("known true, continues, ", run(t, "look", two, "ward/two", request))
	expect(string(fault.Mismatch), approve("54", secret+" too"))
	expect(string(fault.Passphrase), approve("45", "another passphrase"))
	expect(".csapr", approve("45", secret+" too"))
	expect("approved", run(t, "take", one, "ward/one", approval))
	expect(string(fault.Consumed), run(t, "take", one, "ward/one", approval))
	expect(".csreq", run(t, "request", one, "ward/one", ones[0], request))
	expect("continues", run(t, "look", two, "ward/two", request))

	if err := os.RemoveAll(one); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(one, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	expect(string(fault.NotFound), run(t, "take", one, "ward/one", approval)) // its number was never issued there
	expect(".csreq", run(t, "request", one, "ward/one", ones[0], request))
	looked := run(t, "look", two, "ward/two", request)
	if !strings.Contains(looked, "rolled-back") && !strings.Contains(looked, "forked") {
		t.Errorf("a copy that was put back is %s", looked)
	}
	expect(string(fault.Forked), approve("45", secret+" too"))
}

func TestAWrongPassphraseWaitsLongerEachTime(t *testing.T) {
	one, two := start(t, t.TempDir(), "ward/one", morning), start(t, t.TempDir(), "ward/two", morning)
	defer one.stop()
	defer two.stop()
	one.found(one.keys, [2]string{"Robin Sample", "Kim Example"})
	two.found(pocket{}, [2]string{"Alex Other", "Sam Further"})
	ctx, kim := context.Background(), one.signers[1].Person
	file, err := one.keys.File(kim.ID)
	if err != nil {
		t.Fatal(err)
	}
	out := one.export(one.request(45).ID)
	two.trust(two.open(out.File))
	in := two.open(out.File)
	_, err = two.station.Prove(ctx, in, kim.ID, secret)
	mustBe(t, err, fault.KeyFile) // it was not brought yet
	mustBe(t, two.station.BringKey(ctx, []byte("no key")), fault.KeyFile)
	if err := two.station.BringKey(ctx, file); err != nil || !two.station.HasKey(kim.ID) {
		t.Fatal(err)
	}
	for range 4 {
		_, err = two.station.Prove(ctx, in, kim.ID, "wrong wrong wrong")
		mustBe(t, err, fault.Passphrase)
	}
	_, err = two.station.Prove(ctx, in, kim.ID, secret+" too")
	mustBe(t, err, fault.Throttled)
	if fault.SubjectOf(err) != "1" {
		t.Errorf("the wait is %q", fault.SubjectOf(err))
	}
	two.clock.Advance(1e9)
	signer, err := two.station.Prove(ctx, in, kim.ID, secret+" too")
	if err != nil {
		t.Fatal(err)
	}
	signer.Lock()
}
