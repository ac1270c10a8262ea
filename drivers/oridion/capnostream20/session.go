package capnostream20

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"countersign/drivers"
)

// IDs of the settings that can only be read.
const (
	idUnit        drivers.SettingID = "co2.unit"
	idClock       drivers.SettingID = "clock"
	idSilenced    drivers.SettingID = "alarms.silenced.temporarily"
	idAllSilenced drivers.SettingID = "alarms.silenced.all"
)

// Timing. Numerics come once a second; the monitor expects a sign of life every 5 s.
const (
	numericsTime = 2500 * time.Millisecond
	echoTime     = 1500 * time.Millisecond
	aliveEvery   = 5 * time.Second
	stopTime     = 100 * time.Millisecond
)

type session struct {
	link *link
	unit co2Unit // when the session was opened; the described settings are in it
}

var (
	_ drivers.Session   = (*session)(nil)
	_ drivers.Writer    = (*session)(nil)
	_ drivers.Observer  = (*session)(nil)
	_ drivers.Interlock = (*session)(nil)
	_ drivers.KeepAlive = (*session)(nil)
)

// Describe implements drivers.Session.
func (s *session) Describe(context.Context) (drivers.Description, error) {
	return describe(s.unit), nil
}

// describe tells what a monitor has whose CO2 values are in this unit.
func describe(in co2Unit) (d drivers.Description) {
	for _, l := range limits {
		d.Settings = append(d.Settings, l.setting(in))
	}
	const source = "Capnostream host protocol, D006045C, numerics message"
	d.Settings = append(d.Settings,
		drivers.Setting{ID: idUnit, Label: "CO2 unit", Group: "Monitor", Kind: drivers.Choice, Options: []string{"mmHg", "kPa", "Vol%"}, Risk: drivers.Clinical, Source: source,
			Help: "The unit in which the monitor shows CO2. It is set on the monitor itself."},
		drivers.Setting{ID: idClock, Label: "Clock", Group: "Monitor", Kind: drivers.Instant, Risk: drivers.Operational, Source: source,
			Help: "The monitor's own clock, as it sends it. It is set on the monitor itself."},
		drivers.Setting{ID: idSilenced, Label: "Alarms silenced for now", Group: "Monitor", Kind: drivers.Toggle, Risk: drivers.Clinical, Source: source,
			Help: "Whether somebody silenced the alarm sounds at the monitor for a short time."},
		drivers.Setting{ID: idAllSilenced, Label: "Alarms silenced", Group: "Monitor", Kind: drivers.Toggle, Risk: drivers.Clinical, Source: source,
			Help: "Whether all alarm sounds are silenced at the monitor."},
	)
	d.Measurements = []drivers.Measurement{
		{ID: "etco2", Label: "EtCO2", Unit: in.ucum()}, {ID: "fico2", Label: "FiCO2", Unit: in.ucum()},
		{ID: "rr", Label: "Respiration rate", Unit: "/min"}, {ID: "spo2", Label: "SpO2", Unit: "%"}, {ID: "pulse", Label: "Pulse rate", Unit: "/min"},
	}
	return d
}

// Labels implements drivers.Labeler.
func (Driver) Labels() map[drivers.SettingID]string { return describe(unitMMHg).Labels() }

// Read implements drivers.Session. The limits are believed when two messages in a row agree on them, because single
// messages shifted by a field were seen on real monitors.
func (s *session) Read(ctx context.Context, ids ...drivers.SettingID) (drivers.Snapshot, error) {
	s.link.conn.Discard()
	n, err := s.agreed(ctx)
	if err != nil {
		return drivers.Snapshot{}, err
	}
	readings, unreadable := n.readings()
	if len(ids) == 0 {
		return drivers.NewSnapshot(readings, unreadable...), nil
	}
	var named []drivers.Reading
	for _, r := range readings {
		if slices.Contains(ids, r.ID) {
			named = append(named, r)
		}
	}
	var missing []drivers.SettingID
	for _, id := range ids {
		if !slices.ContainsFunc(named, func(r drivers.Reading) bool { return r.ID == id }) {
			missing = append(missing, id)
		}
	}
	return drivers.NewSnapshot(named, missing...), nil
}

// agreed returns the second of two messages in a row with the same limits.
func (s *session) agreed(ctx context.Context) (numerics, error) {
	previous, err := s.next(ctx)
	for range 4 {
		if err != nil {
			return numerics{}, err
		}
		var n numerics
		if n, err = s.next(ctx); err == nil && n.limitBytes() == previous.limitBytes() {
			return n, nil
		}
		previous = n
	}
	return numerics{}, fmt.Errorf("%w: no two messages agree on the limits", drivers.ErrGarbled)
}

// next returns the next good numerics message that has not been looked at.
func (s *session) next(ctx context.Context) (numerics, error) {
	skipped := s.link.frames.skipped
	body, err := s.link.await(ctx, msgNumerics, numericsTime)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && s.link.frames.skipped > skipped {
		return numerics{}, fmt.Errorf("%w: %d bytes and no message", drivers.ErrGarbled, s.link.frames.skipped-skipped)
	}
	if err != nil {
		return numerics{}, err
	}
	return parseNumerics(body)
}

// Interfaces implements drivers.Session.
func (s *session) Interfaces(context.Context) ([]drivers.Interface, error) {
	return []drivers.Interface{
		{Kind: "serial", Address: "RS-232, DE-9", Protocol: "Capnostream host protocol", Direction: "read and write",
			Authentication: "none", Encryption: "none", Evidence: "answered on it", State: drivers.On},
		{Kind: "USB", Address: "front panel", Protocol: "data export to a memory stick", Direction: "read",
			Authentication: "none", Encryption: "none", Evidence: "from the manufacturer's description, not seen", State: drivers.Unknown},
		{Kind: "nurse call", Address: "rear panel", Protocol: "relay", Direction: "read", Evidence: "not asked: the protocol does not tell", State: drivers.Unknown},
	}, nil
}

// Write implements drivers.Writer. The echo is the acknowledgement; an echo with another value is the monitor's no.
func (s *session) Write(ctx context.Context, c drivers.Change) error {
	l, ok := limitOf(c.Setting)
	if !ok {
		return fmt.Errorf("%w: %w: writing %s", drivers.ErrNotSent, drivers.ErrUnsupported, c.Setting)
	}
	value, err := l.wire(c.Wanted, s.unit)
	if err != nil {
		return fmt.Errorf("%w: %w", drivers.ErrNotSent, err)
	}
	frame, err := encodeSet(l.item, value)
	if err != nil {
		return fmt.Errorf("%w: %w", drivers.ErrNotSent, err)
	}
	s.link.conn.Discard()
	n, err := s.next(ctx)
	if err != nil {
		return fmt.Errorf("%w: nothing was sent: %w", drivers.ErrNotSent, err)
	}
	if n.unit() != s.unit {
		return fmt.Errorf("%w: %w: the monitor now shows CO2 in %s", drivers.ErrNotSent, drivers.ErrUnsupported, n.unit().word())
	}
	if err := s.link.send(ctx, frame); err != nil {
		return err
	}
	return s.echo(ctx, l.item, value)
}

func (s *session) echo(ctx context.Context, item, value byte) error {
	body, err := s.link.await(ctx, msgSetEcho, echoTime)
	switch {
	case err != nil:
		return err
	case len(body) != 3 || body[1] != item:
		return fmt.Errorf("%w: echo % X", drivers.ErrGarbled, body)
	case body[2] != value:
		return fmt.Errorf("%w: it answered %d instead of %d", drivers.ErrRefused, body[2], value)
	}
	return nil
}

// Observe implements drivers.Observer: five samples a second apart, for as long as ctx lasts.
func (s *session) Observe(ctx context.Context) iter.Seq2[drivers.Sample, error] {
	return func(yield func(drivers.Sample, error) bool) {
		s.link.conn.Discard()
		for {
			n, err := s.next(ctx)
			if err == nil {
				err = s.stayAlive(ctx)
			}
			if err != nil {
				if ctx.Err() == nil {
					yield(drivers.Sample{}, err)
				}
				return
			}
			for _, sample := range n.samples(time.Now()) {
				if !yield(sample, nil) {
					return
				}
			}
		}
	}
}

// SafeToWrite implements drivers.Interlock: a monitor that sees breaths or a pulse is on a patient.
func (s *session) SafeToWrite(ctx context.Context) error {
	s.link.conn.Discard()
	n, err := s.next(ctx)
	if err != nil {
		return err
	}
	if n.breathing() {
		return fmt.Errorf("%w: the monitor reports breaths or a pulse", drivers.ErrInUse)
	}
	return nil
}

// KeepAlive implements drivers.KeepAlive.
func (s *session) KeepAlive(ctx context.Context) (time.Duration, error) {
	return aliveEvery, s.link.send(ctx, encode(cmdLinkActive))
}

func (s *session) stayAlive(ctx context.Context) error {
	if time.Since(s.link.said) < aliveEvery-time.Second {
		return nil
	}
	return s.link.send(ctx, encode(cmdLinkActive))
}

// Close implements drivers.Session. The monitor is told, so that it does not raise a communication advisory.
func (s *session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.link.send(ctx, encode(cmdStopLive)) == nil {
		time.Sleep(stopTime) // the manual asks for a pause between the two
		_ = s.link.send(ctx, encode(cmdDisable))
	}
	return s.link.conn.Close()
}
