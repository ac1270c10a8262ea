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
	"time"

	"countersign/drivers/all"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/cosign"
	"countersign/internal/discovery"
	"countersign/internal/discovery/manual"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/leaf"
	"countersign/internal/link"
	"countersign/internal/people"
	"countersign/internal/store"
	"countersign/internal/task"
)

// engine is everything below the window.
type engine struct {
	db        *store.DB
	log       *audit.Log
	roster    *people.Roster
	keys      *people.Keys
	seat      *people.Seat
	desk      *change.Desk
	station   *cosign.Station
	registry  *discovery.Registry
	inventory *inventory.Inventory
	manual    *manual.Source
	mdns      *mdns.Source
	network   *network
	ward      *ward // in training
	board     *task.Board

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// console is the actor of what no person did.
var console = leaf.Actor{ID: "console", Name: "Countersign"}

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

// openEngine opens the record, closes what a crash left open, and starts looking for devices.
func openEngine(ctx context.Context, o options) (e *engine, err error) {
	folder, err := dataFolder(o)
	if err != nil {
		return nil, err
	}
	e = &engine{board: &task.Board{}, manual: manual.New()}
	defer func() {
		if err != nil {
			e.abandon()
		}
	}()
	if e.db, err = store.Open(ctx, folder, o.origin(), change.Projection(), cosign.Projection()); err != nil {
		return e, err
	}
	machine := audit.WithMachine(folder, anchors(folder, o.origin())...)
	if e.log, err = audit.Open(ctx, e.db, clock.System(), machine); err != nil {
		return e, err
	}
	if e.roster, err = people.Load(ctx, e.log); err != nil {
		return e, err
	}
	e.keys = people.NewKeys(filepath.Join(folder, "keys"))
	e.seat = people.NewSeat(e.roster, e.keys)
	e.desk = change.NewDesk(e.log, e.db, e.roster, workstation(), version)
	e.station = cosign.New(e.log, e.db, e.roster, e.keys, e.seat, e.desk, workstation())
	if _, err = e.desk.Recover(ctx); err != nil {
		return e, err
	}
	mode := "real"
	if o.training {
		mode = "training"
		if err = prepareTraining(ctx, e); err != nil {
			return e, err
		}
	}
	if err = e.note(ctx, kindStarted, "mode", mode, "version", version); err != nil {
		return e, err
	}
	e.look(o, folder)
	return e, nil
}

// look puts the sources together and starts them. In training nothing real is listed: no serial port of this machine,
// and no network but the loopback.
func (e *engine) look(o options, folder string) {
	e.network = newNetwork(filepath.Join(folder, "network.json"))
	ports := serialport.New()
	if o.training {
		e.ward = newWard(o.ward, filepath.Join(folder, "ward"))
		ports = serialport.NewWith(func() ([]serialport.Port, error) { return nil, nil }, serialport.Interval, e.ward.glob())
		e.network.training = true
	}
	e.mdns = mdns.New(e.network.allowed, mdns.Repeat)
	sources := []discovery.Source{ports, e.mdns, e.manual}
	if e.ward != nil {
		sources = append(sources, e.ward)
	}
	e.registry = discovery.NewRegistry(sources...)
	e.inventory = inventory.New(e.registry, link.New().By("Countersign"), all.All(), e.log)
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.running.Go(func() { e.registry.Run(ctx) })
	e.running.Go(func() { e.inventory.Run(ctx) })
}

// note records something of the console's own life.
func (e *engine) note(ctx context.Context, kind string, pairs ...string) error {
	draft := audit.Draft{Kind: kind, Actor: console}
	for i := 0; i+1 < len(pairs); i += 2 {
		draft.Body.Set(pairs[i], pairs[i+1])
	}
	_, err := e.log.Append(ctx, draft)
	return err
}

// stopTime bounds each thing that the console records when it is closed, and how long the simulated ward may take to end.
const stopTime = 3 * time.Second

// close ends everything in the order in which it was begun, backwards. A write that has begun is finished and recorded
// before the record is closed.
func (e *engine) close() error {
	e.board.CancelAll()
	errs := []error{within(stopTime, e.seat.Lock)}
	e.inventory.Close() // may take longer than stopTime: a write that has begun is finished
	e.cancel()
	e.running.Wait()
	errs = append(errs, within(stopTime, e.desk.Settle), within(stopTime, func(ctx context.Context) error { return e.note(ctx, kindStopped) }),
		within(stopTime, e.log.Close), e.db.Close())
	return errors.Join(errs...)
}

func within(limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return do(ctx)
}

// abandon frees what was opened before a start failed.
func (e *engine) abandon() {
	if e.log != nil {
		_ = within(stopTime, e.log.Close)
	}
	if e.db != nil {
		_ = e.db.Close() // the failure that matters is the one that is being told
	}
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
