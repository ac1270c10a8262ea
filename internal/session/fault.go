package session

import (
	"context"
	"errors"

	"countersign/drivers"
	"countersign/internal/fault"
)

// kinds maps what drivers return to what people are told, most telling first: a device that is not of the family
// because nothing answered is silent.
var kinds = []struct {
	err  error
	kind fault.Kind
}{
	{drivers.ErrInUse, fault.InUse},
	{drivers.ErrRefused, fault.Refused},
	{drivers.ErrUnsupported, fault.Unsupported},
	{drivers.ErrRange, fault.OutOfRange},
	{drivers.ErrNumber, fault.BadNumber},
	{drivers.ErrGarbled, fault.Garbled},
	{context.DeadlineExceeded, fault.Silent},
	{context.Canceled, fault.Cancelled},
	{drivers.ErrNotMine, fault.NotMine},
}

// Fault gives a driver's error its kind. An error that already is a fault stays what it is, nil stays nil, and
// anything unknown is the end of the line.
func Fault(err error, subject string) error {
	var known *fault.Fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return fault.New(k.kind, subject, err)
		}
	}
	return fault.New(fault.PortGone, subject, err)
}
