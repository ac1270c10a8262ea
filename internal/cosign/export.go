package cosign

import (
	"context"

	"countersign/internal/change"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// Export writes a waiting request for another laptop, and records that it left. The faults are those of the desk, WrongState
// for a request that waits for nobody, and OutOfRange for one that is too large for a package.
func (s *Station) Export(ctx context.Context, requestID string) (Package, error) {
	request, err := s.desk.Request(ctx, requestID)
	if err != nil {
		return Package{}, err
	}
	if request.State != change.Waiting {
		return Package{}, stateFault(request)
	}
	full := parcel{kind: kindRequest, note: request.Note}
	if full.roster, err = s.roster.Notes(ctx); err != nil {
		return Package{}, err
	}
	if full.known, err = s.lastKnown(ctx); err != nil {
		return Package{}, err
	}
	handed, err := s.handedOut(ctx, request.Log.Size)
	if err != nil {
		return Package{}, err
	}
	if full.links, err = s.links(ctx, request.Log.Size, handed); err != nil {
		return Package{}, err
	}
	out, err := wrap(full, request.ID)
	if err != nil {
		return Package{}, err
	}
	_, err = s.log.Append(ctx, handsOut(draft(kindExported, s.seat.Actor(), "", "request", request.ID), request.Log))
	if err != nil {
		return Package{}, err // a head that this log would not know it handed out
	}
	return out, nil
}

func stateFault(r change.Request) error {
	if r.State == change.Expired {
		return fault.New(fault.Expired, r.ID, nil)
	}
	return fault.New(fault.WrongState, string(r.State), nil)
}

// wrap makes the file and, where it is short enough, the code. A code has no roster and proves the newest head only.
func wrap(full parcel, name string) (Package, error) {
	file, err := full.file()
	if err != nil {
		return Package{}, err
	}
	short := full
	short.roster, short.links, short.known = nil, full.links[:min(1, len(full.links))], full.known[:min(1, len(full.known))]
	code, err := short.code()
	if err == nil && code == "" {
		short.links, short.known = nil, nil // the other console asks for the file where it wants proof
		code, err = short.code()
	}
	return Package{File: file, Name: name + "." + full.kind, Code: code}, err
}

// links proves for each head that it and the head of this size are of one log: this one.
func (s *Station) links(ctx context.Context, size int64, heads []head) ([]link, error) {
	if len(heads) == 0 {
		return nil, nil
	}
	largest := size
	for _, h := range heads {
		largest = max(largest, h.size)
	}
	hashes, err := s.log.Hashes(ctx, largest)
	if err != nil {
		return nil, err
	}
	var all []link
	for _, h := range heads {
		proof, err := leaf.Consistency(hashes[:max(size, h.size)], min(size, h.size))
		if err != nil {
			return nil, err
		}
		all = append(all, link{head: h, proof: proof})
	}
	return all, nil
}

// ownHead returns this log at a size, from its records.
func (s *Station) ownHead(ctx context.Context, size int64) (head, error) {
	hashes, err := s.log.Hashes(ctx, size)
	if err != nil {
		return head{}, err
	}
	var r leaf.Range
	for _, hash := range hashes {
		r.Append(hash)
	}
	return head{size, r.Root()}, nil
}

func (s *Station) logHead() statement.LogHead {
	h := s.log.Head()
	return statement.LogHead{Origin: h.Origin, Size: h.Size, Root: h.Root}
}
