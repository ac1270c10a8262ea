//go:build unix

package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// childRoles are the other processes of the matrix, by name. Each ends when its input does.
func childRoles() map[string]func(words []string) int {
	return map[string]func([]string) int{"lock": holdLock, "crash": breakAndWrite, "first": holdEverything}
}

// child is another process.
type child struct {
	*testing.T
	*exec.Cmd
	in   io.WriteCloser
	said *bufio.Scanner
}

// other starts another process of the matrix.
func other(t *testing.T, role string, words ...string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childWords+"="+strings.Join(words, "\n"), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
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
	return &child{t, cmd, in, bufio.NewScanner(out)}
}

// says waits for a line, which must begin with a word, and returns the rest.
func (c *child) says(word string) string {
	c.Helper()
	if !c.said.Scan() {
		c.Fatalf("the other process ended instead of saying %q: %v", word, c.said.Err())
	}
	first, rest, _ := strings.Cut(c.said.Text(), " ")
	if first != word {
		c.Fatalf("the other process says %q instead of %q", c.said.Text(), word)
	}
	return rest
}

// ends lets the other process end by itself.
func (c *child) ends() {
	c.Helper()
	_ = c.in.Close()
	for c.said.Scan() {
		continue
	}
	if err := c.Cmd.Wait(); err != nil {
		c.Errorf("the other process: %v", err)
	}
}

// tillEnd waits until the parent has no more to say.
func tillEnd() { _, _ = io.Copy(io.Discard, os.Stdin) }

// failed says why a process of the matrix ends.
func failed(err error) int {
	fmt.Fprintln(os.Stderr, "the other process:", err)
	return 1
}

// holdLock is another program that has SQLite's lock on the database, and not the console's.
func holdLock(words []string) int {
	db, err := lockDatabase(filepath.Join(words[0], "countersign.db"))
	if err != nil {
		return failed(err)
	}
	fmt.Println("locked")
	tillEnd()
	if err := db.Close(); err != nil { // which rolls back
		return failed(err)
	}
	return 0
}

func lockDatabase(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: path}).String()+"?mode=rw")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(context.Background(), "BEGIN EXCLUSIVE")
	return db, err
}
