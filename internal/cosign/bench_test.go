package cosign_test

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/oridion/capnostream20"
	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/cosign"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/store"
)

// laptop is one console with its own data folder.
type laptop struct {
	tb      testing.TB
	folder  string
	origin  string
	clock   *clock.Fake
	db      *store.DB
	log     *audit.Log
	roster  *people.Roster
	keys    *people.Keys
	seat    *people.Seat
	desk    *change.Desk
	station *cosign.Station
	signers [2]*people.Signer
}

// pocket keeps keys nowhere: most of these tests are not about key files.
type pocket struct{}

func (pocket) Save(string, ed25519.PrivateKey, string) error { return nil }
func (pocket) Remove(string)                                 {}

var morning = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

const secret = "four quiet words here"

// start opens a console on a folder, as its process does.
func start(tb testing.TB, folder, origin string, at time.Time) *laptop {
	tb.Helper()
	ctx := context.Background()
	l := &laptop{tb: tb, folder: folder, origin: origin, clock: clock.NewFake(at), keys: people.NewKeys(folder + "/keys")}
	var err error
	if l.db, err = store.Open(ctx, folder, origin, change.Projection(), cosign.Projection()); err != nil {
		tb.Fatal(err)
	}
	if l.log, err = audit.Open(ctx, l.db, l.clock); err != nil {
		tb.Fatal(err)
	}
	if l.roster, err = people.Load(ctx, l.log); err != nil {
		tb.Fatal(err)
	}
	l.seat = people.NewSeat(l.roster, l.keys)
	l.desk = change.NewDesk(l.log, l.db, l.roster, origin, "test")
	l.station = cosign.New(l.log, l.db, l.roster, l.keys, l.seat, l.desk, origin)
	return l
}

// stop closes the console; its log must verify.
func (l *laptop) stop() {
	l.tb.Helper()
	if _, err := l.log.Verify(context.Background(), l.roster.Check, func(int64, int64) {}); err != nil {
		l.tb.Errorf("the log of %s does not verify: %v", l.origin, err)
	}
	if err := l.db.Close(); err != nil {
		l.tb.Error(err)
	}
}

func (l *laptop) found(keys people.Keeper, names [2]string) {
	l.tb.Helper()
	founded, err := l.roster.Found(context.Background(), keys, [2]people.Founder{
		{Name: names[0], Role: policy.Technician, Passphrase: secret},
		{Name: names[1], Role: policy.Nursing, Passphrase: secret + " too"},
	})
	if err != nil {
		l.tb.Fatal(err)
	}
	l.signers = founded.Signers
}

// pair returns two founded consoles. Both end with the test.
func pair(tb testing.TB) (one, two *laptop) {
	tb.Helper()
	one = start(tb, tb.TempDir(), "ward/one", morning)
	two = start(tb, tb.TempDir(), "ward/two", morning.Add(40*time.Second))
	one.found(pocket{}, [2]string{"Robin Sample", "Kim Example"})
	two.found(pocket{}, [2]string{"Alex Other", "Sam Further"})
	tb.Cleanup(func() { one.stop(); two.stop() })
	return one, two
}

// request makes the first person request a clinical change, and others that go with it.
func (l *laptop) request(wanted int64) change.Request {
	l.tb.Helper()
	limit := func(id drivers.SettingID, label string) drivers.Setting {
		return drivers.Setting{ID: id, Label: label, Kind: drivers.Integer, Unit: "mm[Hg]", Min: drivers.Int(5), Max: drivers.Int(100),
			Step: drivers.Int(1), Writable: true, Risk: drivers.Clinical}
	}
	r, err := l.desk.Propose(context.Background(), l.signers[0], change.Proposal{
		Driver:      capnostream20.Driver{},
		Identity:    drivers.Identity{Manufacturer: "Oridion", Model: "Capnostream20", Serial: "B355987654", Firmware: "04.55"},
		Description: drivers.Description{Settings: []drivers.Setting{limit("alarm.etco2.high", "EtCO2 high"), limit("alarm.fico2.high", "FiCO2 high")}},
		Snapshot: drivers.NewSnapshot([]drivers.Reading{{ID: "alarm.etco2.high", Value: drivers.IntegerValue(50), Unit: "mm[Hg]"},
			{ID: "alarm.fico2.high", Value: drivers.IntegerValue(8), Unit: "mm[Hg]"}}),
		Changes: []drivers.Change{{Setting: "alarm.etco2.high", Wanted: drivers.IntegerValue(wanted)}, {Setting: "alarm.fico2.high", Wanted: drivers.IntegerValue(9)}},
		Reason:  "Ward policy 2026-14",
	})
	if err != nil {
		l.tb.Fatal(err)
	}
	return r
}

func entries(wanted string) []change.Entry {
	return []change.Entry{{Setting: "alarm.etco2.high", Value: wanted}, {Setting: "alarm.fico2.high", Value: "9"}}
}

func (l *laptop) export(id string) cosign.Package {
	l.tb.Helper()
	p, err := l.station.Export(context.Background(), id)
	if err != nil {
		l.tb.Fatal(err)
	}
	return p
}

func (l *laptop) open(data []byte) cosign.Incoming {
	l.tb.Helper()
	in, err := l.station.Open(context.Background(), data)
	if err != nil {
		l.tb.Fatal(err)
	}
	return in
}

func (l *laptop) trust(in cosign.Incoming) {
	l.tb.Helper()
	if err := l.station.Trust(context.Background(), l.signers[0], in); err != nil {
		l.tb.Fatal(err)
	}
}

// approve lets a person of the other console sign here.
func (l *laptop) approve(in cosign.Incoming, signer *people.Signer, entered []change.Entry) cosign.Package {
	l.tb.Helper()
	agreed, err := l.station.Compare(context.Background(), in, signer.Person, entered)
	if err != nil {
		l.tb.Fatal(err)
	}
	p, err := l.station.Sign(context.Background(), signer, agreed)
	if err != nil {
		l.tb.Fatal(err)
	}
	return p
}

func (l *laptop) take(data []byte) (change.Request, error) {
	return l.station.Take(context.Background(), l.seat.Actor(), data)
}

func mustBe(tb testing.TB, err error, kind fault.Kind) {
	tb.Helper()
	if !fault.Is(err, kind) {
		tb.Errorf("%v instead of %q", err, kind)
	}
}
