package discovery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// script is a source that a test drives: each function it is given runs inside Run.
type script struct {
	name  string
	steps chan func(emit func([]drivers.Endpoint, discovery.Status)) error
}

func newScript(name string) *script {
	return &script{name, make(chan func(func([]drivers.Endpoint, discovery.Status)) error)}
}

func (s *script) Name() string { return s.name }

func (s *script) Run(ctx context.Context, emit func([]drivers.Endpoint, discovery.Status)) error {
	for {
		select {
		case step := <-s.steps:
			if err := step(emit); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *script) sees(list ...drivers.Endpoint) {
	s.steps <- func(emit func([]drivers.Endpoint, discovery.Status)) error {
		emit(list, discovery.Status{State: discovery.Running})
		return nil
	}
	synctest.Wait()
}

func (s *script) fails(err error) {
	s.steps <- func(func([]drivers.Endpoint, discovery.Status)) error { return err }
	synctest.Wait()
}

func port(n int, facts ...string) drivers.Endpoint {
	ep := drivers.Endpoint{Scheme: "serial", Address: fmt.Sprintf("/dev/ttyUSB%d", n), Facts: map[string]string{}}
	for i := 0; i+1 < len(facts); i += 2 {
		ep.Facts[facts[i]] = facts[i+1]
	}
	return ep
}

// run starts a registry in a bubble and stops it at the end.
func run(t *testing.T, test func(t *testing.T, r *discovery.Registry, a, b *script)) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newScript("a"), newScript("b")
		r := discovery.NewRegistry(a, b)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		synctest.Wait()
		test(t, r, a, b)
		cancel()
		<-done
		for _, s := range r.Sources() {
			if s.State != discovery.Stopped || s.Endpoints != 0 {
				t.Errorf("after the end: %+v", s)
			}
		}
		for _, f := range r.List() {
			if f.Present {
				t.Errorf("%s is present without a source", f.Key())
			}
		}
	})
}

func woken(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestAnEndpointThatIsGoneIsKeptAndFlagged(t *testing.T) {
	run(t, func(t *testing.T, r *discovery.Registry, a, _ *script) {
		first := time.Now()
		a.sees(port(0), port(1))
		time.Sleep(time.Minute)
		changed := r.Changed()
		a.sees(port(1))
		if !woken(changed) {
			t.Fatal("nobody was told")
		}
		list := r.List()
		if len(list) != 2 || list[0].Present || !list[1].Present {
			t.Fatalf("%+v", list)
		}
		if !list[0].LastSeen.Equal(first) || !list[1].LastSeen.Equal(first.Add(time.Minute)) || !list[1].FirstSeen.Equal(first) {
			t.Fatalf("times: %+v", list)
		}
		time.Sleep(time.Minute)
		a.sees(port(0), port(1))
		if back := r.List()[0]; !back.Present || !back.FirstSeen.Equal(first) {
			t.Fatalf("back again: %+v", back)
		}
	})
}

func TestSeeingTheSameAgainWakesNobody(t *testing.T) {
	run(t, func(t *testing.T, r *discovery.Registry, a, _ *script) {
		a.sees(port(0, "usb.vid", "0403"))
		changed := r.Changed()
		a.sees(port(0, "usb.vid", "0403"))
		if woken(changed) {
			t.Fatal("woken for nothing")
		}
		a.sees(port(0, "usb.vid", "1a79"))
		if !woken(changed) || r.List()[0].Facts["usb.vid"] != "1a79" {
			t.Fatal("another adapter on the same port went unnoticed")
		}
	})
}

func TestSourcesAreMergedByKey(t *testing.T) {
	run(t, func(t *testing.T, r *discovery.Registry, a, b *script) {
		typed := port(0, "usb.vid", "from b", "note", "bed 4")
		typed.Label = "Bed 4"
		b.sees(typed)
		a.sees(port(0, "usb.vid", "from a"))
		list := r.List()
		if len(list) != 1 || strings.Join(list[0].Sources, " ") != "a b" {
			t.Fatalf("%+v", list)
		}
		if f := list[0]; f.Label != "Bed 4" || f.Facts["usb.vid"] != "from a" || f.Facts["note"] != "bed 4" {
			t.Fatalf("%+v", f)
		}
		a.sees()
		f := r.List()[0]
		if !f.Present || strings.Join(f.Sources, " ") != "b" || f.Facts["usb.vid"] != "from b" {
			t.Fatalf("one source still sees it: %+v", f)
		}
		b.sees()
		if f := r.List()[0]; f.Present || strings.Join(f.Sources, " ") != "b" {
			t.Fatalf("nobody sees it: %+v", f)
		}
	})
}

func TestAFailedSourceTakesItsEndpointsAndComesBack(t *testing.T) {
	run(t, func(t *testing.T, r *discovery.Registry, a, b *script) {
		a.sees(port(0))
		b.sees(port(1))
		broken := errors.New("no more ports")
		for _, rest := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			a.fails(broken)
			if s := r.Sources()[0]; s.State != discovery.Failed || !errors.Is(s.Err, broken) || s.Endpoints != 0 {
				t.Fatalf("%+v", s)
			}
			if list := r.List(); list[0].Present || !list[1].Present {
				t.Fatalf("%+v", list)
			}
			time.Sleep(rest*time.Second - time.Nanosecond)
			if s := r.Sources()[0]; s.State != discovery.Failed {
				t.Fatalf("started again before %d s", rest)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if s := r.Sources()[0]; s.State != discovery.Running || s.Err != nil {
				t.Fatalf("not started again after %d s: %+v", rest, s)
			}
		}
		time.Sleep(time.Minute) // a good run
		a.fails(broken)
		time.Sleep(time.Second)
		synctest.Wait()
		a.sees(port(0))
		if !r.List()[0].Present {
			t.Fatal("not back after one second")
		}
	})
}

func TestANetworkCannotFillTheMemoryWithGoneEndpoints(t *testing.T) {
	run(t, func(t *testing.T, r *discovery.Registry, a, b *script) {
		b.sees(port(-1))
		for n := range 3000 {
			a.sees(port(n))
			time.Sleep(time.Second)
		}
		list := r.List()
		if len(list) != 2002 { // 2000 gone, the last one and b's
			t.Fatalf("%d kept", len(list))
		}
		for _, f := range list {
			if f.Address == "/dev/ttyUSB0" {
				t.Fatal("the longest gone one was kept")
			}
		}
	})
}

func BenchmarkTwoThousandEndpoints(b *testing.B) {
	list := make([]drivers.Endpoint, 2000)
	for n := range list {
		list[n] = port(n, "usb.vid", "0403", "usb.pid", "6001", "usb.serial", fmt.Sprint(n))
	}
	s := newScript("a")
	r := discovery.NewRegistry(s)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go r.Run(ctx)
	for b.Loop() {
		done := make(chan struct{})
		s.steps <- func(emit func([]drivers.Endpoint, discovery.Status)) error {
			emit(list, discovery.Status{State: discovery.Running})
			close(done)
			return nil
		}
		<-done
		if len(r.List()) != len(list) {
			b.Fatal("some are missing")
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"PACS Lübeck", "a\x00b\x1b[31m", "abc\u202edef", "\xff\xfe", strings.Repeat("é", 300), " a \t b\n"} {
		f.Add(seed, 255)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = int(uint(limit) % 300)
		got := discovery.Clean(text, limit)
		if len(got) > limit || !utf8.ValidString(got) || !discovery.Printable(got) {
			t.Fatalf("%q", got)
		}
		if again := discovery.Clean(got, limit); again != got {
			t.Fatalf("%q became %q", got, again)
		}
	})
}

func TestCleanTextKeepsItsWords(t *testing.T) {
	for in, want := range map[string]string{
		"PACS Lübeck":          "PACS Lübeck",
		"Pump\t#1\r\n":         "Pump #1",
		"safe\u202eexe.txt":    "safeexe.txt",
		"\x1b[31mred":          "[31mred",
		"zero\u200bwidth \xff": "zerowidth",
	} {
		if got := discovery.Clean(in, 255); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := discovery.Clean("éé", 3); got != "é" {
		t.Errorf("cut inside a character: %q", got)
	}
}
