package verify

import (
	"crypto/ed25519"
	"strings"
	"time"

	"countersign/drivers"
	"countersign/internal/statement"
)

var device = statement.Device{Manufacturer: "Example", Model: "Monitor 20", Serial: "B123", Firmware: "1.0"}

var driver = statement.Driver{ID: "example/monitor", Digest: [32]byte{7}}

func line(from, to string) statement.SetLine {
	return statement.SetLine{ID: "alarm.high", AsFound: from, Wanted: to, Unit: "mm[Hg]", Risk: drivers.Clinical}
}

// tell writes the whole story: a founding, everything that people can do to one another, changes of every kind and an emergency.
func (b *book) tell() {
	defer func() {
		if p := recover(); p != nil && p != (stopped{}) {
			panic(p)
		}
	}()
	b.begin("epoch 1", "first")
	b.add("started", "console.started", console, "", "version", "1")
	b.found()
	b.letIn()
	b.request("R1", "Ann", line("50", "45"))
	b.approve("R1", "Bob")
	b.carryOut("R1", "verified", line("50", "45"))
	b.begin("epoch 2", "next")
	b.replaceKey("Bob")
	b.request("R2", "Bob", line("45", "40"))
	b.approve("R2", "Ann")
	b.waive("R2", "Bob", "Ann")
	b.carryOut("R2", "unknown", line("45", "40"))
	b.add("resolved R2", "change.resolved", console, "", "request", id("R2"), "outcome", "verified", "steps", line("45", "40").String()+"\t40\tverified\t")
	b.endings()
	b.standing()
	b.emergency()
	b.ends()
	b.add("exported", "export.made", b.people["Ann"].actor(), "", "from", 0, "to", 10)
	b.begin("epoch 3", "next")
	b.add("stopped", "console.stopped", console, "")
}

func (b *book) found() {
	ann, bob := b.people["Ann"], b.people["Bob"]
	b.add("genesis", "people.genesis", console, b.sign("genesis", statement.Genesis{Origin: origin, Time: b.time(),
		Founders: []statement.Founder{ann.founder(), bob.founder()}, Badges: []string{ann.badge, bob.badge}, Nonce: id("genesis")}, "Ann", "Bob"))
}

func (b *book) letIn() {
	ann, cat, dan := b.people["Ann"].actor(), b.people["Cat"], b.people["Dan"]
	rules := minimum()
	rules.probation = 0
	b.add("policy", "policy.signed", ann, b.sign("policy", statement.Policy{By: b.by("policy", "Ann", "Bob"), Rules: rules.lines(), Reason: "Ours"}, "Ann", "Bob"))
	b.add("enrolled", "people.enrolled", ann, b.sign("enrolled", statement.Enrol{By: b.by("enrolled", "Ann", "Bob"), Candidate: cat.founder(), Badge: cat.badge}, "Cat", "Ann", "Bob"))
	b.add("enrolled Dan", "people.enrolled", ann, b.sign("enrolled Dan", statement.Enrol{By: b.by("enrolled Dan", "Ann", "Cat"), Candidate: dan.founder(), Badge: dan.badge}, "Dan", "Ann", "Cat"))
	b.add("codes", "people.sealed-codes", ann, b.sign("codes", statement.SealedCodes{By: b.by("codes", "Ann", "Bob"), Set: id("set"), First: 1, Count: 10}, "Ann", "Bob"),
		"set", id("set"), "first", 1, "count", 10)
	by := b.by("profile", "Ann", "Bob")
	b.add("profile", "profile.approved", ann, b.sign("profile", statement.Profile{ID: by.ID, Signers: by.Signers, Time: by.Time, Name: "map", Digest: [32]byte{9}, Log: by.Log}, "Ann", "Bob"))
	b.add("read", "device.read", console, "", "device", "Monitor 20 SN B123")
}

// request records a request of this name.
func (b *book) request(name, proposer string, set ...statement.SetLine) {
	b.propose(name, proposer, [32]byte{}, "", set...)
}

func (b *book) propose(name, proposer string, template [32]byte, cited string, set ...statement.SetLine) {
	r := statement.Request{ID: id(name), Signer: b.people[proposer].stated(), Time: b.time(), Device: device, Driver: driver, Set: set, Reason: "Because",
		Template: template, ExecuteOn: statement.Place{Workstation: "ward-7-01", Nonce: id("nonce " + name)}, ValidFor: time.Hour, Log: b.head()}
	pairs := []any{"request", r.ID, "nonce", r.ExecuteOn.Nonce, "device", "Monitor 20 SN B123", "settings", "High"}
	if cited != "" {
		pairs = append(pairs, "template", cited)
	}
	b.add(name, "change.requested", b.people[proposer].actor(), b.sign(name, r, proposer), pairs...)
}

// asked reads a request back as it was recorded.
func (b *book) asked(name string) (statement.Request, [32]byte) {
	l := b.leaf(name)
	r, err := statement.ParseRequest(textOf(l.Stmt))
	b.ok(err)
	return r, statement.Digest(textOf(l.Stmt))
}

func (b *book) approve(name, person string) {
	r, digest := b.asked(name)
	a := statement.Approval{ID: r.ID, Signer: b.people[person].stated(), Time: b.time(), Request: digest, Set: r.Set, Nonce: r.ExecuteOn.Nonce, Log: b.head()}
	channel := "co-located"
	if name == "R2" {
		a.Elsewhere, channel = statement.LogHead{Origin: "clinic.example/ward-8", Size: 3, Root: [32]byte{1}}, "other-device"
	}
	label := "approval " + name
	if _, again := b.names[label]; again {
		label += " again"
	}
	b.add(label, "change.approved", b.people[person].actor(), b.sign(label, a, person), "request", r.ID, "channel", channel, "enough", "yes")
}

func (b *book) waive(name, proposer, approver string) {
	r, digest := b.asked(name)
	b.add("waiver "+name, "change.waived", b.people[proposer].actor(),
		b.sign("waiver "+name, statement.Waiver{By: b.by("waiver "+name, proposer, approver), Request: r.ID, Digest: digest, Reason: "Urgent"}, proposer, approver), "request", r.ID)
}

func (b *book) carryOut(name, outcome string, set ...statement.SetLine) {
	var steps, results []string
	for _, l := range set {
		steps = append(steps, l.String()+"\t\tnot sent\t")
		results = append(results, l.String()+"\t"+l.Wanted+"\t"+outcome+"\t")
	}
	actor := b.people["Ann"].actor()
	b.add("intent "+name, "change.intent", actor, "", "request", id(name), "steps", strings.Join(steps, "\n"))
	b.add("outcome "+name, "change.outcome", actor, "", "request", id(name), "outcome", outcome, "steps", strings.Join(results, "\n"))
}

func (b *book) replaceKey(name string) {
	h := b.people[name]
	next := key(h.name + " later")
	nonce := id("rotate " + name)
	r := statement.Rotate{By: b.by("rotated", name), Key: statement.Key(public(next)), Nonce: nonce,
		Proof: statement.Proof(ed25519.Sign(next, statement.RotateProof(h.id(), nonce, public(next))))}
	b.add("rotated", "people.key-rotated", h.actor(), b.sign("rotated", r, name))
	h.key = next
}

// endings are the other ways in which requests end.
func (b *book) endings() {
	ann, bob := b.people["Ann"], b.people["Bob"]
	end := func(name, kind, person string, s func(r statement.Request, digest [32]byte) statement.Statement) {
		r, digest := b.asked(name)
		b.add("end of "+name, kind, b.people[person].actor(), b.sign("end of "+name, s(r, digest), person), "request", r.ID)
	}
	for _, name := range []string{"R3", "R4", "R5", "R6"} {
		b.request(name, "Ann", line("40", "35"))
	}
	end("R3", "change.withdrawn", "Ann", func(r statement.Request, d [32]byte) statement.Statement {
		return statement.Withdrawal{ID: r.ID, Signer: ann.stated(), Time: b.time(), Request: d, Log: b.head()}
	})
	end("R4", "change.refused", "Bob", func(r statement.Request, d [32]byte) statement.Statement {
		return statement.Refusal{ID: r.ID, Signer: bob.stated(), Time: b.time(), Request: d, Reason: "No", Log: b.head()}
	})
	end("R5", "change.returned", "Bob", func(r statement.Request, d [32]byte) statement.Statement {
		return statement.Return{By: b.by("return", "Bob"), Request: r.ID, Digest: d, Reason: "Please edit"}
	})
	b.add("end of R6", "change.expired", console, "", "request", id("R6"))
}

// standing is a change that a template approves, in which the device takes another value.
func (b *book) standing() {
	model := device
	model.Serial = ""
	wanted := line("40", "30")
	t := statement.Template{By: b.by("template", "Ann", "Bob"), Name: "Start", Device: model, Driver: driver, Reason: "Ward",
		Set:   []statement.ValueLine{{ID: wanted.ID, Value: wanted.Wanted, Unit: wanted.Unit, Risk: wanted.Risk}},
		Until: statement.Time{Wall: b.clock.Add(24 * time.Hour), Clock: "ok"}}
	b.add("template", "template.signed", b.people["Ann"].actor(), b.sign("template", t, "Ann", "Bob"), "request", t.ID)
	b.propose("R7", "Cat", statement.Digest(textOf(b.leaf("template").Stmt)), t.ID, wanted)
	b.carryOut("R7", "adjusted", wanted)
	r, digest := b.asked("R7")
	took := statement.SetLine{ID: wanted.ID, AsFound: "30", Wanted: "31", Unit: wanted.Unit, Risk: wanted.Risk}
	b.add("accepted", "change.accepted", b.people["Ann"].actor(),
		b.sign("accepted", statement.Acceptance{By: b.by("accepted", "Ann"), Request: r.ID, Digest: digest, Set: []statement.SetLine{took}, Reason: "Near enough"}, "Ann"), "request", r.ID)
	b.add("template ended", "template.ended", b.people["Ann"].actor(), "", "request", t.ID, "why", "over")
}

// emergency is one in which Cat acts alone, and that puts an end to a request of nobody who reviews it.
func (b *book) emergency() {
	cat := b.people["Cat"].actor()
	b.request("R8", "Cat", line("31", "33"))
	open := statement.Opening{By: b.by("opened", "Cat"), Device: device, Category: "patient-at-risk", Tier: "t1", Nonce: id("glass"), ValidFor: 15 * time.Minute}
	at := []any{"session", id("session"), "device", "Monitor 20 SN B123"}
	b.frame("opened", "emergency.opened", cat, b.sign("opened", open, "Cat"), append(at, "manufacturer", device.Manufacturer, "model", device.Model,
		"serial", device.Serial, "firmware", device.Firmware, "category", "patient-at-risk", "tier", "t1", "identity", "key", "valid-for", 900)...)
	steps := line("31", "29").String() + "\t29\tverified\t"
	b.frame("glass intent", "emergency.intent", cat, "", append(at, "action", 1, "steps", steps)...)
	b.frame("glass outcome", "emergency.outcome", cat, "", append(at, "action", 1, "steps", steps, "outcome", "verified")...)
	b.frame("closed", "emergency.closed", cat, "", append(at, "how", "sealed", "actions", 1, "sinks", "log")...)
	b.add("account", "emergency.account", cat, b.sign("account", statement.Closing{By: b.by("account", "Cat"), Session: id("session"), Actions: 1, Account: "It was urgent"}, "Cat"),
		"session", id("session"), "signers", 1)
	b.add("reviewed", "emergency.reviewed", b.people["Ann"].actor(),
		b.sign("reviewed", statement.Review{By: b.by("reviewed", "Ann", "Bob"), Session: id("session"), Finding: "justified", Reason: "It was"}, "Ann", "Bob"),
		"session", id("session"), "signers", 2)
}

// ends are the ways in which people stop taking part, and come back.
func (b *book) ends() {
	ann, cat := b.people["Ann"].actor(), b.people["Cat"]
	b.add("suspended", "people.suspended", ann, b.sign("suspended", statement.Suspend{By: b.by("suspended", "Ann"), Person: cat.stated(), Reason: "Lost badge"}, "Ann"))
	b.add("restored", "people.restored", ann, b.sign("restored", statement.Restore{By: b.by("restored", "Ann", "Bob"), Person: cat.stated(), Reason: "Found"}, "Ann", "Bob"))
	b.add("role", "people.role", ann, b.sign("role", statement.Role{By: b.by("role", "Ann", "Bob"), Person: cat.stated(), Role: "pharmacy", Reason: "New post"}, "Ann", "Bob"))
	cat.role = "pharmacy"
	b.add("revoked", "people.revoked", ann, b.sign("revoked", statement.Revocation{By: b.by("revoked", "Ann", "Bob"), Person: cat.stated(), Why: "left", Reason: "Moved"}, "Ann", "Bob"))
}
