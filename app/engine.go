package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"countersign/drivers/all"
	"countersign/internal/breakglass"
	"countersign/internal/clock"
	"countersign/internal/discovery"
	"countersign/internal/discovery/manual"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/task"
)

// engine is everything below the window. It is there at once: the devices, and the emergency path with its journal. The record
// (the database and what needs it) is opened behind it, and may never be: an emergency does not wait for it.
type engine struct {
	options options
	folder  string
	clock   clock.Clock

	keys      *people.Keys
	codes     *people.Codes
	registry  *discovery.Registry
	inventory *inventory.Inventory
	manual    *manual.Source
	mdns      *mdns.Source
	network   *network
	ward      *ward // in training
	drill     *drill
	board     *task.Board

	journals, mirror *breakglass.Journals
	importer         *breakglass.Importer
	recorder         *breakglass.Recorder
	glass            *breakglass.Desk
	known            atomic.Pointer[known]

	opening sync.Mutex // one attempt at a time
	record  atomic.Pointer[record]
	failed  atomic.Pointer[error] // why the last attempt failed

	aside    atomic.Pointer[aside] // a damaged database that the next record must name
	standing atomic.Pointer[standing]
	putBack  atomic.Bool // the log was put back from a backup, and nobody has looked at the page that says so

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// console is the actor of what no person did.
var console = leaf.Actor{ID: "console", Name: "Countersign"}

// nobody is the actor while nobody is signed in.
var nobody = leaf.Actor{ID: "nobody", Name: "nobody signed in"}

// Records of the console's own life.
const (
	kindStarted = "console.started"
	kindStopped = "console.stopped"
)

// dataFolder is where the records and the key files are.
func dataFolder(o options) (string, error) {
	if o.data != "" {
		return filepath.Abs(o.data)
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fault.New(fault.LogDenied, "", err)
	}
	name := "Countersign"
	if o.training {
		name = "Countersign training"
	}
	return filepath.Join(base, name), nil
}

// anchors are the folders in which copies of the log's last checkpoint are kept: the data folder, and one that a backup of
// the data folder does not bring back with it. A user without a folder for caches has one copy.
func anchors(folder, origin string) []string {
	all := []string{folder}
	if base, err := os.UserCacheDir(); err == nil {
		name := sha256.Sum256([]byte(origin + "\n" + folder)) // two folders are two logs
		all = append(all, filepath.Join(base, "Countersign", hex.EncodeToString(name[:8])))
	}
	return all
}

// newEngine makes what an emergency needs, reads what an earlier process left in its journals, and starts looking for devices.
// It opens no database. The only fault is that of a user without any folder.
func newEngine(o options) (*engine, error) {
	folder, err := dataFolder(o)
	if err != nil {
		return nil, err
	}
	return newEngineAt(o, folder, clock.System()), nil
}

// newEngineAt makes an engine on a folder, which lives by a clock.
func newEngineAt(o options, folder string, clock clock.Clock) *engine {
	e := &engine{options: o, folder: folder, clock: clock, board: &task.Board{}, manual: manual.New()}
	e.keys = people.NewKeys(filepath.Join(folder, "keys"))
	e.codes = people.NewCodes(filepath.Join(folder, "keys"))
	e.openGlass()
	e.look()
	return e
}

// look puts the sources together and starts them. In training nothing real is listed: no serial port of this machine,
// and no network but the loopback.
func (e *engine) look() {
	e.network = newNetwork(filepath.Join(e.folder, "network.json"))
	ports := serialport.New()
	if e.options.training {
		e.ward = newWard(e.options.ward, filepath.Join(e.folder, "ward"))
		ports = serialport.NewWith(func() ([]serialport.Port, error) { return nil, nil }, serialport.Interval, e.ward.glob())
		e.network.training = true
	}
	e.mdns = mdns.New(e.network.allowed, mdns.Repeat)
	e.drill = newDrill()
	sources := []discovery.Source{ports, e.mdns, e.manual, e.drill}
	if e.ward != nil {
		sources = append(sources, e.ward)
	}
	e.registry = discovery.NewRegistry(sources...)
	e.inventory = inventory.New(e.registry, e.drill.open(), all.All(), notebook{e})
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	for _, run := range []func(context.Context){e.registry.Run, e.inventory.Run, e.importer.Run, e.lookAfter, e.watch} {
		e.running.Go(func() { run(ctx) })
	}
}

// stopTime bounds each thing that the console records when it is closed, and how long the simulated ward may take to end.
const stopTime = 3 * time.Second

// close ends everything in the order in which it was begun, backwards. A write that has begun is finished and recorded
// before the record is closed.
func (e *engine) close() error {
	e.board.CancelAll()
	r := e.record.Load()
	var errs []error
	if s := e.glass.Current(); s != nil {
		s.Seal(breakglass.Quit)
	}
	if r != nil {
		errs = append(errs, within(stopTime, r.seat.Lock))
	}
	e.inventory.Close() // may take longer than stopTime: a write that has begun is finished
	e.cancel()
	e.running.Wait()
	errs = append(errs, e.closeGlass())
	if r != nil {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

func within(limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return do(ctx)
}

// workstation is this machine's name as statements can carry it.
func workstation() string {
	name, err := os.Hostname()
	if err != nil {
		return "workstation"
	}
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, name)
	if name = strings.Trim(name, "-"); name == "" {
		return "workstation"
	}
	return name[:min(len(name), 40)]
}
