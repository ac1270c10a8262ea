package formats

import "time"

// Heading is what a manifest says of a bundle besides its files: all that the derived files know beyond the records.
type Heading struct {
	Origin, Site, Program string
	Made                  time.Time
	Clock                 string
	Simulated             bool
	Scope                 Scope
	From, To              int64
	Filter                string
	Head, Previous        Head
	Shown                 int64
}

// Heading returns what m says besides its files.
func (m Manifest) Heading() Heading {
	return Heading{m.Origin, m.Site, m.Program, m.Made, m.Clock, m.Simulated, m.Scope, m.From, m.To, m.Filter, m.Head, m.Previous, m.Shown}
}
