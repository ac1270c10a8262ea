package verify

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/report"
	"countersign/internal/statement"
)

// leaf reads a record back.
func (b *book) leaf(name string) leaf.Leaf {
	b.t.Helper()
	seq, ok := b.names[name]
	if !ok {
		b.t.Fatalf("no record is called %s", name)
	}
	l, err := leaf.Decode(b.leaves[seq])
	b.ok(err)
	return l
}

// pack is a bundle before it is sealed. Its hooks change one thing.
type pack struct {
	b        *book
	manifest formats.Manifest
	given    map[string][]byte
	made     map[string][]byte // the derived files
	order    []string          // of the manifest; nil for the right one
	list     func(*formats.Manifest)
	machine  func(text string) string
	export   string // the note; "" for none
	raw      func([]piece) []piece
}

// piece is an entry of the zip.
type piece struct {
	header zip.FileHeader
	data   []byte
	bytes  []byte // packed already; nil to pack data
}

// scope says which records a bundle shows, and which checkpoints.
type scope struct {
	scope    formats.Scope
	from, to int64
	shown    func(seq int64) bool
}

func everything(int64) bool { return true }

// pack makes a bundle of what is in the book. The log signs a checkpoint over its head first.
func (b *book) pack(s scope) *pack {
	b.t.Helper()
	if len(b.points) == 0 || b.points[len(b.points)-1].size != b.tree.Size() {
		b.point("head")
	}
	size := b.tree.Size()
	if s.to == 0 {
		s.to = size
	}
	p := &pack{b: b, given: map[string][]byte{}, list: func(*formats.Manifest) {}, machine: func(text string) string { return text }, raw: func(p []piece) []piece { return p }}
	p.manifest = formats.Manifest{Origin: origin, Program: "countersign test", Forms: report.Edition(), Made: b.clock, Clock: "ok", Site: "Clinic Example", Scope: s.scope, From: s.from, To: s.to,
		Head: formats.Head{Size: size, Root: b.tree.Root()}}
	for seq := s.from; seq < s.to && p.manifest.Filter == ""; seq++ {
		if !s.shown(seq) {
			p.manifest.Filter = "some records, for the test"
		}
	}
	points := b.kept(s)
	var leaves, outside, checkpoints bytes.Buffer
	cuts := b.cuts(s, points)
	for at := int64(0); at < size; {
		if s.shown(at) {
			leaves.Write(append(bytes.Clone(b.leaves[at]), '\n'))
			p.manifest.Shown++
			at++
			continue
		}
		to := at
		for to < size && !s.shown(to) && (to == at || !cuts[to]) {
			to++
		}
		for _, n := range leaf.Cover(b.hashes, 0, at, to) {
			fmt.Fprintf(&outside, "node %d %d %x\n", n.From, n.To, n.Hash)
		}
		at = to
	}
	for _, c := range points {
		fmt.Fprintf(&checkpoints, "checkpoint %d %d\n%s\n", c.size, c.epoch, c.note)
	}
	p.given[formats.LeavesPath(1)], p.given[formats.OutsidePath], p.given[formats.CheckpointsPath] = leaves.Bytes(), outside.Bytes(), checkpoints.Bytes()
	p.given[formats.ConsistencyPath], p.given[formats.FramesPath] = nil, nil
	return p
}

// kept are the checkpoints of a bundle: all, or those at the end of an epoch, in the period and over the head.
func (b *book) kept(s scope) (kept []checkpoint) {
	for _, c := range b.points {
		if s.scope == formats.Full || b.kinds[c.size-1] == kindEpoch || c.size > s.from && c.size <= s.to || c.size == b.tree.Size() {
			kept = append(kept, c)
		}
	}
	return kept
}

// cuts are where withheld records must not be put together.
func (b *book) cuts(s scope, points []checkpoint) map[int64]bool {
	cuts := map[int64]bool{}
	for _, c := range points {
		cuts[c.size] = true
	}
	for seq := range b.tree.Size() {
		if !s.shown(seq) {
			continue
		}
		cuts[seq-1] = true // so that the record before stands alone
		l, err := leaf.Decode(b.leaves[seq])
		b.ok(err)
		if l.Stmt == "" {
			continue
		}
		signed, err := statement.Parse(textOf(l.Stmt))
		if err != nil {
			continue
		}
		if saw, ok := signed.Witnessed(); ok {
			cuts[saw.Size] = true
		}
	}
	b.lazy(cuts)
	return cuts
}

// previous says that an export over so many records came before.
func (p *pack) previous(size int64) {
	p.manifest.Previous = formats.Head{Size: size, Root: p.b.roots[size]}
	proof, err := leaf.Consistency(p.b.hashes, size)
	p.b.ok(err)
	text := fmt.Sprintf("from %d %s\nto %d %s\n", size, b64(p.manifest.Previous.Root), p.manifest.Head.Size, b64(p.manifest.Head.Root))
	for _, h := range proof {
		text += b64(h) + "\n"
	}
	p.given[formats.ConsistencyPath] = []byte(text)
}

func b64(h [32]byte) string { return base64.StdEncoding.EncodeToString(h[:]) }

// plain derives one table and one text, so that the vectors do not change with the reports.
func plain(h formats.Heading, open formats.Open) formats.View { return &plainView{h: h, open: open} }

type plainView struct {
	h     formats.Heading
	open  formats.Open
	table io.WriteCloser
	csv   *csv.Writer
}

func (v *plainView) begin() (err error) {
	if v.table == nil {
		v.table, err = v.open(formats.EventsPath)
		v.csv = csv.NewWriter(v.table)
	}
	return err
}

// Record implements formats.View.
func (v *plainView) Record(r formats.Record) error {
	if err := v.begin(); err != nil {
		return err
	}
	return v.csv.Write([]string{strconv.FormatInt(r.Seq, 10), r.Kind, hex.EncodeToString(r.Hash[:])})
}

// Close implements formats.View.
func (v *plainView) Close() error {
	if err := v.begin(); err != nil {
		return err
	}
	v.csv.Flush()
	if err := v.table.Close(); err != nil {
		return err
	}
	w, err := v.open(formats.SummaryPath)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d records\n", v.h.Origin, v.h.Shown)
	return w.Close()
}

// derive makes the derived files, once.
func (p *pack) derive() {
	if p.made != nil {
		return
	}
	p.made = map[string][]byte{}
	view := plain(p.manifest.Heading(), func(path string) (io.WriteCloser, error) { return keeping{p.made, path, &bytes.Buffer{}}, nil })
	for l := range bytes.Lines(p.given[formats.LeavesPath(1)]) {
		l = bytes.TrimSuffix(l, []byte("\n"))
		if decoded, err := leaf.Decode(l); err == nil {
			p.b.ok(view.Record(formats.Record{Leaf: decoded, Bytes: l, Hash: leaf.Hash(l)}))
		}
	}
	p.b.ok(view.Close())
}

type keeping struct {
	made map[string][]byte
	path string
	*bytes.Buffer
}

// Close implements io.Closer.
func (k keeping) Close() error {
	k.made[k.path] = k.Bytes()
	return nil
}

// zip seals the bundle: the manifest lists its files, the machine signs the manifest, and everything is packed.
func (p *pack) zip() []byte {
	p.b.t.Helper()
	p.derive()
	files := map[string][]byte{}
	for path, data := range p.given {
		files[path] = data
	}
	for path, data := range p.made {
		files[path] = data
	}
	if p.order == nil {
		p.order = ordered(files)
	}
	p.manifest.Files = nil
	for _, path := range p.order {
		p.manifest.Files = append(p.manifest.Files, formats.File{Path: path, Size: int64(len(files[path])), SHA256: sha256.Sum256(files[path])})
	}
	p.list(&p.manifest)
	text, err := p.manifest.Text()
	p.b.ok(err)
	sum := sha256.Sum256(text)
	files[formats.ManifestPath] = text
	files[formats.MachinePath] = []byte(p.machine(fmt.Sprintf("epoch %d\nsignature %s\n", p.b.epoch, base64.StdEncoding.EncodeToString(ed25519.Sign(p.b.machine, vouched(sum))))))
	if p.export != "" {
		files[formats.ExportPath] = []byte(p.export)
	}
	var pieces []piece
	for _, path := range ordered(files) {
		pieces = append(pieces, piece{header: dated(path, zip.Deflate), data: files[path]})
	}
	return zipped(p.b, p.raw(pieces))
}

// signExport has a person sign the export. The manifest must not change after that.
func (p *pack) signExport(alter func(*statement.Export), person string) {
	p.zip()
	text, err := p.manifest.Text()
	p.b.ok(err)
	h := p.manifest.Head
	e := statement.Export{By: p.b.by("export", person), From: p.manifest.From, To: p.manifest.To, Manifest: sha256.Sum256(text), For: "The auditor"}
	e.Log = statement.LogHead{Origin: origin, Size: h.Size, Root: h.Root}
	alter(&e)
	p.export = p.b.sign("export", e, person)
}

func ordered(files map[string][]byte) (paths []string) {
	for _, pattern := range places {
		if _, there := files[pattern]; there {
			paths = append(paths, pattern)
		}
		for n := 2; n < 9 && strings.Contains(pattern, "-00001"); n++ {
			path := strings.Replace(pattern, "-00001", fmt.Sprintf("-%05d", n), 1)
			if _, there := files[path]; there {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// zipped packs the entries as they are.
func zipped(b *book, pieces []piece) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range pieces {
		h := p.header
		if p.bytes != nil {
			f, err := w.CreateRaw(&h)
			b.ok(err)
			_, err = f.Write(p.bytes)
			b.ok(err)
			continue
		}
		f, err := w.CreateHeader(&h)
		b.ok(err)
		_, err = f.Write(p.data)
		b.ok(err)
	}
	b.ok(w.Close())
	return out.Bytes()
}

// words are those of the story's founding.
func (b *book) words() string {
	sum := sha256.Sum256(textOf(b.leaf("genesis").Stmt))
	return hex.EncodeToString(sum[:])
}

// verified reads a bundle.
func verified(b *book, bundle []byte, o Options) Report {
	b.t.Helper()
	o.derive = plain
	r, err := Bundle(context.Background(), bytes.NewReader(bundle), int64(len(bundle)), o)
	b.ok(err)
	return r
}

// dated is the head of an entry with the date that all have.
func dated(path string, method uint16) zip.FileHeader {
	//lint:ignore SA1019 what shall be used instead writes an extra field, which a bundle does not have
	return zip.FileHeader{Name: path, Method: method, ModifiedDate: 33}
}
