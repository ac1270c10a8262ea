package modbus

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"countersign/drivers"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answersMade are frames as pymodbus 3.0.0 writes them.
var answersMade = []string{
	"00 07 00 00 00 09 01 03 06 ff 6a ff 06 ff ce",
	"00 07 00 00 00 05 01 01 02 0d 01",
	"00 07 00 00 00 06 01 06 00 07 10 e1",
	"00 07 00 00 00 06 01 05 00 08 ff 00",
	"00 07 00 00 00 06 01 10 00 2a 00 02",
	"00 07 00 00 00 03 01 83 02",
	"00 07 00 00 00 25 01 2b 0e 01 83 00 00 03 00 0d 45 78 61 6d 70 6c 65 20 57 6f 72 6b 73 01 07 45 58 2d 52 4f 4f 4d 02 03 31 2e 30",
}

// requestsMade are frames as mbpoll 1.4.11 and pymodbus 3.0.0 write them.
var requestsMade = []string{
	"00 01 00 00 00 06 01 03 00 00 00 03",
	"00 01 00 00 00 06 01 01 00 00 00 02",
	"00 01 00 00 00 06 01 03 00 2a 00 02",
	"00 01 00 00 00 06 01 06 00 07 10 e1",
	"00 01 00 00 00 08 01 0f 00 00 00 03 01 05",
	"00 07 00 00 00 0b 01 10 00 2a 00 02 04 03 84 00 00",
	"00 07 00 00 00 08 01 0f 00 00 00 03 01 05",
	"00 07 00 00 00 05 01 2b 0e 01 00",
}

func TestRequestsAreWhatOtherImplementationsWrite(t *testing.T) {
	for _, c := range []struct {
		made string
		want adu
	}{
		{requestsMade[0], adu{1, 1, two(readHolding, 0, 3)}},
		{requestsMade[1], adu{1, 1, two(readCoils, 0, 2)}},
		{requestsMade[3], adu{1, 1, two(writeRegister, 7, 4321)}},
		{"00 01 00 00 00 06 01 03 00 00 00 0A", adu{1, 1, two(readHolding, 0, 10)}},
		{requestsMade[len(requestsMade)-3], adu{7, 1, manyRegisters(42, pack(nil, 900, 0))}},
		{requestsMade[len(requestsMade)-1], adu{7, 1, []byte{encapsulated, identification, basicIdentification, 0}}},
	} {
		if got := c.want.bytes(); !bytes.Equal(got, unhex(t, c.made)) {
			t.Errorf("got % x, the others write %s", got, c.made)
		}
	}
}

func TestAFrameIsCutWhereItEnds(t *testing.T) {
	for _, made := range answersMade {
		frame := unhex(t, made)
		for cut := range frame {
			if n, token, err := split(frame[:cut], false); n != 0 || token != nil || err != nil {
				t.Fatalf("%d bytes of %s: %d, % x, %v", cut, made, n, token, err)
			}
		}
		n, token, err := split(append(bytes.Clone(frame), 0, 8), false)
		if n != len(frame) || !bytes.Equal(token, frame) || err != nil {
			t.Errorf("%s: %d, % x, %v", made, n, token, err)
		}
		if a := parse(token); a.transaction != 7 || a.unit != 1 || !bytes.Equal(a.bytes(), frame) {
			t.Errorf("%s: read as %+v", made, a)
		}
	}
}

func TestAHeaderThatIsNotModbusIsGarbled(t *testing.T) {
	for name, header := range map[string]string{
		"another protocol":   "48 54 54 50",
		"length of nought":   "00 01 00 00 00 00",
		"a unit and no more": "00 01 00 00 00 01",
		"longer than a PDU":  "00 01 00 00 00 ff",
	} {
		if n, token, err := split(unhex(t, header), false); !errors.Is(err, drivers.ErrGarbled) || n != 0 || token != nil {
			t.Errorf("%s: %d, % x, %v", name, n, token, err)
		}
	}
}

func TestExceptionsMeanWhatTheConsoleNeedsToKnow(t *testing.T) {
	for code, want := range map[byte]error{
		illegalFunction: drivers.ErrUnsupported, illegalAddress: drivers.ErrRefused, illegalValue: drivers.ErrRefused,
		deviceFailure: drivers.ErrRefused, busy: drivers.ErrRefused, noGatewayPath: drivers.ErrRefused,
	} {
		if err := check([]byte{readHolding}, []byte{readHolding | failed, code}); !errors.Is(err, want) {
			t.Errorf("exception %02X is %v", code, err)
		}
	}
	for _, code := range []byte{acknowledged, gatewaySilent} {
		err := check([]byte{writeRegister}, []byte{writeRegister | failed, code})
		if err == nil || errors.Is(err, drivers.ErrRefused) || errors.Is(err, drivers.ErrUnsupported) {
			t.Errorf("after exception %02X the write's fate is open, but it is %v", code, err)
		}
	}
	if err := check([]byte{readHolding}, []byte{readInput, 2, 0, 0}); !errors.Is(err, drivers.ErrGarbled) {
		t.Errorf("an answer to another function is %v", err)
	}
}

func TestAnIdentificationIsBounded(t *testing.T) {
	head := []byte{encapsulated, identification, basicIdentification, 1}
	for name, rest := range map[string][]byte{
		"an object cut off":       {0, 0, 1, 0, 5, 'a'},
		"fewer objects than said": {0, 0, 2, 0, 1, 'a'},
		"bytes after the last":    {0, 0, 1, 0, 1, 'a', 'b'},
		"the same object twice":   {0, 0, 2, 0, 1, 'a', 0, 1, 'b'},
		"more without an object":  {moreFollows, 1, 0},
		"more that starts again":  {moreFollows, 0, 1, 0, 1, 'a'},
		"no number of objects":    {0, 0},
		"too many objects in all": append([]byte{0, 0, 65}, manyObjects(65)...),
	} {
		id := identity{objects: map[byte]string{}}
		if _, _, err := id.add(append(bytes.Clone(head), rest...), 0); !errors.Is(err, drivers.ErrGarbled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func manyObjects(n int) (b []byte) {
	for i := range n {
		b = append(b, byte(i), 1, 'x')
	}
	return b
}

func FuzzFrames(f *testing.F) {
	for _, made := range append(append([]string{}, answersMade...), requestsMade...) {
		f.Add(unhex(f, made))
	}
	f.Add(unhex(f, "01 03 00 00 00 0A C5 CD")) // RTU, which this is not
	f.Add(unhex(f, "01 06 00 07 10 E1 F5 83"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for len(data) > 0 {
			n, token, err := split(data, true)
			if err != nil || token == nil {
				return
			}
			a := parse(token)
			if n != len(token) || !bytes.Equal(a.bytes(), data[:n]) {
				t.Fatalf("% x was read as %+v", data[:n], a)
			}
			id := identity{objects: map[byte]string{}}
			if _, _, err := id.add(a.pdu, 0); err == nil && len(id.objects) > maxObjects {
				t.Fatalf("%d objects", len(id.objects))
			}
			for _, quantity := range []uint16{1, maxReadRegisters, maxReadBits} {
				if d, err := readData(a.pdu, quantity); err == nil && len(d) == 0 {
					t.Fatal("a read of something brought nothing")
				}
			}
			data = data[n:]
		}
	})
}

func FuzzASimulatedUnitAnswersEveryRequest(f *testing.F) {
	for _, made := range requestsMade {
		f.Add(unhex(f, made)[headerSize+1:])
	}
	f.Fuzz(func(t *testing.T, pdu []byte) {
		if len(pdu) == 0 || len(pdu) > maxPDU {
			return
		}
		answer := NewUnit(IsolationRoom(), "4711").answer(pdu)
		if len(answer) < 2 || len(answer) > maxPDU || answer[0]&^failed != pdu[0]&^failed {
			t.Fatalf("% x was answered % x", pdu, answer)
		}
	})
}
