package formats

import "time"

// Heading is what a manifest says of a bundle besides its files.
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
