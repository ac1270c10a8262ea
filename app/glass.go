package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/journal"
	"countersign/internal/leaf"
	"countersign/internal/oslog"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// known is what an emergency knows of people and rules without asking the database: as of its last change, or from the copy
// beside it.
type known struct {
	origin   string
	persons  []people.Person
	rules    policy.Policy
	profiles map[[32]byte]bool // of files with which the console may write
	notes    int               // how many statements the copy on the disk has
}

// openGlass makes the emergency path: its places, and what an earlier process left in its journals.
func (e *engine) openGlass() {
	boot := e.clock.Now().Boot
	e.journals = breakglass.NewJournals("journal", filepath.Join(e.folder, "emergency"), boot)
	e.mirror = breakglass.NewJournals("mirror", e.mirrorFolder(), boot)
	e.importer = breakglass.NewImporter()
	sinks := []breakglass.Sink{e.journals.Sink(), e.importer.Sink(), e.mirror.Sink()}
	if !e.options.training { // nobody shall be called to a simulated device
		sinks = append(sinks, breakglass.Sink{Name: "oslog", Put: putEventLog})
	}
	e.recorder = breakglass.NewRecorder(e.clock, e.vouch, sinks...)
	e.glass = breakglass.NewDesk(e.recorder, workstation(), version, e.head)
	e.known.Store(e.remembered())
	cut, _ := e.importer.Scan(e.recorder.Chain(), e.clock.Now(), e.journals.Folder(), e.mirror.Folder())
	e.codes.Spent(e.importer.Codes()...)
	e.glass.Interrupt(cut)
	e.running.Go(func() { // the first record would do it, too; so it is done before there is one
		_ = e.journals.Prepare() // looking for a free one holds each for a moment: not while Scan looks which are held
		_ = e.mirror.Prepare()   // the pre-flight says why where it failed
	})
}

// mirrorFolder is the second path: the one that was named, or a folder that is not in the data folder.
func (e *engine) mirrorFolder() string {
	if e.options.mirror != "" {
		return e.options.mirror
	}
	folders := anchors(e.folder, e.options.origin())
	return filepath.Join(folders[len(folders)-1], "mirror")
}

// putEventLog writes one line about a record to the operating system's event log.
func putEventLog(ctx context.Context, f journal.Frame) error {
	l, err := f.Leaf()
	if err != nil {
		return err
	}
	text := func(key string) string { t, _ := l.Body.Text(key); return t }
	return oslog.Write(ctx, l.Kind+" "+breakglass.ReceiptCode(f.Hash)+" device "+text("device")+" by "+l.Actor.Name+" "+text("steps")+" "+hex.EncodeToString(f.Hash[:8]))
}

// vouch signs with the machine's key, where the log is open.
func (e *engine) vouch(hash [32]byte) (int64, []byte) {
	if r := e.record.Load(); r != nil {
		return r.log.Vouch(hash)
	}
	return 0, nil
}

// head is the log as statements name it: as last known, or empty while it is not open.
func (e *engine) head() statement.LogHead {
	if r := e.record.Load(); r != nil {
		h := r.log.LastHead()
		return statement.LogHead{Origin: h.Origin, Size: h.Size, Root: h.Root}
	}
	var nothing leaf.Range
	return statement.LogHead{Origin: e.known.Load().origin, Root: nothing.Root()}
}

// remembered is what the copy of the roster says; nobody, under the least rules, where there is none.
func (e *engine) remembered() *known {
	k := &known{origin: e.options.origin(), rules: policy.Minimum(), profiles: map[[32]byte]bool{}}
	m, err := people.LoadCopy(e.copyPath())
	if err != nil {
		return k
	}
	k.origin, k.persons, k.rules = m.Origin(), m.Persons(e.clock.Now().Wall), m.Rules().Policy
	k.look(m.Reviewed)
	return k
}

// learn looks at the roster and keeps a copy of it.
func (e *engine) learn(ctx context.Context, r *record) {
	persons, err := r.roster.People(ctx)
	if err != nil || len(persons) == 0 {
		return // what was known stays: a new log begins without people, and an emergency still needs theirs
	}
	rules, err := r.roster.Rules(ctx)
	if err != nil {
		return
	}
	k := &known{origin: r.log.LastHead().Origin, persons: persons, rules: rules.Policy, profiles: map[[32]byte]bool{}}
	k.look(func(digest [32]byte) bool {
		ok, err := r.roster.Reviewed(ctx, digest)
		return ok && err == nil
	})
	k.notes = e.known.Load().notes
	if notes, err := r.roster.Notes(ctx); err == nil && len(notes) != k.notes {
		if people.KeepCopy(e.copyPath(), k.origin, notes) == nil { // on a full disk the copy before stays
			k.notes = len(notes)
		}
	}
	e.known.Store(k)
}

// look asks for every file with which a driver of this console could write.
func (k *known) look(reviewed func([32]byte) bool) {
	for _, d := range all.All() {
		if file, ok := d.(drivers.Setter); ok {
			digest := sha256.Sum256(file.Source())
			k.profiles[digest] = reviewed(digest)
		}
	}
}

// reviewed says whether the console may write with a driver.
func (k *known) reviewed(about drivers.About) bool {
	if about.Digest == "" {
		return about.Reviewed
	}
	digest, err := hex.DecodeString(about.Digest)
	return err == nil && len(digest) == sha256.Size && k.profiles[[32]byte(digest)]
}

// lookAfter ends sessions in time, keeps what is known up to date, and settles journals, until ctx ends.
func (e *engine) lookAfter(ctx context.Context) {
	e.running.Go(func() { e.glass.Run(ctx, e.connected) })
	var changed <-chan struct{}
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		if r := e.record.Load(); r != nil {
			changed = r.log.Changed()
			e.learn(ctx, r)
			if e.importer.Pending() == 0 {
				_, _ = e.importer.Settle(ctx) // the journals stay until it works
			}
		}
		if e.glass.Current() == nil {
			_ = errors.Join(e.journals.Renew(), e.mirror.Renew()) // the pre-flight says so
		}
		select {
		case <-changed:
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// connected says whether the device at an endpoint can be talked to.
func (e *engine) connected(key string) bool {
	d, err := e.inventory.Device(key)
	return err == nil && d.Session() != nil && d.State != inventory.Gone && d.State != inventory.Discovered
}

// who says who acts, by what was shown: an open key, a passphrase, a sealed code, or nothing. It waits for no count of wrong
// passphrases and asks no database. A secret that fits nothing is fault.Passphrase or SealedCode: without it the person can
// still act, as somebody who says who they are.
func (e *engine) who(id, name, secret string) (breakglass.Who, error) {
	k := e.known.Load()
	at := slices.IndexFunc(k.persons, func(p people.Person) bool { return p.ID == id })
	actor := leaf.Actor{ID: "asserted", Name: cmp.Or(name, "unknown")}
	if at >= 0 {
		actor = k.persons[at].Actor()
	}
	switch {
	case id == "" && name == "" && secret == "":
		if r := e.record.Load(); r != nil {
			if s := r.seat.Current(); s != nil {
				return breakglass.Who{Actor: s.Actor(), Signer: s}, nil
			}
		}
	case secret == "":
	default:
		return e.proved(k, at, actor, secret)
	}
	return breakglass.Who{Actor: actor}, nil
}

// proved takes a secret as a sealed code where it looks like one, and as the passphrase of the person at a place in the list.
func (e *engine) proved(k *known, at int, actor leaf.Actor, secret string) (breakglass.Who, error) {
	var wrong error
	if e.codes.Looks(secret) { // a passphrase may look like one, too
		n, err := e.codes.Check(secret)
		if err == nil {
			return breakglass.Who{Actor: actor, Code: n}, nil
		}
		wrong = err
	}
	switch {
	case at < 0 && wrong != nil:
		return breakglass.Who{}, wrong
	case at < 0:
		return breakglass.Who{}, fault.New(fault.Passphrase, actor.Name, nil)
	case !k.persons[at].Active:
		return breakglass.Who{}, fault.New(fault.NotAllowed, actor.Name, nil)
	}
	signer, err := e.keys.Unlock(k.persons[at], k.origin, secret)
	if err != nil {
		return breakglass.Who{}, cmp.Or(wrong, err)
	}
	return breakglass.Who{Actor: actor, Signer: signer, Own: true}, nil
}

// spend uses a code up. A disk that does not answer keeps nobody waiting: the code is used up in memory first.
func (e *engine) spend(n int) error {
	done := make(chan error, 1)
	go func() { done <- e.codes.Spend(n) }()
	timer := time.NewTimer(breakglass.LadderTime)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return nil
	}
}

// alone makes what an emergency on a device would write into what package change asks for.
func (e *engine) alone(d inventory.Device, s *breakglass.Session, changes []drivers.Change) (change.Emergency, error) {
	if d.Driver == nil || d.Read == nil {
		return change.Emergency{}, fault.New(fault.PortGone, d.Name(), nil)
	}
	k := e.known.Load()
	return change.Emergency{Session: s, Rules: k.rules, Reviewed: k.reviewed(d.Driver.About()), Program: version, Approved: e.approved(d),
		Proposal: change.Proposal{Driver: d.Driver, Identity: d.Identity, Description: d.Read.Description, Snapshot: d.Read.Snapshot, Changes: changes}}, nil
}

// approvedTime is how long the database may take to say what two persons last approved: without an answer nothing is known.
const approvedTime = 150 * time.Millisecond

// approved returns what two persons last had written to a device.
func (e *engine) approved(d inventory.Device) func(drivers.SettingID) (string, bool) {
	r := e.record.Load()
	if r == nil {
		return nil
	}
	answer := make(chan map[drivers.SettingID]string, 1)
	ctx, cancel := context.WithTimeout(context.Background(), approvedTime)
	go func() {
		defer cancel()
		last, _ := r.desk.LastApproved(ctx, statement.DeviceOf(d.Identity))
		answer <- last
	}()
	var last map[drivers.SettingID]string
	select {
	case last = <-answer:
	case <-ctx.Done():
	}
	return func(id drivers.SettingID) (string, bool) {
		token, ok := last[id]
		return token, ok
	}
}

// closeGlass ends the emergency path: what waits for a place is given to it, and the journals are let go.
func (e *engine) closeGlass() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	e.recorder.Close(ctx)
	_ = e.importer.Take(ctx) // what is left is in the journal
	if err := e.journals.Close(); err != nil {
		return err
	}
	return e.mirror.Close()
}
