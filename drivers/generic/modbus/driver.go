package modbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/drivers"
)

// Facts of an endpoint that say Modbus without saying which device.
const (
	mdnsType    = "mdns.type"
	serviceType = "_mbap._tcp"
	servicePort = ":502"
)

var (
	_ drivers.Setter  = (*Map)(nil)
	_ drivers.Labeler = (*Map)(nil)
)

// Labels implements drivers.Labeler.
func (m *Map) Labels() map[drivers.SettingID]string { return m.description.Labels() }

// About describes the family as the map does. Reviewed is always false: the console decides by the digest.
func (m *Map) About() drivers.About {
	about := m.about
	about.Models, about.Sources = slices.Clone(about.Models), slices.Clone(about.Sources)
	return about
}

// Source returns the map's text.
func (m *Map) Source() []byte { return slices.Clone(m.source) }

// Match is Likely for an endpoint with all of the map's facts, Maybe for any other Modbus endpoint, and never Certain:
// what an endpoint announces is a claim.
func (m *Map) Match(e drivers.Endpoint) drivers.Confidence {
	if e.Scheme != "tcp" {
		return drivers.No
	}
	fits := len(m.match.Facts) > 0
	for key, wanted := range m.match.Facts {
		fits = fits && service(e.Facts[key]) == service(wanted)
	}
	switch {
	case fits:
		return drivers.Likely
	case strings.HasSuffix(e.Address, servicePort), service(e.Facts[mdnsType]) == serviceType:
		return drivers.Maybe
	}
	return drivers.No
}

// service returns a service type without the domain that some sources leave on it.
func service(fact string) string {
	return strings.TrimSuffix(strings.TrimSuffix(fact, "."), ".local")
}

// Probe reads the device's identification by function 2B/0E, where the map expects one, and then the registers that
// hold its serial number, model and firmware.
func (m *Map) Probe(ctx context.Context, conn drivers.Conn) (drivers.Identity, error) {
	conn.Discard()
	c := &client{conn: conn, unit: m.unit, transaction: probeTransactions}
	id, err := m.identify(ctx, c)
	var no exception
	switch {
	case err == nil:
		return id, nil
	case ctx.Err() != nil:
		return drivers.Identity{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), // silence: the limit of one answer, not the caller's
		errors.Is(err, drivers.ErrGarbled), errors.As(err, &no):
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrNotMine, err)
	}
	return drivers.Identity{}, err
}

func (m *Map) identify(ctx context.Context, c *client) (drivers.Identity, error) {
	said, err := c.identify(ctx)
	switch {
	case err != nil && (m.match.Product != "" || m.match.Vendor != "" || !errors.Is(err, drivers.ErrUnsupported)):
		return drivers.Identity{}, err
	case !fits(m.match.Vendor, said.objects[vendorObject]) || !fits(m.match.Product, said.objects[productObject]):
		return drivers.Identity{}, fmt.Errorf("%w: it is %q of %q", drivers.ErrNotMine,
			said.objects[productObject], said.objects[vendorObject])
	}
	id := drivers.Identity{
		Manufacturer: said.objects[vendorObject], Model: said.objects[productObject],
		Firmware: said.objects[revisionObject], Raw: said.raw,
	}
	if id.Manufacturer == "" {
		id.Manufacturer = m.about.Manufacturer
	}
	for _, field := range []struct {
		at *point
		to *string
	}{{m.model, &id.Model}, {m.serial, &id.Serial}, {m.firmware, &id.Firmware}} {
		if field.at == nil {
			continue
		}
		raw, err := c.read(ctx, field.at.table.readFunction(), field.at.address, field.at.size())
		if err != nil {
			return drivers.Identity{}, err
		}
		if *field.to, err = field.at.text(raw); err != nil {
			return drivers.Identity{}, err
		}
		id.Raw = append(id.Raw, raw...)
		if field.at == m.model && !fits(m.modelWanted, id.Model) {
			return drivers.Identity{}, fmt.Errorf("%w: its model is %q", drivers.ErrNotMine, id.Model)
		}
	}
	return id, nil
}

func fits(wanted, got string) bool { return wanted == "" || wanted == got }

// text reads an identity's registers as words. Registers that hold something else than the printable characters that
// the map promises belong to another device. A number of nought is no serial number.
func (p point) text(raw []byte) (string, error) {
	if p.format != ascii {
		if n := p.integer(words(raw)); n != 0 {
			return fmt.Sprint(n), nil
		}
		return "", nil
	}
	raw = raw[:p.length]
	text := printable(raw)
	if text == "" && len(trim(raw)) > 0 {
		return "", fmt.Errorf("%w: %s is not text", drivers.ErrGarbled, p.id)
	}
	return text, nil
}

// Open starts a session. It sends nothing: Modbus TCP has no greeting.
func (m *Map) Open(_ context.Context, conn drivers.Conn, _ drivers.Identity) (drivers.Session, error) {
	c := &client{conn: conn, unit: m.unit, transaction: sessionTransactions}
	return &session{device: m, client: c}, nil
}
