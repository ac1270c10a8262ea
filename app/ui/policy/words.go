package policy

import (
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/policy"
)

// RoleWord names a role for people. A role that we have no word for is shown as it is.
func RoleWord(r policy.Role) string {
	key := "people.role." + string(r)
	if word := kit.T(key); word != key {
		return word
	}
	return string(r)
}

// ClassWord names a class of settings.
func ClassWord(c policy.Class) string { return kit.T("policy.class." + string(c)) }

// ProposeWords says who may propose.
func ProposeWords(roles []policy.Role) string {
	if len(roles) == 0 {
		return kit.T("policy.anybody")
	}
	words := make([]string, 0, len(roles))
	for _, r := range roles {
		words = append(words, RoleWord(r))
	}
	return strings.Join(words, ", ")
}

// ApproveWords says who must approve: one of the groups, and of a group everybody.
func ApproveWords(groups [][]policy.Role) string {
	words := make([]string, 0, len(groups))
	for _, g := range groups {
		words = append(words, groupWords(g))
	}
	return strings.Join(words, kit.T("policy.or"))
}

func groupWords(g []policy.Role) string {
	switch len(g) {
	case 0:
		return kit.T("policy.another")
	case 1:
		return RoleWord(g[0])
	}
	words := make([]string, 0, len(g))
	for _, r := range g {
		words = append(words, RoleWord(r))
	}
	return strings.Join(words[:len(words)-1], ", ") + kit.T("policy.and") + words[len(words)-1]
}

// SeatWords says where the approval is signed.
func SeatWords(r policy.Rule) string {
	if r.OtherSeat {
		return kit.T("policy.seat.other")
	}
	return kit.T("policy.seat.any")
}

// EntryWords says how the second person comes to the value.
func EntryWords(r policy.Rule) string {
	if r.Blind {
		return kit.T("policy.entry.blind")
	}
	return kit.T("policy.entry.read")
}
