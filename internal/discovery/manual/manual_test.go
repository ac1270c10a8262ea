package manual_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"countersign/drivers"
	"countersign/internal/discovery"
	"countersign/internal/discovery/manual"
	"countersign/internal/fault"
)

func TestAddressesAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]string{
		"tcp 10.0.0.5:502":           "tcp://10.0.0.5:502",
		"  TCP   pump-3.ward:5020  ": "tcp://pump-3.ward:5020",
		"tcp://[FE80::1%eth0]:502":   "tcp://[fe80::1%eth0]:502",
		"tcp [::1]:0502":             "tcp://[::1]:502",
		"serial /dev/ttyUSB0":        "serial:///dev/ttyUSB0",
		"serial:///dev/pts/7":        "serial:///dev/pts/7",
		"serial com12":               "serial://COM12",
	} {
		ep, err := manual.Parse(text)
		if err != nil || ep.Key() != want || ep.Source != manual.Name || ep.Label == "" {
			t.Errorf("%q: %+v, %v", text, ep, err)
		}
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	for text, want := range map[string]fault.Kind{
		"":                                fault.Unsupported,
		"/dev/ttyUSB0":                    fault.Unsupported,
		"udp 10.0.0.5:502":                fault.Unsupported,
		"tcp":                             fault.BadNumber,
		"tcp 10.0.0.5":                    fault.BadNumber,
		"tcp 10.0.0.5:0":                  fault.BadNumber,
		"tcp 10.0.0.5:65536":              fault.BadNumber,
		"tcp 10.0.0.5:http":               fault.BadNumber,
		"tcp 10.0.0.555:502":              fault.BadNumber,
		"tcp :502":                        fault.BadNumber,
		"tcp pump 3:502":                  fault.BadNumber,
		"tcp -pump:502":                   fault.BadNumber,
		"tcp fe80::1:502":                 fault.BadNumber,
		"tcp " + strings.Repeat("a", 400): fault.BadNumber,
		"serial ttyUSB0":                  fault.BadNumber,
		"serial COM0":                     fault.BadNumber,
		"serial /":                        fault.BadNumber,
		"serial /dev/\x00":                fault.BadNumber,
	} {
		if _, err := manual.Parse(text); !fault.Is(err, want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestWhatIsTypedIsListedUntilItIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := manual.New()
		ctx, cancel := context.WithCancel(t.Context())
		var list []drivers.Endpoint
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, func(now []drivers.Endpoint, _ discovery.Status) { list = now })
		}()
		for _, text := range []string{"tcp 10.0.0.5:502", "serial COM3", "tcp 10.0.0.5:0502"} {
			if _, err := s.Add(text); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if len(list) != 2 || list[0].Address != "10.0.0.5:502" || list[1].Address != "COM3" {
			t.Fatalf("%+v", list)
		}
		if !s.Remove("tcp://10.0.0.5:502") || s.Remove("tcp://10.0.0.5:502") {
			t.Fatal("an endpoint is removed exactly once")
		}
		if _, err := s.Add("nonsense"); err == nil {
			t.Fatal("nonsense was taken")
		}
		synctest.Wait()
		if len(list) != 1 || list[0].Address != "COM3" {
			t.Fatalf("%+v", list)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"tcp 10.0.0.5:502", "serial /dev/ttyUSB0", "tcp://[fe80::1%eth0]:502", "serial COM3", "tcp a.b:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ep, err := manual.Parse(text)
		if err != nil {
			return
		}
		again, err := manual.Parse(ep.Key())
		if err != nil || again.Key() != ep.Key() {
			t.Fatalf("%q became %q, which became %q, %v", text, ep.Key(), again.Key(), err)
		}
		if !discovery.Printable(ep.Address) {
			t.Fatalf("%q", ep.Address)
		}
	})
}
