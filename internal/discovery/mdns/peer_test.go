//go:build linux

package mdns

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grandcat/zeroconf"
	"github.com/miekg/dns"

	"countersign/drivers"
	"countersign/internal/discovery"
)

// These tests meet Avahi, a responder that others wrote, over a cable of their own: two network namespaces with one
// virtual cable between them. Avahi has one of them, this test's program as another process the other.

const (
	avahiAddress = "198.51.100.1" // for documentation, and in the namespaces only
	ourAddress   = "198.51.100.2"
	patience     = 30 * time.Second // for what should take a second or five
)

// childRole makes the test binary be one of roles.
const childRole = "COUNTERSIGN_MDNS_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := roles()[role](ctx, cancel, &reporter{to: json.NewEncoder(os.Stdout)}); err != nil && ctx.Err() == nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// event is one line that a child writes.
type event struct {
	What      string             // "sees", "round", "announced", "silent", "listening", "packet"
	State     discovery.State    // sees: the source's
	Trouble   string             // sees: the status's error; round: the round's
	Endpoints []drivers.Endpoint // sees
	Answers   int                // round: those with an IPv4 address
	Query     bool               // packet: not a response
	Names     []string           // packet: those it asks for
}

type reporter struct {
	mu sync.Mutex
	to *json.Encoder
}

func (r *reporter) say(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.to.Encode(e) // a parent that is gone ends this process by closing its input
}

// roles are what a child can be. It ends with its input.
func roles() map[string]func(context.Context, context.CancelFunc, *reporter) error {
	return map[string]func(context.Context, context.CancelFunc, *reporter) error{
		"look":            beSource(Types()),
		"look for Modbus": beSource(Types()[:1]), // because a round for one type is short
		"announce":        beAnnouncer,
		"listen":          beListener,
	}
}

// beSource runs a source that may look nowhere until it reads "allow".
func beSource(types []Type) func(context.Context, context.CancelFunc, *reporter) error {
	return func(ctx context.Context, cancel context.CancelFunc, r *reporter) error {
		var allowed atomic.Bool
		s := New(func() ([]net.Interface, error) {
			if !allowed.Load() {
				return nil, nil
			}
			return Usable()
		}, Repeat)
		s.types = types
		s.browse = func(ctx context.Context, ifi net.Interface, service string, found func(*zeroconf.ServiceEntry)) error {
			answers := 0
			err := browse(ctx, ifi, service, func(e *zeroconf.ServiceEntry) {
				if len(e.AddrIPv4) > 0 {
					answers++
				}
				found(e)
			})
			r.say(event{What: "round", Answers: answers, Trouble: text(err)})
			return err
		}
		go func() {
			defer cancel()
			for in := bufio.NewScanner(os.Stdin); in.Scan(); {
				switch in.Text() {
				case "allow":
					allowed.Store(true)
				case "rescan":
					s.Rescan()
				}
			}
		}()
		return s.Run(ctx, func(list []drivers.Endpoint, status discovery.Status) {
			r.say(event{What: "sees", State: status.State, Trouble: text(status.Err), Endpoints: list})
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func ward() Service {
	return Service{
		Instance: `Schleuse Süd, Tür 2.1`, Type: "_mbap._tcp", Host: "schleuse-2", IPs: []string{ourAddress}, Port: 15020,
		TXT: map[string]string{"product": "EX-ROOM", "note": `a\b`},
	}
}

// beAnnouncer announces until it reads a line.
func beAnnouncer(ctx context.Context, _ context.CancelFunc, r *reporter) error {
	ifis, err := Usable()
	if err != nil {
		return err
	}
	a, err := Announce(ctx, ward(), ifis)
	if err != nil {
		return err
	}
	defer a.Shutdown()
	r.say(event{What: "announced"})
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	a.Shutdown()
	r.say(event{What: "silent"})
	for in.Scan() {
	}
	return nil
}

// beListener tells of every packet to the groups of multicast DNS.
func beListener(_ context.Context, cancel context.CancelFunc, r *reporter) error {
	ifis, err := Usable()
	if err != nil || len(ifis) != 1 {
		return fmt.Errorf("one interface is needed: %v %w", ifis, err)
	}
	for network, group := range map[string]string{"udp4": "224.0.0.251", "udp6": "ff02::fb"} {
		c, err := net.ListenMulticastUDP(network, &ifis[0], &net.UDPAddr{IP: net.ParseIP(group), Port: 5353})
		if err != nil {
			return err
		}
		go func() {
			for buf := make([]byte, 65536); ; {
				n, _, err := c.ReadFrom(buf)
				if err != nil {
					return
				}
				var m dns.Msg
				heard := event{What: "packet", Trouble: text(m.Unpack(buf[:n])), Query: !m.Response}
				for _, q := range m.Question {
					heard.Names = append(heard.Names, q.Name)
				}
				r.say(heard)
			}
		}()
	}
	r.say(event{What: "listening"})
	_, err = io.Copy(io.Discard, os.Stdin)
	cancel()
	return err
}

// cable joins two new network namespaces, and returns their names: Avahi's and ours. They are deleted with the test.
func cable(t *testing.T, tools ...string) (avahis, ours string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may make network namespaces")
	}
	for _, tool := range append([]string{"ip"}, tools...) {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("a tool is missing: %v", err)
		}
	}
	id := rand.Uint64()
	avahis, ours = fmt.Sprintf("countersign-%016x-a", id), fmt.Sprintf("countersign-%016x-b", id)
	ip := func(args ...string) error {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	for _, ns := range []string{avahis, ours} {
		if err := ip("netns", "add", ns); err != nil {
			t.Skipf("no network namespaces here: %v", err)
		}
		t.Cleanup(func() {
			if err := ip("netns", "delete", ns); err != nil {
				t.Error(err)
			}
		})
	}
	if err := ip("-n", avahis, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", ours); err != nil {
		t.Fatal(err)
	}
	for ns, address := range map[string]string{avahis: avahiAddress, ours: ourAddress} {
		if err := errors.Join(
			ip("-n", ns, "link", "set", "lo", "up"),
			ip("-n", ns, "address", "add", address+"/24", "dev", "eth0"),
			ip("-n", ns, "link", "set", "eth0", "up"),
			ip("-n", ns, "route", "add", "224.0.0.0/4", "dev", "eth0"),
		); err != nil {
			t.Fatal(err)
		}
	}
	return avahis, ours
}

// process is a program in a namespace. What a test waits for are lines of its output.
type process struct {
	name  string
	input io.Writer
	lines chan string
	seen  []string // by the test
}

// start runs a program until the test ends. One that ends with its input must then report success; the others are killed.
func start(t *testing.T, ns string, env []string, endsWithInput bool, program ...string) *process {
	t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns}, program...)...) // which becomes the program
	cmd.Env = append(os.Environ(), env...)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{name: filepath.Base(program[0]), input: input, lines: make(chan string, 1024)}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = input.Close()
		kill := func() { _ = cmd.Process.Kill() }
		if !endsWithInput {
			kill()
		}
		defer time.AfterFunc(patience, kill).Stop()
		for line := range p.lines {
			p.seen = append(p.seen, line)
		}
		if err := cmd.Wait(); err != nil && endsWithInput {
			t.Errorf("%s: %v\n%s", p.name, err, strings.Join(p.seen, "\n"))
		}
	})
	return p
}

// child runs this test's program in a role.
func child(t *testing.T, ns, role string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skipf("this program cannot be started again: %v", err)
	}
	return start(t, ns, []string{childRole + "=" + role}, true, self)
}

// next returns the next line within some time. No line within it is no error.
func (p *process) next(t *testing.T, within <-chan time.Time) (line string, ok bool) {
	t.Helper()
	select {
	case line, ok = <-p.lines:
		if !ok {
			t.Fatalf("%s ended:\n%s", p.name, strings.Join(p.seen, "\n"))
		}
		p.seen = append(p.seen, line)
		return line, true
	case <-within:
		return "", false
	}
}

// until reads lines until one is it.
func (p *process) until(t *testing.T, what string, it func(line string) bool) {
	t.Helper()
	for limit := time.After(patience); ; {
		line, ok := p.next(t, limit)
		if !ok {
			t.Fatalf("%s: not within %s: %s; it said:\n%s", p.name, patience, what, strings.Join(p.seen, "\n"))
		}
		if it(line) {
			return
		}
	}
}

// untilEvent is until, for a child.
func (p *process) untilEvent(t *testing.T, what string, it func(event) bool) {
	t.Helper()
	p.until(t, what, func(line string) bool {
		var e event
		return json.Unmarshal([]byte(line), &e) == nil && it(e)
	})
}

func (p *process) untilWord(t *testing.T, word string) {
	t.Helper()
	p.until(t, word, func(line string) bool { return strings.Contains(line, word) })
}

func (p *process) tell(t *testing.T, command string) {
	t.Helper()
	if _, err := io.WriteString(p.input, command+"\n"); err != nil {
		t.Fatal(err)
	}
}

// Avahi's programs find each other over a D-Bus socket with an abstract name, which is the namespace's alone.
const (
	busAddress = "unix:abstract=countersign-test"
	busConfig  = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>` + busAddress + `</listen><auth>EXTERNAL</auth><policy context="default">
<allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`
	avahiConfig = "[server]\nhost-name=avahis-host\n[publish]\npublish-workstation=no\npublish-hinfo=no\n"
	// The daemon has its settings, its services and its socket in fixed places, so it gets a view of the files of its
	// own; and a number space of processes of its own, so that none outlives the first.
	avahiScript = `mount --bind "$0" /etc/avahi && mount -t tmpfs none /run && mkdir /run/avahi-daemon &&
dbus-daemon --config-file=/etc/avahi/bus.conf --fork --nopidfile && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits`
)

// avahi runs a daemon that publishes these files, and returns it and their folder when it has started.
func avahi(t *testing.T, ns string, files map[string]string) (daemon *process, services string) {
	t.Helper()
	if info, err := os.Stat("/etc/avahi"); err != nil || !info.IsDir() {
		t.Skipf("no folder of Avahi's settings to put others in the place of: %v", err)
	}
	dir := t.TempDir()
	services = filepath.Join(dir, "services")
	all := map[string]string{"avahi-daemon.conf": avahiConfig, "bus.conf": busConfig, "hosts": ""}
	for name, content := range files {
		all[filepath.Join("services", name)] = content
	}
	if err := os.Mkdir(services, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	daemon = start(t, ns, []string{"DBUS_SYSTEM_BUS_ADDRESS=" + busAddress}, false,
		"unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", avahiScript, dir)
	daemon.untilWord(t, "Server startup complete")
	return daemon, services
}

const room = `<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>Isolierzimmer Süd 3</name><service><type>_mbap._tcp</type><port>1502</port>
<txt-record>product=EX-ROOM</txt-record><txt-record>Ort=Süd, 2. Stock</txt-record></service></service-group>`

// The last part records a limit: a goodbye is not heard, so what is gone stays listed until it has missed its rounds.
func TestAServiceThatAvahiPublishesIsFound(t *testing.T) {
	t.Parallel()
	avahis, ours := cable(t, "unshare", "dbus-daemon", "avahi-daemon")
	daemon, services := avahi(t, avahis, map[string]string{"room.service": room})
	daemon.untilWord(t, "successfully established")

	want := drivers.Endpoint{Scheme: "tcp", Address: avahiAddress + ":1502", Label: "Isolierzimmer Süd 3", Source: Name, Facts: map[string]string{
		"mdns.type": "_mbap._tcp", "mdns.host": "avahis-host.local", "mdns.txt.product": "EX-ROOM", "mdns.txt.ort": "Süd, 2. Stock",
	}}
	source := child(t, ours, "look for Modbus")
	source.tell(t, "allow")
	found, answered, missed := false, 0, 0
	follow := func(e event) {
		if e.Trouble != "" {
			t.Fatalf("%+v", e)
		}
		if e.What == "round" {
			if missed++; e.Answers > 0 {
				answered++
				missed = 0
			}
			source.tell(t, "rescan")
		}
		// Avahi answers over IPv6 too, in any order. Once the IPv4 address is known, that must not replace it.
		if len(e.Endpoints) > 0 && (found || isIPv4(e.Endpoints[0])) {
			if found = true; fmt.Sprint(e.Endpoints) != fmt.Sprint([]drivers.Endpoint{want}) {
				t.Fatalf("%+v, want %+v", e.Endpoints, want)
			}
		}
	}
	source.untilEvent(t, "three rounds are answered", func(e event) bool { follow(e); return found && answered >= 3 })

	if err := os.Remove(filepath.Join(services, "room.service")); err != nil {
		t.Fatal(err)
	}
	daemon.untilWord(t, "vanished, removing services")
	source.untilEvent(t, "it is gone", func(e event) bool { follow(e); return e.What == "sees" && len(e.Endpoints) == 0 })
	if missed < maxMissed {
		t.Fatalf("dropped after %d rounds without an answer", missed)
	}
}

func TestWhatTheWardAnnouncesAvahiSees(t *testing.T) {
	t.Parallel()
	avahis, ours := cable(t, "unshare", "dbus-daemon", "avahi-daemon", "avahi-browse")
	avahi(t, avahis, nil)
	browser := start(t, avahis, []string{"DBUS_SYSTEM_BUS_ADDRESS=" + busAddress, "LC_ALL=C.UTF-8"}, false,
		"avahi-browse", "--resolve", "--parsable", "--no-db-lookup", "_mbap._tcp")

	announcer := child(t, ours, "announce")
	announcer.untilEvent(t, "the announcement", func(e event) bool { return e.What == "announced" })
	s := ward()
	listed := map[string]bool{} // by protocol
	follow := func(line string) (fields []string) {
		fields = strings.SplitN(line, ";", 10)
		if len(fields) >= 6 && unescape(fields[3]) == s.Instance {
			switch fields[0] {
			case "+":
				listed[fields[2]] = true
			case "-":
				delete(listed, fields[2])
			}
		}
		return fields
	}
	browser.until(t, "the service is resolved", func(line string) bool {
		fields := follow(line)
		if len(fields) != 10 || fields[0] != "=" || fields[2] != "IPv4" {
			return false
		}
		txt := strings.Split(strings.Trim(fields[9], `"`), `" "`)
		slices.Sort(txt)
		got := fmt.Sprint(fields[1], unescape(fields[3]), fields[4:9], txt)
		if want := fmt.Sprint("eth0", s.Instance, []string{s.Type, "local", s.Host + ".local", ourAddress, fmt.Sprint(s.Port)},
			[]string{`note=a\\b`, `product=EX-ROOM`}); got != want {
			t.Fatalf("\n%s, want\n%s", got, want)
		}
		return true
	})

	announcer.tell(t, "shut down")
	announcer.untilEvent(t, "the end of the announcement", func(e event) bool { return e.What == "silent" })
	browser.until(t, "it is gone", func(line string) bool {
		follow(line)
		return len(listed) == 0
	})
}

func TestNothingIsSentWhileNobodyAllowedIt(t *testing.T) {
	t.Parallel()
	theirs, ours := cable(t)
	listener := child(t, theirs, "listen")
	listener.untilEvent(t, "listening", func(e event) bool { return e.What == "listening" })
	source := child(t, ours, "look")
	source.untilEvent(t, "quiet", func(e event) bool { return e.What == "sees" && e.State == discovery.Quiet })
	if line, ok := listener.next(t, time.After(3*time.Second)); ok {
		t.Fatalf("heard %s", line)
	}

	source.tell(t, "allow")
	wanted := map[string]bool{}
	for _, typ := range Types() {
		wanted[typ.Name+".local."] = true
	}
	listener.untilEvent(t, "each type is asked for", func(e event) bool {
		if e.What != "packet" || e.Trouble != "" || !e.Query {
			t.Fatalf("heard %+v", e)
		}
		for _, name := range e.Names {
			delete(wanted, name)
		}
		return len(wanted) == 0
	})
}
