package formats

import "strings"

// Reader reads records in the order of the log. It remembers which device a request or an emergency session is about: only its
// first record says so, and all that follow name its number. The zero Reader is ready.
type Reader struct {
	devices map[string]device
	order   []string // the numbers, as a ring
	next    int
}

type device struct{ name, serial string }

// What a Reader remembers: a log in order needs less, and a forged one gets no more.
const (
	maxDevices = 1 << 15
	maxNumber  = 64  // bytes
	maxDevice  = 256 // bytes
)

// Event reads the next record.
func (r *Reader) Event(record Record) Event {
	e := EventOf(record)
	switch {
	case e.Subject == "" || len(e.Subject) > maxNumber:
	case e.Device == "" && e.Serial == "":
		of := r.devices[e.Subject]
		e.Device, e.Serial = of.name, of.serial
	case len(e.Device)+len(e.Serial) <= maxDevice:
		r.remember(e.Subject, device{e.Device, e.Serial})
	}
	return e
}

// remember keeps what the first record of a number says: a later one changes nothing.
func (r *Reader) remember(number string, d device) {
	if _, known := r.devices[number]; known {
		return
	}
	if r.devices == nil {
		r.devices = map[string]device{}
	}
	number = strings.Clone(number) // a record's texts are not kept
	if len(r.order) < maxDevices {
		r.order = append(r.order, number)
	} else {
		delete(r.devices, r.order[r.next])
		r.order[r.next] = number
		r.next = (r.next + 1) % maxDevices
	}
	r.devices[number] = device{strings.Clone(d.name), strings.Clone(d.serial)}
}
