package policy_test

import (
	"testing"

	"countersign/internal/fault"
	"countersign/internal/policy"
)

var (
	robin = policy.Person{ID: "robin", Role: policy.Technician, Active: true}
	kim   = policy.Person{ID: "kim", Role: policy.Nursing, Active: true}
	audra = policy.Person{ID: "audra", Role: policy.Auditor, Active: true}
	gone  = policy.Person{ID: "gone", Role: policy.Technician}
	odd   = policy.Person{ID: "odd", Role: "emperor", Active: true}
)

func signed(by policy.Person) []policy.Approver {
	return []policy.Approver{{Person: by, Seat: policy.CoLocated}}
}

func TestEveryQuestionHasItsAnswer(t *testing.T) {
	for sentence, c := range map[string]struct {
		ask  policy.Ask
		want fault.Kind
	}{
		"a technician may propose":                        {policy.Ask{Act: policy.Propose, Person: robin, Reviewed: true}, ""},
		"nobody may propose":                              {policy.Ask{Act: policy.Propose, Reviewed: true}, fault.NotSignedIn},
		"an auditor may not propose":                      {policy.Ask{Act: policy.Propose, Person: audra, Reviewed: true}, fault.NotAllowed},
		"a person who left may not propose":               {policy.Ask{Act: policy.Propose, Person: gone, Reviewed: true}, fault.NotAllowed},
		"a role that does not exist may not propose":      {policy.Ask{Act: policy.Propose, Person: odd, Reviewed: true}, fault.NotAllowed},
		"nobody proposes with an unsigned map":            {policy.Ask{Act: policy.Propose, Person: robin}, fault.ReadOnly},
		"another person may approve":                      {policy.Ask{Act: policy.Approve, Person: kim, Proposer: robin}, ""},
		"the proposer may not approve":                    {policy.Ask{Act: policy.Approve, Person: robin, Proposer: robin}, fault.SamePerson},
		"an auditor may not approve":                      {policy.Ask{Act: policy.Approve, Person: audra, Proposer: robin}, fault.NotAllowed},
		"what a person proposed who left is not approved": {policy.Ask{Act: policy.Approve, Person: kim, Proposer: gone}, fault.NotAllowed},
		"the proposer may withdraw":                       {policy.Ask{Act: policy.Withdraw, Person: robin, Proposer: robin}, ""},
		"another may not withdraw":                        {policy.Ask{Act: policy.Withdraw, Person: kim, Proposer: robin}, fault.NotAllowed},
		"what two signed may be executed":                 {policy.Ask{Act: policy.Execute, Person: robin, Proposer: robin, Approvers: signed(kim), Reviewed: true}, ""},
		"what one signed twice is not executed":           {policy.Ask{Act: policy.Execute, Person: kim, Proposer: robin, Approvers: signed(robin), Reviewed: true}, fault.SamePerson},
		"an approver who left since does not count":       {policy.Ask{Act: policy.Execute, Person: robin, Proposer: robin, Approvers: signed(gone), Reviewed: true}, fault.NotAllowed},
		"without an approver nothing is executed":         {policy.Ask{Act: policy.Execute, Person: robin, Proposer: robin, Reviewed: true}, fault.NotAllowed},
		"a map that is no longer signed is not executed":  {policy.Ask{Act: policy.Execute, Person: robin, Proposer: robin, Approvers: signed(kim)}, fault.ReadOnly},
		"an act that does not exist is a mistake of ours": {policy.Ask{Act: "explode", Person: robin}, fault.Internal},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := fault.KindOf(policy.Decide(policy.Minimum(), c.ask)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
