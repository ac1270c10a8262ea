package change_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var writeTable = flag.Bool("table", false, "write the table of mutants into SECURITY.md")

// mutants take one guard away each. The named tests must fail without it; make soak tries all of them, make test the most
// important ones. The table in SECURITY.md is made from this list by go test ./internal/change -run Table -table.
var mutants = []struct{ guard, file, old, new, killer string }{
	{"blind entries are compared", "change/approve.go", "\tif blind {", "\tif false {", "TestABlindEntryThatDiffers"},
	{"a setting is entered once", "change/approve.go", "if n != 1 || !equal {", "if !equal {", "TestABlindEntryIsTheSameNumber"},
	{"no other setting is entered", "change/approve.go", "return l.ID == e.Setting }) {", "return true }) {", "TestABlindEntryIsTheSameNumber"},
	{"two tries", "change/approve.go", "if r.Tries+1 >= MaxTries {", "if false {", "TestABlindEntryThatDiffers"},
	{"one comparison at a time", "change/approve.go", "	d.comparing.Lock()\n	defer d.comparing.Unlock()\n", "", "TestGuessesAtOnce"},
	{"only what waits is decided", "change/approve.go", "if request.State != Waiting && (", "if false && (", "TestABlindEntryThatDiffers"},
	{"policy is asked before a decision", "change/approve.go", "if err := policy.Decide(request.rules, ask); err != nil {", "if err := policy.Decide(request.rules, ask); false {", "TestTheProposerCannotApprove"},
	{"who agreed signs", "change/approve.go", "signer == nil || signer.ID != agreed.person.ID", "signer == nil", "TestWhatOnePersonAgreedTo"},
	{"an approval is not late", "change/approve.go", "\tif request.State != Waiting && (act", "\tif false && (act", "TestAnApprovalComesTooLate|TestAnApprovalThatComesBackTooLate|TestABlindEntryThatDiffers"},
	{"only an approved request is granted", "change/authorize.go", "	if r.State != Approved {\n		return nil, stateFault(r)\n	}\n", "", "TestTheProposerCannotApprove|TestARequestIsOver|TestASecondExecution"},
	{"the approval is of this text", "change/authorize.go", "a.Request != r.digest ||", "", "TestWhatSlippedIntoTheLog"},
	{"the approval has this nonce", "change/authorize.go", "|| a.Nonce != r.ExecuteOn.Nonce", "", "TestWhatSlippedIntoTheLog"},
	{"the approval is of these values", "change/authorize.go", "case !slices.Equal(a.Set, r.Set) ||", "case !slices.Equal(a.Set, a.Set) ||", "TestWhatSlippedIntoTheLog|TestWhatIsNotTakenFromAnotherLaptop"},
	{"policy is asked before a grant", "change/authorize.go", "\treturn policy.Decide(r.rules, ask)\n", "\t_ = policy.Decide(r.rules, ask)\n\treturn nil\n", "TestWhatSlippedIntoTheLog|TestWhatChangedAboutAPerson"},
	{"this workstation", "change/authorize.go", "if r.ExecuteOn.Workstation != d.workstation {", "if false {", "TestAGrantIsFor"},
	{"this driver", "change/authorize.go", "if driver.About().ID != r.Driver.ID {", "if false {", "TestAGrantIsFor"},
	{"the request still stands at the intent", "change/authorize.go", "r, err := g.desk.Request(ctx, g.request.ID)", "r, err := g.request, error(nil)", "TestAnApprovalThatExpires"},
	{"an outcome is owed", "change/authorize.go", "g.desk.owed = append(g.desk.owed, draft)", "", "TestAnOutcomeThatAFullDisk"},
	{"the device that was named", "change/execute.go", "err := sameDevice(request.Request, dev.Identity())", "err := sameDevice(request.Request, dev.Identity())\n\terr = nil", "TestADeviceOfAnotherNumber"},
	{"the device is asked again", "change/execute.go", "err = dev.Reidentify(ctx)", "err = nil", "TestAnotherDeviceOnTheSamePort"},
	{"the driver that was signed", "change/execute.go", "if err := sameDriver(auth, driver, description); err != nil {", "if err := sameDriver(auth, driver, description); false {", "TestAGrantIsFor"},
	{"the device holds what was seen", "change/execute.go", "!= request.Request.State {", "!= request.Request.State && false {", "TestADeviceThatNoLongerHolds"},
	{"the range is checked again", "change/execute.go", "if err := r.description.CheckAll(changes, snapshot); err != nil {", "if err := r.description.CheckAll(changes, snapshot); false {", "TestAValueThatTheDeviceDoesNotAllow"},
	{"the interlock", "change/execute.go", "!(request.Waived && fault.Is(err, fault.InUse))", "false", "TestADeviceOnAPatient|TestAPatientOnTheDevice"},
	{"the intent is recorded", "change/execute.go", "if err := auth.intend(ctx, run.steps); err != nil {", "if err := error(nil); err != nil {", "TestTheIntentIsRecorded"},
	{"the intent is durable", "change/execute.go", "if err := auth.intend(ctx, run.steps); err != nil {", "if err := auth.intend(ctx, run.steps); false {", "TestAnIntentThatAFullDisk"},
	{"a cancellation loses no outcome", "change/execute.go", "run.carryOut(context.WithoutCancel(ctx), progress)", "run.carryOut(ctx, progress)", "TestACancellationAfterTheIntent"},
	{"an order that keeps the rules", "change/execute.go", "changes = order(r.description, changes, snapshot)", "", "TestARaisedPair"},
	{"the first failure ends it", "change/step.go", "r.steps[i].Outcome != Verified {", "false {", "TestTheFirstSettingThatFails"},
	{"what was held is not verified", "change/step.go", "setting.Matches(wanted, left) && !unchanged:", "setting.Matches(wanted, left):", "TestOnlyWhatTheDeviceShows"},
	{"no answer is unknown", "change/step.go", "\tcase unanswered(written):\n\t\treturn Unknown\n\tcase unchanged:", "\tcase unchanged:", "TestOnlyWhatTheDeviceShows"},
	{"the unit is the signed one", "change/step.go", "if !ok || reading.Unit != s.Unit {", "if !ok {", "TestOnlyWhatTheDeviceShows"},
	{"unknown outweighs", "change/rollback.go", "\t\tcase s.unsure():\n\t\t\treturn Unknown\n", "", "TestOnlyWhatTheDeviceShows|TestADeviceThatAnswersTooLate"},
	{"recovery closes what is open", "change/outcome.go", "if State(row.state) != Applying {", "if true {", "TestACrashBetween"},
	{"the boot clock decides", "change/request.go", "if now.Boot == issued.Boot {", "if false {", "TestARequestIsOver"},
	{"an earlier wall clock is not believed", "change/request.go", "now.Wall.Before(issued.Wall) || ", "", "TestAfterARestart"},
	{"hidden until entered", "change/request.go", "return !r.complete && person", "return r.State == Waiting && person", "TestWhatNobodyEntered"},
	{"the first to record an expiry wins", "change/request.go", "if errors.Is(err, audit.ErrConflict) {", "if errors.Is(err, audit.ErrConflict) && false {", "TestTwoScreens"},
	{"unsigned maps are read-only", "change/propose.go", "return d.roster.Reviewed(ctx, digest)", "return digest != [32]byte{}, nil", "TestAMapThatNobodySigned"},
	{"weak identities", "change/propose.go", "if weak := p.Identity.Weak(); weak != (p.AssetTag != \"\") || weak &&", "if weak := p.Identity.Weak(); weak &&", "TestWhatCannotBeProposed|TestADeviceWithoutANumber"},
	{"a reason", "change/propose.go", "statement.CheckText(p.Reason); err != nil", "statement.CheckText(p.Reason); false", "TestWhatCannotBeProposed"},
	{"at most eight blind values", "change/propose.go", "if blind > MaxBlind {", "if false {", "TestNineBlindValues"},
	{"a later attempt changes nothing", "change/records.go", "SET why = ? WHERE id = ? AND state = 'approved'\"", "SET why = ? WHERE id = ?\"", "TestALaterAttempt"},
	{"who may act", "policy/policy.go", "case !mayAct(a.Person):", "case false:", ""},
	{"active, and no auditor", "policy/policy.go", "p.Active && p.Role.Known() && p.Role != Auditor", "p.Role.Known()", ""},
	{"two persons", "policy/policy.go", "case a.Person.ID == a.Proposer.ID:", "case false:", "TestEveryQuestion"},
	{"both count now", "policy/rules.go", "case !mayAct(a.Person):\n\t\t\treturn fault.New(fault.NotAllowed, a.ID, nil)\n", "case false:\n", "TestEveryQuestion"},
	{"one's own request", "policy/policy.go", "if a.Person.ID != a.Proposer.ID {", "if false {", ""},
	{"clinical is blind", "policy/rules.go", "return c == Clinical || c == HighAlert || p.Rule(c).Blind", "return p.Rule(c).Blind && c != Clinical", "change:TestABlindEntryThatDiffers"},
	{"no approval of one's own at the write", "change/approve.go", "if err := policy.Decide(request.rules, ask); err != nil {", "if err := policy.Decide(request.rules, ask); err != nil && act != policy.Approve {", "TestTheProposerCannotApprove"},
	{"an approver counts once", "policy/policy.go", "if approver.ID == a.Person.ID {", "if approver.ID == a.Person.ID && false {", "change:TestTwoRolesMustApprove"},
	{"a whole group approves", "policy/rules.go", "return a.Role == role }) {", "return a.Role == role }) && false {", "change:TestTwoRolesMustApprove"},
	{"probation", "policy/rules.go", "if !slices.ContainsFunc(approvers, func(a Approver) bool { return !a.Probation }) {", "if false {", "change:TestSomebodyOnProbation"},
	{"the other seat", "policy/policy.go", "if rule.OtherSeat && a.Seat == CoLocated {", "if false {", "change:TestAHighAlertSetting"},
	{"the rules of now", "change/authorize.go", "\tif ask.Proposer, ask.Approvers, err = d.parties(ctx, r); err != nil {\n\t\treturn err\n\t}\n\treturn policy.Decide(r.rules, ask)", "\tif ask.Proposer, ask.Approvers, err = d.parties(ctx, r); err != nil {\n\t\treturn err\n\t}\n\treturn policy.Decide(policy.Minimum(), ask)", "TestWhatChangedAboutAPerson"},
	{"an approval from elsewhere is of this request", "change/incoming.go", "if err := bound(r, a); err != nil {", "if err := bound(r, a); false {", "TestWhatIsNotTakenFromAnotherLaptop"},
	{"it says where it was signed", "change/incoming.go", "case a.Elsewhere.Origin == \"\" || a.Elsewhere.Origin == d.log.Head().Origin:", "case false:", "TestWhatIsNotTakenFromAnotherLaptop"},
	{"what its signer saw is true", "change/incoming.go", "\treturn d.witnessed(ctx, a.Log)", "\treturn nil", "TestWhatIsNotTakenFromAnotherLaptop"},
	{"policy is asked about it", "change/incoming.go", "if err := d.mayDecide(ctx, person, r, policy.Approve, policy.OtherDevice); err != nil {", "if err := d.mayDecide(ctx, person, r, policy.Approve, policy.OtherDevice); false {", "TestWhatIsNotTakenFromAnotherLaptop|TestAnApprovalThatComesBackTooLate"},
	{"the asset tag is hidden until entered", "change/request.go", "return r.AssetTag != \"\" && r.private(person)", "return false", "TestADeviceWithoutANumber"},
	{"the asset tag", "change/approve.go", "if r.AssetTag != \"\" && (", "if false && (", "TestADeviceWithoutANumber"},
	{"nothing is tried on a device that does not answer", "change/rollback.go", "\t\tcase Unknown:\n\t\t\treturn false\n", "", "TestAPlanToSetBack"},
	{"setting back is read back", "change/rollback.go", "\ts.Restored = judgeBack(s.SetLine, left, err)", "\ts.Restored = Verified", "TestAPlanToSetBack"},
	{"setting back only by plan", "change/rollback.go", "if r.onFailure != statement.RollBack || !r.worthSettingBack() {", "if !r.worthSettingBack() {", "TestAPlanToSetBack"},
	{"resolving asks who it is", "change/outcome.go", "\tif err := sameDevice(r.Request, dev.Identity()); err != nil {", "\tif err := sameDevice(r.Request, dev.Identity()); false {", "TestWhatIsUnknown"},
	{"unknown comes first", "change/outcome.go", "if s.unsure() && !unknown[s.ID] {", "if false {", "TestWhatIsUnknown"},
	{"another value is accepted first", "change/outcome.go", "!r.Accepted && !settled[s.ID]", "false", "TestWhatADeviceTookInstead"},
	{"a waiver is both persons'", "change/outcome.go", "if signers[0].ID != r.Signer.ID || !r.approvedBy(signers[1].ID) {", "if false {", "TestAPatientOnTheDevice"},
	{"a template's values", "change/template.go", "if !slices.Contains(t.Set, value) {", "if !slices.Contains(t.Set, value) && false {", "TestATemplateStands"},
	{"a template's end", "change/template.go", "case p.ended != 0:", "case false:", "TestATemplateThatEnded"},
	{"a template's time", "change/template.go", "case now.After(t.Until.Wall) ||", "case", "TestATemplateIsOver"},
	{"a template's device", "change/template.go", "case t.Device != device:", "case false:", "TestATemplateStands"},
	{"a template's signers now", "change/template.go", "\treturn d.mayStand(ctx, t.Template, drivers.About{ID: r.Driver.ID, Reviewed: ask.Reviewed})", "\treturn nil", "TestATemplateThatEnded"},
	{"a rewound database ends what is open", "change/records.go", "case audit.KindRolledBack, audit.KindRestored:", "case audit.KindRestored:", "TestADatabaseThatWasPutBack"},
	{"a restored database ends what is open", "change/records.go", "case audit.KindRolledBack, audit.KindRestored:", "case audit.KindRolledBack:", "TestADatabaseThatWasPutBack"},
	{"a comment tells no value", "change/decide.go", "request.Blind() && tells(request.Set, text)", "false", "TestACommentIsRead"},
	{"one edits one's own", "change/propose.go", "r.State != Returned || r.Signer.ID != person.ID {", "r.State != Returned {", "TestAReturnedRequest"},
	{"an emergency that runs", "change/emergency.go", "e.Session == nil || e.Session.Left() == 0", "e.Session == nil", "TestAnAuthorizationIsFor"},
	{"the device of the emergency", "change/emergency.go", "if ask.Device != statement.DeviceOf(e.Proposal.Identity) {", "if false {", "TestAnAuthorizationIsFor"},
	{"the tag of the emergency", "change/emergency.go", "\te.Proposal.AssetTag = ask.Tag\n", "", "TestADeviceWithoutASerialNumber"},
	{"a weak identity has a tag", "change/emergency.go", "case p.Identity.Weak() != (p.AssetTag != \"\"):", "case false:", "TestADeviceWithoutASerialNumber"},
	{"unsigned maps are read-only alone", "change/emergency.go", "case !e.Reviewed:", "case false:", "TestAMapThatNobodySignedIsReadOnlyIn"},
	{"the range alone", "change/emergency.go", "if err := p.Description.CheckAll(p.Changes, p.Snapshot); err != nil {", "if err := p.Description.CheckAll(p.Changes, p.Snapshot); false {", "TestAnEmergencyKeepsTheLimits"},
	{"the rules keep it out", "change/emergency.go", "if e.Rules.Excluded(p.Driver.About().ID, l.ID) {", "if false {", "TestWhatTheRulesKeepOut"},
	{"unproved is safe or approved", "change/emergency.go", "if tier == breakglass.T0 && !e.safe(setting, p.Changes[i], l) {", "if tier == breakglass.T0 && !e.safe(setting, p.Changes[i], l) && false {", "TestWhoHasNotShown"},
	{"back to this value", "change/emergency.go", "return ok && approved == l.Wanted", "return ok && approved != \"\"", "TestWhoHasNotShown"},
	{"an emergency's authorization once", "change/emergency.go", "if e.used.Swap(true) {", "if e.used.Swap(true) && false {", "TestAnEmergencysAuthorization"},
	{"the intent alone", "change/emergency.go", "\t_, err := e.Session.Intend(pairs...)\n\treturn err", "\t_, _ = e.Session.Intend(pairs...)\n\treturn nil", "TestNothingIsSentInAnEmergency"},
	{"a patient is recorded", "change/emergency.go", "if e.InUse || e.patient.Load() {", "if e.InUse {", "TestAPatientOnTheDeviceDoesNot"},
	{"the outcome alone", "change/emergency.go", "\te.Session.Conclude(\"outcome\", string(outcome), \"steps\", formatSteps(steps))\n", "", "TestOnePersonWrites"},
	{"why nothing was sent alone", "change/emergency.go", "\te.Session.Stop(\"why\", string(fault.KindOf(why)), \"settings\", labels(e.Proposal))\n", "", "TestNothingIsSentInAnEmergency"},
	{"a patient stops nobody alone", "change/emergency.go", "request := Request{Waived: true}", "request := Request{}", "TestAPatientOnTheDeviceDoesNot"},
	{"a device that nobody can tell from others", "change/emergency.go", "if err != nil || device.Serial == \"\" {", "if err != nil {", "TestADeviceWithoutASerialNumberNeeds"},
	{"what was approved was written", "change/emergency.go", "s.Outcome == Verified && s.Restored == \"\"", "s.Restored == \"\"", "TestTheLastApproved"},
	{"an emergency ends what waits for its device", "change/records.go", "case breakglass.KindOpened:", "case breakglass.KindOpened + \" never\":", "TestAnEmergencySupersedes|TestAnEmergencyThatIsTakenIn"},
	{"and for no other", "change/records.go", "state IN ('waiting', 'approved') AND device = ?\"", "state IN ('waiting', 'approved') AND ? <> ''\"", "TestAnEmergencySupersedes"},
	{"a long overdue review", "change/propose.go", "\t\tif barred {\n", "\t\tif barred && false {\n", "TestALongOverdueReview"},
	{"drift is of this device", "change/drift.go", "if is.Firmware = left.Firmware; is != left {", "if is.Firmware = left.Firmware; is != left && false {", "TestAfterwardsADevice"},
	{"drift is what differs", "change/drift.go", "token(reading.Value) != e.Left[id]", "token(reading.Value) == \"\"", "TestAfterwardsADevice"},
	{"nothing begins after the end", "breakglass/session.go", "func (s *Session) Intend(pairs ...string) (Receipt, error) {\n\ts.desk.mu.Lock()\n\tif s.left(s.desk.recorder.now()) == 0 {", "func (s *Session) Intend(pairs ...string) (Receipt, error) {\n\ts.desk.mu.Lock()\n\tif false {", "change:TestNothingIsSentInAnEmergency"},
	{"nothing is extended after the end", "breakglass/session.go", "s.ask.Name, nil)\n\t}\n\ts.desk.mu.Lock()\n\tif s.left(s.desk.recorder.now()) == 0 {", "s.ask.Name, nil)\n\t}\n\ts.desk.mu.Lock()\n\tif false {", "change:TestAWriteThatHasBegun"},
	{"what was continued is not extended", "breakglass/session.go", "if s.continued {\n\t\treturn Receipt{}", "if false {\n\t\treturn Receipt{}", "breakglass:TestAfterACrash"},
	{"a session is one person's", "breakglass/desk.go", "of.Who.Actor.ID == a.Who.Actor.ID &&\n\t\tof.Who.Actor.Name == a.Who.Actor.Name &&", "true &&", "breakglass:TestAnotherPersonOnTheSame"},
	{"an emergency ends with the machine", "breakglass/session.go", "if s.how != \"\" || now.Boot != s.until.Boot {", "if s.how != \"\" {", "change:TestNothingIsSentInAnEmergency"},
	{"a sealed emergency has no time", "breakglass/session.go", "if s.how != \"\" || now.Boot != s.until.Boot {", "if now.Boot != s.until.Boot {", "change:TestNothingIsSentInAnEmergency"},
	{"the end waits for what has begun", "breakglass/session.go", "s.how != \"\" && s.busy == 0 && !s.closed", "s.how != \"\" && !s.closed", "change:TestAWriteThatHasBegun"},
	{"an emergency ends once", "breakglass/session.go", "s.how != \"\" && s.busy == 0 && !s.closed", "s.how != \"\" && s.busy == 0", "change:TestOnePersonWrites"},
	{"time ends an emergency", "breakglass/desk.go", "\tif s.Left() == 0 {\n\t\ts.Seal(Expired)\n", "\tif false {\n\t\ts.Seal(Expired)\n", "change:TestAWriteThatHasBegun"},
	{"nobody who is not known is T1", "breakglass/breakglass.go", "\treturn T0\n", "\treturn T1\n", "change:TestWhoHasNotShown"},
	{"a record waits no longer than the ladder", "breakglass/recorder.go", "case <-timer.C:", "case <-(chan time.Time)(nil):", "TestARecordTakesAsLong"},
	{"a place may panic", "breakglass/recorder.go", "fault.Guard(p.Name, func() error { return p.Put(context.WithoutCancel(ctx), e.frame) })", "p.Put(context.WithoutCancel(ctx), e.frame)", "TestARecordTakesAsLong"},
	{"who acted tells it", "breakglass/review.go", "case e.Actor.ID != by.ID && (e.Identity == ByKey || e.Actor.Name != by.Name):", "case false:", "TestOnlyThePerson"},
	{"it is told once", "breakglass/review.go", "case !e.Over() || e.Account != \"\" || e.Drill:", "case !e.Over() || e.Drill:", "TestOnlyThePerson"},
	{"policy is asked before a review", "breakglass/review.go", "if err := g.mayReview(ctx, e, by); err != nil {", "if err := g.mayReview(ctx, e, by); false {", "TestAnEmergencyIsReviewedByTwo"},
	{"nobody reviews twice", "breakglass/review.go", "if slices.ContainsFunc(by, func(s people.Person) bool { return s.ID == before.ID }) {", "if false {", "TestAnEmergencyIsReviewedByTwo"},
	{"unjustified needs an incident", "breakglass/review.go", "if incident != \"\" || finding == Unjustified {", "if incident != \"\" {", "TestWhatWasNotJustified"},
	{"five percent", "breakglass/review.go", "return 1000*s.Alone > AlarmShare*(s.Alone+s.Normal)", "return s.Tenths() > AlarmShare", "TestAShareIsMeasured"},
	{"two review", "breakglass/register.go", "case done >= 2:", "case done >= 1:", "TestAnEmergencyIsReviewedByTwo"},
	{"one is enough where nobody else may", "breakglass/register.go", "case done == 1 && eligible < 2:", "case done == 1:", "TestAnEmergencyIsReviewedByTwo"},
	{"who told it does not review it", "breakglass/register.go", "if p.ID == e.accountant || e.Identity != ByKey && p.Name == e.Actor.Name {", "if false {", "TestSomebodyWhoOnlySaid"},
	{"whose request was superseded does not review it", "breakglass/register.go", "barred := slices.Clone(e.Proposers)", "var barred []string", "TestWhoseRequest"},
	{"nobody waits for a review that nobody may give", "breakglass/register.go", "now.After(over.Add(LongOver)) && eligible > 0", "now.After(over.Add(LongOver))", "TestWhoseRequest"},
	{"a drill is no emergency", "breakglass/projection.go", "\t\tif !drill {\n", "\t\tif true {\n", "TestMoreThanFivePercent"},
	{"an opening that was lost", "breakglass/projection.go", "\tcase KindIntent:\n\t\theadless()\n", "\tcase KindIntent:\n", "TestAnEmergencyWhoseOpening"},
}

// vital are the guards without which one person could write, or the wrong thing could be written.
var vital = []string{
	"policy is asked before a decision",
	"the approval has this nonce",
	"the device holds what was seen",
	"policy is asked before a grant",
	"the device is asked again",
	"blind entries are compared",
	"the intent is recorded",
	"nothing begins after the end",
	"an emergency's authorization once",
	"unproved is safe or approved",
}

func TestEachGuardIsThereOnce(t *testing.T) {
	for _, m := range mutants {
		source, err := os.ReadFile(filepath.Join("..", m.file))
		if err != nil || strings.Count(string(source), m.old) != 1 {
			t.Errorf("%s: the guard is there %d times, %v", m.guard, strings.Count(string(source), m.old), err)
		}
	}
}

// The table stands between these lines.
const tableBegin, tableEnd = "<!-- mutants -->\n", "<!-- /mutants -->\n"

func TestTheTableOfMutantsIsTheList(t *testing.T) {
	const file = "../../SECURITY.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegin)
	old, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatal("SECURITY.md has no place for the table")
	}
	var table strings.Builder
	table.WriteString("| guard | in | without it this test fails |\n|---|---|---|\n")
	for _, m := range mutants {
		killer := m.killer
		if killer == "" {
			killer = "TestEveryQuestion"
		}
		_, killer, _ = strings.Cut(":"+killer, ":")
		fmt.Fprintf(&table, "| %s | `%s` | `%s` |\n", m.guard, m.file, strings.ReplaceAll(strings.TrimPrefix(killer, "change:"), "|", "`, `"))
	}
	if *writeTable {
		if err := os.WriteFile(file, []byte(before+tableBegin+table.String()+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != table.String() {
		t.Error("the table in SECURITY.md is another one: go test ./internal/change -run Table -table")
	}
}
