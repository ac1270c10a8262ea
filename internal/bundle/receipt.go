package bundle

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
)

// ReceiptState says what a receipt shows about the log.
type ReceiptState string

// The states of a receipt.
const (
	Witnessed ReceiptState = "witnessed" // the log still holds what the auditor saw
	Rewound   ReceiptState = "rewound"   // the log is shorter than what the auditor saw
	Forked    ReceiptState = "forked"    // the log holds another past than the auditor saw
)

// Receipt is a receipt that came back.
type Receipt struct {
	formats.Receipt
	State    ReceiptState
	Key      string // of the auditor: the key's number in a signed note, eight hexadecimal digits
	Checked  bool   // the signature was checked: the auditor's public key was given
	NewKey   bool   // no receipt by this auditor was taken before
	OtherKey bool   // earlier receipts by this auditor had another key
	Known    bool   // the bundle was exported from this log
	Seq      int64  // of its record; -1 where the log takes none
}

// TakeReceipt holds a receipt against the log and records it. Pub is the auditor's public key; without one it is told what the
// receipt says and not that it is the auditor who says so: a head is worth comparing whoever kept it. A log that is shorter than
// the receipt is fault.Rewound, one with another past fault.OtherPast; both are recorded all the same, and the Receipt is told.
func TakeReceipt(ctx context.Context, source Source, exports *Exports, actor leaf.Actor, file []byte, pub ed25519.PublicKey) (Receipt, error) {
	r := Receipt{Seq: -1, Key: keyNumber(file), Checked: pub != nil}
	var err error
	if pub != nil {
		r.Receipt, err = formats.OpenReceipt(file, pub)
	} else {
		r.Receipt, err = formats.ReadReceipt(file)
	}
	if err != nil {
		return r, err
	}
	if head := source.Head(); r.Origin != head.Origin {
		return r, fault.Newf(fault.Incoming, "receipt", "it is about the log %s", r.Origin)
	}
	if r.Known, err = exports.known(ctx, r.Manifest); err != nil {
		return r, err
	}
	keys, err := exports.keys(ctx, r.Auditor)
	if err != nil {
		return r, err
	}
	r.NewKey = len(keys) == 0
	r.OtherKey = len(keys) > 0 && !slices.Contains(keys, r.Key)
	what, err := compare(ctx, source, &r)
	if err != nil {
		return r, err
	}
	if actor == (leaf.Actor{}) {
		actor = itself
	}
	records, err := source.Append(ctx, receiptDraft(&r, actor))
	if err == nil {
		r.Seq = records[0].Seq
	}
	return r, errors.Join(what, err)
}

// keyNumber reads the number of the key from the signature's line.
func keyNumber(file []byte) string {
	text := strings.TrimSuffix(string(file), "\n")
	b, err := strict64.DecodeString(text[strings.LastIndexByte(text, ' ')+1:])
	if err != nil || len(b) < 4 {
		return ""
	}
	return hex.EncodeToString(b[:4])
}

// compare holds the head that the auditor has against the log. What is the fault that it shows.
func compare(ctx context.Context, source Source, r *Receipt) (what, err error) {
	size := source.Head().Size
	if r.Head.Size > size {
		r.State = Rewound
		return fault.Newf(fault.Rewound, r.Auditor, "%d records were seen where there are %d", r.Head.Size, size), nil
	}
	var tree leaf.Range
	err = source.Stored(ctx, 0, func(seq int64, encoded, _ []byte) error {
		if seq >= r.Head.Size {
			return errDone
		}
		if seq >= 0 {
			tree.Append(leaf.Hash(encoded))
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errDone) {
		return nil, ended(ctx, err)
	}
	if tree.Size() != r.Head.Size || tree.Root() != r.Head.Root {
		r.State = Forked
		return fault.Newf(fault.OtherPast, r.Auditor, "another root over the first %d records", r.Head.Size), nil
	}
	r.State = Witnessed
	return nil, nil
}

func receiptDraft(r *Receipt, actor leaf.Actor) audit.Draft {
	d := audit.Draft{Kind: KindReceipt, Actor: actor}
	d.Body.Set("manifest", hex.EncodeToString(r.Manifest[:]))
	d.Body.SetInt("size", r.Head.Size)
	d.Body.Set("root", strict64.EncodeToString(r.Head.Root[:]))
	d.Body.Set("verdict", r.Verdict)
	d.Body.Set("auditor", r.Auditor)
	d.Body.Set("key", r.Key)
	d.Body.Set("time", clock.FormatWall(r.Time))
	d.Body.Set("state", string(r.State))
	signature := "not checked"
	if r.Checked {
		signature = "checked"
	}
	d.Body.Set("signature", signature)
	return d
}
