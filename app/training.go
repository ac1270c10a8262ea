package main

import (
	"context"
	"crypto/sha256"

	"countersign/drivers"
	"countersign/drivers/all"
	"countersign/internal/people"
	"countersign/internal/policy"
)

// The two people who are ready in training mode. Their passphrases are no secret: the sign-in shows them.
var trainees = [2]people.Founder{
	{Name: "Robin Sample", Role: policy.Technician, Passphrase: "robin practises", Badge: "T-0001"},
	{Name: "Kim Example", Role: policy.Nursing, Passphrase: "kim practises too", Badge: "T-0002"},
}

// prepareTraining founds the training console on its first start, and lets its two people sign the example register maps,
// as a site's people would sign their own.
func prepareTraining(ctx context.Context, keys *people.Keys, r *record) error {
	enrolled, err := r.roster.People(ctx)
	if err != nil {
		return err
	}
	var signers [2]*people.Signer
	if len(enrolled) == 0 {
		founded, err := r.roster.Found(ctx, keys, trainees)
		if err != nil {
			return err
		}
		signers = founded.Signers
	}
	defer func() {
		for _, s := range signers {
			s.Lock()
		}
	}()
	for _, d := range all.All() {
		file, ok := d.(drivers.Setter)
		if !ok {
			continue
		}
		source := file.Source()
		reviewed, err := r.roster.Reviewed(ctx, sha256.Sum256(source))
		if err != nil {
			return err
		}
		if reviewed {
			continue
		}
		if err := unlockTrainees(ctx, r, &signers); err != nil {
			return err
		}
		if err := r.roster.AllowProfile(ctx, d.About().ID, source, signers); err != nil {
			return err
		}
	}
	return nil
}

// unlockTrainees fetches the keys of a training console that was founded earlier.
func unlockTrainees(ctx context.Context, r *record, signers *[2]*people.Signer) error {
	enrolled, err := r.roster.People(ctx)
	if err != nil {
		return err
	}
	for i, founder := range trainees {
		for _, p := range enrolled {
			if signers[i] != nil || p.Name != founder.Name {
				continue
			}
			if signers[i], err = r.seat.Prove(ctx, p.ID, founder.Passphrase); err != nil {
				return err
			}
		}
	}
	return nil
}

// hint is what the sign-in tells of a trainee's passphrase.
func hint(name string) string {
	for _, founder := range trainees {
		if founder.Name == name {
			return founder.Passphrase
		}
	}
	return ""
}
