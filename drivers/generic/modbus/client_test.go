package modbus

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"countersign/drivers"
	"countersign/drivers/sim"
)

// scripted starts a device that answers each request with what reply returns for it.
func scripted(t *testing.T, reply func(request adu) []byte) (*client, *[]adu) {
	t.Helper()
	near, far := sim.Cable()
	var heard []adu
	go func() {
		frames := bufio.NewScanner(far)
		frames.Split(split)
		for frames.Scan() {
			request := parse(bytes.Clone(frames.Bytes()))
			heard = append(heard, request)
			if _, err := far.Write(reply(request)); err != nil {
				return
			}
		}
	}()
	conn := drivers.NewStream(near, nil)
	t.Cleanup(func() { conn.Close() })
	return &client{conn: conn, unit: 1, transaction: sessionTransactions}, &heard
}

func TestALateAnswerToAnEarlierRequestIsSkipped(t *testing.T) {
	c, _ := scripted(t, func(r adu) []byte {
		late := adu{r.transaction - 1, r.unit, []byte{readHolding, 2, 0xBA, 0xD0}}
		right := adu{r.transaction, r.unit, []byte{readHolding, 2, 0, 7}}
		return append(late.bytes(), right.bytes()...)
	})
	if data, err := c.read(t.Context(), readHolding, 0, 1); err != nil || !bytes.Equal(data, []byte{0, 7}) {
		t.Errorf("% x, %v", data, err)
	}
}

func TestOnlyLateAnswersAreGarbledInTheEnd(t *testing.T) {
	c, _ := scripted(t, func(r adu) []byte {
		return bytes.Repeat(adu{r.transaction - 1, r.unit, []byte{readHolding, 2, 0, 0}}.bytes(), maxLate)
	})
	if _, err := c.read(t.Context(), readHolding, 0, 1); !errors.Is(err, drivers.ErrGarbled) {
		t.Error(err)
	}
}

func TestAnAnswerThatDoesNotFitTheRequestIsGarbled(t *testing.T) {
	for name, reply := range map[string]func(adu) adu{
		"another unit":     func(r adu) adu { return adu{r.transaction, 2, []byte{readHolding, 2, 0, 0}} },
		"another function": func(r adu) adu { return adu{r.transaction, 1, []byte{readInput, 2, 0, 0}} },
		"too little":       func(r adu) adu { return adu{r.transaction, 1, []byte{readHolding, 0}} },
		"too much":         func(r adu) adu { return adu{r.transaction, 1, []byte{readHolding, 4, 0, 0, 0, 0}} },
		"a wrong count":    func(r adu) adu { return adu{r.transaction, 1, []byte{readHolding, 3, 0, 0}} },
	} {
		c, _ := scripted(t, func(r adu) []byte { return reply(r).bytes() })
		if _, err := c.read(t.Context(), readHolding, 0, 1); !errors.Is(err, drivers.ErrGarbled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, _ := scripted(t, func(r adu) []byte { return adu{r.transaction, 1, two(writeRegister, 5, 8)}.bytes() })
	if err := c.write(t.Context(), two(writeRegister, 5, 7)); !errors.Is(err, drivers.ErrGarbled) {
		t.Errorf("another echo: %v", err)
	}
}

func TestABusyDeviceIsAskedAgainAFewTimes(t *testing.T) {
	for _, busyFor := range []int{2, 100} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			c, _ := scripted(t, func(r adu) []byte {
				if asked++; asked <= busyFor {
					return adu{r.transaction, 1, []byte{writeRegister | failed, busy}}.bytes()
				}
				return r.bytes()
			})
			err := c.write(t.Context(), two(writeRegister, 5, 7))
			if busyFor < busyTries && (err != nil || asked != busyFor+1) {
				t.Errorf("busy %d times: asked %d times, %v", busyFor, asked, err)
			}
			if busyFor > busyTries && (!errors.Is(err, drivers.ErrRefused) || asked != busyTries) {
				t.Errorf("always busy: asked %d times, %v", asked, err)
			}
			c.conn.Close()
		})
	}
}

func TestAWriteWithoutAnAnswerIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, heard := scripted(t, func(adu) []byte { return nil })
		err := c.write(t.Context(), two(writeRegister, 5, 7))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, drivers.ErrRefused) {
			t.Error(err)
		}
		c.conn.Close()
		synctest.Wait()
		if len(*heard) != 1 {
			t.Errorf("%d requests were sent", len(*heard))
		}
	})
}

func TestAnIdentificationInSeveralAnswersIsPutTogether(t *testing.T) {
	c, heard := scripted(t, func(r adu) []byte {
		object := r.pdu[3]
		pdu := []byte{encapsulated, identification, basicIdentification, 1, moreFollows, object + 1, 1, object, 2, 'a' + object, ' '}
		if object == revisionObject {
			pdu[4], pdu[5] = 0, 0
		}
		return adu{r.transaction, 1, pdu}.bytes()
	})
	id, err := c.identify(t.Context())
	if err != nil || fmt.Sprint(id.objects) != "map[0:a 1:b 2:c]" || len(id.raw) != 33 || len(*heard) != 3 {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestADeviceThatNeverEndsItsIdentificationIsStopped(t *testing.T) {
	c, heard := scripted(t, func(r adu) []byte {
		object := r.pdu[3]
		return adu{r.transaction, 1, []byte{encapsulated, identification, 1, 1, moreFollows, object + 1, 1, object, 1, 'x'}}.bytes()
	})
	if _, err := c.identify(t.Context()); !errors.Is(err, drivers.ErrGarbled) || len(*heard) > maxObjects+1 {
		t.Errorf("after %d requests: %v", len(*heard), err)
	}
}

// stall lets n bytes from the device through and then nothing.
type stall struct {
	io.ReadWriteCloser
	left int
}

func (s *stall) Write(p []byte) (int, error) {
	through := min(len(p), s.left)
	s.left -= through
	if _, err := s.ReadWriteCloser.Write(p[:through]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func TestACancelInTheMiddleOfAnyExchangeReturnsAtOnceAndLeavesNothing(t *testing.T) {
	device := IsolationRoom()
	work := map[string]func(context.Context, drivers.Conn) error{
		"probe": func(ctx context.Context, conn drivers.Conn) error {
			_, err := device.Probe(ctx, conn)
			return err
		},
		"read": func(ctx context.Context, conn drivers.Conn) error {
			s, _ := device.Open(ctx, conn, drivers.Identity{})
			_, err := s.Read(ctx)
			return err
		},
		"write": func(ctx context.Context, conn drivers.Conn) error {
			s, _ := device.Open(ctx, conn, drivers.Identity{})
			return s.(drivers.Writer).Write(ctx, drivers.Change{Setting: "door.delay", Wanted: drivers.IntegerValue(90)})
		},
		"observe": func(ctx context.Context, conn drivers.Conn) error {
			s, _ := device.Open(ctx, conn, drivers.Identity{})
			for _, err := range s.(drivers.Observer).Observe(ctx) {
				if err != nil {
					return err
				}
			}
			return ctx.Err()
		},
	}
	for name, do := range work {
		for passed := range 130 {
			synctest.Test(t, func(t *testing.T) {
				near, far := sim.Cable()
				conn := drivers.NewStream(near, nil)
				go NewUnit(device, "1").Serve(t.Context(), &stall{far, passed})
				ctx, cancel := context.WithCancel(t.Context())
				start, cancelled := time.Now(), false
				time.AfterFunc(300*time.Millisecond, func() { cancelled = true; cancel() })
				err := do(ctx, conn)
				if took := time.Since(start); took > 300*time.Millisecond {
					t.Errorf("%s after %d bytes: returned after %s", name, passed, took)
				}
				if cancelled && !errors.Is(err, context.Canceled) {
					t.Errorf("%s after %d bytes: %v", name, passed, err)
				}
				cancel()
				conn.Close()
			}) // the bubble fails if a goroutine is left
		}
	}
}
