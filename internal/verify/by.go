package verify

import "countersign/internal/statement"

// byOf returns what every statement but the founding has: who signs, when, and the log as they saw it. Its ID is the request's
// for statements about one that have no number of their own.
func byOf(s statement.Statement) (by statement.By, ok bool) {
	single := func(id string, p statement.Person, t statement.Time, log statement.LogHead) statement.By {
		return statement.By{ID: id, Signers: []statement.Person{p}, Time: t, Log: log}
	}
	switch s := s.(type) {
	case statement.Profile:
		return statement.By{ID: s.ID, Signers: s.Signers, Time: s.Time, Log: s.Log}, true
	case statement.Request:
		return single(s.ID, s.Signer, s.Time, s.Log), true
	case statement.Approval:
		return single(s.ID, s.Signer, s.Time, s.Log), true
	case statement.Refusal:
		return single(s.ID, s.Signer, s.Time, s.Log), true
	case statement.Withdrawal:
		return single(s.ID, s.Signer, s.Time, s.Log), true
	}
	return byEmbedded(s)
}

func byEmbedded(s statement.Statement) (by statement.By, ok bool) {
	switch s := s.(type) {
	case statement.Enrol:
		return s.By, true
	case statement.Role:
		return s.By, true
	case statement.Suspend:
		return s.By, true
	case statement.Restore:
		return s.By, true
	case statement.Revocation:
		return s.By, true
	case statement.Rotate:
		return s.By, true
	case statement.Policy:
		return s.By, true
	case statement.SealedCodes:
		return s.By, true
	case statement.Template:
		return s.By, true
	case statement.Return:
		return s.By, true
	case statement.Waiver:
		return s.By, true
	case statement.Acceptance:
		return s.By, true
	}
	return byOther(s)
}

func byOther(s statement.Statement) (by statement.By, ok bool) {
	switch s := s.(type) {
	case statement.Opening:
		return s.By, true
	case statement.Extension:
		return s.By, true
	case statement.Closing:
		return s.By, true
	case statement.Review:
		return s.By, true
	case statement.Paper:
		return s.By, true
	case statement.Fork:
		return s.By, true
	case statement.Export:
		return s.By, true
	case statement.Merge:
		return s.By, true
	case statement.Baseline:
		return s.By, true
	case statement.Commissioning:
		return s.By, true
	case statement.Hold:
		return s.By, true
	case statement.Release:
		return s.By, true
	}
	return by, false
}
