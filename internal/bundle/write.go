package bundle

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/fault"
	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/report"
	"countersign/internal/verify"
)

// itself is who hands out where nobody is named.
var itself = leaf.Actor{ID: "console", Name: "Countersign"}

// errEpoch is that the machine's key changed while a bundle was written: its signature would be of a key that the bundle does not
// know.
var errEpoch = errors.New("the machine's key changed meanwhile")

// tries is how often a bundle is begun anew because of that. A key lasts a day or thousands of records.
const tries = 3

// Write makes a bundle. The file has its name once it is whole, was read back from its medium and is recorded; until then it is
// called .partial, and where anything fails it is removed. Progress is told the stage and how far it is; it may be nil.
//
// A log that does not verify is handed out all the same, and the bundle says so. Such a log takes no record of that.
func Write(ctx context.Context, r Request, progress func(stage string, done, of int64)) (Made, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	if r.Actor == (leaf.Actor{}) {
		r.Actor = itself
	}
	if r.create == nil {
		r.create = createFile
	}
	began := time.Now()
	for n := 1; ; n++ {
		w := &writing{ctx: ctx, r: r, tick: progress}
		err := w.all()
		w.end(err == nil)
		if errors.Is(err, errEpoch) && n < tries {
			continue
		}
		if ctx.Err() != nil && err != nil && !w.recorded {
			err = fault.New(fault.Cancelled, "", ctx.Err())
		}
		w.made.Took = time.Since(began)
		return w.made, err
	}
}

// writing is one bundle on its way.
type writing struct {
	ctx      context.Context
	r        Request
	tick     func(stage string, done, of int64)
	plan     *plan
	spool    *spool
	medium   *medium
	text     []byte // of the manifest
	machine  []byte
	note     string // of the person who signed
	made     Made
	recorded bool
}

// end removes what must not stay.
func (w *writing) end(whole bool) {
	if w.spool != nil {
		w.spool.remove()
	}
	if w.medium != nil && !whole {
		w.medium.discard()
	}
}

func (w *writing) all() error {
	to, err := recipient(w.r.Recipient)
	if err != nil {
		return err
	}
	if info, err := os.Stat(w.r.Folder); err != nil || !info.IsDir() {
		return fault.New(fault.MediumGone, w.r.Folder, err)
	}
	if err := w.choose(); err != nil {
		return err
	}
	w.made.Encrypted, w.made.Broken, w.made.Recorded = to != nil, w.plan.broken, -1
	for _, folder := range []string{w.r.Folder, w.temp()} {
		if err := room(folder, estimate(w.plan.bytes, w.plan.shown)); err != nil {
			return err
		}
	}
	if err := w.make(); err != nil {
		return err
	}
	name := fmt.Sprintf("countersign-audit-%s-%d-%d-%s", strings.NewReplacer("/", "-", ".", "-").Replace(w.plan.head.Origin),
		w.plan.from, w.plan.to, w.made.Manifest.Made.Format("20060102"))
	if w.medium, err = createMedium(w.r.Folder, name, to, w.r.create); err != nil {
		return err
	}
	w.made.Path = w.medium.path
	if err := w.write(); err != nil {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	return w.conclude()
}

func (w *writing) temp() string {
	if w.r.Temp != "" {
		return w.r.Temp
	}
	return os.TempDir()
}

// choose sees to a checkpoint over the log as it is now and reads the log up to there.
func (w *writing) choose() error {
	head, trouble := w.r.Source.Checkpoint(w.ctx)
	epoch, _ := w.r.Source.Vouch([32]byte{})
	switch kind := fault.KindOf(trouble); {
	case kind == fault.NotFound, trouble == nil && epoch == 0:
		return fault.New(fault.NoMachineKey, head.Origin, trouble)
	case trouble != nil && kind != fault.LogBroken && kind != fault.Internal:
		return trouble
	}
	var previous formats.Head
	if w.r.Exports != nil {
		last, there, err := w.r.Exports.Last(w.ctx)
		switch {
		case err != nil:
			return err
		case there && last.Head.Size <= head.Size:
			previous = last.Head
		}
	}
	c, err := newChooser(w.r.Selection, head.Size)
	if err != nil {
		return err
	}
	w.plan, err = newPlan(w.ctx, w.r.Source, c, head, trouble, nil, func(done, of int64) { w.tick(StagePlan, done, of) })
	if err == nil {
		w.plan.previous = previous
	}
	return err
}

// make makes every file in the spool, the manifest over them and the signatures.
func (w *writing) make() (err error) {
	if w.spool, err = newSpool(w.temp()); err != nil {
		return err
	}
	made := w.r.Made
	if made == (clock.Reading{}) {
		made = w.r.Source.Now()
	}
	p, site := w.plan, plain(w.r.Site)
	if site == "" {
		site = p.head.Origin
	}
	m := formats.Manifest{
		Origin: p.head.Origin, Program: plain(w.r.Program), Forms: report.Edition(), Made: made.Wall.UTC().Truncate(time.Millisecond), Clock: string(made.State),
		Simulated: w.r.Simulated, Site: site, Scope: p.scope, From: p.from, To: p.to, Filter: p.filter,
		Head: formats.Head{Size: p.head.Size, Root: p.head.Root}, Previous: p.previous, Shown: p.shown,
	}
	err = w.records(m.Heading())
	if err == nil {
		err = w.proofs()
	}
	switch {
	case errors.Is(err, errLarge):
		return fault.New(fault.TooLarge, "", err)
	case err != nil:
		return err
	}
	for _, f := range w.spool.list() {
		m.Files = append(m.Files, formats.File{Path: f.path, Size: f.size, SHA256: [32]byte(f.sum.Sum(nil))})
	}
	if len(m.Files) > formats.MaxEntries-3 || w.spool.bytes > formats.MaxTotal {
		return fault.Newf(fault.TooLarge, "", "%d files of %d bytes", len(m.Files), w.spool.bytes)
	}
	if w.text, err = m.Text(); err != nil {
		return err
	}
	w.made.Manifest, w.made.Digest = m, sha256.Sum256(w.text)
	w.made.Fingerprint = formats.Fingerprint(w.made.Digest)
	w.made.Code = fmt.Sprintf("countersign/bundle/v1 %s %d %s %s", m.Origin, m.Head.Size, strict64.EncodeToString(m.Head.Root[:]), hex.EncodeToString(w.made.Digest[:]))
	return w.sign(made)
}

// sign signs the manifest with the machine's key, and lets a person sign it.
func (w *writing) sign(made clock.Reading) (err error) {
	epoch, sig := w.r.Source.Vouch(w.made.Digest)
	switch {
	case epoch == 0 && w.plan.broken != "":
		sig = make([]byte, ed25519.SignatureSize) // there is no key, and nobody is led to believe in one
	case epoch == 0:
		return fault.New(fault.NoMachineKey, w.plan.head.Origin, nil)
	case epoch != w.plan.epoch && w.plan.broken == "":
		return fault.New(fault.NoMachineKey, w.plan.head.Origin, errEpoch)
	}
	w.machine = fmt.Appendf(nil, "epoch %d\nsignature %s\n", epoch, strict64.EncodeToString(sig))
	if w.r.Sign == nil {
		return nil
	}
	said := Said{Manifest: w.made.Digest, From: w.plan.from, To: w.plan.to, For: w.purpose(), Head: w.plan.head, Made: made}
	if w.note, err = w.r.Sign(w.ctx, said); err != nil {
		return err
	}
	w.made.Signed = true
	return said.says(w.note)
}

func (w *writing) purpose() string {
	if words := plain(w.r.For); words != "" {
		return words
	}
	return "-"
}

// write copies everything to the medium.
func (w *writing) write() error {
	files := w.spool.list()
	packed := int64(len(w.text) + len(w.note) + 4096)
	for _, f := range files {
		packed += f.packed + 2*formats.MaxPath + 128
	}
	if err := room(w.r.Folder, packed); err != nil {
		return err
	}
	a := newArchive(w.ctx, ticking{w.medium.to, &w.medium.size, func(done int64) { w.tick(StageWrite, done, packed) }})
	var err error
	for _, f := range files {
		if err == nil {
			err = a.raw(f.path, f.size, f.packed, f.crc, f.content())
		}
	}
	for _, t := range []struct{ path, text string }{
		{formats.ManifestPath, string(w.text)}, {formats.MachinePath, string(w.machine)}, {formats.ExportPath, w.note},
	} {
		if err == nil && t.text != "" {
			err = a.text(t.path, []byte(t.text))
		}
	}
	if err == nil {
		err = a.zip.Close()
	}
	if err != nil {
		return mediumFault(w.r.Folder, err)
	}
	return w.medium.finish()
}

// check reads the file back. An encrypted one is compared only: the console cannot read it any more.
func (w *writing) check() error {
	m := w.medium
	f, err := m.reread(w.ctx, func(done int64) { w.tick(StageCheck, done, 4*m.size) })
	if err != nil {
		return err
	}
	defer f.Close()
	w.made.Size, w.made.SHA256 = m.size, [32]byte(m.sum.Sum(nil))
	if w.made.Encrypted {
		return nil
	}
	w.made.Report, err = verify.Bundle(w.ctx, f, m.size, verify.Options{Genesis: w.r.Genesis, Progress: func(step int, done, of int64) {
		parts := map[int]int64{1: 1, 4: 2, 8: 3}[step]
		w.tick(StageCheck, m.size*parts+done*m.size/max(of, 1), 4*m.size)
	}})
	switch {
	case fault.Is(err, fault.Incoming):
		return fault.New(fault.MediumGone, w.r.Folder, err)
	case err != nil:
		return err
	}
	if failure := w.made.Report.Failure; failure != nil && w.made.Broken == "" {
		w.made.Broken = failure.Text
	}
	return w.ctx.Err()
}

// conclude records the export and gives the file its name. From the record on nothing is called off.
func (w *writing) conclude() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	ctx := context.WithoutCancel(w.ctx)
	records, err := w.r.Source.Append(ctx, w.draft())
	switch {
	case err == nil:
		w.recorded, w.made.Recorded = true, records[0].Seq
	case w.plan.broken == "":
		return err
	}
	if err := w.medium.name(); err != nil {
		if w.recorded {
			_, failed := w.r.Source.Append(ctx, failedDraft(&w.made, w.r.Actor, err))
			err = errors.Join(err, failed)
		}
		return err
	}
	return nil
}

var _ Source = (*audit.Log)(nil)
