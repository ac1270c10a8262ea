package statement

// By is what most kinds share: a number, who signs, when, and the log as the signers saw it.
type By struct {
	ID      string
	Signers []Person
	Time    Time
	Log     LogHead
}

// Signatories implements Statement.
func (b By) Signatories() []string {
	ids := make([]string, 0, len(b.Signers))
	for _, s := range b.Signers {
		ids = append(ids, s.ID)
	}
	return ids
}

// Witnessed implements Statement.
func (b By) Witnessed() (LogHead, bool) { return b.Log, true }

// signedBy is the table of a kind that embeds By and that least to most different persons sign: its own fields stand
// between the time and the log.
func signedBy[S Statement](name, meaning string, least, most int, by func(*S) *By, own ...field[S]) schema[S] {
	fields := []field[S]{
		one("id", asID, func(s *S) *string { return &by(s).ID }),
		fixed[S]("meaning", meaning),
		many("signer", least, most, asPerson, func(s *S) *[]Person { return &by(s).Signers }),
		one("time", asTime, func(s *S) *Time { return &by(s).Time }),
	}
	fields = append(fields, own...)
	fields = append(fields, one("log", asLogHead, func(s *S) *LogHead { return &by(s).Log }))
	return schema[S]{name, fields, func(s *S) error { return different((*s).Signatories()) }}
}
