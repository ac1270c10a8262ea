package people

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/fault"
	"countersign/internal/leaf"
	"countersign/internal/policy"
	"countersign/internal/statement"
)

// Founder is one of the two people who set up a console together.
type Founder struct {
	Name       string
	Role       policy.Role
	Passphrase string
	Badge      string // number of the person's badge; both founders have one, or neither
}

// Keeper keeps the keys of the people who are enrolled. Keys is the one that keeps them in files.
type Keeper interface {
	Save(personID string, key ed25519.PrivateKey, passphrase string) error
	Remove(personID string)
}

// Founded is what founding leaves to be written down.
type Founded struct {
	Signers     [2]*Signer
	Fingerprint string   // of the founding statement: SHA-256, in groups of four hexadecimal digits
	Words       []string // its first half in twelve words
}

// Found enrols the first two persons: each gets a key of their own, both sign one statement, and the log begins with
// it. The faults are WeakSecret, SamePerson, NotAllowed for a role that cannot found, NoReason for a name that cannot be
// recorded, and WrongState for a console that was founded before.
func (r *Roster) Found(ctx context.Context, keys Keeper, founders [2]Founder) (Founded, error) {
	r.acting.Lock() // two foundings at once would both find nobody enrolled
	defer r.acting.Unlock()
	if err := r.checkFounders(ctx, founders); err != nil {
		return Founded{}, err
	}
	now := r.log.Now()
	origin := r.log.Head().Origin
	genesis := statement.Genesis{Origin: origin, Time: statement.TimeOf(now)}
	var signers [2]*Signer
	for i, f := range founders {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return Founded{}, fault.New(fault.Internal, "", err)
		}
		id := statement.PersonID(public)
		genesis.Founders = append(genesis.Founders, statement.Founder{ID: id, Key: [ed25519.PublicKeySize]byte(public), Role: string(f.Role), Name: f.Name})
		if f.Badge != "" {
			genesis.Badges = append(genesis.Badges, f.Badge)
		}
		signers[i] = newSigner(Person{ID: id, Name: f.Name, Role: f.Role, Active: true, Key: public, Badge: f.Badge, Status: Active, Founder: true}, origin, private)
	}
	text, note, err := signGenesis(genesis, signers)
	if err != nil {
		return Founded{}, err
	}
	for i, s := range signers {
		if err = keys.Save(s.ID, s.key.key, founders[i].Passphrase); err != nil {
			break
		}
	}
	if err == nil {
		_, err = r.log.Append(ctx, audit.Draft{Kind: KindGenesis, Actor: leaf.Actor{ID: "console", Name: "Countersign"}, Stmt: note})
	}
	if err != nil {
		// A commit whose answer was lost may have happened: then these are the only keys there will ever be.
		if r.absent(ctx, note) {
			for _, s := range signers {
				keys.Remove(s.ID)
			}
		}
		return Founded{}, err
	}
	words, err := words(text)
	if err != nil {
		return Founded{}, err
	}
	return Founded{Signers: signers, Fingerprint: fingerprint(text), Words: words}, r.refresh(context.WithoutCancel(ctx))
}

func signGenesis(genesis statement.Genesis, signers [2]*Signer) (text []byte, note string, err error) {
	if genesis.Nonce, err = statement.NewNonce(rand.Reader); err != nil {
		return nil, "", fault.New(fault.Internal, "", err)
	}
	if text, err = genesis.Text(); err != nil {
		return nil, "", err
	}
	note, err = Together(text, signers[0], signers[1])
	return text, note, err
}

func (r *Roster) checkFounders(ctx context.Context, founders [2]Founder) error {
	enrolled, err := r.People(ctx)
	if err != nil {
		return err
	}
	if len(enrolled) > 0 {
		return fault.New(fault.WrongState, "", nil)
	}
	for _, f := range founders {
		if err := statement.CheckText(f.Name); err != nil {
			return fault.New(fault.NoReason, f.Name, err)
		}
		if !f.Role.Known() || f.Role == policy.Auditor {
			return fault.New(fault.NotAllowed, f.Name, nil)
		}
		if f.Badge != "" && statement.CheckText(f.Badge) != nil {
			return fault.New(fault.Badge, f.Name, nil)
		}
		if err := CheckPassphrase(f.Passphrase); err != nil {
			return fault.New(fault.WeakSecret, f.Name, nil)
		}
	}
	if first, second := founders[0].Badge, founders[1].Badge; (first == "") != (second == "") || first != "" && (spelled(first) == "" || spelled(first) == spelled(second)) {
		return fault.New(fault.Badge, founders[1].Name, nil)
	}
	if strings.EqualFold(founders[0].Name, founders[1].Name) || founders[0].Passphrase == founders[1].Passphrase {
		return fault.New(fault.SamePerson, founders[1].Name, nil)
	}
	return nil
}
