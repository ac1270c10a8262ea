package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// wardName is the name of the ward among the sources.
const wardName = "simulated ward"

// ward is the simulated ward as a source: it starts the program that simulates it and lives as long as that does. What is
// on its serial ports and on the loopback network is found by the other sources, as on a real ward; only where there are
// no simulated serial ports (Windows) does it name its devices itself.
type ward struct {
	program  string
	folder   string
	patience time.Duration // for it to end by itself
}

func newWard(program, folder string) *ward {
	if program == "" {
		program = "countersign-sim"
		if runtime.GOOS == "windows" {
			program += ".exe"
		}
		if self, err := os.Executable(); err == nil {
			program = filepath.Join(filepath.Dir(self), program)
		}
	}
	return &ward{program, folder, stopTime}
}

// glob names the ward's serial ports.
func (w *ward) glob() string { return filepath.Join(w.folder, "ports", "*") }

// Name implements discovery.Source.
func (w *ward) Name() string { return wardName }

// Run implements discovery.Source. The ward ends with its standard input, so it never outlives the console.
func (w *ward) Run(ctx context.Context, emit func([]drivers.Endpoint, discovery.Status)) error {
	command := exec.CommandContext(ctx, w.program, "--ward", w.folder, "--with-parent", "--quiet")
	command.Stderr = os.Stderr
	alive, err := command.StdinPipe()
	if err != nil {
		return err
	}
	defer alive.Close()
	command.Cancel = alive.Close
	command.WaitDelay = w.patience // one that does not end by itself must not keep the console open
	said, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("the simulated ward cannot be started: %w", err)
	}
	line, readErr := bufio.NewReader(io.LimitReader(said, 4096)).ReadString('\n')
	if readErr == nil && strings.HasPrefix(line, "ready ") {
		if endpoints, listErr := w.endpoints(); listErr == nil {
			emit(endpoints, discovery.Status{State: discovery.Running})
		} else {
			readErr = listErr
		}
	}
	return errors.Join(readErr, command.Wait())
}

// maxWardFile bounds what is read of the ward's list.
const maxWardFile = 1 << 20

// endpoints reads the ward's own list.
func (w *ward) endpoints() ([]drivers.Endpoint, error) {
	f, err := os.Open(filepath.Join(w.folder, "ward.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list struct {
		Ports   string `json:"ports"`
		Devices []struct {
			Label string            `json:"label"`
			TCP   string            `json:"tcp"`
			Facts map[string]string `json:"facts"`
		} `json:"devices"`
	}
	if err := json.NewDecoder(io.LimitReader(f, maxWardFile)).Decode(&list); err != nil {
		return nil, fmt.Errorf("the simulated ward's list: %w", err)
	}
	var endpoints []drivers.Endpoint
	if list.Ports == "" {
		for _, d := range list.Devices {
			endpoints = append(endpoints, drivers.Endpoint{Scheme: "tcp", Address: d.TCP, Label: d.Label, Source: w.Name(), Facts: d.Facts})
		}
	}
	return endpoints, nil
}
