package drivers

// Safer says whether moving the setting from one value to another goes in its safe direction.
func (s Setting) Safer(from, to Value) bool {
	if !s.Kind.Numeric() || from.Kind() != s.Kind || to.Kind() != s.Kind {
		return false
	}
	switch c := to.Decimal().Cmp(from.Decimal()); s.SafeDirection {
	case Lower:
		return c < 0
	case Higher:
		return c > 0
	}
	return false
}
