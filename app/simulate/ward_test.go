package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/drivers"
	"countersign/drivers/generic/modbus"
	"countersign/drivers/oridion/capnostream20"
	"countersign/drivers/sim"
	"countersign/internal/discovery"
	"countersign/internal/discovery/mdns"
	"countersign/internal/discovery/serialport"
	"countersign/internal/fault"
	"countersign/internal/link"
)

// isProgram makes the test binary be countersign-sim, for tests that need it in a process of its own.
const isProgram = "COUNTERSIGN_SIM_TEST_PROGRAM"

// isConsole makes it be a console that opens this port and keeps it.
const isConsole = "COUNTERSIGN_SIM_TEST_CONSOLE"

func TestMain(m *testing.M) {
	if os.Getenv(isProgram) != "" {
		main()
	}
	if address := os.Getenv(isConsole); address != "" {
		hold(address)
	}
	os.Exit(m.Run())
}

const (
	story   = "B355987654"
	patient = "B355987655"
	room    = "SIM-ROOM-03"
	gas     = "20417"
)

// eventually polls for what the operating system or another process does in its own time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

func bound(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// newFolder names a folder that does not exist yet, with a path short enough for a socket.
func newFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ward")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "w")
}

// newWard opens a ward that announces nothing, and returns what its ward.json says.
func newWard(t *testing.T) (*ward, wardFile) {
	t.Helper()
	w, err := openWard(t.Context(), options{folder: newFolder(t), interfaces: onNone, log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	file, err := w.folder.read()
	if err != nil {
		t.Fatal(err)
	}
	return w, file
}

func entry(t *testing.T, file wardFile, serial string) deviceEntry {
	t.Helper()
	for _, e := range file.Devices {
		if e.Serial == serial {
			return e
		}
	}
	t.Fatalf("no %s in %+v", serial, file)
	return deviceEntry{}
}

func open(t *testing.T, d drivers.Driver, scheme, address string) drivers.Conn {
	t.Helper()
	var line drivers.Line
	if tuned, ok := d.(drivers.Tuned); ok {
		line = tuned.Line()
	}
	conn, err := link.New().Open(bound(t), "the test", drivers.Endpoint{Scheme: scheme, Address: address}, line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func probe(t *testing.T, d drivers.Driver, scheme, address string) (drivers.Conn, drivers.Identity) {
	t.Helper()
	conn := open(t, d, scheme, address)
	id, err := d.Probe(bound(t), conn)
	if err != nil {
		t.Fatalf("probing %s: %v", address, err)
	}
	return conn, id
}

// skipAll is for a read that waits for the end of the line.
func skipAll(data []byte, _ bool) (int, []byte, error) { return len(data), nil, nil }

func order(t *testing.T, w *ward, line string) {
	t.Helper()
	if _, err := send(bound(t), string(w.folder), line); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

func needPorts(t *testing.T) {
	t.Helper()
	if !hasPorts {
		t.Skip("no pseudo-terminals on this operating system")
	}
}

func TestTheWardDescribesItself(t *testing.T) {
	w, file := newWard(t)
	if len(file.Devices) != 4 || !file.Simulated || file.Process != os.Getpid() {
		t.Fatalf("%+v", file)
	}
	for _, e := range file.Devices {
		if !strings.Contains(e.Label, "simulated") || !strings.Contains(e.Label, e.Serial) || e.Announced {
			t.Errorf("%+v", e)
		}
		if host, _, err := net.SplitHostPort(e.TCP); err != nil || host != "127.0.0.1" {
			t.Errorf("%+v", e)
		}
		if serial := strings.HasPrefix(e.Serial, "B"); serial && hasPorts != (e.Scheme == "serial") || !serial && e.Address != e.TCP {
			t.Errorf("%+v", e)
		}
	}
	if info, err := os.Stat(string(w.folder)); err != nil || hasPorts && info.Mode().Perm() != 0o700 {
		t.Fatal(info.Mode(), err)
	}
}

func TestAWardLeavesNothingBehind(t *testing.T) {
	w, _ := newWard(t)
	w.close()
	left := []string{}
	err := filepath.WalkDir(string(w.folder), func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			left = append(left, path)
		}
		return err
	})
	if err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
}

func TestTheConsolesOwnSourceFindsThePorts(t *testing.T) {
	needPorts(t)
	_, file := newWard(t)
	ctx, cancel := context.WithCancel(bound(t))
	source := serialport.NewWith(nil, serialport.Interval, file.Ports)
	var found []string
	_ = source.Run(ctx, func(list []drivers.Endpoint, _ discovery.Status) {
		for _, ep := range list {
			found = append(found, ep.Label)
		}
		cancel()
	})
	if fmt.Sprint(found) != "[bay1-capnostream bay2-capnostream]" {
		t.Fatal(found)
	}
}

func TestTwoConsolesInARowOnOnePort(t *testing.T) {
	needPorts(t)
	_, file := newWard(t)
	address := entry(t, file, story).Address
	for i, wanted := range []int64{45, 47} {
		conn, id := probe(t, capnostream20.Driver{}, "serial", address)
		if id.Serial != story {
			t.Fatalf("%+v", id)
		}
		session, err := capnostream20.Driver{}.Open(bound(t), conn, id)
		if err != nil {
			t.Fatal(err)
		}
		const high = drivers.SettingID("alarm.etco2.high")
		was, err := session.Read(bound(t), high)
		if err != nil {
			t.Fatal(err)
		}
		held := []string{"50", "45"}[i]
		if r, ok := was.Reading(high); !ok || r.Value.String() != held {
			t.Fatalf("it holds %+v, not %s", r, held)
		}
		change := drivers.Change{Setting: high, Wanted: drivers.IntegerValue(wanted)}
		if err := session.(drivers.Writer).Write(bound(t), change); err != nil {
			t.Fatal(err)
		}
		if err := session.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryDeviceAnswersOnLoopbackAgainAndAgain(t *testing.T) {
	_, file := newWard(t)
	for serial, driver := range map[string]drivers.Driver{
		story: capnostream20.Driver{}, patient: capnostream20.Driver{}, room: modbus.IsolationRoom(), gas: modbus.MedicalGasAlarm(),
	} {
		for range 2 {
			conn, id := probe(t, driver, "tcp", entry(t, file, serial).TCP)
			if id.Serial != serial {
				t.Fatalf("%s says it is %+v", serial, id)
			}
			_ = conn.Close()
		}
	}
}

func TestOneDeviceHasAPatient(t *testing.T) {
	_, file := newWard(t)
	for serial, busy := range map[string]bool{story: false, patient: true} {
		conn, id := probe(t, capnostream20.Driver{}, "tcp", entry(t, file, serial).TCP)
		session, err := capnostream20.Driver{}.Open(bound(t), conn, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.(drivers.Interlock).SafeToWrite(bound(t)); errors.Is(err, drivers.ErrInUse) != busy {
			t.Errorf("%s: %v", serial, err)
		}
	}
}

func TestAnUnpluggedDeviceIsGoneAndComesBackUnderItsName(t *testing.T) {
	w, file := newWard(t)
	e := entry(t, file, story)
	conn, _ := probe(t, capnostream20.Driver{}, e.Scheme, e.Address)
	order(t, w, "fault "+story+" unplug")
	if _, err := conn.Receive(bound(t), skipAll); !fault.Is(err, fault.PortGone) {
		t.Fatalf("the console's read ended with %v", err)
	}
	_ = conn.Close()
	for _, ep := range []drivers.Endpoint{{Scheme: e.Scheme, Address: e.Address}, {Scheme: "tcp", Address: e.TCP}} {
		if _, err := link.New().Open(bound(t), "the test", ep, drivers.Line{}); !fault.Is(err, fault.PortGone) {
			t.Fatalf("%s is still there: %v", ep.Key(), err)
		}
	}
	order(t, w, "clear "+story+" unplug")
	probe(t, capnostream20.Driver{}, e.Scheme, e.Address)
	probe(t, capnostream20.Driver{}, "tcp", e.TCP)
}

func TestACableIsPulledAtTheByte(t *testing.T) {
	w, file := newWard(t)
	e := entry(t, file, story)
	conn := open(t, capnostream20.Driver{}, e.Scheme, e.Address)
	order(t, w, "fault "+story+" unplug 7")
	if _, err := (capnostream20.Driver{}).Probe(bound(t), conn); !fault.Is(err, fault.PortGone) {
		t.Fatalf("the probe ended with %v", err)
	}
	eventually(t, "the port is gone", func() bool {
		_, err := os.Lstat(e.Address)
		return errors.Is(err, fs.ErrNotExist) || !hasPorts
	})
	order(t, w, "clear "+story+" unplug")
	probe(t, capnostream20.Driver{}, e.Scheme, e.Address)
}

func TestASwappedUnitSaysAnotherSerialNumber(t *testing.T) {
	w, file := newWard(t)
	for serial, driver := range map[string]drivers.Driver{story: capnostream20.Driver{}, room: modbus.IsolationRoom()} {
		order(t, w, "fault "+serial+" swap")
		if _, id := probe(t, driver, "tcp", entry(t, file, serial).TCP); id.Serial == serial || id.Serial == "" {
			t.Errorf("%+v", id)
		}
		order(t, w, "clear "+serial+" swap")
		if _, id := probe(t, driver, "tcp", entry(t, file, serial).TCP); id.Serial != serial {
			t.Errorf("%+v", id)
		}
	}
}

func TestAnnouncedDevicesAreHeardOnLoopback(t *testing.T) {
	ifis, err := mdns.Loopback()
	if err != nil || len(ifis) == 0 {
		t.Skipf("no loopback interface: %v", err)
	}
	probe, err := net.ListenMulticastUDP("udp4", &ifis[0], &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353})
	if err != nil {
		t.Skipf("no multicast on loopback: %v", err)
	}
	_ = probe.Close()
	name := fmt.Sprintf("test %d", os.Getpid())
	w, err := openWard(t.Context(), options{folder: newFolder(t), interfaces: onLoopback, name: name, log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	file, err := w.folder.read()
	if err != nil || len(file.Interfaces) != 1 || file.Interfaces[0] != ifis[0].Name {
		t.Fatalf("%+v, %v", file, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	registry := discovery.NewRegistry(mdns.New(func() ([]net.Interface, error) { return ifis, nil }, mdns.Repeat))
	go registry.Run(ctx)
	for serial, driver := range map[string]drivers.Driver{room: modbus.IsolationRoom(), gas: modbus.MedicalGasAlarm()} {
		e := entry(t, file, serial)
		eventually(t, serial+" is heard", func() bool {
			for _, f := range registry.List() {
				if f.Address == e.Address && f.Present {
					return e.Announced && strings.Contains(f.Label, "simulated, "+name) && driver.Match(f.Endpoint) == drivers.Likely
				}
			}
			return false
		})
	}
}

func TestAFolderThatIsNotFitForAWardIsRefused(t *testing.T) {
	w, _ := newWard(t)
	shared, file := newFolder(t), newFolder(t)
	if err := errors.Join(os.Mkdir(shared, 0o755), os.Chmod(shared, 0o755), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{string(w.folder): "already running", file: "not a folder"}
	if hasPorts {
		cases[shared] = "open to others"
		cases[newFolder(t)+strings.Repeat("x", maxSocket)] = "too long"
	}
	for folder, want := range cases {
		if _, err := openWard(t.Context(), options{folder: folder, interfaces: onNone, log: quiet()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

// program starts countersign-sim and returns its standard input and what it prints.
func program(t *testing.T, args ...string) (*exec.Cmd, io.WriteCloser, *bufio.Scanner) {
	t.Helper()
	child := exec.CommandContext(t.Context(), executable(t), args...)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	child, lines := start(t, child, isProgram+"=1")
	return child, stdin, lines
}

func executable(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// start starts a child of this test and returns the lines that it prints.
func start(t *testing.T, child *exec.Cmd, env string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	child.Env = append(os.Environ(), env)
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if child.Stdin == nil {
		if _, err := child.StdinPipe(); err != nil {
			t.Fatal(err)
		}
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, bufio.NewScanner(stdout)
}

func TestTheWardStopsWhenItsParentGoes(t *testing.T) {
	dir := newFolder(t)
	child, stdin, lines := program(t, "--ward", dir, "--interfaces", "none", "--quiet", "--with-parent")
	if !lines.Scan() || lines.Text() != "ready "+folder(dir).wardFile() {
		t.Fatalf("it said %q, %v", lines.Text(), lines.Err())
	}
	if _, err := folder(dir).read(); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder(dir).wardFile()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("ward.json was left:", err)
	}
}

func TestAWardThatWasKilledMakesRoomForTheNext(t *testing.T) {
	needPorts(t)
	dir := newFolder(t)
	child, _, lines := program(t, "--ward", dir, "--interfaces", "none", "--quiet")
	if !lines.Scan() {
		t.Fatal(lines.Err())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // says that it was killed
	if _, err := send(bound(t), dir, verbList); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Fatalf("asking the dead: %v", err)
	}
	child, _, lines = program(t, "--ward", dir, "--interfaces", "none", "--quiet")
	if !lines.Scan() {
		t.Fatal(lines.Err())
	}
	if err := child.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestTheProgramExplainsItself(t *testing.T) {
	w, _ := newWard(t)
	dir := string(w.folder)
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--help"}, 0, "a simulated ward"},
		{[]string{"fault", "--help"}, 0, "unplug [N]"},
		{[]string{"--version"}, 0, version},
		{nil, 2, "--ward DIR"},
		{[]string{"--ward", dir, "now"}, 2, `"now" is one word too many`},
		{[]string{"--ward", dir, "--interfaces", "eth0"}, 2, `not "eth0"`},
		{[]string{"--wart", dir}, 2, "-wart"},
		{[]string{"--ward", dir}, 1, "already running"},
		{[]string{"list"}, 2, "--ward DIR"},
		{[]string{"list", "--ward", dir}, 0, "device " + story + " plugged-in Capnostream 20"},
		{[]string{"list", "--ward", dir + "x"}, 1, "no ward is running in " + dir + "x"},
		{[]string{"fault", "--ward", dir, story, "explode"}, 2, `no fault is called "explode"`},
		{[]string{"fault", "--ward", dir, "B1", "swap"}, 1, `no device here has the serial number "B1"`},
		{[]string{"fault", "--ward", dir, story, "clamp", "3"}, 0, ""},
		{[]string{"clear", "--ward", dir, story, "clamp"}, 0, ""},
	} {
		var stdout, stderr bytes.Buffer
		status := run(bound(t), c.args, os.Stdin, &stdout, &stderr)
		said := stdout.String() + stderr.String()
		if status != c.status || !strings.Contains(said, c.says) || c.says == "" && said != "" {
			t.Errorf("%v: status %d, %q", c.args, status, said)
		}
	}
	if sim.Known()[0] != sim.Unplug || len(sim.Known()) != strings.Count(usage[strings.Index(usage, "Faults,"):], "\n  ") {
		t.Error("the help does not name every fault")
	}
}
