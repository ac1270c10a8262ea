package device

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/app/ui/kit"
	"countersign/drivers"
	"countersign/internal/discovery"
	"countersign/internal/fault"
	"countersign/internal/inventory"
	"countersign/internal/session"
)

const key = "serial:///dev/ttyUSB0"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// driver is a driver by its description alone.
type driver struct{ about drivers.About }

func (d driver) About() drivers.About                      { return d.about }
func (d driver) Match(drivers.Endpoint) drivers.Confidence { return drivers.Maybe }
func (d driver) Probe(context.Context, drivers.Conn) (drivers.Identity, error) {
	return drivers.Identity{}, drivers.ErrNotMine
}
func (d driver) Open(context.Context, drivers.Conn, drivers.Identity) (drivers.Session, error) {
	return nil, drivers.ErrUnsupported
}

func number(id drivers.SettingID, label string, below drivers.SettingID) drivers.Setting {
	return drivers.Setting{ID: id, Label: label, Group: "Limits", Kind: drivers.Integer, Unit: "mm[Hg]", Max: drivers.Int(100), Step: drivers.Int(1),
		Writable: true, Risk: drivers.Clinical, Below: below}
}

var described = drivers.Description{
	Settings: []drivers.Setting{number("low", "CO2 low", "high"), number("high", "CO2 high", ""),
		{ID: "volume", Label: "Volume", Group: "Sound", Kind: drivers.Integer, Unit: "%", Max: drivers.Int(100), Step: drivers.Int(5), Writable: true},
		{ID: "mode", Label: "Mode", Group: "Sound", Kind: drivers.Choice, Options: []string{"a", "b"}},
		{ID: "lamp", Label: "Lamp", Group: "Sound", Kind: drivers.Toggle, Writable: true},
		{ID: "clock", Label: "Clock", Group: "Sound", Kind: drivers.Instant}},
	Measurements: []drivers.Measurement{{ID: "co2", Label: "CO2", Unit: "mm[Hg]"}},
}

// readout is a reading with these limits; the lamp is never readable.
func readout(low, high int64, at time.Time) *inventory.Reading {
	return &inventory.Reading{Description: described, Snapshot: drivers.Snapshot{At: at, Unreadable: []drivers.SettingID{"lamp"}, Readings: []drivers.Reading{
		{ID: "clock", Value: drivers.At(at)}, {ID: "high", Value: drivers.IntegerValue(high)}, {ID: "low", Value: drivers.IntegerValue(low)},
		{ID: "mode", Value: drivers.Word(drivers.Choice, "a")}, {ID: "volume", Value: drivers.IntegerValue(50)}}}}
}

func unit(serial string, read *inventory.Reading) inventory.Device {
	return inventory.Device{
		Found:    discovery.Found{Endpoint: drivers.Endpoint{Scheme: "serial", Address: "/dev/ttyUSB0", Label: "USB"}, Present: true, LastSeen: noon},
		State:    inventory.State(session.Ready),
		Driver:   driver{drivers.About{ID: "acme/one", Name: "One", Reviewed: true}},
		Identity: drivers.Identity{Manufacturer: "Acme", Model: "One", Serial: serial, Firmware: "2"}, Read: read}
}

// shown is the page of unit A, read, with a driver that may write.
func shown() *model {
	m := newModel()
	m.show(key)
	m.reviewed["acme/one "] = true
	m.set(unit("A", readout(15, 50, noon)), session.Live{}, nil)
	return m
}

func (m *model) want(id drivers.SettingID, n int64) { m.stage(id, drivers.IntegerValue(n)) }

func (m *model) text(id drivers.SettingID) row { r, _ := m.rowOf(id); return r }

func TestAnotherDeviceOnTheSameEndpointInheritsNothing(t *testing.T) {
	m := shown()
	m.want("high", 45)
	m.openSheet()
	m.set(unit("B", readout(15, 50, noon)), session.Live{}, nil)
	if len(m.changes()) != 0 || m.draft().undo() || m.sheet != nil || m.text("high").was != "" {
		t.Errorf("unit B has %v, sheet %v", m.changes(), m.sheet)
	}
	m.want("high", 60)
	m.set(unit("A", readout(15, 50, noon)), session.Live{}, nil)
	if got := m.changes(); len(got) != 1 || got[0].Wanted != drivers.IntegerValue(45) {
		t.Errorf("unit A came back to %v", got)
	}
	m.show("tcp://10.0.0.1:502")
	m.set(unit("A", readout(15, 50, noon)), session.Live{}, nil)
	if len(m.changes()) != 0 {
		t.Error("another endpoint inherited it")
	}
}

func TestStagedStepsAreUndoneAndRedone(t *testing.T) {
	m := shown()
	m.want("high", 45)
	m.want("high", 40)
	m.want("volume", 60)
	m.draft().discard()
	for i, want := range []int{2, 1, 1, 0, 0} {
		m.draft().undo()
		if got := len(m.changes()); got != want {
			t.Errorf("after undo %d there are %d", i+1, got)
		}
	}
	m.draft().redo()
	if m.text("high").staged != "45 mmHg" {
		t.Errorf("redo brought %q", m.text("high").staged)
	}
	m.want("volume", 55)
	if m.draft().redo() {
		t.Error("a new step leaves an old future")
	}
	d := newDraft()
	for i := range 3 * undoLimit {
		d.stage("x", wish{drivers.IntegerValue(int64(i)), ""})
	}
	if len(d.past) != undoLimit {
		t.Errorf("%d steps are kept", len(d.past))
	}
}

func TestWantingWhatTheDeviceHasIsNoChange(t *testing.T) {
	m := shown()
	m.want("high", 45)
	m.want("high", 50)
	if len(m.draft().wishes) != 0 {
		t.Errorf("%v is staged", m.draft().wishes)
	}
	m.want("high", 45)
	m.set(unit("A", readout(15, 45, noon)), session.Live{}, nil)
	if len(m.changes()) != 0 || m.openSheet() {
		t.Errorf("the device has it already, and %v would be sent", m.changes())
	}
}

func TestAValueStagedInAnotherUnitIsVoid(t *testing.T) {
	m := shown()
	m.want("high", 45)
	other := readout(2, 7, noon)
	other.Description.Settings = append([]drivers.Setting(nil), described.Settings...)
	other.Description.Settings[1].Unit = "kPa"
	m.set(unit("A", other), session.Live{}, nil)
	if r := m.text("high"); !strings.Contains(r.problem, "staged in mmHg") || m.blocked() == "" {
		t.Errorf("%+v, blocked %q", r, m.blocked())
	}
}

func TestALowLimitAboveTheHighOneIsSaidAtTheRow(t *testing.T) {
	m := shown()
	m.want("low", 50)
	if r := m.text("low"); r.problem != "CO2 low (50 mmHg) must be less than CO2 high (50 mmHg)." || m.blocked() != r.problem {
		t.Errorf("%q, blocked %q", r.problem, m.blocked())
	}
	if s, _ := described.Setting("high"); m.preview(s, drivers.IntegerValue(60)) != "" || m.preview(s, drivers.IntegerValue(40)) == "" {
		t.Error("the preview of the other limit does not know what is staged")
	}
	m.want("high", 60)
	if r := m.text("low"); r.problem != "" || m.blocked() != "" {
		t.Errorf("both moved: %q, blocked %q", r.problem, m.blocked())
	}
}

func TestWhatCannotBeChangedHereSaysWhy(t *testing.T) {
	for _, c := range []struct {
		id     drivers.SettingID
		weak   bool
		review bool
		want   string
	}{
		{"high", false, true, ""}, {"mode", false, true, "device itself"}, {"high", true, true, ""}, {"high", false, false, "two persons"},
		{"lamp", false, true, "could not be read"},
	} {
		m := shown()
		m.reviewed["acme/one "] = c.review
		d := unit("A", readout(15, 50, noon))
		if c.weak {
			d.Identity.Serial = ""
		}
		m.set(d, session.Live{}, nil)
		got := m.text(c.id).locked
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%+v: %q", c, got)
		}
		m.stage(c.id, drivers.IntegerValue(45))
		if staged := len(m.draft().wishes) > 0; staged != (c.want == "") {
			t.Errorf("%+v: staged %v", c, staged)
		}
	}
}

func TestWhatChangedOnTheDeviceIsMarked(t *testing.T) {
	m := shown()
	m.set(unit("A", readout(15, 48, noon.Add(time.Minute))), session.Live{}, nil)
	if high, low, clock := m.text("high"), m.text("low"), m.text("clock"); high.was != "50 mmHg" || low.was != "" || clock.was != "" {
		t.Errorf("high was %q, low %q, clock %q", high.was, low.was, clock.was)
	}
	m.set(unit("A", readout(15, 48, noon.Add(2*time.Minute))), session.Live{}, nil)
	if m.text("high").was != "" {
		t.Error("the mark outlasts the next reading")
	}
}

func TestRowsStandUnderTheirGroups(t *testing.T) {
	var got []string
	for _, r := range shown().rows() {
		got = append(got, r.key())
	}
	if text := strings.Join(got, " "); text != "# Limits low high # Sound volume mode lamp clock" {
		t.Error(text)
	}
}

func TestARequestHasNoMoreBlindValuesThanAPersonCanEnter(t *testing.T) {
	many := readout(15, 50, noon)
	many.Description.Settings = nil
	many.Snapshot.Readings = nil
	for _, id := range strings.Split("abcdefghi", "") {
		many.Description.Settings = append(many.Description.Settings, number(drivers.SettingID(id), id, ""))
		many.Snapshot.Readings = append(many.Snapshot.Readings, drivers.Reading{ID: drivers.SettingID(id), Value: drivers.IntegerValue(1)})
	}
	m := shown()
	m.set(unit("A", many), session.Live{}, nil)
	for i, id := range strings.Split("abcdefghi", "") {
		m.want(drivers.SettingID(id), 2)
		if blocked := m.blocked() != ""; blocked != (i == 8) {
			t.Errorf("with %d values: %q", i+1, m.blocked())
		}
	}
}

func TestASheetIsSentOnceAndNotWithoutAReasonOrAPerson(t *testing.T) {
	m := shown()
	m.want("high", 45)
	if !m.openSheet() || m.openSheet() {
		t.Fatal("the sheet did not open once")
	}
	m.sheet.reason = "  Ward   policy "
	if _, ok := m.send(); ok {
		t.Error("nobody is signed in")
	}
	m.signer, m.sheet.reason = "Robin", " "
	if _, ok := m.send(); ok || !fault.Is(m.sheet.fault, fault.NoReason) {
		t.Errorf("without a reason: %v", m.sheet.fault)
	}
	m.sheet.reason = "  Ward   policy "
	p, ok := m.send()
	if !ok || p.Reason != "Ward policy" || len(p.Changes) != 1 || p.Identity.Serial != "A" {
		t.Errorf("%+v, %v", p, ok)
	}
	if _, again := m.send(); again || m.closeSheet() && m.sheet == nil {
		t.Error("a second click, or Escape, got through while the request is being signed")
	}
	m.sent(m.subject(), fault.New(fault.NotAllowed, "Robin", nil))
	if m.sheet == nil || len(m.changes()) != 1 || m.sheet.fault == nil {
		t.Error("a refused request lost what was staged")
	}
	if _, ok = m.send(); !ok {
		t.Error("it cannot be tried again")
	}
	m.sent(m.subject(), nil)
	if m.sheet != nil || len(m.draft().wishes) != 0 || m.draft().undo() {
		t.Error("what was asked for is still staged")
	}
}

func TestNothingIsSentFromAnOldReading(t *testing.T) {
	m := shown()
	m.signer = "Robin"
	m.want("high", 45)
	m.openSheet()
	m.sheet.reason = "x"
	m.reading[key] = true
	if m.sendable() {
		t.Error("sendable while the device is being read")
	}
	m.readDone(key, fault.New(fault.Silent, "One", nil))
	if m.sendable() || m.trouble() == nil {
		t.Error("sendable after a reading that failed")
	}
	m.readDone(key, fault.New(fault.Cancelled, "One", nil))
	if !m.sendable() || m.trouble() != nil {
		t.Error("being stopped counts as a failure")
	}
	gone := unit("A", readout(15, 50, noon))
	gone.State = inventory.Gone
	m.set(gone, session.Live{}, nil)
	if m.sendable() {
		t.Error("sendable without a connection")
	}
}

func TestLiveValuesAreNeverOlderThanTheyLook(t *testing.T) {
	sample := drivers.Sample{ID: "co2", At: noon, Value: drivers.IntegerValue(38), Unit: "mm[Hg]", Valid: true, Alarm: true}
	invalid := sample
	invalid.Valid = false
	for _, c := range []struct {
		what   string
		sample drivers.Sample
		later  time.Duration
		state  inventory.State
		want   reported
	}{
		{"fresh", sample, time.Second, "ready", reported{text: "38 mmHg", word: "valid", alarm: true}},
		{"old", sample, 6 * time.Second, "silent", reported{text: dash, stale: true}},
		{"not valid", invalid, time.Second, "ready", reported{text: dash, word: "no valid value", alarm: true}},
		{"gone", sample, time.Second, inventory.Gone, reported{text: dash, word: "not connected"}},
		{"nothing", drivers.Sample{ID: "other"}, 0, "ready", reported{text: dash, word: "nothing received yet"}},
	} {
		m := shown()
		d := unit("A", readout(15, 50, noon))
		d.State = c.state
		m.set(d, session.Live{Samples: map[drivers.SettingID]drivers.Sample{c.sample.ID: c.sample}}, nil)
		got := m.values(noon.Add(c.later))[0]
		if got.text != c.want.text || got.alarm != c.want.alarm || got.stale != c.want.stale || c.want.word != "" && got.word != c.want.word {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}

func TestTheClockIsComparedWithThisComputers(t *testing.T) {
	for offset, want := range map[time.Duration]string{
		0: "agrees within 2 s", -2 * time.Second: "agrees within 2 s", 3 * time.Second: "3 s ahead",
		-(time.Hour + 20*time.Second): "1 h 20 s behind", 49*time.Hour + time.Minute: "2 days 1 h ahead",
	} {
		read := readout(15, 50, noon)
		read.Snapshot.Readings[0].Value = drivers.At(noon.Add(offset))
		m := shown()
		m.set(unit("A", read), session.Live{}, nil)
		if c, ok := m.clock(); !ok || c.offset != want || c.off != (offset.Abs() > time.Minute) {
			t.Errorf("%v: %+v", offset, c)
		}
	}
}

func TestTheHeaderTellsWhoTheDeviceIs(t *testing.T) {
	m := shown()
	if h := m.header(noon); h.Model != "Acme One" || h.Serial != "A" || h.Firmware != "2" || h.Transport != "serial line, /dev/ttyUSB0" || h.State != kit.Ready || h.Unasked {
		t.Errorf("%+v", h)
	}
	d := unit("", nil)
	d.Driver, d.Identity, d.State = nil, drivers.Identity{}, inventory.Discovered
	m.set(d, session.Live{}, nil)
	if h := m.header(noon); h.Model != "USB" || !h.Unasked || h.State != kit.Discovered {
		t.Errorf("not asked yet: %+v", h)
	}
	m.set(inventory.Device{}, session.Live{}, errors.New("gone"))
	if h := m.header(noon); m.phase() != missing || h.State != kit.Gone || m.connected() || m.readable() {
		t.Errorf("not there: %+v", h)
	}
}

func TestNoneIsAFindingAndNothingIsNotKnown(t *testing.T) {
	for text, want := range map[string]kit.State{"none": kit.Caution, "": kit.Unsure, "password": ""} {
		if state, word := finding(text); state != want || word == "" {
			t.Errorf("%q: %q, %q", text, state, word)
		}
	}
}
