package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxWardFile bounds what is read of a ward.json.
const maxWardFile = 1 << 20

// folder is where a ward shows itself to others. It is open to its owner alone, because whoever can write in it can
// put another port in the place of a simulated one.
type folder string

func (f folder) ports() string    { return filepath.Join(string(f), "ports") }
func (f folder) wardFile() string { return filepath.Join(string(f), "ward.json") }
func (f folder) socket() string   { return filepath.Join(string(f), "control.sock") }

// makeFolder makes the folder, or takes one that is there and clears away what a ward left that was killed. It does not
// look whether a ward is running in it.
func makeFolder(path string) (folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	f := folder(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", fmt.Errorf("the ward's folder cannot be made: %w", err)
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("the ward's folder cannot be made: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a folder", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0: // Windows has other means than modes
		return "", fmt.Errorf("the folder %s is open to others; name one that is not there yet, or make it private (chmod 700)", path)
	}
	return f, nil
}

// tidy removes what a ward puts into its folder, and nothing else.
func (f folder) tidy() error {
	var failed []error
	remove := func(path string) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	remove(f.wardFile())
	remove(f.socket())
	entries, err := os.ReadDir(f.ports())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		failed = append(failed, err)
	}
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink != 0 {
			remove(filepath.Join(f.ports(), entry.Name()))
		}
	}
	return errors.Join(failed...)
}

// wardFile is what ward.json says.
type wardFile struct {
	Simulated  bool          `json:"simulated"` // always true
	Process    int           `json:"process"`
	Control    place         `json:"control"`
	Ports      string        `json:"ports"`      // a glob for the serial ports, "" where there are none
	Interfaces []string      `json:"interfaces"` // where devices announce themselves
	Devices    []deviceEntry `json:"devices"`
}

// place is an address as package net takes it.
type place struct {
	Network string `json:"network"`
	Address string `json:"address"`
}

// deviceEntry is one device in ward.json. Scheme and Address are how the console reaches it best, as in an endpoint;
// TCP is its address on loopback, where every device answers too.
type deviceEntry struct {
	Label     string `json:"label"`
	Serial    string `json:"serial"`
	Scheme    string `json:"scheme"`
	Address   string `json:"address"`
	Announced bool   `json:"announced"`
	TCP       string `json:"tcp"`
	// Facts are those of its announcement, as in an endpoint.
	Facts map[string]string `json:"facts,omitempty"`
}

// write makes the file appear whole or not at all.
func (f folder) write(w wardFile) error {
	text, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return err
	}
	draft := f.wardFile() + ".new"
	if err := os.WriteFile(draft, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, f.wardFile())
}

// read returns what the ward of the folder says of itself.
func (f folder) read() (w wardFile, err error) {
	file, err := os.Open(f.wardFile())
	if err != nil {
		return w, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxWardFile))
	if err != nil {
		return w, err
	}
	if err := json.Unmarshal(text, &w); err != nil {
		return w, fmt.Errorf("%s: %w", f.wardFile(), err)
	}
	return w, nil
}
