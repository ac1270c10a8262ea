// Package report makes a bundle's derived files for people, and all derived files together: from the records that a bundle
// shows and the head of its manifest, and from nothing else. Whoever has the records can make each of them again, byte for
// byte.
//
// It checks no signature and no chain: a report says what the records say, and the verifier says whether to believe them.
package report

import (
	"errors"

	"countersign/internal/formats"
)

// All returns the view that writes every derived file of a bundle in one pass over its records.
func All(h formats.Heading, open formats.Open) formats.View { return views(nil) }

// views writes several forms of the same records.
type views []formats.View

func (vs views) Record(r formats.Record) error {
	for _, v := range vs {
		if err := v.Record(r); err != nil {
			return err
		}
	}
	return nil
}

func (vs views) Close() error {
	var all []error
	for _, v := range vs {
		all = append(all, v.Close())
	}
	return errors.Join(all...)
}
