package people

import (
	"context"
	"errors"

	"countersign/internal/statement"
)

// kindSealed is the record of a set of sealed codes; its body has set, first and count.
const kindSealed = "people.sealed-codes"

// PrepareCodes makes a set of sealed codes and the statement that two persons sign once the paper is where it is kept. The codes
// count when that is recorded: Complete adopts them then.
func (r *Roster) PrepareCodes(context.Context, *Codes, [2]Person) (*Ceremony, Fresh, error) {
	return nil, Fresh{}, errors.ErrUnsupported
}

// Recorded says whether the statement is in the log. Complete may fail after that: what was to be done then was not, and its
// error says what.
func (c *Ceremony) Recorded() bool { return c.inLog }

// SealedCodes returns the last set that two persons signed, and false where there was none.
func (r *Roster) SealedCodes(context.Context) (statement.SealedCodes, bool, error) {
	return statement.SealedCodes{}, false, errors.ErrUnsupported
}

// SealedCodes returns the last set that two persons signed, and false where there was none.
func (m *Members) SealedCodes() (statement.SealedCodes, bool) { return m.sealed, m.sealed.Count > 0 }
