package cosign

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/change"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// maxTries is how often the blind entry may differ before nothing is signed here for the request any more.
const maxTries = 2

// Compare checks what the second person entered against the signed request. For a blind request the entries must name every
// setting once, and the asset tag where the request has one. A difference is recorded and is fault.Mismatch, with the names
// of what differs and nothing else; the second is fault.Returned. The other faults are Peer, Forked and those of policy.Decide.
func (s *Station) Compare(ctx context.Context, in Incoming, person people.Person, entries []change.Entry) (Agreed, error) {
	s.comparing.Lock()
	defer s.comparing.Unlock()
	now, err := s.decidable(ctx, in, person.ID)
	if err != nil {
		return Agreed{}, err
	}
	if differing := change.Differing(in.request, in.Blind, entries); len(differing) > 0 {
		return Agreed{}, s.mismatch(ctx, in, now, differing)
	}
	approval := statement.Approval{
		ID: in.request.ID, Signer: now.Stated(), Time: statement.TimeOf(s.log.Now()), Request: in.digest, Set: in.request.Set,
		AssetTag: in.request.AssetTag, Nonce: in.request.ExecuteOn.Nonce, Elsewhere: s.logHead(), Log: in.request.Log,
	}
	text, err := approval.Text()
	return Agreed{incoming: in, person: now, text: text, approval: approval}, err
}

// decidable says whether a person may decide here on a request, by what this log remembers now. An Incoming may be old: the
// other console may have been refused since, or the tries used up.
func (s *Station) decidable(ctx context.Context, in Incoming, personID string) (people.Person, error) {
	if in.members == nil {
		return people.Person{}, fault.New(fault.Incoming, in.Origin, nil)
	}
	pins, err := s.pinned(ctx, in.Origin)
	if err != nil {
		return people.Person{}, err
	}
	if len(pins) != 1 || pins[0].genesis != hexDigest(in.genesis) {
		return people.Person{}, fault.New(fault.Peer, in.Origin, nil)
	}
	remembered, err := s.remembered(ctx, in.Origin)
	if err != nil {
		return people.Person{}, err
	}
	if judge(in.head(), remembered, in.parcel.links, len(in.parcel.roster) > 0).Refused() {
		return people.Person{}, fault.New(fault.Forked, in.Origin, nil)
	}
	if len(pins[0].roster) > len(in.roster) {
		return people.Person{}, fault.Newf(fault.Incoming, in.Origin, "its roster is known to be longer now: open it again")
	}
	tries, err := s.tries(ctx, in.Origin, in.digest)
	if err == nil && tries >= maxTries {
		err = fault.New(fault.Returned, in.request.ID, nil)
	}
	if err != nil {
		return people.Person{}, err
	}
	person, err := in.members.Person(personID, s.log.Now().Wall)
	if err != nil {
		return people.Person{}, fault.New(fault.NotAllowed, personID, err)
	}
	return person, policy.Decide(in.members.Rules().Policy, in.ask(person))
}

func (s *Station) mismatch(ctx context.Context, in Incoming, person people.Person, differing []string) error {
	tries, err := s.tries(ctx, in.Origin, in.digest)
	if err != nil {
		return err
	}
	names := strings.Join(differing, ", ")
	kind, records := fault.Mismatch, []string{kindMismatch}
	if tries+1 >= maxTries {
		kind, records = fault.Returned, append(records, kindReturned)
	}
	var drafts []audit.Draft
	for _, record := range records { // together: a crash between the two would leave a third try
		drafts = append(drafts, draft(record, person.Actor(), in.Origin,
			"request", in.request.ID, "digest", hexDigest(in.digest), "settings", names, "try", strconv.Itoa(tries+1)))
	}
	if _, err := s.log.Append(ctx, drafts...); err != nil {
		return err
	}
	return fault.New(kind, names, nil)
}

// Prove unlocks the key file of a person of the other console's roster, which was brought here. A wrong passphrase is
// recorded, and after three the next one must wait: fault.Throttled with the seconds as its subject.
func (s *Station) Prove(ctx context.Context, in Incoming, personID, passphrase string) (*people.Signer, error) {
	person, err := s.decidable(ctx, in, personID)
	if err != nil {
		return nil, err
	}
	s.comparing.Lock() // several guesses at once would all be free
	defer s.comparing.Unlock()
	wait, err := s.wait(ctx, personID)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, fault.New(fault.Throttled, strconv.Itoa(int(wait.Seconds()+0.999)), nil)
	}
	signer, err := s.keys.Unlock(person, in.Origin, passphrase)
	if fault.Is(err, fault.Passphrase) {
		if _, recorded := s.log.Append(ctx, draft(kindWrong, person.Actor(), in.Origin, "person", personID)); recorded != nil {
			return nil, recorded
		}
	}
	return signer, err
}

// wait returns how long a person must wait before the next passphrase is tried. After a restart of the computer it counts
// from there.
func (s *Station) wait(ctx context.Context, personID string) (left time.Duration, err error) {
	now := s.log.Now()
	err = s.query.Query(ctx, func(into func(...any) error) error {
		var wrong int
		var last clock.Reading
		if err := into(&wrong, &last.Boot, &last.BootMS); err != nil || wrong < 4 {
			return err
		}
		if now.Boot != last.Boot {
			last.BootMS = 0
		}
		left = min(40*time.Second, time.Second<<min(wrong-4, 6)) - time.Duration(now.BootMS-last.BootMS)*time.Millisecond
		return nil
	}, "SELECT wrong, boot, boot_ms FROM foreign_guess WHERE person = ?", personID)
	return left, err
}

// Sign signs what was agreed with the key of the person who entered it, records it, and returns the package that goes back.
func (s *Station) Sign(ctx context.Context, signer *people.Signer, agreed Agreed) (Package, error) {
	in := agreed.incoming
	if signer == nil || signer.ID != agreed.person.ID || len(agreed.text) == 0 {
		return Package{}, fault.New(fault.NotSignedIn, "", nil)
	}
	if _, err := s.decidable(ctx, in, signer.ID); err != nil {
		return Package{}, err
	}
	note, err := signer.Sign(agreed.text)
	if err != nil {
		return Package{}, err
	}
	if _, err := in.members.Open(note); err != nil {
		return Package{}, fault.New(fault.Signature, signer.Name, err) // the key of another console's person
	}
	elsewhere := agreed.approval.Elsewhere
	heads, err := s.answers(ctx, in, elsewhere.Size)
	if err != nil {
		return Package{}, err
	}
	back := parcel{kind: kindApproval, note: note}
	if back.links, err = s.links(ctx, elsewhere.Size, heads); err != nil {
		return Package{}, err
	}
	out, err := wrap(back, in.request.ID)
	if err != nil {
		return Package{}, err
	}
	_, err = s.log.Append(ctx, handsOut(draft(kindSigned, signer.Actor(), in.Origin, "person", signer.ID,
		"request", in.request.ID, "digest", hexDigest(in.digest), "note", note), elsewhere))
	if err != nil {
		return Package{}, err
	}
	return out, nil
}

// answers returns the heads of this log that the other console says it remembers, which it wants proof for, and then those
// that were handed out last. Where this log has another root at such a size, that is what the answer shows.
func (s *Station) answers(ctx context.Context, in Incoming, size int64) ([]head, error) {
	var heads []head
	for _, k := range in.parcel.known {
		if k.Origin != s.log.Head().Origin || k.Size > s.log.Head().Size || k.Size == size {
			continue
		}
		own, err := s.ownHead(ctx, k.Size)
		if err != nil {
			return nil, err
		}
		heads = append(heads, own)
	}
	handed, err := s.handedOut(ctx, size)
	if err != nil {
		return nil, err
	}
	for _, h := range handed {
		if !slices.ContainsFunc(heads, func(o head) bool { return o.size == h.size }) && len(heads) < maxLinks {
			heads = append(heads, h)
		}
	}
	return heads, nil
}
