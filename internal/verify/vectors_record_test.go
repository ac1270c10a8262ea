package verify

import (
	"bytes"
	"fmt"
	"strings"

	"countersign/internal/formats"
	"countersign/internal/leaf"
	"countersign/internal/statement"
)

// leaves changes the lines of the records in the bundle.
func leaves(change func(b *book, lines [][]byte) [][]byte) func(*pack) {
	return func(p *pack) {
		path := formats.LeavesPath(1)
		lines := change(p.b, bytes.SplitAfter(p.given[path][:len(p.given[path])-1], []byte("\n")))
		p.given[path] = append(bytes.Join(lines, nil), '\n')
	}
}

// some shows the records whose names these are not, as a partial bundle does.
func some(seq int64) bool { return seq == 0 || seq > 1 && seq != 7 && seq != 8 }

// recordVectors are bundles whose records, or what stands for them, are not the log's.
func recordVectors() []vector {
	change := func(old, with string) func(*pack) { return replaced(formats.LeavesPath(1), old, with) }
	return slicesOf([]vector{
		{name: "a changed record", rule: leafPrev, pack: change(`"version":"1"`, `"version":"2"`)},
		{name: "a changed last record", rule: checkpointRoot, pack: change(`"device":"Monitor 20 SN B123"`, `"device":"Monitor 20 SN B124"`)},
		{name: "a record in another spelling", rule: leafForm, pack: change(`"kind":"console.started"`, `"kind": "console.started"`)},
		{name: "a record that is nested deeply", rule: leafForm, pack: change(`"body":{"version":"1"}`, `"body":{"version":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`)},
		{name: "a record that is too long", rule: leafForm, pack: change(`"version":"1"`, `"version":"`+strings.Repeat("1", leaf.MaxSize)+`"`)},
		{name: "two records exchanged", rule: leafPlace, pack: leaves(func(_ *book, l [][]byte) [][]byte {
			l[1], l[2] = l[2], l[1]
			return l
		})},
		{name: "a record left out", rule: leafPlace, pack: leaves(func(_ *book, l [][]byte) [][]byte { return append(l[:1:1], l[2:]...) })},
		{name: "a record put in", rule: leafPlace, pack: leaves(func(_ *book, l [][]byte) [][]byte { return append([][]byte{l[0], l[1], l[1]}, l[2:]...) })},
		{name: "a record with another number", rule: leafPlace, book: altered("started", func(l *leaf.Leaf) { l.Seq++ })},
		{name: "a record that follows another", rule: leafPrev, book: altered("policy", func(l *leaf.Leaf) { l.Prev[0] ^= 1 })},
		{name: "records in a short part", rule: partLength, pack: func(p *pack) {
			first, rest, _ := bytes.Cut(p.given[formats.LeavesPath(1)], []byte("\n"))
			p.given[formats.LeavesPath(1)], p.given[formats.LeavesPath(2)] = append(bytes.Clone(first), '\n'), rest
			for path, data := range p.b.plainFiles(p) {
				p.made[path] = data
			}
		}},
		{name: "a part of the records is missing", rule: fileMissing, pack: func(p *pack) { p.given[formats.LeavesPath(3)] = []byte("") }},
		{name: "a head with more records", rule: headSize, pack: func(p *pack) {
			p.manifest.Head.Size++
			p.manifest.To++
			p.manifest.Shown++
		}},
		{name: "a head with another root", rule: headRoot, pack: func(p *pack) { p.manifest.Head.Root[0] ^= 1 }},
		{name: "a full bundle that withholds", rule: outsideFull, pack: func(p *pack) {
			leaves(func(_ *book, l [][]byte) [][]byte { return append(l[:1:1], l[2:]...) })(p)
			p.given[formats.OutsidePath] = fmt.Appendf(nil, "node 1 2 %x\n", p.b.hashes[1])
		}},
	}, outsideVectors())
}

// plainFiles are the derived files as they are now.
func (b *book) plainFiles(p *pack) map[string][]byte {
	p.derive()
	return p.made
}

// outsideVectors are partial bundles whose withheld records are not the log's.
func outsideVectors() []vector {
	outside := func(change func(b *book, text string) string) func(*pack) {
		return func(p *pack) {
			p.given[formats.OutsidePath] = []byte(change(p.b, string(p.given[formats.OutsidePath])))
		}
	}
	return []vector{
		{name: "a withheld record with another hash", rule: leafPrev, shows: some, pack: outside(func(b *book, text string) string {
			return strings.Replace(text, fmt.Sprintf("%x", b.hashes[1]), fmt.Sprintf("%x", b.hashes[0]), 1)
		})},
		{name: "a withheld run with another hash", rule: checkpointRoot, shows: func(seq int64) bool { return seq != 9 && seq != 8 }, pack: outside(func(b *book, text string) string {
			return strings.Replace(text, fmt.Sprintf("%x", b.hashes[8]), fmt.Sprintf("%x", b.hashes[0]), 1)
		})},
		{name: "withheld records without a node", rule: outsideGap, shows: some, pack: outside(func(_ *book, text string) string {
			_, rest, _ := strings.Cut(text, "\n")
			first, _, _ := strings.Cut(text, "\n")
			if strings.HasPrefix(first, "node 1 ") {
				return rest
			}
			return text
		})},
		{name: "withheld records that nothing stands for", rule: outsideGap, shows: func(seq int64) bool { return seq < 4 || seq > 8 },
			pack: outside(func(_ *book, text string) string {
				_, rest, _ := strings.Cut(text, "\n")
				return rest
			})},
		{name: "a node over records that are shown", rule: outsideOver, shows: some, pack: outside(func(b *book, text string) string {
			return fmt.Sprintf("node 0 1 %x\n", b.hashes[0]) + text
		})},
		{name: "a node that is no subtree", rule: outsideForm, shows: some, pack: outside(func(_ *book, text string) string {
			return strings.Replace(text, "node 1 2", "node 1 4", 1)
		})},
		{name: "a node in another spelling", rule: outsideForm, shows: some, pack: outside(func(_ *book, text string) string {
			return strings.Replace(text, "node 1 2", "node 01 2", 1)
		})},
		{name: "a record whose predecessor is hidden in a run", rule: leafBefore, shows: func(seq int64) bool { return seq < 2 || seq > 7 },
			book: func(b *book) { b.lazy = func(cuts map[int64]bool) { delete(cuts, 7) } }},
		{name: "a history that cannot be made", rule: outsideCut, until: "R1", shows: func(seq int64) bool { return seq < 4 || seq == 9 },
			book: func(b *book) {
				b.say = func(name string, s statement.Statement) statement.Statement {
					if r, ok := s.(statement.Request); ok {
						r.Log = statement.LogHead{Origin: origin, Size: 5, Root: b.roots[5]}
						return r
					}
					return s
				}
				b.lazy = func(cuts map[int64]bool) { delete(cuts, 5) }
			}},
		{name: "a record of the period is withheld without a word", rule: outsideIn, shows: func(seq int64) bool { return seq != 3 }, pack: func(p *pack) { p.manifest.Filter = "" }},
		{name: "another number of records", rule: recordCount, shows: some, pack: func(p *pack) { p.manifest.Shown++ }},
	}
}

// sealVectors are bundles in which the machine's keys and checkpoints are not what they should be.
func sealVectors() []vector {
	sign := func(size int64, root func(b *book) [32]byte, by string) func(b *book, c *checkpoint) bool {
		return func(b *book, c *checkpoint) bool {
			note, err := statement.SignCheckpoint(origin, c.size+size, root(b), key(by))
			b.ok(err)
			c.note = note
			return true
		}
	}
	own := func(b *book) [32]byte { return b.tree.Root() }
	other := func(*book) [32]byte { return [32]byte{1} }
	field := func(record string, set func(body *leaf.Body)) func(*book) {
		return altered(record, func(l *leaf.Leaf) { set(&l.Body) })
	}
	return []vector{
		{name: "an epoch without a key", rule: epochForm, until: "epoch 2", book: field("epoch 2", func(b *leaf.Body) { b.Set("key", "none") })},
		{name: "an epoch too far", rule: epochOrder, until: "epoch 2", book: field("epoch 2", func(b *leaf.Body) { b.SetInt("epoch", 3) })},
		{name: "a first epoch in the middle", rule: epochLink, until: "epoch 2", book: field("epoch 2", func(b *leaf.Body) { b.Set("link", "first") })},
		{name: "an epoch that another key signed", rule: epochSigned, until: "epoch 2", book: field("epoch 2", func(b *leaf.Body) {
			note, _ := statement.SignEpoch(origin, 2, public(key("machine 2")), key("machine 3"))
			b.Set("note", note)
		})},
		{name: "a record of an epoch that is over", rule: epochOf, until: "rotated", book: altered("rotated", func(l *leaf.Leaf) { l.Epoch = 1 })},
		{name: "checkpoints in another spelling", rule: checkpointForm, pack: replaced(formats.CheckpointsPath, "checkpoint ", "checkpoint  ")},
		{name: "checkpoints that are cut short", rule: checkpointForm, pack: func(p *pack) {
			p.given[formats.CheckpointsPath] = p.given[formats.CheckpointsPath][:len(p.given[formats.CheckpointsPath])-1]
		}},
		{name: "a checkpoint is missing", rule: checkpointMissing, book: sealed("policy", func(*book, *checkpoint) bool { return false })},
		{name: "a checkpoint of another log's head", rule: checkpointRoot, book: sealed("policy", sign(0, other, "machine 1"))},
		{name: "a checkpoint over another number", rule: checkpointSize, book: sealed("policy", sign(1, own, "machine 1"))},
		{name: "an old checkpoint by a newer key", rule: checkpointSigned, until: "epoch 2", book: sealed("policy", sign(0, own, "machine 2"))},
		{name: "a checkpoint by a person", rule: checkpointSigned, book: sealed("policy", sign(0, own, "Ann Example"))},
		{name: "a checkpoint of a later epoch", rule: checkpointEpoch, until: "epoch 2", book: sealed("policy", func(_ *book, c *checkpoint) bool {
			c.epoch = 2
			return true
		})},
		{name: "a checkpoint over more than there is", rule: checkpointStray, book: func(b *book) {
			b.seal = func(name string, c *checkpoint) bool {
				if name == "head" {
					note, err := statement.SignCheckpoint(origin, c.size+4, [32]byte{1}, b.machine)
					b.ok(err)
					b.points = append(b.points, *c)
					*c = checkpoint{c.size + 4, c.epoch, note}
				}
				return true
			}
		}},
		{name: "no checkpoint over the head", rule: checkpointLast, book: sealed("head", func(*book, *checkpoint) bool { return false })},
		{name: "a manifest signed in an old epoch", rule: machineEpoch, until: "epoch 2", pack: func(p *pack) {
			p.machine = func(text string) string { return strings.Replace(text, "epoch 2", "epoch 1", 1) }
		}},
		{name: "a manifest signed by an old key", rule: machineSigned, until: "epoch 2", pack: func(p *pack) { p.b.machine = key("machine 1") }},
	}
}
