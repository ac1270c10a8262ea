package policy_test

import (
	"fmt"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/policy"
)

var (
	lee   = policy.Person{ID: "lee", Role: policy.Pharmacy, Active: true}
	mo    = policy.Person{ID: "mo", Role: policy.ClinicalLead, Active: true}
	fresh = policy.Person{ID: "fresh", Role: policy.Nursing, Active: true, Probation: true}
)

// strict are rules with everything in them: who may propose, a group of two roles or one lead, and another seat.
func strict(t *testing.T) policy.Policy {
	t.Helper()
	p, err := policy.Parse([]string{
		"cosmetic propose any approve any seat any entry read",
		"operational propose any approve any seat any entry read",
		"clinical propose technician approve nursing+pharmacy,clinical-lead seat any entry blind",
		"high-alert propose technician,clinical-lead approve any seat other entry blind",
		"probation 7 d",
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(seat policy.Seat, persons ...policy.Person) []policy.Approver {
	var all []policy.Approver
	for _, p := range persons {
		all = append(all, policy.Approver{Person: p, Seat: seat})
	}
	return all
}

func TestAnApprovalNeedsAWholeGroupAndSomebodyPastProbation(t *testing.T) {
	clinical := []policy.Class{policy.Clinical}
	for sentence, c := range map[string]struct {
		approvers []policy.Approver
		classes   []policy.Class
		want      fault.Kind
	}{
		"nursing and pharmacy are a group":                {at(policy.CoLocated, kim, lee), clinical, ""},
		"in whichever order":                              {at(policy.CoLocated, lee, kim), clinical, ""},
		"a lead is one alone":                             {at(policy.CoLocated, mo), clinical, ""},
		"half a group is none":                            {at(policy.CoLocated, kim), clinical, fault.NotAllowed},
		"two of one role are half a group":                {at(policy.CoLocated, kim, fresh), clinical, fault.NotAllowed},
		"one person twice is one":                         {at(policy.CoLocated, kim, kim), clinical, fault.SamePerson},
		"the proposer is no approver":                     {at(policy.CoLocated, robin, lee), clinical, fault.SamePerson},
		"a group with a newcomer has somebody who is not": {at(policy.CoLocated, fresh, lee), clinical, ""},
		"a newcomer alone":                                {at(policy.CoLocated, fresh), []policy.Class{policy.Cosmetic}, fault.Probation},
		"an auditor beside a whole group":                 {at(policy.CoLocated, kim, lee, audra), clinical, fault.NotAllowed},
		"somebody who left beside a whole group":          {at(policy.CoLocated, kim, lee, gone), clinical, fault.NotAllowed},
		"high alert from the same console":                {at(policy.CoLocated, kim), []policy.Class{policy.HighAlert}, fault.OtherSeat},
		"high alert from another laptop":                  {at(policy.OtherDevice, kim), []policy.Class{policy.HighAlert}, ""},
		"high alert with a hardware key":                  {at(policy.HardwareKey, kim), []policy.Class{policy.HighAlert}, ""},
		"high alert from a seat that does not exist":      {at("moon", kim), []policy.Class{policy.HighAlert}, fault.OtherSeat},
		"high alert, the newcomer on the other laptop": {append(at(policy.OtherDevice, fresh), at(policy.CoLocated, kim)...),
			[]policy.Class{policy.HighAlert}, fault.Probation},
		"a class that does not exist is the strictest": {at(policy.CoLocated, kim), []policy.Class{"unheard-of"}, fault.OtherSeat},
		"every class of the request counts":            {at(policy.CoLocated, kim), []policy.Class{policy.Cosmetic, policy.Clinical}, fault.NotAllowed},
		"no class is asked as clinical":                {at(policy.CoLocated, kim), nil, fault.NotAllowed},
	} {
		t.Run(sentence, func(t *testing.T) {
			ask := policy.Ask{Act: policy.Execute, Person: robin, Proposer: robin, Approvers: c.approvers, Classes: c.classes, Reviewed: true}
			if got := fault.KindOf(policy.Decide(strict(t), ask)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOnlyThoseWhoMayProposeDo(t *testing.T) {
	for class, may := range map[policy.Class][]policy.Person{
		policy.Cosmetic: {robin, kim, lee, mo, fresh}, policy.Clinical: {robin}, policy.HighAlert: {robin, mo},
	} {
		for _, p := range []policy.Person{robin, kim, lee, mo, fresh, audra, gone, odd} {
			err := policy.Decide(strict(t), policy.Ask{Act: policy.Propose, Person: p, Classes: []policy.Class{class}, Reviewed: true})
			want := false
			for _, m := range may {
				want = want || m == p
			}
			if (err == nil) != want {
				t.Errorf("%s proposes %s: %v", p.ID, class, err)
			}
		}
	}
}

func TestAnApprovalThatCouldNotCountIsRefusedBeforeItIsSigned(t *testing.T) {
	high, clinical := []policy.Class{policy.HighAlert}, []policy.Class{policy.Clinical}
	for sentence, c := range map[string]struct {
		ask  policy.Ask
		want fault.Kind
	}{
		"the first of a group":                 {policy.Ask{Person: lee, Classes: clinical}, ""},
		"the second of a group":                {policy.Ask{Person: kim, Classes: clinical, Approvers: at(policy.CoLocated, lee)}, ""},
		"the same one again":                   {policy.Ask{Person: lee, Classes: clinical, Approvers: at(policy.CoLocated, lee)}, fault.SamePerson},
		"a role that is in no group":           {policy.Ask{Person: policy.Person{ID: "x", Role: policy.Technician, Active: true}, Classes: clinical}, fault.NotAllowed},
		"high alert on the same console":       {policy.Ask{Person: kim, Seat: policy.CoLocated, Classes: high}, fault.OtherSeat},
		"high alert on another laptop":         {policy.Ask{Person: kim, Seat: policy.OtherDevice, Classes: high}, ""},
		"a newcomer's counts beside another's": {policy.Ask{Person: fresh, Classes: clinical}, ""},
	} {
		c.ask.Act, c.ask.Proposer = policy.Approve, robin
		if got := fault.KindOf(policy.Decide(strict(t), c.ask)); got != c.want {
			t.Errorf("%s: %q, want %q", sentence, got, c.want)
		}
	}
}

// Whatever several sign is signed by two different persons who may act and are past probation.
func TestWhatSeveralSignIsSignedByTwoWhoMay(t *testing.T) {
	everybody := []policy.Person{robin, kim, lee, mo, fresh, audra, gone, odd, {}}
	for _, act := range []policy.Act{policy.Enrol, policy.SetRole, policy.Restore, policy.Revoke, policy.SetRules, policy.Allow, policy.Standing, policy.SealCodes} {
		for _, one := range everybody {
			for _, two := range everybody {
				err := policy.Decide(policy.Minimum(), policy.Ask{Act: act, Signers: []policy.Person{one, two}, Subject: policy.Person{ID: "subject"}, Others: 5, Reviewed: true})
				may := func(p policy.Person) bool {
					return p.Active && !p.Probation && p.Role.Known() && p.Role != policy.Auditor
				}
				if want := may(one) && may(two) && one.ID != two.ID; (err == nil) != want {
					t.Errorf("%s by %s and %s: %v", act, one.ID, two.ID, err)
				}
			}
		}
		for _, signers := range [][]policy.Person{nil, {robin}, {robin, kim, lee}} {
			if policy.Decide(policy.Minimum(), policy.Ask{Act: act, Signers: signers, Reviewed: true}) == nil {
				t.Errorf("%s by %d", act, len(signers))
			}
		}
	}
}

func TestTheSubjectOfAnActSignsItOnlyWhereThatIsConsent(t *testing.T) {
	suspended := policy.Person{ID: "kim", Role: policy.Nursing}
	both := []policy.Person{robin, suspended}
	for sentence, c := range map[string]struct {
		ask  policy.Ask
		want fault.Kind
	}{
		"a role of one's own, with a colleague":    {policy.Ask{Act: policy.SetRole, Signers: []policy.Person{robin, kim}, Subject: kim}, ""},
		"one's own end":                            {policy.Ask{Act: policy.Revoke, Signers: []policy.Person{robin, kim}, Subject: kim}, fault.SamePerson},
		"one's own return, one other is left":      {policy.Ask{Act: policy.Restore, Signers: both, Subject: suspended, Others: 1}, ""},
		"one's own return, two others are left":    {policy.Ask{Act: policy.Restore, Signers: both, Subject: suspended, Others: 2}, fault.SamePerson},
		"one's own return, alone":                  {policy.Ask{Act: policy.Restore, Signers: []policy.Person{suspended, suspended}, Subject: suspended}, fault.SamePerson},
		"one's own return, with one who left":      {policy.Ask{Act: policy.Restore, Signers: []policy.Person{gone, suspended}, Subject: suspended, Others: 1}, fault.NotAllowed},
		"another's return while one's rights rest": {policy.Ask{Act: policy.Restore, Signers: both, Subject: gone, Others: 1}, fault.NotAllowed},
		"one person suspends":                      {policy.Ask{Act: policy.Suspend, Person: robin, Subject: kim}, ""},
		"an auditor suspends":                      {policy.Ask{Act: policy.Suspend, Person: audra, Subject: kim}, fault.NotAllowed},
		"a suspended person suspends":              {policy.Ask{Act: policy.Suspend, Person: suspended, Subject: robin}, fault.NotAllowed},
	} {
		if got := fault.KindOf(policy.Decide(policy.Minimum(), c.ask)); got != c.want {
			t.Errorf("%s: %q, want %q", sentence, got, c.want)
		}
	}
}

func TestEveryActOfOneAsksWhoThatIs(t *testing.T) {
	for _, act := range []policy.Act{policy.Propose, policy.Approve, policy.Refuse, policy.Comment, policy.Withdraw, policy.Execute, policy.Accept, policy.Waive, policy.Suspend} {
		for name, c := range map[string]struct {
			person policy.Person
			want   fault.Kind
		}{"nobody": {policy.Person{}, fault.NotSignedIn}, "an auditor": {audra, fault.NotAllowed}, "one who left": {gone, fault.NotAllowed}} {
			ask := policy.Ask{Act: act, Person: c.person, Proposer: robin, Approvers: at(policy.OtherDevice, kim), Signers: []policy.Person{robin, kim}, Reviewed: true}
			if got := fault.KindOf(policy.Decide(policy.Minimum(), ask)); got != c.want {
				t.Errorf("%s by %s: %q, want %q", act, name, got, c.want)
			}
		}
	}
}

func TestWhoeverIsEnrolledMaySignAnExport(t *testing.T) {
	for name, c := range map[string]struct {
		person policy.Person
		want   fault.Kind
	}{"a technician": {robin, ""}, "an auditor": {audra, ""}, "a newcomer": {fresh, ""}, "nobody": {policy.Person{}, fault.NotSignedIn},
		"one who left": {gone, fault.NotAllowed}, "a role that nobody knows": {odd, fault.NotAllowed}} {
		if got := fault.KindOf(policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Export, Person: c.person})); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Nothing that one person signs can ever be executed, whatever the class, the seat and the rules say.
func TestNoRulesLetOnePersonExecute(t *testing.T) {
	for _, p := range []policy.Policy{{}, policy.Minimum(), strict(t)} {
		for _, class := range append(policy.Classes(), "unheard-of") {
			for _, seat := range []policy.Seat{policy.CoLocated, policy.OtherDevice, policy.HardwareKey} {
				for _, who := range []policy.Person{robin, kim, lee, mo} {
					for _, approvers := range [][]policy.Approver{nil, at(seat, who), at(seat, who, who), at(seat, gone), at(seat, audra)} {
						ask := policy.Ask{Act: policy.Execute, Person: who, Proposer: who, Approvers: approvers, Classes: []policy.Class{class}, Reviewed: true}
						if policy.Decide(p, ask) == nil {
							t.Error(fmt.Sprint(class, seat, who.ID, approvers))
						}
					}
				}
			}
		}
	}
}

func TestAnEmergencyIsReviewedByOneOrTwoWhoHadNoPartInIt(t *testing.T) {
	by := func(all ...policy.Person) []policy.Person { return all }
	suspended := policy.Person{ID: "lee", Role: policy.Pharmacy}
	for sentence, c := range map[string]struct {
		ask  policy.Ask
		want fault.Kind
	}{
		"one other person":                       {policy.Ask{Signers: by(kim)}, ""},
		"two others":                             {policy.Ask{Signers: by(kim, lee)}, ""},
		"the person who asks, where nobody else": {policy.Ask{Person: kim}, ""},
		"an auditor, who may not act":            {policy.Ask{Signers: by(audra)}, ""},
		"an auditor and another":                 {policy.Ask{Signers: by(kim, audra)}, ""},
		"a newcomer: a review allows nothing":    {policy.Ask{Signers: by(fresh)}, ""},
		"nobody":                                 {policy.Ask{}, fault.NotSignedIn},
		"nobody beside somebody":                 {policy.Ask{Signers: by(kim, policy.Person{})}, fault.NotAllowed},
		"three":                                  {policy.Ask{Signers: by(kim, lee, mo)}, fault.NotAllowed},
		"one person twice":                       {policy.Ask{Signers: by(kim, kim)}, fault.SamePerson},
		"the person who broke the glass":         {policy.Ask{Signers: by(robin)}, fault.SamePerson},
		"that person with a colleague":           {policy.Ask{Signers: by(kim, robin)}, fault.SamePerson},
		"that person, asking":                    {policy.Ask{Person: robin}, fault.SamePerson},
		"one whose request was superseded":       {policy.Ask{Signers: by(mo)}, fault.NotAllowed},
		"that one with a colleague":              {policy.Ask{Signers: by(kim, mo)}, fault.NotAllowed},
		"one who left":                           {policy.Ask{Signers: by(gone)}, fault.NotAllowed},
		"one who is suspended":                   {policy.Ask{Signers: by(suspended)}, fault.NotAllowed},
		"a role that is none":                    {policy.Ask{Signers: by(odd)}, fault.NotAllowed},
	} {
		c.ask.Act, c.ask.Subject, c.ask.Barred = policy.Review, robin, []string{"mo", "nobody-we-know"}
		if got := fault.KindOf(policy.Decide(strict(t), c.ask)); got != c.want {
			t.Errorf("%s: %q, want %q", sentence, got, c.want)
		}
	}
	// Who acted without a name is nobody's colleague.
	if err := policy.Decide(policy.Minimum(), policy.Ask{Act: policy.Review, Signers: by(robin)}); err != nil {
		t.Error(err)
	}
}
