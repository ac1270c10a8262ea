package change_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/drivers"
	"countersign/internal/audit"
	"countersign/internal/breakglass"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
)

// world is a console that random people use in random order, with a crash now and then. The database is real, the clock is
// not, and the two devices take no time.
type world struct {
	rt     *rapid.T
	ctx    context.Context
	folder string
	clock  *clock.Fake
	db     *store.DB
	disk   *brittle
	log    *audit.Log
	roster *people.Roster
	desk   *change.Desk
	who    [2]*people.Signer
	boxes  [2]*box
	ids    []string
	writes map[string]int // by request, as the devices counted them
	seen   map[string]int // what happened, over all worlds
}

// brittle is a store that can refuse to take more.
type brittle struct {
	audit.Store
	full bool
}

func (s *brittle) Append(ctx context.Context, records []audit.Record, after audit.State) error {
	if s.full {
		return fault.New(fault.LogFull, "disk", nil)
	}
	return s.Store.Append(ctx, records, after)
}

func newWorld(rt *rapid.T, folder string, seen map[string]int) *world {
	w := &world{rt: rt, ctx: context.Background(), folder: folder, clock: clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), writes: map[string]int{}, seen: seen}
	w.open()
	founded, err := w.roster.Found(w.ctx, nowhere{}, [2]people.Founder{
		{Name: "Robin Sample", Role: policy.Technician, Passphrase: "four quiet words here"},
		{Name: "Kim Example", Role: policy.Nursing, Passphrase: "other quiet words here"},
	})
	w.must(err)
	w.who = founded.Signers
	for i := range w.boxes {
		w.boxes[i] = newBox()
		w.boxes[i].serial = string(rune('1' + i))
	}
	return w
}

// nowhere keeps keys nowhere.
type nowhere struct{}

func (nowhere) Save(string, ed25519.PrivateKey, string) error { return nil }
func (nowhere) Remove(string)                                 {}

func (w *world) must(err error) {
	if err != nil {
		w.rt.Fatal(err)
	}
}

func (w *world) open() {
	var err error
	w.db, err = store.Open(w.ctx, w.folder, "test/world", change.Projection(), breakglass.Projection())
	w.must(err)
	w.disk = &brittle{Store: w.db}
	w.log, err = audit.Open(w.ctx, w.disk, w.clock)
	w.must(err)
	w.roster, err = people.Load(w.ctx, w.log)
	w.must(err)
	w.desk = change.NewDesk(w.log, w.db, w.roster, "bench", "test")
	_, err = w.desk.Recover(w.ctx)
	w.must(err)
}

// crash ends the program where it is and starts it again. What was recorded is still there (I7).
func (w *world) crash() {
	before := w.log.Head()
	w.must(w.db.Close())
	w.open()
	hashes, err := w.log.Hashes(w.ctx, before.Size)
	w.must(err)
	var r leaf.Range
	for _, h := range hashes {
		r.Append(h)
	}
	if r.Root() != before.Root {
		w.rt.Fatalf("after a crash the first %d records are others", before.Size)
	}
}

func (w *world) person() *people.Signer { return w.who[rapid.IntRange(0, 1).Draw(w.rt, "person")] }

func (w *world) request() string {
	if len(w.ids) == 0 {
		w.rt.Skip("there is no request")
	}
	return w.ids[rapid.IntRange(0, len(w.ids)-1).Draw(w.rt, "request")]
}

func (w *world) propose(*rapid.T) {
	x := w.boxes[rapid.IntRange(0, 1).Draw(w.rt, "device")]
	x.dead = false
	description, _ := x.Describe(w.ctx)
	snapshot, err := x.Read(w.ctx)
	w.must(err)
	p := change.Proposal{Driver: x.Driver(), Identity: x.Identity(), Description: description, Snapshot: snapshot, Reason: "Ward policy",
		Changes: []drivers.Change{wants("a", int64(rapid.IntRange(0, 99).Draw(w.rt, "a"))), wants("b", int64(rapid.IntRange(0, 99).Draw(w.rt, "b")))}}
	if rapid.Bool().Draw(w.rt, "restore") {
		restoring(&p)
	}
	if r, err := w.desk.Propose(w.ctx, w.person(), p); err == nil {
		w.ids = append(w.ids, r.ID)
	}
}

func (w *world) approve(*rapid.T) {
	by, id := w.person(), w.request()
	agreed, err := w.desk.Compare(w.ctx, by.Person, id, nil)
	if err == nil {
		err = w.desk.Approve(w.ctx, by, agreed)
	}
	r := w.look(id)
	if err == nil && r.Signer.ID == by.ID {
		w.rt.Fatal("somebody approved their own request")
	}
}

func (w *world) look(id string) change.Request {
	r, err := w.desk.Request(w.ctx, id)
	w.must(err)
	return r
}

func (w *world) end(*rapid.T) {
	by, id := w.person(), w.request()
	switch rapid.IntRange(0, 2).Draw(w.rt, "how") {
	case 0:
		_ = w.desk.Withdraw(w.ctx, by, id) // whether it may is what is tested
	case 1:
		_ = w.desk.Refuse(w.ctx, by, id, "no")
	default:
		_ = w.desk.Return(w.ctx, by, id, "edit it")
	}
}

// suspendAndRestore leaves both active: with two people a suspension stops everything.
func (w *world) suspend(*rapid.T) {
	a, b := w.who[0], w.who[1]
	if rapid.Bool().Draw(w.rt, "which") {
		a, b = b, a
	}
	c, err := w.roster.PrepareSuspend(w.ctx, b.Person, "Away", a.Person)
	if err == nil {
		err = w.roster.Complete(w.ctx, c, a)
	}
	if err != nil {
		w.rt.Skip(err)
	}
	for _, id := range w.ids { // whatever was approved with that person is not written now
		_, err := w.desk.Grant(w.ctx, a.Actor(), id, boxes{})
		if err == nil {
			w.rt.Fatal("a suspended person's signature counts")
		}
	}
	c, err = w.roster.PrepareRestore(w.ctx, w.current(b), "Back", [2]people.Person{a.Person, b.Person})
	w.must(err)
	w.must(w.roster.Complete(w.ctx, c, a, b))
}

func (w *world) current(s *people.Signer) people.Person {
	p, err := w.roster.Person(w.ctx, s.ID)
	w.must(err)
	return p
}

func (w *world) wait(*rapid.T) {
	w.clock.Advance(time.Duration(rapid.IntRange(1, 8).Draw(w.rt, "minutes")) * time.Minute)
}

// execute has a request carried out on a device that behaves or not, and lets the power go before, or right after the write.
func (w *world) execute(*rapid.T) {
	id := w.request()
	r := w.look(id)
	x := w.boxes[r.Device.Serial[0]-'1']
	x.dead, x.writes = false, nil
	crash := rapid.IntRange(0, 5).Draw(w.rt, "crash") == 0
	behave := rapid.SampledFrom([]func(*box, drivers.Change) error{nil, nil, nil, refuses, adjusts, dies, takesAndDies}).Draw(w.rt, "behaves")
	at := rapid.IntRange(1, 3).Draw(w.rt, "at")
	x.take = map[int]func(*box, drivers.Change) error{}
	for n := 1; n <= 4; n++ {
		x.take[n] = func(x *box, c drivers.Change) error {
			w.sent(id)
			if crash {
				w.disk.full = true // nothing of what follows is recorded
			}
			if n == at && behave != nil {
				return behave(x, c)
			}
			return holdsNow(x, c, 0)
		}
	}
	auth, err := w.desk.Grant(w.ctx, w.person().Actor(), id, x.Driver())
	if err == nil {
		_, _ = change.Execute(w.ctx, auth, x, nil)
	}
	if crash {
		w.crash()
	}
}

// sent is called by a device when the first byte of a write reaches it: the intent must be durable by then (I3).
func (w *world) sent(id string) {
	rows := 0
	err := w.db.Query(w.ctx, func(into func(...any) error) error {
		rows++
		var state string
		return into(&state)
	}, "SELECT state FROM request WHERE id = ? AND state = 'applying'", id)
	w.must(err)
	if rows != 1 {
		w.rt.Fatal("a byte was sent before the intent was durable")
	}
	w.writes[id]++
	w.seen["writes"]++
}

func (w *world) resolve(*rapid.T) {
	id := w.request()
	x := w.boxes[w.look(id).Device.Serial[0]-'1']
	x.dead, x.writes = false, nil
	_, err := w.desk.Resolve(w.ctx, x, id)
	if len(x.writes) > 0 {
		w.rt.Fatal("resolving wrote")
	}
	if err == nil {
		w.seen["resolved"]++
	}
	if err == nil && w.look(id).Outcome == change.Unknown {
		w.rt.Fatal("what was read is still unknown")
	}
}

// check holds the log against the invariants, counting for itself.
func (w *world) check(*rapid.T) {
	type told struct {
		proposer  string
		approvers []string
		intents   int
	}
	all, suspended := map[string]*told{}, map[string]bool{}
	err := w.log.Each(w.ctx, 0, func(r audit.Record) error {
		id, _ := r.Body.Text("request")
		switch r.Kind {
		case "change.requested":
			all[id] = &told{proposer: r.Actor.ID}
		case "change.approved":
			all[id].approvers = append(all[id].approvers, r.Actor.ID)
		case "change.intent":
			t := all[id]
			t.intents++
			others := slices.DeleteFunc(slices.Clone(t.approvers), func(a string) bool { return a == t.proposer || suspended[a] })
			if t.intents != 1 || len(others) == 0 || suspended[t.proposer] { // I1, I2
				return errors.New("an intent without two active persons, or a second one")
			}
		case "people.suspended", "people.restored":
			for _, s := range w.who {
				if strings.Contains(r.Stmt, "\nperson "+s.ID+" ") {
					suspended[s.ID] = r.Kind == "people.suspended"
				}
			}
		}
		if roster := strings.HasPrefix(r.Kind, "people."); roster && r.Kind != "people.suspended" && strings.Count(r.Stmt, "\n— ") != 2 { // I6
			return errors.New(r.Kind + " by one person")
		}
		return nil
	})
	w.must(err)
	for id, n := range w.writes {
		if all[id] == nil || all[id].intents != 1 {
			w.rt.Fatalf("%d writes of a request with no intent", n)
		}
	}
}

// over lets all time pass: nothing waits for ever (I8), and the log verifies.
func (w *world) over() {
	w.clock.Advance(2 * change.ValidFor)
	all, err := w.desk.Requests(w.ctx)
	w.must(err)
	for _, r := range all {
		if r.State.Open() {
			w.rt.Fatalf("a request is still %s", r.State)
		}
		w.seen[string(r.State)+" "+string(r.Outcome)]++
	}
	_, err = w.log.Verify(w.ctx, w.roster.Check, func(_, _ int64) {})
	w.must(err)
	w.must(w.db.Close())
}

func TestWhateverPeopleDoInWhateverOrderTheInvariantsHold(t *testing.T) {
	checks := "40"
	if raced {
		checks = "8"
	}
	for name, value := range map[string]string{"rapid.checks": checks, "rapid.steps": "80"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		folder, err := os.MkdirTemp(t.TempDir(), "world")
		if err != nil {
			rt.Fatal(err)
		}
		w := newWorld(rt, folder, seen)
		rt.Repeat(map[string]func(*rapid.T){
			"propose": w.propose, "propose again": w.propose, "approve": w.approve, "approve again": w.approve, "end": w.end, "suspend": w.suspend, "wait": w.wait,
			"execute": w.execute, "execute again": w.execute, "resolve": w.resolve, "crash": func(*rapid.T) { w.crash() }, "": w.check,
		})
		w.over()
	})
	t.Log(seen)
	for _, what := range []string{"writes", "done verified", "withdrawn ", "expired "} {
		if seen[what] == 0 && !raced { // in so few worlds something rare may stay out
			t.Errorf("it never came to %q", what)
		}
	}
}
