package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/founding"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// maxLeafLine is the longest line of a file of records.
const maxLeafLine = leaf.MaxSize

// records walks through the log: steps 2 to 6.
func (v *run) records() error {
	if err := v.begin(); err != nil {
		return err
	}
	nodes, err := v.a.read(formats.OutsidePath)
	if err != nil {
		return err
	}
	defer nodes.Close()
	seals, err := v.a.read(formats.CheckpointsPath)
	if err != nil {
		return err
	}
	defer seals.Close()
	if v.walk.outside, err = newOutside(nodes); err != nil {
		return err
	}
	if v.walk.checkpoints, err = newCheckpoints(seals); err != nil {
		return err
	}
	v.heads.reached(&v.walk.tree)
	if err := v.eachPart(func(r io.Reader) (int64, error) {
		return v.walk.part(r, func(done int64) { v.o.Progress(4, done, v.m.Head.Size) })
	}); err != nil {
		return err
	}
	if err := v.walk.end(); err != nil {
		return err
	}
	return v.closing()
}

func (v *run) begin() error {
	full := v.m.Scope == formats.Full
	if err := checkAsked(v.o.Genesis); err != nil {
		return err
	}
	j := newJudge(v.m.Origin, full)
	j.heads, j.counts, j.find, j.anchor = &v.heads, &v.report.Counts, v.find, v.anchor
	j.missing = func(step int) {
		v.report.Steps[step-1].Open++
		v.report.Counts.Unchecked++
	}
	v.judge = j
	v.walk = &walk{origin: v.m.Origin, full: full, period: [2]int64{v.m.From, v.m.To}, of: v.m.Head.Size, heads: &v.heads,
		judge: j.record, find: v.find, counts: &v.report.Counts}
	v.report.Counts.Records = v.m.Head.Size
	return nil
}

// eachPart reads the files of records one after the other. All but the last have as many records as a part has.
func (v *run) eachPart(read func(io.Reader) (int64, error)) error {
	parts := slices.DeleteFunc(slices.Clone(v.m.Files), func(f formats.File) bool { return !isLeaves(f.Path) })
	for i, f := range parts {
		if f.Path != formats.LeavesPath(i+1) {
			return fileMissing.in(formats.LeavesPath(i + 1))
		}
	}
	for i, f := range parts {
		e, err := v.a.read(f.Path)
		if err != nil {
			return err
		}
		n, err := read(&counted{r: e, ctx: v.ctx, tick: func(int64) {}})
		if err := errors.Join(err, e.Close()); err != nil {
			return err
		}
		last := i == len(parts)-1
		if n > formats.PartRecords || !last && n != formats.PartRecords || last && n == 0 && i > 0 {
			return partLength.in(f.Path)
		}
	}
	return nil
}

// closing holds the end of the log against the manifest, the machine's signature and the exporter's statement.
func (v *run) closing() error {
	w := v.walk
	switch {
	case v.report.Counts.Shown != v.m.Shown:
		return recordCount.at(-1, v.report.Counts.Shown, v.m.Shown)
	case w.tree.Root() != v.m.Head.Root:
		return headRoot.at(-1)
	}
	machine, err := v.a.small(formats.MachinePath, maxMachine)
	if err != nil {
		return err
	}
	epoch, sig, err := parseMachine(machine)
	switch {
	case err != nil:
		return machineForm.in(formats.MachinePath)
	case epoch != w.epoch || epoch == 0:
		return machineEpoch.at(-1, epoch, w.epoch)
	case !ed25519.Verify(w.key, vouched(v.digest), sig):
		return machineSigned.at(-1)
	}
	if err := v.aside(); err != nil {
		return err
	}
	if err := v.export(); err != nil {
		return err
	}
	if len(v.judge.roster.persons) == 0 && v.o.Genesis != "" {
		return genesisMissing.at(-1)
	}
	v.judge.unlinked()
	v.judge.unfinished()
	v.judge.unreviewed(v.m.Made)
	if v.m.Made.Before(v.judge.before.Wall) {
		v.find(sawMadeBefore.at(-1))
	}
	return nil
}

// aside reads the records of emergencies that are not in the log yet.
func (v *run) aside() error {
	e, err := v.a.read(formats.FramesPath)
	if err != nil {
		return err
	}
	defer e.Close()
	in := newLines(e, maxLeafLine)
	for {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			if n := v.report.Counts.FramesAside; n > 0 {
				v.find(sawFramesAside.at(-1, n))
			}
			return nil
		case errors.Is(err, errLine):
			return frameAside.at(-1, in.n+1, err)
		case err != nil:
			return err
		}
		if _, err := leaf.Decode(line); err != nil {
			return frameAside.at(-1, in.n, err)
		}
		v.report.Counts.FramesAside++
	}
}

// export checks the statement of the person who exported, where there is one.
func (v *run) export() error {
	if v.a.files[formats.ExportPath] == nil {
		return nil
	}
	note, err := v.a.small(formats.ExportPath, statement.MaxNote)
	if err != nil {
		return err
	}
	e, err := statement.As[statement.Export](textOf(string(note)))
	if err == nil {
		err = v.judge.roster.open(string(note), e, v.m.Head.Size)
	}
	if err != nil {
		return exportSigned.at(-1, err)
	}
	for _, s := range e.Signers {
		if p := v.judge.roster.persons[s.ID]; p.name != s.Name || p.role != s.Role || p.status != active {
			return exportSigned.at(-1, s.Name+" is not who the statement says, or may not act")
		}
	}
	switch {
	case e.Manifest != v.digest:
		return exportManifest.at(-1)
	case e.From != v.m.From || e.To != v.m.To:
		return exportPeriod.at(-1)
	case e.Log != statement.LogHead{Origin: v.m.Origin, Size: v.m.Head.Size, Root: v.m.Head.Root}:
		return exportHead.at(-1)
	}
	v.report.Exporter = e.Signers[0].Name
	v.judge.signed.last = e.Signers[0].ID
	return nil
}

// checkAsked says whether what was asked for can be a founding.
func checkAsked(asked string) error {
	if asked == "" {
		return nil
	}
	if words := strings.Fields(strings.ToLower(asked)); len(words) == 12 {
		if !founding.Spelled(words) {
			return genesisWords.at(-1, "a word is not one of the list, or two are exchanged")
		}
		return nil
	}
	if b, err := hex.DecodeString(plainHex(asked)); err != nil || len(b) != sha256.Size {
		return genesisWords.at(-1, fmt.Sprintf("%d words", len(strings.Fields(asked))))
	}
	return nil
}

func plainHex(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }

// anchor compares the founding with the one that was asked for.
func (v *run) anchor(text []byte, seq int64) error {
	sum := sha256.Sum256(text)
	v.report.Genesis = hex.EncodeToString(sum[:])
	all, err := founding.Words(text)
	if err != nil {
		return err
	}
	v.report.Words = all
	if v.o.Genesis == "" {
		return nil
	}
	asked := strings.Fields(strings.ToLower(v.o.Genesis))
	if !slices.Equal(asked, all) && plainHex(v.o.Genesis) != v.report.Genesis {
		return genesisOther.at(seq, strings.Join(all, " "))
	}
	v.anchored = true
	return nil
}
