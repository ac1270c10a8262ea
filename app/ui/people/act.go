package people

import (
	"slices"
	"strings"

	"countersign/app/ui/kit"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
)

// Act is something that is done about a person.
type Act string

// The acts.
const (
	Enrol   Act = "enrol"
	SetRole Act = "role"
	Suspend Act = "suspend"
	Restore Act = "restore"
	Leave   Act = "left"
	Revoke  Act = "revoked"
	Rotate  Act = "rotate"
)

// Signers is how many sign it.
func (a Act) Signers() int {
	if a == Suspend || a == Rotate {
		return 1
	}
	return 2
}

// Offer is an act with whether it can be done now, and why not.
type Offer struct {
	Act Act
	Not string // "" where it can be done
}

// Offers are the acts that make sense for a person as they stand. Me is who is signed in.
func Offers(all []Member, subject Member, me string) []Offer {
	var acts []Act
	switch {
	case subject.Gone():
		return nil
	case subject.Status == people.Suspended:
		acts = []Act{Restore, Leave, Revoke}
	default:
		acts = []Act{SetRole, Suspend, Leave, Revoke, Rotate}
	}
	offers := make([]Offer, 0, len(acts))
	for _, a := range acts {
		o := Offer{Act: a}
		switch n := len(Eligible(all, a, subject)); {
		case a == Rotate && subject.ID != me:
			o.Not = kit.T("people.not.own", kit.Data{"Name": subject.Name})
		case n < a.Signers():
			o.Not = kit.N("people.not.few", a.Signers()-n)
		}
		offers = append(offers, o)
	}
	return offers
}

// Eligible are who can sign an act at this computer now. The engine decides; this only spares people a refusal.
func Eligible(all []Member, act Act, subject Member) []Member {
	others := 0 // who could sign, also at another computer
	for _, m := range all {
		if m.Active && m.ID != subject.ID && !m.Probation && m.Role != policy.Auditor {
			others++
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(m Member) bool {
		self := m.ID == subject.ID && subject.ID != ""
		switch act {
		case Rotate:
			return !self || !m.KeyHere
		case Suspend:
			return self || !m.Active || !m.KeyHere || m.Role == policy.Auditor
		case Leave, Revoke: // two others, so that two are left
			if self {
				return true
			}
		case Restore:
			if self { // where one other is left, the suspended person's own consent is the second
				return others >= 2 || !m.KeyHere
			}
		}
		return !m.Signs()
	})
}

// Input is a field of the form of an act.
type Input int

// The inputs, from the top down.
const (
	InName Input = iota
	InBadge
	InRole
	InReason
	InOld // passphrase until now
	InPassphrase
	InAgain
	InFirst // who signs first
	InSecond
	inputs
)

// Form is what was typed for an act.
type Form struct {
	Act        Act
	Subject    Member
	Name       string
	Badge      string
	Role       policy.Role
	Reason     string
	Old        string
	Passphrase string
	Again      string
	Signers    [2]string // IDs
}

// Has says whether the act's form has this field.
func (a Act) Has(in Input) bool {
	switch in {
	case InName, InBadge:
		return a == Enrol
	case InRole:
		return a == Enrol || a == SetRole
	case InReason:
		return a != Enrol && a != Rotate
	case InOld:
		return a == Rotate
	case InPassphrase, InAgain:
		return a == Enrol || a == Rotate
	case InFirst:
		return a != Rotate
	case InSecond:
		return a.Signers() == 2
	}
	return false
}

// Problems says of each field what is wrong with it; "" where it does.
func (f Form) Problems(all []Member) (p [inputs]string) {
	say := func(in Input, key string, wrong bool) {
		if p[in] == "" && wrong && f.Act.Has(in) {
			p[in] = kit.T(key)
		}
	}
	name := strings.TrimSpace(f.Name)
	say(InName, "people.wrong.name", name == "")
	say(InName, "people.wrong.taken", slices.ContainsFunc(all, func(m Member) bool { return !m.Gone() && strings.EqualFold(m.Name, name) }))
	say(InBadge, "people.wrong.badge", strings.TrimSpace(f.Badge) == "")
	say(InBadge, "people.wrong.badge_taken", slices.ContainsFunc(all, func(m Member) bool { return strings.EqualFold(m.Badge, strings.TrimSpace(f.Badge)) }))
	say(InRole, "people.wrong.role", f.Role == "")
	say(InRole, "people.wrong.role_same", f.Role == f.Subject.Role)
	say(InReason, "people.wrong.reason", strings.TrimSpace(f.Reason) == "")
	say(InOld, "people.wrong.old", f.Old == "")
	say(InPassphrase, "people.wrong.weak", people.CheckPassphrase(f.Passphrase) != nil)
	say(InPassphrase, "people.wrong.old_again", f.Act == Rotate && f.Passphrase == f.Old)
	say(InAgain, "people.wrong.again", p[InPassphrase] == "" && f.Passphrase != f.Again)
	say(InFirst, "people.wrong.signer", f.Signers[0] == "")
	say(InSecond, "people.wrong.signer", f.Signers[1] == "")
	say(InSecond, "people.wrong.same_signer", f.Signers[0] == f.Signers[1])
	return p
}

// blame puts a fault of the preparation by the field that it concerns, and says whether there is one.
func (f Form) blame(err error) (p [inputs]string, ok bool) {
	say := func(in Input, key string) ([inputs]string, bool) {
		p[in] = kit.T(key)
		return p, f.Act.Has(in)
	}
	switch fault.KindOf(err) {
	case fault.Badge:
		return say(InBadge, "people.wrong.badge_taken")
	case fault.WeakSecret:
		return say(InPassphrase, "people.wrong.weak")
	case fault.SamePerson:
		if f.Act == Enrol {
			return say(InName, "people.wrong.taken")
		}
	case fault.NoReason:
		if f.Act == Enrol {
			return say(InName, "people.wrong.name_record")
		}
		return say(InReason, "people.wrong.reason_record")
	case fault.Passphrase:
		return say(InOld, "people.wrong.old_wrong")
	}
	return p, false
}

// who is the name of whom the act is about.
func (f Form) who() string {
	if f.Act == Enrol {
		return strings.TrimSpace(f.Name)
	}
	return f.Subject.Name
}

func (f Form) data() kit.Data {
	return kit.Data{"Name": f.who(), "Role": RoleWord(f.Role), "Was": RoleWord(f.Subject.Role), "Badge": strings.TrimSpace(f.Badge)}
}

// Title names the act: "Enrol Sam Trial".
func (f Form) Title() string { return kit.T("people.act."+string(f.Act), f.data()) }

// Means says in plain words what the statement does.
func (f Form) Means() []string {
	key := "people.means." + string(f.Act)
	means := []string{kit.T(key, f.data())}
	if more := key + ".more"; kit.T(more) != more {
		means = append(means, kit.T(more, f.data()))
	}
	return append(means, kit.T("people.means.recorded"))
}

// Confirm is what the button of the last signature says: "Sign as Kim Example and enrol Sam Trial".
func (f Form) Confirm(last string) string {
	data := f.data()
	data["Signer"] = last
	return kit.T("people.confirm."+string(f.Act), data)
}
