package instance

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// childFolder makes the test program a console that answers for this folder until its input ends.
const childFolder = "COUNTERSIGN_TEST_FOLDER"

// hurry keeps a child that was built with the race detector from lingering for a second.
const hurry = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if folder, child := os.LookupEnv(childFolder); child {
		s, err := Serve(context.Background(), folder, well)
		fmt.Println(err)
		if err == nil {
			_, _ = bufio.NewReader(os.Stdin).ReadByte()
			_ = s.Close()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// well is the answer of a window that works.
func well(context.Context) error { return nil }

// child is another console.
type child struct {
	*exec.Cmd
	quit func()
}

// other starts another console on folder, which answers when other returns.
func other(t *testing.T, folder string) child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+folder, hurry)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended already where the test went well
		_ = cmd.Wait()
	})
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "<nil>\n" {
		t.Fatalf("the other console does not answer: %q %v", said, err)
	}
	return child{cmd, func() {
		_ = in.Close()
		_ = cmd.Wait()
	}}
}
