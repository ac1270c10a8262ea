package breakglass

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/notify"
	"countersign/internal/statement"
)

// Desk is where emergency sessions are opened on one console. It is safe for concurrent use.
type Desk struct {
	recorder    *Recorder
	workstation string
	program     string // version
	head        func() statement.LogHead
	changed     notify.Signal

	opening sync.Mutex // one session at a time

	mu      sync.Mutex
	current *Session
	cut     []Cut
	gone    map[string]int64 // by session, since when its device is away, in milliseconds of the boot clock
}

// NewDesk returns the desk of this workstation. Head says what is known of the audit log, and must not wait for it.
func NewDesk(recorder *Recorder, workstation, program string, head func() statement.LogHead) *Desk {
	return &Desk{recorder: recorder, workstation: workstation, program: program, head: head, gone: map[string]int64{}}
}

// Changed is closed when a session begins, ends or does something.
func (d *Desk) Changed() <-chan struct{} { return d.changed.Changed() }

// Current returns the session that is open, or whose last write has not ended; nil for none.
func (d *Desk) Current() *Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current
}

// Open begins a session. The only fault is WrongState, for an Ask without device or category: nothing that fails on the way
// keeps an emergency from being opened. A session that is open on another device is sealed; one that is open on this device
// is returned as it is. It takes LadderTime at most.
func (d *Desk) Open(a Ask) (*Session, error) {
	if a.Device.Model == "" || !a.Category.Known() {
		return nil, fault.New(fault.WrongState, a.Name, nil)
	}
	d.opening.Lock()
	defer d.opening.Unlock()
	if before := d.Current(); before != nil && before.Ended() == "" {
		if before.ask.Device == a.Device && before.ask.Tag == a.Tag && before.Left() > 0 && before.tier == a.Who.Tier() && before.ask.Drill == a.Drill {
			return before, nil
		}
		before.Seal(Replaced)
	}
	now := d.recorder.now()
	s := &Session{desk: d, ask: a, id: newID(now), tier: a.Who.Tier(), until: later(now, TTL)}
	note := ""
	if a.Who.Signer != nil && !a.Drill { // a drill signs nothing that could be taken for an emergency
		note = d.sign(a.Who, s.opening)
	}
	s.receipt = s.record(KindOpened, note, s.describe)
	d.enter(s)
	return s, nil
}

func (s *Session) opening(by statement.By) statement.Statement {
	nonce, _ := statement.NewNonce(rand.Reader) // never fails: crypto/rand ends the program first
	return statement.Opening{By: by, Device: s.ask.Device, Category: string(s.ask.Category), Tier: string(s.tier), Nonce: nonce, ValidFor: TTL}
}

// describe says in the record what a reader of the log wants to know.
func (s *Session) describe(b *leaf.Body) {
	a := s.ask
	set(b, "manufacturer", a.Device.Manufacturer, "model", a.Device.Model, "serial", a.Device.Serial, "firmware", a.Device.Firmware, "tag", a.Tag, "endpoint", a.Key,
		"category", string(a.Category), "tier", string(s.tier), "identity", string(a.Who.Identity()),
		"workstation", s.desk.workstation, "program", s.desk.program)
	b.SetInt("valid-for", int64(TTL/time.Second))
	if a.Who.Code > 0 {
		b.SetInt("code", int64(a.Who.Code))
	}
	if a.Unreadable {
		b.Set("label", "unreadable")
	}
}

// sign signs a statement where the key is still open; "" where that fails: the record then says that it is not signed.
func (d *Desk) sign(who Who, compose func(statement.By) statement.Statement) string {
	now := d.recorder.now()
	by := statement.By{ID: newID(now), Signers: []statement.Person{who.Signer.Stated()}, Time: statement.TimeOf(now), Log: d.head()}
	text, err := compose(by).Text()
	if err != nil {
		return ""
	}
	note, err := who.Signer.Sign(text)
	if err != nil {
		return ""
	}
	return note
}

// enter makes a session the current one.
func (d *Desk) enter(s *Session) {
	d.mu.Lock()
	d.current = s
	d.mu.Unlock()
	d.changed.Notify()
}

// forget takes a session away whose end is recorded, and wipes a key that was opened for it alone.
func (d *Desk) forget(s *Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.gone, s.id)
	if d.current == s {
		d.current = nil
	}
	if s.ask.Who.Own {
		s.ask.Who.Signer.Lock()
	}
}

// Interrupt takes the sessions that an earlier process left open, and records each as interrupted.
func (d *Desk) Interrupt(cut []Cut) {
	for _, c := range cut {
		var body leaf.Body
		set(&body, "session", c.ID, "device", c.Device)
		body.SetInt("left", int64(c.Left/time.Second))
		if c.Unknown {
			body.Set("unknown", "yes")
		}
		d.recorder.Record(kindInterrupted, console, body, "")
	}
	d.mu.Lock()
	d.cut = append(d.cut, cut...)
	d.mu.Unlock()
	d.changed.Notify()
}

// Interrupted returns the sessions that can still be gone on with.
func (d *Desk) Interrupted() []Cut {
	now := d.recorder.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Cut
	for _, c := range d.cut {
		c.until(c.counted, now)
		all = append(all, c)
	}
	return all
}

// Continue goes on with an interrupted session for what is left of its time, as the same person and with what that person
// could do in it. One whose time is over, or that is not among them, is fault.Expired.
func (d *Desk) Continue(id string) (*Session, error) {
	d.opening.Lock()
	defer d.opening.Unlock()
	all := d.Interrupted()
	at := slices.IndexFunc(all, func(c Cut) bool { return c.ID == id && c.Left > 0 })
	if at < 0 {
		return nil, fault.New(fault.Expired, id, nil)
	}
	if before := d.Current(); before != nil {
		before.Seal(Replaced)
	}
	c := all[at]
	s := &Session{desk: d, id: id, tier: c.Tier, until: later(d.recorder.now(), c.Left), actions: c.Actions}
	s.ask = Ask{Who: Who{Actor: c.Actor}, Name: c.Device, Key: c.Key, Category: c.Category}
	text := func(key string) string { t, _ := c.opened.Body.Text(key); return t }
	s.ask.Device = statement.Device{Manufacturer: text("manufacturer"), Model: text("model"), Serial: text("serial"), Firmware: text("firmware")}
	s.ask.Tag, s.ask.Unreadable = text("tag"), text("label") != ""
	s.receipt = s.record(kindContinued, "", func(b *leaf.Body) {
		set(b, "identity", string(AsBefore))
		b.SetInt("valid-for", int64(c.Left/time.Second))
	})
	d.mu.Lock()
	d.cut = slices.DeleteFunc(d.cut, func(o Cut) bool { return o.ID == id })
	d.mu.Unlock()
	d.enter(s)
	return s, nil
}

// Tick ends a session whose time is over, or whose device has been away for GoneAfter. Connected says whether the device at
// an endpoint can be talked to.
func (d *Desk) Tick(connected func(key string) bool) {
	s := d.Current()
	if s == nil || s.Ended() != "" {
		return
	}
	if s.Left() == 0 {
		s.Seal(Expired)
		return
	}
	now := d.recorder.now()
	d.mu.Lock()
	since, away := d.gone[s.id]
	switch {
	case connected == nil || connected(s.ask.Key) || s.busy > 0:
		delete(d.gone, s.id)
		away = false
	case !away:
		d.gone[s.id] = now.BootMS
	}
	d.mu.Unlock()
	if away && now.BootMS-since >= GoneAfter.Milliseconds() {
		s.Seal(Disconnected)
	}
}

// Run looks after the session that is open, until ctx ends.
func (d *Desk) Run(ctx context.Context, connected func(key string) bool) {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			d.Tick(connected)
		case <-ctx.Done():
			return
		}
	}
}
