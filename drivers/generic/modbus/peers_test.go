package modbus_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	foreign "github.com/simonvetter/modbus"

	"countersign/drivers"
	"countersign/drivers/generic/modbus"
)

const python = "/usr/bin/python3" // the distribution's, which has its modules

// pymodbus starts testdata/pymodbus_identity.py and returns its address.
func pymodbus(t *testing.T, args ...string) string {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import pymodbus.server").CombinedOutput(); err != nil {
		t.Skipf("pymodbus is not installed (python3-pymodbus, python3-serial-asyncio): %v %s", err, lastLine(out))
	}
	cmd := exec.CommandContext(t.Context(), python, append([]string{"testdata/pymodbus_identity.py"}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "port ")
	if err != nil || !ok {
		t.Fatalf("the server said %q, %v", line, err)
	}
	return "127.0.0.1:" + port
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// dial opens a Conn over a real socket.
func dial(t *testing.T, address string) drivers.Conn {
	t.Helper()
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn := drivers.NewStream(socket, nil)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// serve puts a simulated unit on a real socket and returns its port.
func serve(t *testing.T, unit *modbus.Unit) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer socket.Close()
				_ = unit.Serve(t.Context(), socket)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// useRoom takes the driver through a conversation with a server that looks like the example isolation room monitor.
func useRoom(t *testing.T, address, serial string) {
	t.Helper()
	device, conn := modbus.IsolationRoom(), dial(t, address)
	id, err := device.Probe(t.Context(), conn)
	if err != nil || id.Serial != serial {
		t.Fatalf("%+v, %v", id, err)
	}
	s, err := device.Open(t.Context(), conn, id)
	if err != nil {
		t.Fatal(err)
	}
	// The server has no register for the room's mode.
	snapshot, err := s.Read(t.Context())
	if err != nil || len(snapshot.Readings) != 7 || fmt.Sprint(snapshot.Unreadable) != "[room.mode]" {
		t.Fatalf("%+v, %v", snapshot, err)
	}
	for id, want := range map[drivers.SettingID]string{"pressure.setpoint": "-15 Pa", "alarm.sound": "on", "hours.run": "777 h"} {
		if got := reads(t, s, id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	if err := write(s, "pressure.setpoint", decimal(-125, 1)); err != nil {
		t.Error(err)
	}
	if err := write(s, "alarm.sound", drivers.Word(drivers.Toggle, "off")); err != nil {
		t.Error(err)
	}
	if got := reads(t, s, "pressure.setpoint") + ", " + reads(t, s, "alarm.sound"); got != "-12.5 Pa, off" {
		t.Errorf("after the writes: %s", got)
	}
	for sample, err := range s.(drivers.Observer).Observe(t.Context()) {
		if err != nil || sample.ID != "pressure" || sample.Value.String() != "-14.6" || !sample.Valid {
			t.Errorf("%+v, %v", sample, err)
		}
		break
	}
}

func TestTheDriverUsesAPymodbusServer(t *testing.T) {
	useRoom(t, pymodbus(t, "RM-0815"), "RM-0815")
}

func TestAPymodbusServerThatIsSomethingElseIsNotMine(t *testing.T) {
	// Its objects are so long that they come in two answers.
	conn := dial(t, pymodbus(t, "RM-0815", strings.Repeat("V", 120)))
	_, err := modbus.IsolationRoom().Probe(t.Context(), conn)
	if err == nil || !strings.Contains(err.Error(), `"`+strings.Repeat("P", 200)+`" of "VVV`) {
		t.Error(err)
	}
}

// handler is a register store behind the foreign server, which has no device identification.
type handler struct {
	mu       sync.Mutex
	holdings map[uint16]uint16
	inputs   map[uint16]uint16
	coil     bool
}

func (h *handler) HandleCoils(r *foreign.CoilsRequest) ([]bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Addr != 0 || r.Quantity != 1 || r.UnitId != 1 {
		return nil, foreign.ErrIllegalDataAddress
	}
	if r.IsWrite {
		h.coil = r.Args[0]
	}
	return []bool{h.coil}, nil
}

func (h *handler) HandleDiscreteInputs(*foreign.DiscreteInputsRequest) ([]bool, error) {
	return []bool{false}, nil
}

func (h *handler) HandleHoldingRegisters(r *foreign.HoldingRegistersRequest) ([]uint16, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, w := range r.Args {
		h.holdings[r.Addr+uint16(i)] = w
	}
	return registers(h.holdings, r.Addr, r.Quantity)
}

func (h *handler) HandleInputRegisters(r *foreign.InputRegistersRequest) ([]uint16, error) {
	return registers(h.inputs, r.Addr, r.Quantity)
}

func registers(store map[uint16]uint16, address, quantity uint16) ([]uint16, error) {
	out := make([]uint16, quantity)
	for i := range out {
		w, ok := store[address+uint16(i)]
		if !ok {
			return nil, foreign.ErrIllegalDataAddress
		}
		out[i] = w
	}
	return out, nil
}

func negative(n int16) uint16 { return uint16(-n) }

func TestTheDriverUsesASimonvetterServer(t *testing.T) {
	h := &handler{
		coil:     true,
		holdings: map[uint16]uint16{0: negative(150), 1: negative(250), 2: negative(50), 3: 30, 4: 60},
		inputs: map[uint16]uint16{
			0: negative(146), 20: 0, 21: 777, 100: 'R'<<8 | 'M', 101: '9' << 8, 102: 0, 103: 0, 104: 0, 105: 0,
			110: '1' << 8, 111: 0, 112: 0, 113: 0, 120: 'E'<<8 | 'X', 121: '-'<<8 | 'R', 122: 'O'<<8 | 'O', 123: 'M' << 8,
		},
	}
	address := freeAddress(t)
	server, err := foreign.NewServer(&foreign.ServerConfiguration{
		URL: "tcp://" + address, Timeout: time.Minute, MaxClients: 2, Logger: log.New(io.Discard, "", 0),
	}, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })

	if _, err := modbus.IsolationRoom().Probe(t.Context(), dial(t, address)); err == nil ||
		!strings.Contains(err.Error(), drivers.ErrNotMine.Error()) {
		t.Errorf("a device without the identification that the map wants: %v", err)
	}
	useUnidentified(t, address)
}

// useUnidentified reads and writes with a map that knows its devices by a register.
func useUnidentified(t *testing.T, address string) {
	t.Helper()
	source := strings.Replace(string(modbus.IsolationRoom().Source()), "vendor  = \"Example Works\"\nproduct = \"EX-ROOM\"\n", "", 1)
	source += "[identity.model]\ntable = \"input\"\naddress = 120\ntype = \"ascii\"\nlength = 7\nexpect = \"EX-ROOM\"\n"
	device, err := modbus.Load("unidentified.toml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, address)
	id, err := device.Probe(t.Context(), conn)
	if err != nil || id.Serial != "RM9" || id.Model != "EX-ROOM" || id.Firmware != "1" || id.Manufacturer != "Example Works" {
		t.Fatalf("%+v, %v", id, err)
	}
	s, err := device.Open(t.Context(), conn, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(s, "pressure.setpoint", decimal(-125, 1)); err != nil {
		t.Error(err)
	}
	if err := write(s, "alarm.sound", drivers.Word(drivers.Toggle, "off")); err != nil {
		t.Error(err)
	}
	if got := reads(t, s, "pressure.setpoint") + ", " + reads(t, s, "alarm.sound"); got != "-12.5 Pa, off" {
		t.Errorf("after the writes: %s", got)
	}
}

// freeAddress returns an address on which nobody listens, for a server that cannot choose one itself.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestASimonvetterClientUsesTheSimulator(t *testing.T) {
	port := serve(t, modbus.NewUnit(modbus.MedicalGasAlarm(), "70001234"))
	c, err := foreign.NewClient(&foreign.ClientConfiguration{URL: "tcp://127.0.0.1:" + port, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetUnitId(1)
	_ = c.SetEncoding(foreign.BIG_ENDIAN, foreign.LOW_WORD_FIRST)
	if n, err := c.ReadUint32(1000, foreign.HOLDING_REGISTER); err != nil || n != 70001234 {
		t.Errorf("serial number %d, %v", n, err)
	}
	if err := c.WriteUint32(42, 3600); err != nil { // function 10
		t.Error(err)
	}
	if n, err := c.ReadUint32(42, foreign.HOLDING_REGISTER); err != nil || n != 3600 {
		t.Errorf("repeat %d, %v", n, err)
	}
	if err := c.WriteRegister(10, 300); err != nil {
		t.Error(err)
	}
	if w, err := c.ReadRegisters(10, 2, foreign.HOLDING_REGISTER); err != nil || fmt.Sprint(w) != "[300 500]" {
		t.Errorf("limits %v, %v", w, err)
	}
	if err := c.WriteCoils(8, []bool{false}); err != nil { // function 0F
		t.Error(err)
	}
	if on, err := c.ReadCoil(8); err != nil || on {
		t.Errorf("coil %v, %v", on, err)
	}
	if err := c.WriteRegister(10, 9000); err != foreign.ErrIllegalDataValue {
		t.Errorf("a value out of range: %v", err)
	}
	if _, err := c.ReadRegister(12, foreign.INPUT_REGISTER); err != foreign.ErrIllegalDataAddress {
		t.Errorf("an address that is not there: %v", err)
	}
}

func TestMbpollUsesTheSimulator(t *testing.T) {
	mbpoll, err := exec.LookPath("mbpoll")
	if err != nil {
		t.Skipf("mbpoll is not installed: %v", err)
	}
	port := serve(t, modbus.NewUnit(modbus.IsolationRoom(), "RM-0042"))
	poll := func(options string, values ...string) string {
		args := append(strings.Fields("-m tcp -1 -0 -o 5 -p "+port+" "+options), "127.0.0.1")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		out, _ := exec.CommandContext(ctx, mbpoll, append(args, values...)...).CombinedOutput()
		return string(out)
	}
	for _, c := range []struct {
		options string
		values  []string
		want    string
	}{
		{"-t 4 -r 0 -c 3", nil, `\[0\]:\s+65386 \(-150\)\s+\[1\]:\s+65286 \(-250\)\s+\[2\]:\s+65486 \(-50\)`},
		{"-t 4 -r 4", []string{"90"}, `Written 1 references`},
		{"-t 4 -r 4", nil, `\[4\]:\s+90`},
		{"-t 0 -r 0", []string{"0"}, `Written 1 references`},
		{"-t 0 -r 0", nil, `\[0\]:\s+0`},
		{"-t 1 -r 0", nil, `\[0\]:\s+0`},
		{"-t 3:int -B -r 20", nil, `\[20\]:\s+12345`},
		{"-t 3:hex -r 100 -c 4", nil, `0x524D\s+\[101\]:\s+0x2D30\s+\[102\]:\s+0x3034\s+\[103\]:\s+0x3200`},
		{"-t 4 -r 4", []string{"7000"}, `Illegal data value`},
		{"-t 4 -r 400", nil, `Illegal data address`},
	} {
		if out := poll(c.options, c.values...); !regexp.MustCompile(c.want).MatchString(out) {
			t.Errorf("mbpoll %s %v, want %s:\n%s", c.options, c.values, c.want, out)
		}
	}
}
