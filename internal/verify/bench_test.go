package verify

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"countersign/internal/formats"
	"countersign/internal/house/figures"
	"countersign/internal/leaf"
	"countersign/internal/report"
	"countersign/internal/statement"
)

// stream writes a bundle of many records without keeping it: typical ones of about 450 bytes, sealed as a log seals them.
type stream struct {
	t       testing.TB
	file    *os.File
	zip     *zip.Writer
	m       formats.Manifest
	tree    leaf.Range
	last    [32]byte
	seals   bytes.Buffer
	machine ed25519.PrivateKey
}

// hashing is an entry that is hashed while it is written.
type hashing struct {
	io.Writer
	s    *stream
	path string
	sum  hash.Hash
	n    int64
}

func (s *stream) entry(path string) (io.Writer, error) {
	h := dated(path, zip.Deflate)
	return s.zip.CreateHeader(&h)
}

func (s *stream) create(path string) (io.WriteCloser, error) {
	w, err := s.entry(path)
	return &hashing{Writer: w, s: s, path: path, sum: sha256.New()}, err
}

// Write implements io.Writer.
func (h *hashing) Write(p []byte) (int, error) {
	h.sum.Write(p)
	h.n += int64(len(p))
	return h.Writer.Write(p)
}

// Close implements io.Closer.
func (h *hashing) Close() error {
	h.s.m.Files = append(h.s.m.Files, formats.File{Path: h.path, Size: h.n, SHA256: [32]byte(h.sum.Sum(nil))})
	return nil
}

func (s *stream) must(err error) {
	if err != nil {
		s.t.Fatal(err)
	}
}

// next is the next record.
func (s *stream) next(b *book) []byte {
	l := leaf.Leaf{Seq: s.tree.Size(), Prev: s.last, Kind: "device.read", At: b.now(), Epoch: 1, Actor: leaf.Actor{ID: "7f3a91c25d0c8a52", Name: "Jo Example", Role: "technician"},
		Body: body("device", "urn:countersign:device:ward7:capnostream20:B123456789", "setting", "alarm.etco2.high", "value", "50 mm[Hg]", "n", s.tree.Size())}
	encoded, err := leaf.Encode(l)
	s.must(err)
	return encoded
}

func (s *stream) take(encoded []byte, seal bool) {
	s.last = leaf.Hash(encoded)
	s.tree.Append(s.last)
	if seal || s.tree.Size()%sealEvery == 0 {
		note, err := statement.SignCheckpoint(origin, s.tree.Size(), s.tree.Root(), s.machine)
		s.must(err)
		fmt.Fprintf(&s.seals, "checkpoint %d 1\n%s\n", s.tree.Size(), note)
	}
}

// many writes a bundle of n records behind a founding; without a derive it has no other files.
func many(t testing.TB, n int64) (path string) {
	s := &stream{t: t, m: formats.Manifest{Origin: origin, Program: "bench", Forms: report.Edition(), Clock: "ok", Site: "Bench", Scope: formats.Full}, machine: key("machine 1")}
	path = filepath.Join(t.TempDir(), "bundle.zip")
	var err error
	s.file, err = os.Create(path)
	s.must(err)
	out := bufio.NewWriterSize(s.file, 1<<20)
	s.zip = zip.NewWriter(out)
	s.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	b := newBook(t)
	b.until = "genesis"
	b.tell()
	for part := 1; s.tree.Size() < n; part++ {
		w, err := s.create(formats.LeavesPath(part))
		s.must(err)
		for i := 0; i < formats.PartRecords && s.tree.Size() < n; i++ {
			var encoded []byte
			if at := int(s.tree.Size()); at < len(b.leaves) {
				encoded = b.leaves[at]
			} else {
				encoded = s.next(b)
			}
			s.take(encoded, s.tree.Size() == 0 || s.tree.Size()+1 == int64(len(b.leaves)) || s.tree.Size()+1 == n)
			_, err := w.Write(append(encoded, '\n'))
			s.must(err)
		}
		s.must(w.Close())
	}
	for _, f := range []struct {
		path string
		data []byte
	}{{formats.OutsidePath, nil}, {formats.CheckpointsPath, s.seals.Bytes()}, {formats.ConsistencyPath, nil}, {formats.FramesPath, nil}} {
		w, err := s.create(f.path)
		s.must(err)
		_, err = w.Write(f.data)
		s.must(err)
		s.must(w.Close())
	}
	s.m.Made, s.m.To, s.m.Shown = b.clock, n, n
	s.m.Head = formats.Head{Size: n, Root: s.tree.Root()}
	text, err := s.m.Text()
	s.must(err)
	sum := sha256.Sum256(text)
	for path, data := range map[string][]byte{formats.ManifestPath: text} {
		w, err := s.entry(path)
		s.must(err)
		_, err = w.Write(data)
		s.must(err)
	}
	w, err := s.entry(formats.MachinePath)
	s.must(err)
	_, err = fmt.Fprintf(w, "epoch 1\nsignature %s\n", base64.StdEncoding.EncodeToString(ed25519.Sign(s.machine, vouched(sum))))
	s.must(err)
	s.must(s.zip.Close())
	s.must(out.Flush())
	s.must(s.file.Close())
	return path
}

type none struct{}

// Record implements formats.View.
func (none) Record(formats.Record) error { return nil }

// Close implements formats.View.
func (none) Close() error { return nil }

// heap is how many bytes are in use now.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// measured is what verifying a bundle took, without its derived files.
type measured struct {
	took, busy time.Duration
	peak       uint64
}

// verifyFile verifies a bundle in which there are no derived files.
func verifyFile(b *testing.B, path string) (m measured) {
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	last := int64(0)
	var o Options
	o.Progress = func(_ int, done, _ int64) {
		if done-last > 10_000 || done < last {
			last, m.peak = done, max(m.peak, heap())
		}
	}
	began, used := time.Now(), figures.ProcessorTime(b)
	o.derive = func(formats.Heading, formats.Open) formats.View {
		m.took, m.busy = time.Since(began), figures.ProcessorTime(b)-used
		return none{}
	}
	r, err := Bundle(context.Background(), file, info.Size(), o)
	if err != nil || r.Verdict != Unanchored {
		b.Fatalf("%v %s %+v", err, r.Verdict, r.Failure)
	}
	return m
}

// BenchmarkVerifyAMillionRecords times everything but the derived files, and the memory that it takes: it must not grow with the log.
// Beside it the walk alone is timed: chain, tree and checkpoints over bytes that are unpacked already.
func BenchmarkVerifyAMillionRecords(b *testing.B) {
	const records, few = 1_000_000, 100_000
	path, short := many(b, records), many(b, few)
	runtime.GC()
	yardstick := verifyFile(b, short)
	var all measured
	n := 0.0
	for b.Loop() {
		runtime.GC()
		m := verifyFile(b, path)
		all = measured{all.took + m.took, all.busy + m.busy, max(all.peak, m.peak)}
		n += records / 1e6
	}
	figures.Report(b, figures.Figure{Name: "verify a bundle of 1 M records but its derived files", Value: n / all.took.Seconds(), Unit: "M records/s"})
	figures.Report(b, figures.Figure{Name: "peak memory for 1 M records of a bundle / for 0.1 M", Value: float64(all.peak) / (1 << 20), Unit: "MiB",
		Yardstick: float64(yardstick.peak) / (1 << 20), Goal: "ratio <= 3"})
}

// BenchmarkWalk times chain, tree and checkpoints over bytes that are unpacked already.
func BenchmarkWalk(b *testing.B) {
	const records = 50_000
	book := newBook(b)
	book.until = "genesis"
	book.tell()
	s := &stream{t: b, machine: key("machine 1")}
	var lines bytes.Buffer
	for n := range records {
		var encoded []byte
		if n < len(book.leaves) {
			encoded = book.leaves[n]
		} else {
			encoded = s.next(book)
		}
		s.take(encoded, n == 0 || n+1 == len(book.leaves) || n+1 == records)
		lines.Write(append(encoded, '\n'))
	}
	var busy time.Duration
	n := 0.0
	for b.Loop() {
		v := &run{o: Options{Progress: func(int, int64, int64) {}}, report: &Report{}, m: formats.Manifest{Origin: origin, Scope: formats.Full, To: records, Head: formats.Head{Size: records}}}
		s.must(v.begin())
		v.heads.begin()
		var err error
		v.walk.outside, err = newOutside(bytes.NewReader(nil))
		s.must(err)
		v.walk.checkpoints, err = newCheckpoints(bytes.NewReader(s.seals.Bytes()))
		s.must(err)
		used := figures.ProcessorTime(b)
		_, err = v.walk.part(bytes.NewReader(lines.Bytes()), func(int64) {})
		s.must(err)
		s.must(v.walk.end())
		busy += figures.ProcessorTime(b) - used
		n += records / 1e6
	}
	if busy > 0 {
		figures.Report(b, figures.Figure{Name: "chain, tree and checkpoints of a bundle, by processor time", Value: n / busy.Seconds(), Unit: "M records/s and core", Goal: "value >= 0.4"})
	}
}

// BenchmarkMakeTheDerivedFilesAgain times step 8 for every format against making them once and packing them, as an export does.
func BenchmarkMakeTheDerivedFilesAgain(b *testing.B) {
	const records = 20_000
	book := newBook(b)
	book.until = "genesis"
	book.tell()
	s := &stream{t: b, machine: key("machine 1")}
	var list []formats.Record
	for n := range records {
		var encoded []byte
		if n < len(book.leaves) {
			encoded = book.leaves[n]
		} else {
			encoded = s.next(book)
		}
		s.last = leaf.Hash(encoded)
		s.tree.Append(s.last)
		l, err := leaf.Decode(encoded)
		s.must(err)
		list = append(list, formats.Record{Leaf: l, Bytes: encoded, Hash: s.last})
	}
	h := formats.Heading{Origin: origin, Program: "bench", Site: "Bench", Clock: "ok", Scope: formats.Full, To: records, Shown: records, Head: formats.Head{Size: records}, Made: founded}
	once := func(open formats.Open) time.Duration {
		began := time.Now()
		view := report.All(h, open)
		for _, r := range list {
			s.must(view.Record(r))
		}
		s.must(view.Close())
		return time.Since(began)
	}
	var ours, theirs time.Duration
	n := 0.0
	for b.Loop() {
		made := &remade{want: map[string]formats.File{}, got: map[string]bool{}}
		ours += once(made.open)
		theirs += once(func(string) (io.WriteCloser, error) { return packing() })
		n += records
	}
	figures.Report(b, figures.Figure{Name: "make all derived files again and compare / make and pack them", Value: n / 1e3 / ours.Seconds(), Unit: "thousand records/s",
		Yardstick: n / 1e3 / theirs.Seconds(), Goal: "ratio >= 0.8"})
}

// packing packs what is written and throws it away.
func packing() (io.WriteCloser, error) { return flate.NewWriter(io.Discard, flate.BestSpeed) }
