package kit

import "fyne.io/fyne/v2"

// State is a word of the console's vocabulary of states. On screen it is always an icon and a word; the colour only helps.
// The text of a State s is the translation "state.<s>".
type State string

// The states, by what they are states of.
const (
	// A connection.
	Discovered State = "discovered"
	Connecting State = "connecting"
	Ready      State = "ready"
	Busy       State = "busy"
	Silent     State = "silent"
	Stale      State = "stale"
	Gone       State = "gone"
	Simulated  State = "simulated"

	// A request and its outcome.
	Draft      State = "draft"
	Waiting    State = "waiting"
	Approved   State = "approved"
	Applying   State = "applying"
	Done       State = "done"
	Returned   State = "returned"
	Refused    State = "refused"
	Withdrawn  State = "withdrawn"
	Expired    State = "expired"
	Superseded State = "superseded"
	NotSent    State = "not_sent"
	Verified   State = "verified"
	Adjusted   State = "adjusted"
	Rejected   State = "rejected"
	Unsure     State = "unknown"
	Partial    State = "partial"
	RolledBack State = "rolled_back"
	Void       State = "void"

	// An emergency, afterwards.
	Running       State = "running"
	Interrupted   State = "interrupted"
	AccountDue    State = "account_due"
	ReviewDue     State = "review_due"
	ReviewedByOne State = "reviewed_by_one"
	Reviewed      State = "reviewed"
	Drill         State = "drill"

	// A value.
	FromDevice  State = "from_device"
	Staged      State = "staged"
	Template    State = "template"
	Default     State = "default"
	NotReadable State = "not_readable"
	Secret      State = "secret"

	// A risk.
	Cosmetic    State = "cosmetic"
	Operational State = "operational"
	Clinical    State = "clinical"

	// Anything else.
	Normal  State = "normal"
	Note    State = "note"
	Caution State = "caution"
	Failed  State = "failed"
	Offline State = "offline"

	// Somebody acts alone, outside of the normal way.
	Emergency State = "emergency"
)

type look struct {
	icon  Icon
	color fyne.ThemeColorName
}

// looks is the one table from state to shape and colour.
var looks = map[State]look{
	Discovered: {IconRing, ColorMuted}, Connecting: {IconHourglass, ColorStaged}, Ready: {IconDot, ColorVerified},
	Busy: {IconHourglass, ColorStaged}, Silent: {IconTriangle, ColorCaution}, Stale: {IconTriangle, ColorCaution},
	Gone: {IconDash, ColorMuted}, Simulated: {IconWave, ColorMuted},

	Draft: {IconEdit, ColorMuted}, Waiting: {IconHourglass, ColorWaiting}, Approved: {IconCheck, ColorStaged},
	Applying: {IconArrow, ColorStaged}, Done: {IconCheck, ColorMuted}, Returned: {IconBack, ColorCaution},
	Refused: {IconCross, ColorFailed}, Withdrawn: {IconDash, ColorMuted}, Expired: {IconHourglass, ColorCaution},
	Superseded: {IconTriangle, ColorCaution}, NotSent: {IconRing, ColorMuted}, Verified: {IconCheck, ColorVerified},
	Adjusted: {IconTriangle, ColorCaution}, Rejected: {IconCross, ColorFailed}, Unsure: {IconQuestion, ColorUnknown},
	Partial: {IconTriangle, ColorCaution}, RolledBack: {IconBack, ColorCaution}, Void: {IconDash, ColorMuted},

	Running: {IconEmergency, ColorStaged}, Interrupted: {IconTriangle, ColorCaution}, AccountDue: {IconEdit, ColorWaiting},
	ReviewDue: {IconHourglass, ColorWaiting}, ReviewedByOne: {IconCheck, ColorCaution}, Reviewed: {IconCheck, ColorVerified}, Drill: {IconWave, ColorMuted},

	FromDevice: {IconDevices, ColorMuted}, Staged: {IconDot, ColorStaged}, Template: {IconCopy, ColorMuted},
	Default: {IconRing, ColorMuted}, NotReadable: {IconQuestion, ColorCaution}, Secret: {IconLock, ColorMuted},

	Cosmetic: {IconRing, ColorMuted}, Operational: {IconDot, ColorOffline}, Clinical: {IconPerson, ColorWaiting},

	Normal: {IconDash, ColorMuted}, Note: {IconInfo, ColorOffline}, Caution: {IconTriangle, ColorCaution},
	Failed: {IconCross, ColorFailed}, Offline: {IconSnapshot, ColorOffline},

	Emergency: {IconEmergency, ColorEmergency},
}

// Word returns the state's word for people.
func (s State) Word() string { return T("state." + string(s)) }

// Icon returns the state's shape.
func (s State) Icon() Icon { return s.look().icon }

// Color returns the name of the state's colour.
func (s State) Color() fyne.ThemeColorName { return s.look().color }

// look of a word that the table lacks is a question: an unknown state must not look like a normal one.
func (s State) look() look {
	if l, ok := looks[s]; ok {
		return l
	}
	return look{IconQuestion, ColorUnknown}
}
