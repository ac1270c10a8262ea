package drivertest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
	"countersign/drivers/transcript"
)

// ends are the words with which a transcript's header says how its write ends.
var ends = map[string]error{"": nil, "refused": drivers.ErrRefused, "deadline": context.DeadlineExceeded, "unsupported": drivers.ErrUnsupported}

// playsItsWrites opens a session on each write*.transcript, writes what its header says ("write: id value"), closes,
// and demands that the console said exactly what the transcript says.
func playsItsWrites(t *testing.T, c Case) {
	if c.Change.Setting == "" {
		t.Skip("this driver cannot write")
	}
	for _, tr := range Transcripts(t, c.Driver.About().ID, "write") {
		synctest.Test(t, func(t *testing.T) {
			player := transcript.Play(tr, sim.Cable)
			session := open(t, c.Driver, player.Conn())
			id, value, _ := strings.Cut(tr.Headers["write"], " ")
			err := session.(drivers.Writer).Write(t.Context(), change(t, session, drivers.SettingID(id), value))
			if want, known := ends[tr.Headers["ends"]]; !known || !errors.Is(err, want) {
				t.Errorf("%s: the write ended with %v, want %q", tr.Name, err, tr.Headers["ends"])
			}
			if err := session.Close(); err != nil {
				t.Errorf("%s: %v", tr.Name, err)
			}
			if err := player.Close(tr); err != nil {
				t.Error(err)
			}
		})
	}
}

func change(t *testing.T, s drivers.Session, id drivers.SettingID, value string) drivers.Change {
	t.Helper()
	description, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	setting, ok := description.Setting(id)
	if !ok {
		t.Fatalf("there is no setting %q", id)
	}
	wanted, err := drivers.ParseValue(setting.Kind, value)
	if err != nil {
		t.Fatal(err)
	}
	return drivers.Change{Setting: id, Wanted: wanted}
}

// open probes and opens, and fails the test when either does.
func open(t *testing.T, d drivers.Driver, conn drivers.Conn) drivers.Session {
	t.Helper()
	t.Cleanup(func() { conn.Close() }) // a check that ends early must not leave the bubble with readers in it
	id, err := d.Probe(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	session, err := d.Open(t.Context(), conn, id)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// withUnit opens a session on a simulated unit in a bubble.
func withUnit(t *testing.T, c Case, use func(*testing.T, sim.Device, drivers.Session)) {
	synctest.Test(t, func(t *testing.T) {
		unit := c.Unit()
		session := open(t, c.Driver, sim.Connect(t.Context(), unit))
		use(t, unit, session)
		session.Close()
	})
}

// tap hears what a driver sends.
type tap struct {
	drivers.Conn
	mu   sync.Mutex
	sent [][]byte
}

func (t *tap) Send(ctx context.Context, frame []byte) error {
	t.mu.Lock()
	t.sent = append(t.sent, slices.Clone(frame))
	t.mu.Unlock()
	return t.Conn.Send(ctx, frame)
}

func probingOnlyReads(t *testing.T, c Case) {
	synctest.Test(t, func(t *testing.T) {
		conn := &tap{Conn: sim.Connect(t.Context(), c.Unit())}
		defer conn.Close()
		if _, err := c.Driver.Probe(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if len(conn.sent) == 0 {
			t.Error("nothing was sent, so nothing was shown")
		}
		for _, frame := range conn.sent {
			if !c.ProbeOnly(frame) {
				t.Errorf("probing sent % X", frame)
			}
		}
	})
}

var ucum = regexp.MustCompile(`^[!-~]+$`)

func settingsAreSound(t *testing.T, c Case) {
	withUnit(t, c, func(t *testing.T, _ sim.Device, s drivers.Session) {
		description, err := s.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, canWrite := s.(drivers.Writer)
		seen := map[drivers.SettingID]bool{}
		for _, setting := range description.Settings {
			if problem := unsound(setting, description, canWrite); problem != "" {
				t.Errorf("%s: %s", setting.ID, problem)
			}
			if seen[setting.ID] {
				t.Errorf("%s is described twice", setting.ID)
			}
			seen[setting.ID] = true
		}
	})
}

func unsound(s drivers.Setting, d drivers.Description, canWrite bool) string {
	_, hasPartner := d.Setting(s.Below)
	switch {
	case s.ID == "" || s.Label == "" || s.Group == "" || s.Help == "" || s.Source == "":
		return "ID, label, group, help and source must not be empty"
	case s.Kind.Numeric() && !ucum.MatchString(s.Unit):
		return "a number needs a UCUM unit"
	case s.Kind.Numeric() && s.Writable && s.Min.Cmp(s.Max) >= 0:
		return "the range is empty"
	case s.Kind.Numeric() && s.Writable && !s.Max.OnStep(s.Min, s.Step):
		return "the step does not divide the range"
	case s.Kind == drivers.Choice && len(s.Options) < 2:
		return "a choice needs two options"
	case s.Writable && !canWrite:
		return "writable, but the session is no Writer"
	case s.Below != "" && !hasPartner:
		return "must be below a setting that does not exist"
	case s.SafeDirection != drivers.NoDirection && (!s.Kind.Numeric() || !s.Writable):
		return "a safe direction is for numbers that can be written"
	case s.SafeDirection < drivers.NoDirection || s.SafeDirection > drivers.Higher:
		return "a safe direction that does not exist"
	}
	return ""
}

func readsWhatItDescribes(t *testing.T, c Case) {
	withUnit(t, c, func(t *testing.T, _ sim.Device, s drivers.Session) {
		description, err := s.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range description.Settings {
			r, ok := all.Reading(setting.ID)
			if !ok && !slices.Contains(all.Unreadable, setting.ID) {
				t.Errorf("%s is neither read nor unreadable", setting.ID)
			}
			if ok && setting.Kind.Numeric() && r.Unit != setting.Unit {
				t.Errorf("%s is described in %s and read in %s", setting.ID, setting.Unit, r.Unit)
			}
		}
		one := description.Settings[0].ID
		if got, err := s.Read(t.Context(), one); err != nil || len(got.Readings)+len(got.Unreadable) != 1 {
			t.Errorf("reading one setting: %+v, %v", got, err)
		}
		if interfaces, err := s.Interfaces(t.Context()); err != nil || len(interfaces) == 0 {
			t.Errorf("no interface is told: %v", err)
		}
	})
}

// obeysItsContext cancels in the middle of every kind of exchange with a device that has gone silent.
func obeysItsContext(t *testing.T, c Case) {
	exchanges := map[string]func(context.Context, drivers.Session) error{
		"read": func(ctx context.Context, s drivers.Session) error { _, err := s.Read(ctx); return err },
		"write": func(ctx context.Context, s drivers.Session) error {
			if c.Change.Setting == "" {
				<-ctx.Done()
				return ctx.Err()
			}
			return s.(drivers.Writer).Write(ctx, c.Change)
		},
		"observe": func(ctx context.Context, s drivers.Session) error {
			if o, ok := s.(drivers.Observer); ok {
				for range o.Observe(ctx) {
				}
			}
			<-ctx.Done()
			return ctx.Err()
		},
	}
	for name, exchange := range exchanges {
		withUnit(t, c, func(t *testing.T, unit sim.Device, s drivers.Session) {
			if err := unit.Faults().Set(sim.Silence, 1); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, cancel)
			start := time.Now()
			if err := exchange(ctx, s); !errors.Is(err, context.Canceled) {
				t.Errorf("%s ended with %v", name, err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s went on for %v after the cancellation", name, took)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		near, far := sim.Cable()
		go listen(far)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		conn := drivers.NewStream(near, nil)
		if _, err := c.Driver.Probe(ctx, conn); !errors.Is(err, context.Canceled) {
			t.Errorf("probe ended with %v", err)
		}
		conn.Close()
	})
}

// listen is a device that hears everything and never answers.
func listen(far io.Reader) { _, _ = io.Copy(io.Discard, far) }

// survivesNoise probes something that talks nonsense without a pause.
func survivesNoise(t *testing.T, c Case) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			near, far := sim.Cable()
			random := rand.New(rand.NewPCG(seed, 1))
			var talking sync.WaitGroup
			talking.Go(func() { listen(far) })
			talking.Go(func() {
				for chunk := make([]byte, 97); ; time.Sleep(50 * time.Millisecond) {
					for i := range chunk {
						chunk[i] = byte(random.Uint32())
					}
					if _, err := far.Write(chunk); err != nil {
						return
					}
				}
			})
			conn := drivers.NewStream(near, nil)
			if id, err := c.Driver.Probe(t.Context(), conn); err == nil {
				t.Errorf("noise was taken for %+v", id)
			}
			conn.Close()
			talking.Wait()
		})
	}
}
