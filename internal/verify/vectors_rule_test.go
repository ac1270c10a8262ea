package verify

import (
	"strings"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// signatureVectors are logs in which a statement is not its signer's, or not about what its record is about.
func signatureVectors() []vector {
	field := func(record, key, text string) func(*book) {
		return altered(record, func(l *leaf.Leaf) { l.Body.Set(key, text) })
	}
	return slicesOf([]vector{
		{name: "a statement in another spelling", rule: stmtForm, until: "R1", book: noted("R1", func(_ *book, note string) string {
			return strings.Replace(note, "reason Because", "reason  Because", 1)
		})},
		{name: "a statement that was changed", rule: stmtSigned, until: "R1", book: noted("R1", func(_ *book, note string) string {
			return strings.Replace(note, "50 -> 45", "50 -> 55", 1)
		})},
		{name: "an approval without a statement", rule: stmtMissing, until: "approval R1", book: altered("approval R1", func(l *leaf.Leaf) { l.Stmt = "" })},
		{name: "an approval in another's record", rule: stmtKind, until: "approval R1", book: altered("approval R1", func(l *leaf.Leaf) { l.Kind = "change.refused" })},
		{name: "a statement twice", rule: stmtTwice, until: "waiver R2", book: behind("waiver R2", func(b *book) {
			l := b.leaf("waiver R2")
			b.add("waiver again", l.Kind, l.Actor, l.Stmt, "request", id("R2"))
		})},
		{name: "an approval that another person signed", rule: stmtSigned, until: "approval R1", book: signedBy("approval R1", "Cat")},
		{name: "a signer under another name", rule: stmtPerson, until: "R1", book: said("R1", func(r *statement.Request) { r.Signer.Name = "Ann Other" })},
		{name: "a signer who saw another log", rule: stmtLog, until: "R1", book: said("R1", func(r *statement.Request) { r.Log.Origin = "clinic.example/ward-8" })},
		{name: "a signer who saw what came later", rule: stmtSize, until: "R1", book: said("R1", func(r *statement.Request) { r.Log.Size++ })},
		{name: "a signer who saw another history", rule: stmtRoot, until: "R1", book: said("R1", func(r *statement.Request) { r.Log.Root[0] ^= 1 })},
		{name: "a record about another request", rule: stmtBody, until: "R1", book: field("R1", "request", id("other"))},
		{name: "a record about another device", rule: stmtBody, until: "R1", book: field("R1", "device", "Monitor 20 SN B124")},
		{name: "a record of an approval from elsewhere that was not", rule: stmtBody, until: "approval R1", book: field("approval R1", "channel", "other-device")},
		{name: "an emergency on another device", rule: stmtBody, until: "opened", book: said("opened", func(o *statement.Opening) { o.Device.Serial = "B124" })},
		{name: "a record by another person", rule: stmtActor, until: "R1", book: altered("R1", func(l *leaf.Leaf) { l.Actor.Name = "Bob Example" })},
		{name: "an approval of another text", rule: stmtDigest, until: "approval R1", book: said("approval R1", func(a *statement.Approval) { a.Request[0] ^= 1 })},
		{name: "an approval with another number used once", rule: stmtNonce, until: "approval R1", book: said("approval R1", func(a *statement.Approval) { a.Nonce = id("other") })},
		{name: "a fork signed by a newcomer", rule: stmtTwo, book: all(said("policy", func(p *statement.Policy) { p.Rules = minimum().lines() }),
			behind("enrolled", func(b *book) {
				f := statement.Fork{By: b.by("fork", "Ann", "Cat"), Before: b.head(), Reason: "Damaged"}
				b.add("fork", "log.fork", b.people["Ann"].actor(), b.sign("fork", f, "Ann", "Cat"))
			}))},
	}, frameVectors(), exportVectors())
}

func frameVectors() []vector {
	return []vector{
		{name: "an emergency record without its time", rule: frameForm, until: "glass intent", book: altered("glass intent", func(l *leaf.Leaf) { l.Body.Set("frame.at", "then") })},
		{name: "an emergency record that was changed", rule: frameHash, until: "glass intent", book: altered("glass intent", func(l *leaf.Leaf) { l.Body.SetInt("action", 2) })},
		{name: "an emergency record twice", rule: frameOrder, until: "glass outcome", book: behind("glass intent", func(b *book) {
			b.chain = tail{1, [32]byte{}}
		})},
		{name: "an emergency record that follows another", rule: framePrev, until: "glass outcome", book: behind("glass intent", func(b *book) { b.chain.last[0] ^= 1 })},
		{name: "an emergency record that is none", rule: frameAside, pack: func(p *pack) { p.given[formats.FramesPath] = []byte("{}\n") }},
	}
}

func exportVectors() []vector {
	export := func(person string, alter func(*statement.Export)) func(*pack) {
		return func(p *pack) { p.signExport(alter, person) }
	}
	return []vector{
		{name: "an export signed by somebody who left", rule: exportSigned, until: "revoked", pack: export("Cat", func(*statement.Export) {})},
		{name: "an export of another manifest", rule: exportManifest, pack: export("Ann", func(e *statement.Export) { e.Manifest[0] ^= 1 })},
		{name: "an export of another period", rule: exportPeriod, pack: export("Ann", func(e *statement.Export) { e.From = 1 })},
		{name: "an export of another head", rule: exportHead, pack: export("Ann", func(e *statement.Export) { e.Log.Root[0] ^= 1 })},
	}
}

// ruleVectors are logs whose every signature is right, and in which something happened that must not.
func ruleVectors() []vector {
	intent := func(name string) func(b *book) {
		return func(b *book) {
			b.add(name, "change.intent", b.people["Ann"].actor(), "", "request", id("R1"), "steps", line("50", "45").String()+"\t\tnot sent\t")
		}
	}
	return slicesOf([]vector{
		{name: "a number used twice", rule: requestTwice, until: "R2", book: all(said("R2", func(r *statement.Request) { r.ExecuteOn.Nonce = id("nonce R1") }),
			altered("R2", func(l *leaf.Leaf) { l.Body.Set("nonce", id("nonce R1")) }))},
		{name: "an intent of a request that is none", rule: requestUnknown, until: "intent R1", book: altered("intent R1", func(l *leaf.Leaf) { l.Body.Set("request", id("none")) })},
		{name: "an approval used twice", rule: requestState, until: "outcome R1", book: behind("outcome R1", intent("intent again"))},
		{name: "an intent within an execution", rule: requestState, until: "intent R1", book: behind("intent R1", intent("intent again"))},
		{name: "an intent before the approval", rule: requestState, until: "R1", book: behind("R1", intent("intent too early"))},
		{name: "an outcome without an intent", rule: outcomeBefore, until: "outcome R1", book: altered("intent R1", func(l *leaf.Leaf) { l.Kind = "change.comment" })},
		{name: "somebody approves their own request", rule: approvalSelf, until: "R1", book: behind("R1", func(b *book) { b.approve("R1", "Ann") })},
		{name: "somebody approves twice", rule: approvalTwice, until: "approval R1", book: all(altered("approval R1", func(l *leaf.Leaf) { l.Body.Set("enough", "no") }),
			behind("approval R1", func(b *book) { b.approve("R1", "Bob") }))},
		{name: "other values are approved", rule: approvalSet, until: "approval R1", book: said("approval R1", func(a *statement.Approval) {
			a.Set = []statement.SetLine{line("50", "54")}
		})},
		{name: "another asset tag is approved", rule: approvalTag, until: "approval R1", book: said("approval R1", func(a *statement.Approval) { a.AssetTag = "T-1" })},
		{name: "other values are written", rule: intentSet, until: "intent R1", book: altered("intent R1", func(l *leaf.Leaf) {
			l.Body.Set("steps", line("50", "54").String()+"\t\tnot sent\t")
		})},
		{name: "nothing is said of what is written", rule: intentSet, until: "intent R1", book: altered("intent R1", func(l *leaf.Leaf) { l.Body.Set("steps", "") })},
		{name: "fewer approvals than the rules want", rule: intentRules, until: "intent R1", book: said("policy", func(p *statement.Policy) {
			r := minimum()
			r.probation = 0
			r.classes["clinical"] = classRule{approve: [][]string{{"nursing", "clinical-lead"}}, blind: true}
			p.Rules = r.lines()
		})},
		{name: "an outcome that is known is changed", rule: resolvedState, until: "resolved R2", book: all(altered("outcome R2", func(l *leaf.Leaf) { l.Body.Set("outcome", "rejected") }))},
		{name: "the proposer accepts what the device took", rule: acceptedSelf, until: "accepted", book: all(signedBy("accepted", "Cat"),
			said("accepted", func(a *statement.Acceptance) { a.Signers[0] = lead() }),
			altered("accepted", func(l *leaf.Leaf) { l.Actor = leaf.Actor{ID: lead().ID, Name: lead().Name, Role: lead().Role} }))},
		{name: "what the device took is accepted twice", rule: acceptedTwice, until: "accepted", book: behind("accepted", func(b *book) {
			a, err := statement.As[statement.Acceptance](textOf(b.leaf("accepted").Stmt))
			b.ok(err)
			a.By = b.by("accepted again", "Bob")
			b.add("accepted again", "change.accepted", b.people["Bob"].actor(), b.sign("accepted again", a, "Bob"), "request", id("R7"))
		})},
		{name: "a waiver by somebody else", rule: waiverParties, until: "waiver R2", book: all(signedBy("waiver R2", "Bob", "Cat"),
			said("waiver R2", func(w *statement.Waiver) { w.Signers[1] = lead() }))},
		{name: "a waiver before the approval", rule: requestState, until: "R2", book: behind("R2", func(b *book) { b.waive("R2", "Bob", "Ann") })},
		{name: "a template that has ended", rule: templateUnsaid, until: "R7", book: behind("template", func(b *book) {
			t, _ := b.leaf("template").Body.Text("request")
			b.add("ended early", "template.ended", b.people["Ann"].actor(), "", "request", t)
		})},
		{name: "a template with other values", rule: templateValues, until: "R7", book: said("template", func(t *statement.Template) { t.Set[0].Value = "33" })},
		{name: "a template for another firmware", rule: templateValues, until: "R7", book: said("template", func(t *statement.Template) { t.Device.Firmware = "2.0" })},
	}, reviewVectors())
}

func lead() statement.Person {
	return statement.Person{ID: statement.PersonID(public(key("Cat Example"))), Name: "Cat Example", Role: "clinical-lead"}
}

func reviewVectors() []vector {
	return []vector{
		{name: "somebody reviews their own emergency", rule: reviewSelf, until: "reviewed", book: all(signedBy("reviewed", "Ann", "Cat"),
			said("reviewed", func(r *statement.Review) { r.Signers[1] = lead() }))},
		{name: "the proposer of an ended request reviews", rule: reviewSelf, until: "reviewed", book: func(b *book) {
			b.then["end of R6"] = func() { b.request("R10", "Bob", line("40", "38")) }
		}},
		{name: "somebody reviews twice", rule: reviewTwice, until: "reviewed", book: behind("reviewed", func(b *book) {
			r := statement.Review{By: b.by("reviewed again", "Ann"), Session: id("session"), Finding: "justified", Reason: "Again"}
			b.add("reviewed again", "emergency.reviewed", b.people["Ann"].actor(), b.sign("reviewed again", r, "Ann"), "session", id("session"), "signers", 1)
		})},
		{name: "a review of no emergency", rule: reviewSession, until: "reviewed", book: all(said("reviewed", func(r *statement.Review) { r.Session = id("other") }),
			altered("reviewed", func(l *leaf.Leaf) { l.Body.Set("session", id("other")) }))},
		{name: "a review of another emergency", rule: stmtBody, until: "reviewed", book: said("reviewed", func(r *statement.Review) { r.Session = id("other") })},
	}
}

// otherVectors are bundles that contradict what others know, or whose files for others say something else than the records.
func otherVectors() []vector {
	knows := func(change func(*Witness)) func(*book, *Options) {
		return func(b *book, o *Options) {
			w := Witness{Name: "a receipt", Origin: origin, Size: 5, Root: b.roots[5]}
			change(&w)
			o.Known = []Witness{w}
		}
	}
	previous := func(change func(p *pack)) func(*pack) {
		return func(p *pack) {
			p.previous(6)
			change(p)
		}
	}
	made := func(change func(files map[string][]byte)) func(*pack) {
		return func(p *pack) {
			p.derive()
			change(p.made)
		}
	}
	return []vector{
		{name: "a receipt of another log", rule: knownOrigin, asked: knows(func(w *Witness) { w.Origin = "clinic.example/ward-8" })},
		{name: "a receipt over more records", rule: knownSize, asked: knows(func(w *Witness) { w.Size = 500 })},
		{name: "a receipt of another history", rule: knownRoot, asked: knows(func(w *Witness) { w.Root[0] ^= 1 })},
		{name: "a proof in another spelling", rule: consistencyForm, pack: previous(func(p *pack) {
			p.given[formats.ConsistencyPath] = append(p.given[formats.ConsistencyPath], '\n')
		})},
		{name: "no proof since the export before", rule: consistencyHeads, pack: previous(func(p *pack) { p.given[formats.ConsistencyPath] = nil })},
		{name: "another log's proof", rule: consistencyHeads, pack: previous(func(p *pack) { p.manifest.Previous.Root[0] ^= 1 })},
		{name: "a proof that proves nothing", rule: consistencyProof, pack: previous(func(p *pack) {
			text := p.given[formats.ConsistencyPath]
			last := strings.LastIndexByte(strings.TrimSuffix(string(text), "\n"), '\n')
			p.given[formats.ConsistencyPath] = append(text[:last+1:last+1], []byte(b64([32]byte{1})+"\n")...)
		})},
		{name: "a table is missing", rule: derivedMissing, pack: made(func(files map[string][]byte) { delete(files, formats.EventsPath) })},
		{name: "a table that nothing makes", rule: derivedExtra, pack: made(func(files map[string][]byte) { files[formats.PairsPath] = []byte("a,b\n") })},
		{name: "a table that says something else", rule: derivedDiffers, pack: made(func(files map[string][]byte) { files[formats.EventsPath][5] ^= 1 })},
		{name: "a table with a formula", rule: derivedDiffers, pack: made(func(files map[string][]byte) {
			files[formats.EventsPath] = append(files[formats.EventsPath], []byte("=HYPERLINK(1),x,y\n")...)
		})},
		{name: "a table that ends early", rule: derivedDiffers, pack: made(func(files map[string][]byte) {
			files[formats.EventsPath] = files[formats.EventsPath][:100]
		})},
	}
}
