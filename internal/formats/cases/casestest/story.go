package casestest

import (
	"fmt"
	"time"

	"countersign/internal/formats"
	"countersign/internal/statement"
)

// Story is a log in which something of everything happens. Where say is not "", it stands wherever a person or a device can put a
// text.
func Story(say string) []formats.Record {
	l := New(nil)
	word := func(usual string) string {
		if say == "" {
			return usual
		}
		return say
	}
	device := statement.Device{Manufacturer: word("ACME"), Model: word("IP300"), Serial: word("SN-00412345"), Firmware: word("1.2")}
	other := statement.Device{Manufacturer: "ACME", Model: "IP100"}
	l.Found()
	l.Add("policy.signed", actor(jo), statement.Policy{By: l.by(jo, kim), Rules: []string{"clinical propose technician approve nursing+pharmacy seat any entry blind", "probation 7 d"}, Reason: "Board decision 12"})
	l.Add("console.started", console, nil, "mode", "real", "version", word("0.1.0"))
	r := l.Request(jo, device, word("Drug library policy 2026-14"), limits)
	l.Wait(40 * time.Second)
	l.Add("change.mismatch", actor(kim), nil, "request", r.ID, "settings", "alarm.etco2.high", "try", "1")
	l.Approve(r, kim, "co-located")
	l.Execute(r, "", "verified")
	r = l.Request(kim, device, "The other way round", limits[1:])
	l.Approve(r, jo, "other-device") // at once
	l.Execute(r, "high", "adjusted")
	l.Add("change.accepted", actor(eli), nil, "request", r.ID)
	r = l.Request(jo, other, "No serial number", limits[1:])
	l.Add("change.refused", actor(kim), nil, "request", r.ID, "why", word("Not today"))
	l.Step(-time.Hour)
	r = l.Request(jo, other, "The cable came off", limits[:1])
	l.Wait(2 * time.Minute)
	l.Approve(r, eli, "hardware-key")
	l.Execute(r, "", "unknown")
	l.Request(kim, device, "Waits when the glass is broken", limits)
	l.emergency(device, word)
	l.Request(kim, device, "Still waits", limits)
	l.Add("emergency.paper", actor(jo), statement.Paper{By: l.by(jo, kim), About: word("Power cut on 2 October"), Lines: []string{"10:41 limit 50 to 45", "10:52 back to 50"}},
		"unattested-from", "2026-10-02T08:41:00Z", "unattested-to", "2026-10-02T08:52:00Z", "record-before", 20, "record-after", 30)
	l.Add("log.rolled-back", console, nil, "size", 400, "root", "AAAA", "note", word("-"))
	l.Add("emergency.imported", console, nil, "chain", "c", "first", 0, "last", 9, "records", 8, "damaged", 1, "missing", "4")
	l.Add("kind.of-a-later-edition", console, nil, "text", word("?"), "n", 3)
	l.Add("export.made", actor(eli), nil, "from", 0, "to", 20, "scope", "full", "for", word("State inspection"))
	l.Add("console.stopped", console, nil)
	return l.Records
}

func (l *Log) emergency(device statement.Device, word func(string) string) {
	name := device.Model + " SN " + device.Serial
	session := l.id()
	l.Add("emergency.opened", actor(jo), statement.Opening{By: l.by(jo), Device: device, Category: "patient-at-risk", Tier: "t1", Nonce: l.id(), ValidFor: 15 * time.Minute},
		"session", session, "device", name, "manufacturer", device.Manufacturer, "model", device.Model, "serial", device.Serial, "tier", "t1", "category", "patient-at-risk", "identity", "key",
		"frame.chain", "c1", "frame.n", 1, "frame.at", "2026-10-01T08:10:00.000+02:00", "frame.boot", "boot-1", "frame.boot_ms", 700_000, "frame.clock", "ok")
	l.Add("emergency.intent", actor(jo), nil, "session", session, "device", name, "action", 1, "steps", steps(limits[:1], "", ""))
	l.Add("emergency.outcome", actor(jo), nil, "session", session, "device", name, "action", 1, "outcome", "verified", "steps", steps(limits[:1], "", "verified"))
	l.Add("emergency.intent", actor(jo), nil, "session", session, "device", name, "action", 2, "steps", steps(limits[1:], "", ""))
	l.Add("emergency.closed", actor(jo), nil, "session", session, "device", name, "how", "sealed", "actions", 2, "sinks", "journal, log")
	l.Wait(time.Hour)
	l.Add("emergency.account", actor(jo), statement.Closing{By: l.by(jo), Session: session, Actions: 2, Account: word("Raised the limit during transport")}, "session", session)
	l.Add("emergency.reviewed", actor(kim), statement.Review{By: l.by(kim), Session: session, Finding: "justified", Reason: word("Nobody else was near")}, "session", session, "signers", 1)
	l.Add("emergency.drift", actor(kim), nil, "session", session, "drift", "different", "settings", "alarm.volume")
	drill := l.id()
	l.Add("drill.opened", actor(oks), nil, "session", drill, "device", "Simulated", "tier", "t0", "identity", "asserted")
	l.Add("drill.closed", actor(oks), nil, "session", drill, "how", "sealed")
}

// Many passes n records to visit, of the mix that a ward makes: changes with their approvals, reading, signing in, a few emergencies.
func Many(n int, visit func(formats.Record) error) error {
	l := New(visit)
	l.Found()
	persons := []statement.Person{jo, kim, eli, oks}
	for i := 0; l.seq < int64(n) && l.err == nil; i++ {
		device := statement.Device{Manufacturer: "ACME", Model: "IP300", Serial: fmt.Sprintf("SN-%05d", i%200), Firmware: "1.2"}
		name := device.Model + " SN " + device.Serial
		by, other := persons[i%4], persons[(i+1+i/7%3)%4]
		l.Add("people.signed-in", actor(by), nil)
		l.Add("device.identified", actor(by), nil, "device", name, "endpoint", "/dev/ttyUSB0", "driver", "acme/ip300")
		for range 4 {
			l.Add("device.read", actor(by), nil, "device", name, "settings", "24", "digest", fmt.Sprintf("%064x", i))
		}
		r := l.Request(by, device, fmt.Sprintf("Policy %d for bed %d", i%30, i%17), limits)
		l.Wait(time.Duration(i%50) * time.Second)
		l.Approve(r, other, "co-located")
		l.Execute(r, "", "verified")
		if i%100 == 99 {
			l.emergency(device, func(s string) string { return s })
		}
	}
	return l.err
}

// Nodding is a log in which two people approve each other's changes at once, and now and then somebody else one of theirs.
func Nodding() []formats.Record {
	l := New(nil)
	l.Found()
	device := statement.Device{Manufacturer: "ACME", Model: "IP300", Serial: "SN-1"}
	for i := range 12 {
		for _, two := range [][2]statement.Person{{jo, kim}, {kim, jo}} {
			r := l.Request(two[0], device, "As always", limits)
			if by := two[1]; i%6 < 5 {
				l.Approve(r, by, "co-located")
			} else {
				l.Wait(time.Minute)
				l.Approve(r, eli, "co-located")
			}
			l.Execute(r, "", "verified")
		}
	}
	return l.Records
}
