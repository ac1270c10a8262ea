package identify_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/internal/fault"
	"countersign/internal/identify"
	"countersign/internal/link"
)

// driver claims a device that answers "ID" with its own name. Everything else is not its.
type driver struct {
	id     string
	match  drivers.Confidence
	baud   int
	breaks error  // what Probe says once it has its answer
	panics bool   // Probe falls over instead
	serial string // "42" unless given
	waits  bool   // Probe waits for as long as it may
}

func (d driver) About() drivers.About                      { return drivers.About{ID: d.id} }
func (d driver) Match(drivers.Endpoint) drivers.Confidence { return d.match }
func (d driver) Line() drivers.Line {
	return drivers.Line{Baud: d.baud, Bits: 8, Parity: 'N', StopBits: 1}
}
func (d driver) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	return nil, drivers.ErrUnsupported
}

func (d driver) Probe(ctx context.Context, c drivers.Conn) (drivers.Identity, error) {
	if err := c.Send(ctx, []byte("ID\n")); err != nil {
		return drivers.Identity{}, err
	}
	patience := time.Second
	if d.waits {
		patience = time.Hour
	}
	reply, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := c.Receive(reply, bufio.ScanLines)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return drivers.Identity{}, drivers.ErrNotMine
	case err != nil:
		return drivers.Identity{}, err
	case d.breaks != nil:
		return drivers.Identity{}, d.breaks
	case d.panics:
		panic("index out of range")
	case string(answer) != d.id:
		return drivers.Identity{}, fmt.Errorf("%w: %q answered", drivers.ErrNotMine, answer)
	}
	return drivers.Identity{Model: string(answer), Serial: cmp.Or(d.serial, "42")}, nil
}

// bench is a device on a pipe, and what was done to its port.
type bench struct {
	answer string // "" is silence
	hangUp bool   // after the first question
	fails  error  // of opening
	log    []string
	open   int
}

type benchConn struct {
	*drivers.Stream
	b    *bench
	gone bool
}

func (c *benchConn) Close() error {
	if !c.gone {
		c.gone = true
		c.b.open--
		c.b.log = append(c.b.log, "close")
	}
	return c.Stream.Close()
}

func (b *bench) Open(_ context.Context, ep drivers.Endpoint, line drivers.Line) (drivers.Conn, error) {
	b.log = append(b.log, fmt.Sprintf("open %d", line.Baud))
	if b.fails != nil {
		return nil, b.fails
	}
	b.open++
	console, device := net.Pipe()
	go func() {
		defer func() { _ = device.Close() }()
		for questions := bufio.NewScanner(device); questions.Scan(); {
			if b.hangUp {
				return
			}
			if b.answer != "" {
				fmt.Fprintln(device, b.answer)
			}
		}
	}()
	retune := func(l drivers.Line) error {
		b.log = append(b.log, fmt.Sprintf("retune %d", l.Baud))
		return nil
	}
	return &benchConn{Stream: drivers.NewStream(console, retune), b: b}, nil
}

func candidates(list ...driver) []identify.Candidate {
	var all []identify.Candidate
	for _, d := range list {
		all = append(all, identify.Candidate{Driver: d, Confidence: drivers.Maybe})
	}
	return all
}

var (
	serial = drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyUSB0"}
	tcp    = drivers.Endpoint{Scheme: "tcp", Address: "10.0.0.5:502"}
)

func TestCandidatesAreSortedByConfidence(t *testing.T) {
	var got []string
	for _, c := range identify.Candidates(serial, []drivers.Driver{
		driver{id: "d", match: drivers.Maybe}, driver{id: "c", match: drivers.No}, driver{id: "b", match: drivers.Certain},
		driver{id: "a", match: drivers.Maybe}, driver{id: "e", match: drivers.Likely},
	}) {
		got = append(got, c.Driver.About().ID+" "+c.Confidence.String())
	}
	if want := "b certain, e likely, a maybe, d maybe"; strings.Join(got, ", ") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestTheDriverThatClaimsTheDeviceGetsItsConn(t *testing.T) {
	for ep, log := range map[string]string{
		"serial": "open 9600, retune 19200, retune 38400",
		"tcp":    "open 9600, close, open 19200, close, open 38400",
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &bench{answer: "pump"}
			list := candidates(driver{id: "monitor", baud: 9600}, driver{id: "meter", baud: 19200}, driver{id: "pump", baud: 38400}, driver{id: "late"})
			got, err := identify.Identify(t.Context(), b.Open, drivers.Endpoint{Scheme: ep, Address: "x"}, list)
			if err != nil || got.Driver.About().ID != "pump" || got.Identity.Serial != "42" {
				t.Fatalf("%+v, %v", got, err)
			}
			if strings.Join(b.log, ", ") != log {
				t.Fatalf("%s: %v", ep, b.log)
			}
			if err := got.Conn.Send(t.Context(), []byte("ID\n")); err != nil {
				t.Fatal("the Conn cannot be used:", err)
			}
			if again, err := got.Conn.Receive(t.Context(), bufio.ScanLines); err != nil || string(again) != "pump" {
				t.Fatal(string(again), err)
			}
			_ = got.Conn.Close()
		})
	}
}

func TestWhyNobodyClaimedIt(t *testing.T) {
	busy := fault.Newf(fault.PortBusy, serial.Address, "held by Pump 3")
	for name, c := range map[string]struct {
		bench bench
		list  []driver
		want  fault.Kind
		asked string // "" when it does not matter
	}{
		"no candidate":             {bench{answer: "pump"}, nil, fault.NotMine, ""},
		"something else answered":  {bench{answer: "toaster"}, []driver{{id: "pump"}, {id: "meter"}}, fault.NotMine, "pump, meter"},
		"nothing answered":         {bench{}, []driver{{id: "pump"}, {id: "meter"}}, fault.Silent, "pump, meter"},
		"a driver ran out of time": {bench{}, []driver{{id: "pump", waits: true}, {id: "meter"}}, fault.Silent, "as pump"},
		"a garbled answer stops":   {bench{answer: "x"}, []driver{{id: "pump", breaks: drivers.ErrGarbled}, {id: "x"}}, fault.Garbled, "as pump"},
		"a refusal stops":          {bench{answer: "x"}, []driver{{id: "pump", breaks: drivers.ErrRefused}, {id: "x"}}, fault.Refused, ""},
		"a device in use stops":    {bench{answer: "x"}, []driver{{id: "pump", breaks: drivers.ErrInUse}, {id: "x"}}, fault.InUse, ""},
		"an old model stops":       {bench{answer: "x"}, []driver{{id: "pump", breaks: drivers.ErrUnsupported}, {id: "x"}}, fault.Unsupported, ""},
		"a hang-up stops":          {bench{hangUp: true}, []driver{{id: "pump"}, {id: "x"}}, fault.PortGone, ""},
		"a busy port stops":        {bench{fails: busy}, []driver{{id: "pump"}, {id: "x"}}, fault.PortBusy, "Pump 3"},
		"a driver's mistake":       {bench{answer: "x"}, []driver{{id: "pump", breaks: errors.New("nil map")}}, fault.Internal, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, ep := range []drivers.Endpoint{serial, tcp} {
				synctest.Test(t, func(t *testing.T) {
					b := c.bench
					got, err := identify.Identify(t.Context(), b.Open, ep, candidates(c.list...))
					if !fault.Is(err, c.want) || got.Conn != nil || !strings.Contains(err.Error(), c.asked) {
						t.Fatalf("%+v, %v", got, err)
					}
					if b.open != 0 {
						t.Fatalf("left open: %v", b.log)
					}
				})
			}
		})
	}
}

func TestOneCandidateHasTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := identify.Identify(t.Context(), (&bench{}).Open, serial, candidates(driver{id: "pump", waits: true}))
		if !fault.Is(err, fault.Silent) || time.Since(start) != identify.ProbeTime {
			t.Fatalf("%s, %v", time.Since(start), err)
		}
	})
}

func TestAPersonCanStopTheSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		b := &bench{}
		_, err := identify.Identify(ctx, b.Open, serial, candidates(driver{id: "pump", waits: true}, driver{id: "meter"}))
		if !fault.Is(err, fault.Cancelled) || b.open != 0 {
			t.Fatalf("%v, %v", err, b.log)
		}
	})
}

func TestTheNextCandidateDoesNotHearOldAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{answer: "pump\nmeter"} // an answer and something more
		got, err := identify.Identify(t.Context(), b.Open, serial, candidates(driver{id: "monitor"}, driver{id: "pump"}))
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Conn.Close()
	})
}

func TestIdentifyOverARealLink(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				for questions := bufio.NewScanner(c); questions.Scan(); {
					fmt.Fprintln(c, "pump")
				}
			}()
		}
	}()
	o := link.New()
	ep := drivers.Endpoint{Scheme: "tcp", Address: l.Addr().String()}
	got, err := identify.Identify(t.Context(), o.By("identify"), ep, candidates(driver{id: "monitor"}, driver{id: "pump"}))
	if err != nil || got.Identity.Model != "pump" {
		t.Fatalf("%+v, %v", got, err)
	}
	if holder, _ := o.Holder(ep); holder != "identify" {
		t.Fatalf("held by %q", holder)
	}
	if err := got.Conn.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAnIdentityThatCannotBeShownIsRefused(t *testing.T) {
	for _, serial := range []string{"1\n2", "1\x1b[2J", "1\u202e2", "1\xff", strings.Repeat("1", 201)} {
		b := &bench{answer: "a"}
		_, err := identify.Identify(t.Context(), b.Open, drivers.Endpoint{Scheme: "serial"}, []identify.Candidate{{Driver: driver{id: "a", serial: serial}}})
		if !fault.Is(err, fault.Garbled) || len(err.Error()) > 500 || strings.ContainsAny(err.Error(), "\n\x1b\u202e") {
			t.Errorf("%.20q: %v", serial, err)
		}
		if b.open != 0 {
			t.Error("the port stays open")
		}
	}
}

func TestADriverThatFallsOverEndsTheSearchAndNotTheConsole(t *testing.T) {
	b := &bench{answer: "a"}
	_, err := identify.Identify(t.Context(), b.Open, drivers.Endpoint{Scheme: "serial"}, []identify.Candidate{{Driver: driver{id: "a", panics: true}}})
	if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "index out of range") || b.open != 0 {
		t.Errorf("%v, %d open", err, b.open)
	}
}
