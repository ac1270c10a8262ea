package modbus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"countersign/drivers"
)

// pollEvery is how often Observe asks for the measurements.
const pollEvery = time.Second

// session is a conversation with one device of a map.
type session struct {
	device *Map
	client *client
}

var (
	_ drivers.Writer   = (*session)(nil)
	_ drivers.Observer = (*session)(nil)
)

// Describe implements drivers.Session. It comes from the map and sends nothing.
func (s *session) Describe(context.Context) (drivers.Description, error) {
	d := s.device.description
	d.Settings, d.Measurements = slices.Clone(d.Settings), slices.Clone(d.Measurements)
	return d, nil
}

// Read implements drivers.Session. Registers that the device does not have, or that hold a number for which the map
// has no word, are Unreadable. A number outside the map's range is a reading like any other: it is what was found.
func (s *session) Read(ctx context.Context, ids ...drivers.SettingID) (drivers.Snapshot, error) {
	wanted, err := s.settings(ids)
	if err != nil {
		return drivers.Snapshot{}, err
	}
	points := make([]point, len(wanted))
	for i, setting := range wanted {
		points[i] = s.device.points[setting.ID]
	}
	found, err := s.client.fetch(ctx, points)
	if err != nil {
		return drivers.Snapshot{}, err
	}
	var readings []drivers.Reading
	var unreadable []drivers.SettingID
	for i, setting := range wanted {
		raw, ok := found[setting.ID]
		if !ok {
			unreadable = append(unreadable, setting.ID)
			continue
		}
		value, err := points[i].decode(raw)
		if err != nil {
			unreadable = append(unreadable, setting.ID)
			continue
		}
		readings = append(readings, drivers.Reading{ID: setting.ID, Value: value, Unit: setting.Unit, Raw: raw})
	}
	return drivers.NewSnapshot(readings, unreadable...), nil
}

// settings returns the named settings once each, or all of them when none is named.
func (s *session) settings(ids []drivers.SettingID) ([]drivers.Setting, error) {
	if len(ids) == 0 {
		return s.device.description.Settings, nil
	}
	var out []drivers.Setting
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		setting, ok := s.device.description.Setting(id)
		if !ok {
			return nil, fmt.Errorf("%w: reading %s", drivers.ErrUnsupported, id)
		}
		out = append(out, setting)
	}
	return out, nil
}

// Write implements drivers.Writer with one function 05, 06 or 10. A value that the map does not allow is
// ErrUnsupported and ErrNotSent.
func (s *session) Write(ctx context.Context, change drivers.Change) error {
	setting, ok := s.device.description.Setting(change.Setting)
	if !ok || !setting.Writable {
		return fmt.Errorf("%w: %w: writing %s", drivers.ErrNotSent, drivers.ErrUnsupported, change.Setting)
	}
	if err := setting.Check(change.Wanted); err != nil {
		return fmt.Errorf("%w: %w: writing %s: %w", drivers.ErrNotSent, drivers.ErrUnsupported, change.Setting, err)
	}
	at := s.device.points[setting.ID]
	registers, err := at.encode(change.Wanted)
	if err != nil {
		return fmt.Errorf("%w: %w: %w", drivers.ErrNotSent, drivers.ErrUnsupported, err)
	}
	return s.client.write(ctx, at.request(registers))
}

// Observe implements drivers.Observer: every measurement, once a second. A measurement that the device refuses, or
// whose number means nothing, is a sample that is not valid.
func (s *session) Observe(ctx context.Context) iter.Seq2[drivers.Sample, error] {
	return func(yield func(drivers.Sample, error) bool) {
		tick := time.NewTicker(pollEvery)
		defer tick.Stop()
		for {
			samples, err := s.measure(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(drivers.Sample{}, err)
				return
			}
			for _, sample := range samples {
				if !yield(sample, nil) {
					return
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (s *session) measure(ctx context.Context) ([]drivers.Sample, error) {
	measurements := s.device.description.Measurements
	points := make([]point, len(measurements))
	for i, m := range measurements {
		points[i] = s.device.points[m.ID]
	}
	found, err := s.client.fetch(ctx, points)
	if err != nil {
		return nil, err
	}
	samples := make([]drivers.Sample, len(measurements))
	for i, m := range measurements {
		samples[i] = drivers.Sample{ID: m.ID, At: time.Now(), Unit: m.Unit}
		if raw, ok := found[m.ID]; ok {
			value, err := points[i].decode(raw)
			samples[i].Value, samples[i].Valid = value, err == nil
		}
	}
	return samples, nil
}

// Interfaces implements drivers.Session.
func (s *session) Interfaces(context.Context) ([]drivers.Interface, error) {
	return []drivers.Interface{{
		Kind: "LAN", Protocol: "Modbus TCP", Direction: "read and write",
		Authentication: "none", Encryption: "none", Evidence: "answered on it", State: drivers.On,
	}}, nil
}

// Close implements drivers.Session. Modbus TCP has no farewell.
func (s *session) Close() error { return s.client.conn.Close() }
