package backup

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/store"
)

// These tests end a process in the middle, as a power cut does as far as files go: nothing may look complete that is not,
// and what was there is as it was.

// childDoes says in a process of these tests what it does instead of running them.
const childDoes = "COUNTERSIGN_BACKUP_CHILD"

func TestMain(m *testing.M) {
	words := strings.Split(os.Getenv(childDoes), "\n")
	if len(words) != 4 {
		os.Exit(m.Run())
	}
	if err := child(words[0], words[1], words[2], words[3] == "aside"); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("done")
}

// child makes a backup of a folder in another, or puts a backup back, and says a line at every step.
func child(what, from, to string, aside bool) error {
	ctx, told := context.Background(), func(stage string, done, of int64) { fmt.Println(stage, done, of) }
	if what == "restore" {
		_, err := Restore{File: from, Folder: to, SetAside: aside, Now: began, Free: plenty}.Run(ctx, told)
		return err
	}
	db, err := store.Open(ctx, from, origin)
	if err != nil {
		return err
	}
	defer db.Close()
	now := clock.NewFake(began)
	log, err := audit.Open(ctx, db, now, audit.WithMachine(from, from))
	if err != nil {
		return err
	}
	defer log.Close(ctx)
	_, err = Make(ctx, Request{Folder: from, DB: db, To: to, Program: "countersign test", Now: now.Now(), Free: plenty}, told)
	return err
}

// killed starts a child and kills it when it has said so many lines. It says whether the child was done by then.
func killed(t *testing.T, lines int, words ...string) (done bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childDoes+"="+strings.Join(words, "\n"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for n := 0; said.Scan(); n++ {
		if strings.HasPrefix(said.Text(), "failed") {
			t.Error(said.Text())
		}
		if done = said.Text() == "done"; done || n == lines {
			break
		}
	}
	_ = cmd.Process.Kill()
	for said.Scan() { // what it had said before it was killed
		done = done || said.Text() == "done"
	}
	_ = cmd.Wait() // it was killed
	return done
}

// killedAt are the numbers of lines at which children are killed: the steps of a backup of this size are some thirty.
var killedAt = []int{0, 1, 3, 6, 10, 15, 22, 30, 45}

func TestABackupWhoseProcessIsKilledNeverLooksComplete(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(5000)
	c.ends()
	early := 0
	for _, n := range killedAt {
		to := t.TempDir()
		done := killed(t, n, "backup", c.folder, to, "")
		for _, name := range names(t, to) {
			if strings.Contains(name, partial) { // the file, the database's copy, and what SQLite keeps beside that
				early++
				continue
			}
			// One that looks complete is.
			if _, err := restore(t, Restore{File: filepath.Join(to, name), Folder: filepath.Join(t.TempDir(), "data")}); err != nil {
				t.Errorf("killed at line %d (done: %v): %s: %v", n, done, name, err)
			}
		}
	}
	if early == 0 {
		t.Error("nothing was killed in the middle")
	}
	again := starts(t, c.folder)
	if _, err := again.log.Verify(t.Context(), nil, func(int64, int64) {}); err != nil {
		t.Errorf("the log that was backed up: %v", err)
	}
	again.backup(t.TempDir())
}

func TestARestoreWhoseProcessIsKilledLeavesTheOldFolderOrTheNewOne(t *testing.T) {
	c := starts(t, t.TempDir()).furnish()
	c.records(4000)
	made := c.backup(t.TempDir())
	early := 0
	for _, n := range killedAt {
		place := t.TempDir()
		data := filepath.Join(place, "data")
		old := starts(t, data)
		old.records(3)
		head := old.log.Head()
		old.ends()
		done := killed(t, n, "restore", made.Path, data, "aside")
		marker, isNew, err := Restored(data)
		aside, _ := filepath.Glob(data + asideName + "*")
		switch {
		case isNew && err == nil && marker.Head == made.Manifest.Head && len(aside) == 1: // it came so far
			if got := starts(t, aside[0]).log.Head().Size; got < head.Size {
				t.Errorf("killed at line %d: %d records were set aside", n, got)
			}
		case !isNew && len(aside) == 0 && !done:
			early++
			if got := starts(t, data).log.Head().Size; got < head.Size {
				t.Errorf("killed at line %d: the old folder has %d records of %d", n, got, head.Size)
			}
		default:
			t.Errorf("killed at line %d (done: %v): %v, marker %v %v", n, done, names(t, place), isNew, err)
		}
		for _, name := range names(t, place) {
			if name != "data" && !strings.Contains(name, asideName) && !strings.HasSuffix(name, restoring) {
				t.Errorf("killed at line %d it leaves %s", n, name)
			}
		}
	}
	if early == 0 {
		t.Error("nothing was killed in the middle")
	}
}
