package cosign

import (
	"context"
	"strings"

	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/statement"
)

// Trust records that a person compared the twelve words of a request's console with the words on that console's screen or
// sheet. For a console that was refused it begins anew: the person answers for a log that was restored. Signer is a person
// of this console.
func (s *Station) Trust(ctx context.Context, signer *people.Signer, in Incoming) error {
	if signer == nil {
		return fault.New(fault.NotSignedIn, "", nil)
	}
	if in.members == nil {
		return fault.New(fault.Incoming, in.Origin, nil)
	}
	person, err := s.roster.Person(ctx, signer.ID)
	if err != nil || !person.Active {
		return fault.New(fault.NotAllowed, signer.Name, err)
	}
	_, err = s.log.Append(ctx, draft(kindTrusted, person.Actor(), in.Origin,
		"genesis", hexDigest(in.genesis), "words", strings.Join(in.Words, " "), "after", string(in.Continuity),
		"roster", strings.Join(in.roster, rosterMark), "heads", headLines(proven(in.head(), in.parcel.links))))
	return err
}

// Peers returns the other consoles that this one remembers.
func (s *Station) Peers(ctx context.Context) ([]Peer, error) {
	pins, err := s.pinned(ctx, "")
	if err != nil {
		return nil, err
	}
	byOrigin := map[string]pinned{}
	for _, p := range pins {
		byOrigin[p.origin] = p
	}
	var peers []Peer
	err = s.query.Query(ctx, func(into func(...any) error) error {
		var p Peer
		var refused string
		err := into(&p.Origin, &refused)
		p.Refused = Continuity(refused)
		peers = append(peers, p)
		return err
	}, `SELECT o.origin, coalesce(r.continuity, '') FROM (SELECT origin FROM peer UNION SELECT origin FROM peer_head) AS o
		LEFT JOIN peer_refused AS r ON r.origin = o.origin ORDER BY o.origin`)
	if err != nil {
		return nil, err
	}
	for i := range peers {
		if err := s.describe(ctx, &peers[i], byOrigin); err != nil {
			return nil, err
		}
	}
	return peers, nil
}

func (s *Station) describe(ctx context.Context, p *Peer, pins map[string]pinned) error {
	heads, err := s.remembered(ctx, p.Origin)
	if err != nil {
		return err
	}
	for _, h := range heads {
		p.Heads = append(p.Heads, statement.LogHead{Origin: p.Origin, Size: h.size, Root: h.root})
	}
	pin, ok := pins[p.Origin]
	if p.Trusted = ok; !ok {
		return nil
	}
	members, err := people.Replay(pin.origin, pin.roster)
	if err != nil {
		return fault.New(fault.LogBroken, p.Origin, err)
	}
	p.Words, err = members.Words()
	return err
}

// BringKey takes in the key file of a person of another console. It stays sealed with that person's passphrase.
func (s *Station) BringKey(_ context.Context, file []byte) error {
	_, err := s.keys.Import(file)
	return err
}

// HasKey says whether a person's key file is here.
func (s *Station) HasKey(personID string) bool { return s.keys.Has(personID) }
