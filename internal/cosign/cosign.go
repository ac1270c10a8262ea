// Package cosign lets a person approve a change on another laptop than the one that will execute it, without a network and
// without a common clock. A request travels there as a file or as a code on the screen, the second person enters the values
// there blind and signs with a key of the first console's roster, and the approval travels back.
//
// Each console remembers the other's log as signed statements showed it, so that a log that was rolled back or rewritten is
// found at the next exchange. The package decides nothing about whether an approval counts: package change does, on the
// console that issued the request's number. What comes from another laptop is believed only as far as signatures carry it,
// and nothing foreign enters this log as a statement of its own.
package cosign

import (
	"context"
	"sync"
	"time"

	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/leaf"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// Desk is what this package needs of change.Desk.
type Desk interface {
	Request(ctx context.Context, id string) (change.Request, error)
	TakeApproval(ctx context.Context, actor leaf.Actor, note string) (change.Request, error)
}

// Station is where packages leave this console and come in. Its methods are safe for concurrent use.
type Station struct {
	log         *audit.Log
	query       audit.Query
	roster      *people.Roster
	keys        *people.Keys
	seat        *people.Seat
	desk        Desk
	workstation string

	comparing sync.Mutex // one blind entry at a time, so that each try counts
}

// New returns the station of this workstation.
func New(log *audit.Log, query audit.Query, roster *people.Roster, keys *people.Keys, seat *people.Seat, desk Desk, workstation string) *Station {
	return &Station{log: log, query: query, roster: roster, keys: keys, seat: seat, desk: desk, workstation: workstation}
}

// Package is what leaves this console.
type Package struct {
	File []byte
	Name string // of the file
	Code string // for a QR code or a scanner; "" where it would not be below 2 kB
}

// Incoming is a request from another console, verified. Where the values must be entered blind, Request and Text are without
// them; only Compare looks at them.
type Incoming struct {
	Request    statement.Request
	Text       string // what its proposer signed
	Origin     string // of the console it came from
	Proposer   people.Person
	Known      bool     // a person compared the words on both screens before
	Words      []string // by which people recognise that console
	Continuity Continuity
	Code       string          // the same on both screens when it is the same request
	Approvers  []people.Person // those on that console's roster who may approve it
	Blind      bool
	AssetTag   bool          // the tag on the device must be entered
	Apart      time.Duration // how much later this clock is than the proposer's was
	Late       bool          // by these two clocks its time is over; the console that made it decides
	Behind     bool          // the other console says it saw a longer or other log of this one

	request statement.Request // whole
	digest  [32]byte
	parcel  parcel
	members *people.Members
	roster  []string
	genesis [32]byte
}

// Agreed is a request that a person may sign here: entered equally, or not blind. Only Compare makes one.
type Agreed struct {
	incoming Incoming
	person   people.Person
	text     []byte
	approval statement.Approval
}

// Text is what will be signed, byte for byte.
func (a Agreed) Text() string { return string(a.text) }

// Request is what was agreed to; nothing of it is hidden any more.
func (a Agreed) Request() statement.Request { return a.incoming.request }

// Peer is another console as this one remembers it.
type Peer struct {
	Origin  string
	Words   []string            // none for a console that only brought approvals
	Trusted bool                // a person compared the words
	Heads   []statement.LogHead // as signed statements showed them, the newest last
	Refused Continuity          // why it was refused the last time; "" when it was not since
}
