//go:build mutants

package change_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutants take one guard away each. The named test must fail without it:
//
//	go test -tags mutants,sqlite_omit_load_extension -run Mutant -timeout 30m ./internal/change
var mutants = []struct{ guard, file, old, new, killer string }{
	{"blind entries are compared", "change/approve.go", "if request.Blind() {", "if false {", "TestABlindEntryThatDiffers"},
	{"a setting is entered once", "change/approve.go", "if n != 1 || !equal {", "if !equal {", "TestABlindEntryIsTheSameNumber"},
	{"no other setting is entered", "change/approve.go", "return l.ID == e.Setting }) {", "return true }) {", "TestABlindEntryIsTheSameNumber"},
	{"two tries", "change/approve.go", "if r.Tries+1 >= maxTries {", "if false {", "TestABlindEntryThatDiffers"},
	{"one comparison at a time", "change/approve.go", "	d.comparing.Lock()\n	defer d.comparing.Unlock()\n", "", "TestGuessesAtOnce"},
	{"only what waits is decided", "change/approve.go", "if request.State != Waiting && (", "if false && (", "TestABlindEntryThatDiffers"},
	{"policy is asked before a decision", "change/approve.go", "policy.Decide(policy.Ask{Act: act, Person: now.Policy(), Proposer: proposer.Policy()}); err != nil", "policy.Decide(policy.Ask{Act: act, Person: now.Policy(), Proposer: proposer.Policy()}); false", "TestTheProposerCannotApprove"},
	{"who agreed signs", "change/approve.go", "signer == nil || signer.ID != agreed.person.ID", "signer == nil", "TestWhatOnePersonAgreedTo"},
	{"an approval is not late", "change/approve.go", "if _, err := d.decidable(ctx, signer.Person, agreed.request.ID, policy.Approve); err != nil {", "if false {\n\t\tvar err error", "TestAnApprovalComesTooLate"},
	{"only an approved request is granted", "change/authorize.go", "	if r.State != Approved {\n		return nil, stateFault(r)\n	}\n", "", "TestTheProposerCannotApprove|TestARequestIsOver|TestASecondExecution"},
	{"the approval is of this text", "change/authorize.go", "a.Request != r.digest ||", "", "TestWhatSlippedIntoTheLog"},
	{"the approval has this nonce", "change/authorize.go", "|| a.Nonce != r.ExecuteOn.Nonce", "", "TestWhatSlippedIntoTheLog"},
	{"the approval is of these values", "change/authorize.go", "case !slices.Equal(a.Set, r.Set):", "case false && !slices.Equal(a.Set, r.Set):", "TestWhatSlippedIntoTheLog"},
	{"policy is asked before a grant", "change/authorize.go", "if err := policy.Decide(ask); err != nil {", "if err := policy.Decide(ask); false {", "TestWhatSlippedIntoTheLog"},
	{"this workstation", "change/authorize.go", "if r.ExecuteOn.Workstation != d.workstation {", "if false {", "TestAGrantIsFor"},
	{"this driver", "change/authorize.go", "if driver.About().ID != r.Driver.ID {", "if false {", "TestAGrantIsFor"},
	{"the request still stands at the intent", "change/authorize.go", "r, err := g.desk.Request(ctx, g.request.ID)", "r, err := g.request, error(nil)", "TestAnApprovalThatExpires"},
	{"an outcome is owed", "change/authorize.go", "g.desk.owed = append(g.desk.owed, draft)", "", "TestAnOutcomeThatAFullDisk"},
	{"the device that was named", "change/execute.go", "err := sameDevice(request.Device, dev.Identity())", "err := sameDevice(request.Device, dev.Identity())\n\terr = nil", "TestADeviceOfAnotherNumber"},
	{"the device is asked again", "change/execute.go", "err = dev.Reidentify(ctx)", "err = nil", "TestAnotherDeviceOnTheSamePort"},
	{"the driver that was signed", "change/execute.go", "if err := sameDriver(auth, driver, description); err != nil {", "if err := sameDriver(auth, driver, description); false {", "TestAGrantIsFor"},
	{"the device holds what was seen", "change/execute.go", "!= request.Request.State {", "!= request.Request.State && false {", "TestADeviceThatNoLongerHolds"},
	{"the range is checked again", "change/execute.go", "if err := r.description.CheckAll(changes, snapshot); err != nil {", "if err := r.description.CheckAll(changes, snapshot); false {", "TestAValueThatTheDeviceDoesNotAllow"},
	{"the interlock", "change/execute.go", "if err := interlock.SafeToWrite(ctx); err != nil {", "if err := interlock.SafeToWrite(ctx); false {", "TestADeviceOnAPatient"},
	{"the intent is recorded", "change/execute.go", "if err := auth.intend(ctx, run.steps); err != nil {", "if err := error(nil); err != nil {", "TestTheIntentIsRecorded"},
	{"the intent is durable", "change/execute.go", "if err := auth.intend(ctx, run.steps); err != nil {", "if err := auth.intend(ctx, run.steps); false {", "TestAnIntentThatAFullDisk"},
	{"a cancellation loses no outcome", "change/execute.go", "run.carryOut(context.WithoutCancel(ctx), progress)", "run.carryOut(ctx, progress)", "TestACancellationAfterTheIntent"},
	{"an order that keeps the rules", "change/execute.go", "changes = order(r.description, changes, snapshot)", "", "TestARaisedPair"},
	{"the first failure ends it", "change/step.go", "r.steps[i].Outcome != Verified {", "false {", "TestTheFirstSettingThatFails"},
	{"what was held is not verified", "change/step.go", "setting.Matches(wanted, left) && !unchanged:", "setting.Matches(wanted, left):", "TestOnlyWhatTheDeviceShows"},
	{"no answer is unknown", "change/step.go", "	case unanswered:", "	case unanswered && false:", "TestOnlyWhatTheDeviceShows"},
	{"the unit is the signed one", "change/step.go", "if !ok || reading.Unit != s.Unit {", "if !ok {", "TestOnlyWhatTheDeviceShows"},
	{"unknown outweighs", "change/step.go", "		case Unknown:\n			return Unknown\n", "", "TestOnlyWhatTheDeviceShows|TestADeviceThatAnswersTooLate"},
	{"recovery closes what is open", "change/step.go", "if State(row.state) != Applying {", "if true {", "TestACrashBetween"},
	{"the boot clock decides", "change/request.go", "if now.Boot == issued.Boot {", "if false {", "TestARequestIsOver"},
	{"an earlier wall clock is not believed", "change/request.go", "now.Wall.Before(issued.Wall) || ", "", "TestAfterARestart"},
	{"hidden until entered", "change/request.go", "return r.Approval == nil &&", "return r.State == Waiting &&", "TestWhatNobodyEntered"},
	{"the first to record an expiry wins", "change/request.go", "if errors.Is(err, audit.ErrConflict) {", "if errors.Is(err, audit.ErrConflict) && false {", "TestTwoScreens"},
	{"unsigned maps are read-only", "change/propose.go", "return d.roster.Reviewed(ctx, digest)", "return digest != [32]byte{}, nil", "TestAMapThatNobodySigned"},
	{"weak identities", "change/propose.go", "if p.Identity.Weak() {", "if false {", "TestWhatCannotBeProposed"},
	{"a reason", "change/propose.go", "statement.CheckText(p.Reason); err != nil", "statement.CheckText(p.Reason); false", "TestWhatCannotBeProposed"},
	{"at most eight blind values", "change/propose.go", "if blind > MaxBlind {", "if false {", "TestNineBlindValues"},
	{"a later attempt changes nothing", "change/records.go", " AND state = 'approved'\"", "\"", "TestALaterAttempt"},
	{"who may act", "policy/policy.go", "case !mayAct(a.Person):", "case false:", ""},
	{"active, and no auditor", "policy/policy.go", "p.Active && p.Role.Known() && p.Role != Auditor", "p.Role.Known()", ""},
	{"two persons", "policy/policy.go", "case proposer.ID == approver.ID:", "case false:", ""},
	{"both count now", "policy/policy.go", "|| !mayAct(proposer) || !mayAct(approver)", "", ""},
	{"one's own request", "policy/policy.go", "if a.Person.ID != a.Proposer.ID {", "if false {", ""},
	{"clinical is blind", "policy/policy.go", "return risk == drivers.Clinical", "return false", "change:TestABlindEntryThatDiffers"},
}

func TestEachMutantIsKilledByItsTest(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.guard, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("..", m.file))
			if err != nil {
				t.Fatal(err)
			}
			source, err := os.ReadFile(path)
			if err != nil || strings.Count(string(source), m.old) != 1 {
				t.Fatalf("the guard is there %d times, %v", strings.Count(string(source), m.old), err)
			}
			mutant, overlay := filepath.Join(t.TempDir(), "mutant.go"), filepath.Join(t.TempDir(), "overlay.json")
			list, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutant}})
			if err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string][]byte{mutant: []byte(strings.Replace(string(source), m.old, m.new, 1)), overlay: list} {
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			folder, killer := filepath.Dir(m.file), m.killer
			if in, test, named := strings.Cut(m.killer, ":"); named {
				folder, killer = in, test
			}
			out, err := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-timeout=2m", "-overlay", overlay,
				"-tags", "sqlite_omit_load_extension", "-run", killer, "countersign/internal/"+folder).CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("it lives: %s", out)
			case strings.Contains(string(out), "[build failed]"):
				t.Errorf("it was never born: %s", out)
			}
		})
	}
}
