package change_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

const leePhrase = "third of three passphrases"

// enrol lets Robin and Kim vouch for Lee, who is a pharmacist.
func (b *bench) enrol(t *testing.T, ctx context.Context) *people.Signer {
	t.Helper()
	keys := people.NewKeys(filepath.Join(t.TempDir(), "keys"))
	lee := people.Candidate{Name: "Lee Third", Role: policy.Pharmacy, Badge: "B-3", Passphrase: leePhrase}
	c, err := b.roster.PrepareEnrol(ctx, keys, lee, [2]people.Person{b.robin.Person, b.kim.Person})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.roster.Complete(ctx, c, b.robin, b.kim); err != nil {
		t.Fatal(err)
	}
	enrolled, err := statement.As[statement.Enrol]([]byte(c.Text()))
	if err != nil {
		t.Fatal(err)
	}
	person, err := b.roster.Person(ctx, enrolled.Candidate.ID)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := keys.Unlock(person, "test/bench", leePhrase)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// govern puts a rule for clinical settings in force; the others stay as they are.
func (b *bench) govern(t *testing.T, ctx context.Context, clinical string, more ...string) {
	t.Helper()
	lines := policy.Minimum().Lines()
	lines[2] = clinical
	b.enact(t, ctx, append(lines[:4:4], append(more, lines[4:]...)...))
}

// governAll replaces the first rules, for cosmetic settings and on.
func (b *bench) governAll(t *testing.T, ctx context.Context, first []string) {
	t.Helper()
	lines := policy.Minimum().Lines()
	copy(lines, first)
	b.enact(t, ctx, lines)
}

func (b *bench) enact(t *testing.T, ctx context.Context, lines []string) {
	t.Helper()
	rules, err := policy.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.roster.PreparePolicy(ctx, rules, "Board decision", [2]people.Person{b.robin.Person, b.kim.Person})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.roster.Complete(ctx, c, b.robin, b.kim); err != nil {
		t.Fatal(err)
	}
}

// approve lets a person enter the request's values and sign.
func (b *bench) approve(t *testing.T, ctx context.Context, by *people.Signer, r change.Request) error {
	t.Helper()
	var entries []change.Entry
	for _, l := range r.Set {
		entries = append(entries, change.Entry{Setting: l.ID, Value: l.Wanted})
	}
	agreed, err := b.desk.Compare(ctx, by.Person, r.ID, entries)
	if err != nil {
		return err
	}
	return b.desk.Approve(ctx, by, agreed)
}

const both = "clinical propose any approve nursing+pharmacy seat any entry blind"

func TestTwoRolesMustApproveAndNeitherSeesTheValuesBefore(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		lee := b.enrol(t, ctx)
		b.clock.Advance(8 * 24 * time.Hour)
		b.govern(t, ctx, both)
		r := b.proposed(t, ctx)
		if err := b.approve(t, ctx, b.kim, r); err != nil {
			t.Fatal(err)
		}
		r = b.state(t, ctx, r.ID)
		if r.State != change.Waiting || r.Missing == nil || !r.Hidden(lee.ID) || r.Hidden(b.kim.ID) || r.Hidden(b.robin.ID) {
			t.Fatalf("after the first: %s, %v", r.State, r.Missing)
		}
		wantFault(t, b.approve(t, ctx, b.kim, r), fault.SamePerson)
		_, err := b.execute(ctx, r.ID)
		wantFault(t, err, fault.WrongState)
		if err := b.approve(t, ctx, lee, r); err != nil {
			t.Fatal(err)
		}
		r = b.state(t, ctx, r.ID)
		if r.State != change.Approved || len(r.Approvals) != 2 || r.Missing != nil || r.Hidden("anybody") {
			t.Fatalf("after the second: %s, %d", r.State, len(r.Approvals))
		}
		if result, err := b.execute(ctx, r.ID); err != nil || result.Outcome != change.Verified {
			t.Errorf("%q, %v", result.Outcome, err)
		}
	})
}

func TestSomebodyOnProbationDoesNotApproveAlone(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		lee := b.enrol(t, ctx)
		r := b.proposed(t, ctx)
		if err := b.approve(t, ctx, lee, r); err != nil {
			t.Fatal(err)
		}
		r = b.state(t, ctx, r.ID)
		if r.State != change.Waiting || !fault.Is(r.Missing, fault.Probation) {
			t.Fatalf("%s, %v", r.State, r.Missing)
		}
		if err := b.approve(t, ctx, b.kim, r); err != nil {
			t.Fatal(err)
		}
		if got := b.state(t, ctx, r.ID).State; got != change.Approved {
			t.Error(got)
		}
	})
}

func TestWhatChangedAboutAPersonOrTheRulesSinceCountsAtTheWrite(t *testing.T) {
	for sentence, since := range map[string]func(*testing.T, context.Context, *bench, *people.Signer){
		"the approver was suspended": func(t *testing.T, ctx context.Context, b *bench, lee *people.Signer) {
			c, err := b.roster.PrepareSuspend(ctx, lee.Person, "Badge lost", b.kim.Person)
			if err == nil {
				err = b.roster.Complete(ctx, c, b.kim)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"the approver has another role": func(t *testing.T, ctx context.Context, b *bench, lee *people.Signer) {
			c, err := b.roster.PrepareRole(ctx, lee.Person, policy.Auditor, "New post", [2]people.Person{b.robin.Person, b.kim.Person})
			if err == nil {
				err = b.roster.Complete(ctx, c, b.robin, b.kim)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"the rules want another role": func(t *testing.T, ctx context.Context, b *bench, _ *people.Signer) {
			b.govern(t, ctx, "clinical propose any approve nursing seat any entry blind")
		},
		"the proposer may not propose any more": func(t *testing.T, ctx context.Context, b *bench, _ *people.Signer) {
			b.govern(t, ctx, "clinical propose nursing approve any seat any entry blind")
		},
		"the approver left": func(t *testing.T, ctx context.Context, b *bench, lee *people.Signer) {
			c, err := b.roster.PrepareRevocation(ctx, lee.Person, people.Left, "Moved", [2]people.Person{b.robin.Person, b.kim.Person})
			if err == nil {
				err = b.roster.Complete(ctx, c, b.robin, b.kim)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				lee := b.enrol(t, ctx)
				b.clock.Advance(8 * 24 * time.Hour)
				r := b.proposed(t, ctx)
				if err := b.approve(t, ctx, lee, r); err != nil {
					t.Fatal(err)
				}
				since(t, ctx, b, lee)
				_, err := b.execute(ctx, r.ID)
				wantFault(t, err, fault.NotAllowed)
				if got := b.unit.Limit(6); got != 50 {
					t.Errorf("the monitor holds %d", got)
				}
			})
		})
	}
}

func TestAHighAlertSettingIsNotApprovedAtTheSameSeat(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		b.govern(t, ctx, policy.Minimum().Lines()[2], "high-alert-setting oridion/capnostream20 alarm.etco2.high")
		r := b.proposed(t, ctx)
		if len(r.Classes) != 1 || r.Classes[0] != policy.HighAlert {
			t.Fatalf("%v", r.Classes)
		}
		wantFault(t, b.approve(t, ctx, b.kim, r), fault.OtherSeat)
	})
}

// signedElsewhere is an approval as another laptop hands it over.
func signedElsewhere(t *testing.T, r change.Request, by *people.Signer, spoil func(*statement.Approval)) string {
	t.Helper()
	a := approvalOf(r, by)
	a.Elsewhere = statement.LogHead{Origin: "test/other", Size: 12, Root: statement.Digest([]byte("other"))}
	if spoil != nil {
		spoil(&a)
	}
	text, err := a.Text()
	if err != nil {
		t.Fatal(err)
	}
	note, err := by.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	return note
}

func TestAnApprovalFromAnotherLaptopIsTakenOnce(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		b.govern(t, ctx, policy.Minimum().Lines()[2], "high-alert-setting oridion/capnostream20 alarm.etco2.high")
		r := b.proposed(t, ctx)
		note := signedElsewhere(t, r, b.kim, nil)
		got, err := b.desk.TakeApproval(ctx, b.robin.Actor(), note)
		if err != nil || got.State != change.Approved || got.Approvals[0].Seat != policy.OtherDevice {
			t.Fatalf("%+v, %v", got.State, err)
		}
		_, err = b.desk.TakeApproval(ctx, b.robin.Actor(), note)
		if err == nil {
			t.Error("it was taken twice")
		}
		if result, err := b.execute(ctx, r.ID); err != nil || result.Outcome != change.Verified {
			t.Errorf("%q, %v", result.Outcome, err)
		}
	})
}

func TestWhatIsNotTakenFromAnotherLaptop(t *testing.T) {
	for sentence, c := range map[string]struct {
		by    func(*bench) *people.Signer
		spoil func(*statement.Approval)
		want  fault.Kind
	}{
		"the proposer's own":              {func(b *bench) *people.Signer { return b.robin }, nil, fault.SamePerson},
		"one that was signed here":        {nil, func(a *statement.Approval) { a.Elsewhere = statement.LogHead{} }, fault.Incoming},
		"one that names this console":     {nil, func(a *statement.Approval) { a.Elsewhere.Origin = "test/bench" }, fault.Incoming},
		"one of another request":          {nil, func(a *statement.Approval) { a.Request[0]++ }, fault.Incoming},
		"one of a request that is not":    {nil, func(a *statement.Approval) { a.ID = a.Nonce }, fault.NotFound},
		"one with another number":         {nil, func(a *statement.Approval) { a.Nonce = a.ID }, fault.Incoming},
		"one of another value":            {nil, func(a *statement.Approval) { a.Set = []statement.SetLine{a.Set[0]}; a.Set[0].Wanted = "46" }, fault.Incoming},
		"one that saw another log":        {nil, func(a *statement.Approval) { a.Log.Root[0]++ }, fault.Incoming},
		"one that saw the log of another": {nil, func(a *statement.Approval) { a.Log.Origin = "test/else" }, fault.Incoming},
		"one that saw what is not yet":    {nil, func(a *statement.Approval) { a.Log.Size += 100 }, fault.Incoming},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				r, by := b.proposed(t, ctx), b.kim
				if c.by != nil {
					by = c.by(b)
				}
				size := b.log.Head().Size
				_, err := b.desk.TakeApproval(ctx, b.kim.Actor(), signedElsewhere(t, r, by, c.spoil))
				wantFault(t, err, c.want)
				if got := b.state(t, ctx, r.ID); got.State != change.Waiting || b.log.Head().Size != size {
					t.Errorf("the request is %s", got.State)
				}
			})
		})
	}
}

func TestAnApprovalThatComesBackTooLateIsNotTaken(t *testing.T) {
	for sentence, c := range map[string]struct {
		before func(context.Context, *bench, string) error
		want   fault.Kind
	}{
		"after an hour": {func(_ context.Context, b *bench, _ string) error {
			b.clock.Advance(change.ValidFor + time.Second)
			return nil
		}, fault.Expired},
		"after a withdrawal": {func(ctx context.Context, b *bench, id string) error { return b.desk.Withdraw(ctx, b.robin, id) }, fault.WrongState},
		"after a return": {func(ctx context.Context, b *bench, id string) error {
			return b.desk.Return(ctx, b.kim, id, "Wrong ward")
		}, fault.Returned},
	} {
		t.Run(sentence, func(t *testing.T) {
			at(t, func(ctx context.Context, b *bench) {
				r := b.proposed(t, ctx)
				note := signedElsewhere(t, r, b.kim, nil)
				if err := c.before(ctx, b, r.ID); err != nil {
					t.Fatal(err)
				}
				_, err := b.desk.TakeApproval(ctx, b.robin.Actor(), note)
				wantFault(t, err, c.want)
			})
		})
	}
}

func TestADatabaseThatWasPutBackEndsWhatWasOpen(t *testing.T) {
	for _, kind := range []string{audit.KindRolledBack, audit.KindRestored} {
		at(t, func(ctx context.Context, b *bench) {
			waiting, approved := b.proposed(t, ctx), b.approved(t, ctx, wants("alarm.etco2.high", 46))
			if _, err := b.log.Append(ctx, audit.Draft{Kind: kind, Actor: b.robin.Actor()}); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{waiting.ID, approved.ID} {
				if got := b.state(t, ctx, id).State; got != change.Superseded {
					t.Errorf("%s: it is %s", kind, got)
				}
				_, err := b.execute(ctx, id)
				wantFault(t, err, fault.Superseded)
			}
		})
	}
}

func TestACommentIsReadAndTellsNoValueThatIsYetToBeEntered(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		for _, tells := range []string{"Please enter 45", "it is 45.0, I think", "(45)", "45"} {
			wantFault(t, b.desk.Comment(ctx, b.robin, r.ID, tells), fault.Mismatch)
		}
		for _, fine := range []string{"Bed 7, see ticket CE-1450", "Was 50 before"} {
			if err := b.desk.Comment(ctx, b.kim, r.ID, fine); err != nil {
				t.Errorf("%q: %v", fine, err)
			}
		}
		got := b.state(t, ctx, r.ID).Comments
		if len(got) != 2 || got[0].Text != "Bed 7, see ticket CE-1450" || got[1].By.Name != b.kim.Name {
			t.Errorf("%+v", got)
		}
	})
}

func TestAReturnedRequestIsEditedByItsProposer(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		wantFault(t, b.desk.Return(ctx, b.robin, r.ID, "my own"), fault.SamePerson)
		wantFault(t, b.desk.Return(ctx, b.kim, r.ID, " "), fault.NoReason)
		if err := b.desk.Return(ctx, b.kim, r.ID, "The committee decided 46"); err != nil {
			t.Fatal(err)
		}
		if got := b.state(t, ctx, r.ID); got.State != change.Returned || got.Why != "The committee decided 46" || !got.Hidden(b.kim.ID) {
			t.Errorf("%s, %q", got.State, got.Why)
		}
		p := b.proposal(t, ctx, wants("alarm.etco2.high", 46))
		p.Edits, p.Ticket = r.ID, "CE-8841"
		_, err := b.desk.Propose(ctx, b.kim, p)
		wantFault(t, err, fault.NotFound)
		edited, err := b.desk.Propose(ctx, b.robin, p)
		if err != nil || edited.Edits != r.ID || edited.Ticket != "CE-8841" || !strings.Contains(edited.Note, "\nticket CE-8841\nedits "+r.ID+"\n") {
			t.Errorf("%+v, %v", edited.Request, err)
		}
	})
}

func TestTheComparisonCodeIsThatOfTheText(t *testing.T) {
	at(t, func(ctx context.Context, b *bench) {
		r := b.proposed(t, ctx)
		text, _, _ := strings.Cut(r.Note, "\n\n")
		if want := change.ComparisonCode(statement.Digest([]byte(text + "\n"))); r.Code != want || len(want) != 9 || want[4] != '-' {
			t.Errorf("%q, want %q", r.Code, want)
		}
	})
}
