package drivers

// Direction is the way in which a setting may be moved in an emergency by somebody who has not signed in and shows no
// code: alone, at once and without a second person.
//
// So it may be declared only where every step that way is safe whatever the patient's state, which means one of two
// things: the device alarms more (a limit closer to the patient's value, a shorter delay, a shorter silence), or it does
// less to the patient. A high limit is safe Lower, a low limit Higher, a delay Lower. It is never a command: nothing that
// starts, stops, pauses, silences or resets. Where less is not always safer (the dose of a drug that keeps somebody
// alive, the pressure that a room is held at) and where it depends on the patient, it is NoDirection. In doubt it is
// NoDirection: what is not declared can still be done by somebody who signs.
//
// Only settings that are numbers and can be written have one.
type Direction int

// NoDirection is safe where neither way is.
const (
	NoDirection Direction = iota
	Lower
	Higher
)

var directionNames = names{"none", "lower", "higher"}

func (d Direction) String() string { return directionNames.of(int(d)) }

// Safer says whether a move of the setting from one value to another goes in its declared direction. Both must be
// numbers of the setting's kind; staying where it is, is no such move. It does not say that the value is allowed, which
// is Check, nor that the setting can be written.
func (s Setting) Safer(from, to Value) bool {
	if !s.Kind.Numeric() || from.Kind() != s.Kind || to.Kind() != s.Kind {
		return false
	}
	switch s.SafeDirection {
	case Lower:
		return to.Decimal().Cmp(from.Decimal()) < 0
	case Higher:
		return to.Decimal().Cmp(from.Decimal()) > 0
	}
	return false
}
