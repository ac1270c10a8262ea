package cosign

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/people"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Open reads a request that another console exported: a file, what a scanner typed, or a picture of a code. It believes
// nothing but what is signed, and remembers a trusted console's log. A log that was forked or rolled back is recorded and
// told in Continuity; nothing can be signed for it then. The faults are Incoming for what cannot be read or does not verify,
// and Peer for a code from a console that is not known here yet.
func (s *Station) Open(ctx context.Context, data []byte) (Incoming, error) {
	p, err := unwrap(data, kindRequest)
	if err != nil {
		return Incoming{}, err
	}
	in := Incoming{parcel: p}
	text := textOf(p.note)
	if in.request, err = statement.As[statement.Request](text); err != nil {
		return Incoming{}, fault.New(fault.Incoming, "request", err)
	}
	in.Origin, in.digest = in.request.Log.Origin, statement.Digest(text)
	if in.Origin == s.log.Head().Origin {
		return Incoming{}, fault.Newf(fault.Incoming, in.Origin, "a request of this console")
	}
	pins, err := s.pinned(ctx, in.Origin)
	if err != nil {
		return Incoming{}, err
	}
	if err := in.people(pins, s.log.Now().Wall); err != nil {
		return Incoming{}, err
	}
	in.Code = change.ComparisonCode(in.digest)
	in.clocks(statement.TimeOf(s.log.Now()))
	in.show(string(text))
	if err := s.follow(ctx, &in, pins); err != nil {
		return Incoming{}, err
	}
	in.Behind, err = s.behind(ctx, p.known)
	return in, err
}

// textOf is the text of a note, whose signatures Members.Open checks.
func textOf(note string) []byte {
	text, _, _ := strings.Cut(note, "\n\n") // no statement has an empty line
	return []byte(text + "\n")
}

// people replays the roster and checks the request's signature with it. Of the roster that came and the one that is
// remembered the longer counts: an older package must not bring back whoever was revoked since.
func (in *Incoming) people(pins []pinned, now time.Time) error {
	in.roster = in.parcel.roster
	forked := false
	if len(pins) == 1 {
		n := min(len(in.roster), len(pins[0].roster))
		forked = !slices.Equal(in.roster[:n], pins[0].roster[:n])
		if len(in.roster) < len(pins[0].roster) && !forked {
			in.roster = pins[0].roster
		}
	}
	if len(in.roster) == 0 {
		return fault.New(fault.Peer, in.Origin, nil)
	}
	members, err := people.Replay(in.Origin, in.roster)
	if err != nil {
		return fault.New(fault.Incoming, in.Origin, err)
	}
	if _, err := members.Open(in.parcel.note); err != nil {
		return fault.New(fault.Incoming, in.Origin, err)
	}
	in.members, in.genesis = members, statement.Digest(textOf(in.roster[0]))
	if in.Words, err = members.Words(); err != nil {
		return fault.New(fault.Incoming, in.Origin, err)
	}
	if in.Proposer, err = members.Person(in.request.Signer.ID, now); err != nil {
		return fault.New(fault.Incoming, in.Origin, err)
	}
	in.Known = len(pins) == 1 && pins[0].genesis == hexDigest(in.genesis)
	if forked || len(pins) == 1 && !in.Known {
		in.Continuity = Forked
	}
	for _, p := range members.Persons(now) {
		if policy.Decide(members.Rules().Policy, in.ask(p)) == nil {
			in.Approvers = append(in.Approvers, p)
		}
	}
	return nil
}

// ask is the question whether a person may approve the request here.
func (in *Incoming) ask(p people.Person) policy.Ask {
	return policy.Ask{Act: policy.Approve, Person: p.Policy(), Proposer: in.Proposer.Policy(), Seat: policy.OtherDevice, Classes: in.classes()}
}

func (in *Incoming) classes() []policy.Class {
	var classes []policy.Class
	for _, l := range in.request.Set {
		classes = append(classes, in.class(l))
	}
	return classes
}

func (in *Incoming) class(l statement.SetLine) policy.Class {
	return in.members.Rules().Policy.Class(in.request.Driver.ID, l.ID, l.Risk)
}

// clocks compares two clocks that nobody has set together. It warns; the console that made the request decides.
func (in *Incoming) clocks(now statement.Time) {
	in.Apart = now.Wall.Sub(in.request.Time.Wall)
	in.Late = in.Apart > in.request.ValidFor
}

// hidden stands where a wanted value would be.
const hidden = "…"

// show makes what may be seen before the values were entered. It is made from the signed text and nothing beside it.
func (in *Incoming) show(text string) {
	policy := in.members.Rules().Policy
	in.Request, in.Text, in.AssetTag = in.request, text, in.request.AssetTag != ""
	in.Blind = slices.ContainsFunc(in.request.Set, func(l statement.SetLine) bool { return policy.Blind(in.class(l)) })
	if in.AssetTag {
		in.Request.AssetTag = hidden
		in.Text = strings.Replace(in.Text, "\nasset-tag "+in.request.AssetTag+"\n", "\nasset-tag "+hidden+"\n", 1)
	}
	if !in.Blind {
		return
	}
	in.Request.Set = nil
	for _, l := range in.request.Set {
		masked := l
		masked.Wanted = hidden
		in.Request.Set = append(in.Request.Set, masked)
		in.Text = strings.Replace(in.Text, "\nset "+l.String()+"\n", "\nset "+masked.String()+"\n", 1)
	}
}

// follow judges the console's log and remembers what a trusted one showed of it.
func (s *Station) follow(ctx context.Context, in *Incoming, pins []pinned) error {
	now := in.head()
	remembered, err := s.remembered(ctx, in.Origin)
	if err != nil {
		return err
	}
	if in.Continuity == "" {
		in.Continuity = judge(now, remembered, in.parcel.links, len(in.parcel.roster) > 0)
	}
	if in.Continuity.Refused() {
		return s.recordRefused(ctx, in.Origin, in.Continuity, now)
	}
	if !in.Known {
		return nil // anybody can found a log with this name
	}
	roster := ""
	if len(in.roster) > len(pins[0].roster) {
		roster = strings.Join(in.roster, rosterMark)
	}
	fresh := newer(proven(now, in.parcel.links), remembered)
	if len(fresh) == 0 && roster == "" {
		return nil
	}
	_, err = s.log.Append(ctx, draft(kindSeen, s.seat.Actor(), in.Origin,
		"request", in.request.ID, "continuity", string(in.Continuity), "heads", headLines(fresh), "roster", roster))
	return err
}

// head is the log that the request's proposer signed.
func (in *Incoming) head() memory {
	return memory{head{in.request.Log.Size, in.request.Log.Root}, hexDigest(in.digest)}
}

// newer returns the heads of which something is not remembered yet.
func newer(heads, remembered []memory) (fresh []memory) {
	for _, h := range heads {
		if !slices.ContainsFunc(remembered, func(r memory) bool { return r.size == h.size && (r.request != "" || h.request == "") }) {
			fresh = append(fresh, h)
		}
	}
	return fresh
}

// recordRefused says in this log that another one is not what it was.
func (s *Station) recordRefused(ctx context.Context, origin string, c Continuity, now memory) error {
	_, err := s.log.Append(ctx, draft(kindRefused, s.seat.Actor(), origin, "continuity", string(c), "head", headLines([]memory{now})))
	return err
}

// behind says whether the other console remembers a head that this log does not have. It is not signed: a hint to look.
func (s *Station) behind(ctx context.Context, known []statement.LogHead) (bool, error) {
	own := s.log.Head()
	for _, k := range known {
		if k.Origin != own.Origin {
			continue
		}
		if k.Size > own.Size {
			return true, nil
		}
		at, err := s.ownHead(ctx, k.Size)
		return err == nil && at.root != k.Root, err
	}
	return false, nil
}
