package statement

// Kind implements Statement.
func (g Genesis) Kind() string { return genesisKind.name }

// Text implements Statement.
func (g Genesis) Text() ([]byte, error) { return genesisKind.text(&g) }

// Signatories implements Statement.
func (g Genesis) Signatories() []string {
	ids := make([]string, 0, len(g.Founders))
	for _, f := range g.Founders {
		ids = append(ids, f.ID)
	}
	return ids
}

// Witnessed implements Statement: the founders saw an empty log.
func (g Genesis) Witnessed() (LogHead, bool) { return LogHead{}, false }

// ParseGenesis reads a genesis statement.
func ParseGenesis(text []byte) (Genesis, error) { return genesisKind.parse(text) }

// Kind implements Statement.
func (p Profile) Kind() string { return profileKind.name }

// Text implements Statement.
func (p Profile) Text() ([]byte, error) { return profileKind.text(&p) }

// Signatories implements Statement.
func (p Profile) Signatories() []string {
	ids := make([]string, 0, len(p.Signers))
	for _, s := range p.Signers {
		ids = append(ids, s.ID)
	}
	return ids
}

// Witnessed implements Statement.
func (p Profile) Witnessed() (LogHead, bool) { return p.Log, true }

// ParseProfile reads a profile statement.
func ParseProfile(text []byte) (Profile, error) { return profileKind.parse(text) }

// Kind implements Statement.
func (r Request) Kind() string { return requestKind.name }

// Text implements Statement.
func (r Request) Text() ([]byte, error) { return requestKind.text(&r) }

// Signatories implements Statement.
func (r Request) Signatories() []string { return []string{r.Signer.ID} }

// Witnessed implements Statement.
func (r Request) Witnessed() (LogHead, bool) { return r.Log, true }

// ParseRequest reads a change request.
func ParseRequest(text []byte) (Request, error) { return requestKind.parse(text) }

// Kind implements Statement.
func (a Approval) Kind() string { return approvalKind.name }

// Text implements Statement.
func (a Approval) Text() ([]byte, error) { return approvalKind.text(&a) }

// Signatories implements Statement.
func (a Approval) Signatories() []string { return []string{a.Signer.ID} }

// Witnessed implements Statement.
func (a Approval) Witnessed() (LogHead, bool) { return a.Log, true }

// ParseApproval reads an approval.
func ParseApproval(text []byte) (Approval, error) { return approvalKind.parse(text) }

// Kind implements Statement.
func (r Refusal) Kind() string { return refusalKind.name }

// Text implements Statement.
func (r Refusal) Text() ([]byte, error) { return refusalKind.text(&r) }

// Signatories implements Statement.
func (r Refusal) Signatories() []string { return []string{r.Signer.ID} }

// Witnessed implements Statement.
func (r Refusal) Witnessed() (LogHead, bool) { return r.Log, true }

// ParseRefusal reads a refusal.
func ParseRefusal(text []byte) (Refusal, error) { return refusalKind.parse(text) }

// Kind implements Statement.
func (w Withdrawal) Kind() string { return withdrawalKind.name }

// Text implements Statement.
func (w Withdrawal) Text() ([]byte, error) { return withdrawalKind.text(&w) }

// Signatories implements Statement.
func (w Withdrawal) Signatories() []string { return []string{w.Signer.ID} }

// Witnessed implements Statement.
func (w Withdrawal) Witnessed() (LogHead, bool) { return w.Log, true }

// ParseWithdrawal reads a withdrawal.
func ParseWithdrawal(text []byte) (Withdrawal, error) { return withdrawalKind.parse(text) }
