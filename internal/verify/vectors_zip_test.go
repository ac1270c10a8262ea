package verify

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"slices"
	"strings"

	"countersign/internal/formats"
)

// entries changes the entries of the zip.
func entries(change func([]piece) []piece) func(*pack) {
	return func(p *pack) { p.raw = change }
}

// another adds an entry at the end.
func another(name string) func(*pack) {
	return entries(func(all []piece) []piece {
		return append(all, piece{header: dated(name, zip.Store), data: []byte("x")})
	})
}

// one changes one entry of the zip.
func one(path string, change func(*piece)) func(*pack) {
	return entries(func(all []piece) []piece {
		i := slices.IndexFunc(all, func(p piece) bool { return p.header.Name == path })
		change(&all[i])
		return all
	})
}

// packed makes an entry's packed bytes as they are, so that what is declared of them can be changed.
func packed(p *piece) {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	_, _ = w.Write(p.data)
	_ = w.Close()
	p.bytes = out.Bytes()
	p.header.CRC32 = crc32.ChecksumIEEE(p.data)
	p.header.CompressedSize64, p.header.UncompressedSize64 = uint64(out.Len()), uint64(len(p.data))
}

// zipVectors are bundles whose zip is not what it should be.
func zipVectors() []vector {
	many := func(z []byte) []byte { // the number of entries, twice
		at := len(z) - endLen
		binary.LittleEndian.PutUint16(z[at+8:], 5000)
		binary.LittleEndian.PutUint16(z[at+10:], 5000)
		return z
	}
	large := func(z []byte) []byte {
		binary.LittleEndian.PutUint32(z[len(z)-endLen+16:], fourGiB)
		return z
	}
	return slices.Concat(nameVectors(), sizeVectors(), []vector{
		{name: "a file that no bundle has", rule: fileUnknown, pack: another("notes.txt")},
		{name: "a name in other letters", rule: fileUnknown, pack: another("manifest")},
		{name: "an entry twice", rule: zipTwice, pack: entries(func(all []piece) []piece { return append(all, all[len(all)-1]) })},
		{name: "entries in another order", rule: zipOrder, pack: entries(func(all []piece) []piece {
			all[0], all[1] = all[1], all[0]
			return all
		})},
		{name: "a symbolic link", rule: zipKind, pack: one(formats.OutsidePath, func(p *piece) { p.header.SetMode(fs.ModeSymlink | 0o777) })},
		{name: "an encrypted entry", rule: zipEncrypted, pack: one(formats.OutsidePath, func(p *piece) {
			packed(p)
			p.header.Flags |= isEncrypted
		})},
		{name: "an unusual packing", rule: zipMethod, pack: one(formats.OutsidePath, func(p *piece) {
			packed(p)
			p.header.Method = 12
		})},
		{name: "a further field", rule: zipExtra, pack: one(formats.OutsidePath, func(p *piece) { p.header.Extra = []byte{0x55, 0x54, 0, 0} })},
		{name: "a comment on an entry", rule: zipExtra, pack: one(formats.OutsidePath, func(p *piece) { p.header.Comment = "hello" })},
		{name: "something before the zip", rule: zipLayout, bytes: func(z []byte) []byte { return append([]byte("MZ"), z...) }},
		{name: "something behind the zip", rule: zipForm, bytes: func(z []byte) []byte { return append(z, 'x') }},
		{name: "a comment on the zip", rule: zipLayout, bytes: func(z []byte) []byte {
			z[len(z)-2] = 1
			return z
		}},
		{name: "an entry that the directory hides", rule: zipLayout, bytes: hideLast},
		{name: "entries that overlap", rule: zipLayout, bytes: overlap},
		{name: "another name where the entry stands", rule: zipLocal, bytes: func(z []byte) []byte {
			return bytes.Replace(z, []byte(formats.OutsidePath), []byte("log/inside0.txt"), 1)
		}},
		{name: "more entries than a bundle has", rule: zipEntries, bytes: many},
		{name: "a zip that calls itself large", rule: zipLayout, bytes: large},
		{name: "no zip", rule: zipForm, bytes: func([]byte) []byte {
			return []byte("This is not a zip. It is a text that is longer than the end of one.")
		}},
		{name: "nothing", rule: zipForm, bytes: func([]byte) []byte { return []byte{} }},
		{name: "half a bundle", rule: zipForm, bytes: func(z []byte) []byte { return z[:len(z)/2] }},
	})
}

// nameVectors are those with an entry whose name leads elsewhere, on some system.
func nameVectors() []vector {
	return []vector{
		{name: "a name that climbs out", rule: zipName, pack: another("../outside.txt")},
		{name: "an absolute name", rule: zipName, pack: another("/etc/passwd")},
		{name: "a name with a backslash", rule: zipName, pack: another(`log\outside.txt`)},
		{name: "a name on a drive", rule: zipName, pack: another("c:outside.txt")},
		{name: "a name with a nought byte", rule: zipName, pack: another("VERIFY.txt\x00.exe")},
		{name: "a name that is a device", rule: zipName, pack: another("log/con.txt")},
		{name: "a folder", rule: zipName, pack: entries(func(all []piece) []piece {
			return append(all, piece{header: dated("log/", zip.Store)})
		})},
		{name: "a name that is too long", rule: zipName, pack: another(strings.Repeat("a", formats.MaxPath+1))},
	}
}

// sizeVectors are those in which an entry is larger than it should be, or not what is declared of it.
func sizeVectors() []vector {
	return []vector{
		{name: "a declared size of 10 GiB", rule: zipSize, pack: one(formats.EventsPath, func(p *piece) {
			packed(p)
			p.header.UncompressedSize64 = 10 << 30
		})},
		{name: "a declared size of 300 MiB", rule: zipSize, pack: one(formats.EventsPath, func(p *piece) {
			packed(p)
			p.header.UncompressedSize64 = 300 << 20
		})},
		{name: "a bomb that says so", rule: zipRatio, pack: bomb(func(*piece) {})},
		{name: "a bomb that declares little", rule: zipData, pack: bomb(func(p *piece) { p.header.UncompressedSize64 = 100 })},
		{name: "a wrong checksum", rule: zipData, pack: one(formats.EventsPath, func(p *piece) {
			packed(p)
			p.header.CRC32 ^= 1
		})},
		{name: "a damaged packing", rule: zipData, pack: one(formats.EventsPath, func(p *piece) {
			packed(p)
			p.bytes[len(p.bytes)/2] ^= 0xff
		})},
	}
}

// bomb puts 30 MiB of noughts where a table should be.
func bomb(change func(*piece)) func(*pack) {
	return func(p *pack) {
		p.derive()
		p.made[formats.EventsPath] = make([]byte, 30<<20)
		one(formats.EventsPath, func(e *piece) {
			packed(e)
			change(e)
		})(p)
	}
}

// central returns where the records of the directory begin.
func central(z []byte) (at []int) {
	le := binary.LittleEndian
	end := len(z) - endLen
	for i := int(le.Uint32(z[end+16:])); i < end; {
		at = append(at, i)
		i += 46 + int(le.Uint16(z[i+28:])) + int(le.Uint16(z[i+30:])) + int(le.Uint16(z[i+32:]))
	}
	return at
}

// hideLast takes the last entry out of the directory and leaves it where it stands.
func hideLast(z []byte) []byte {
	at, end := central(z), len(z)-endLen
	le := binary.LittleEndian
	le.PutUint16(z[end+8:], uint16(len(at)-1))
	le.PutUint16(z[end+10:], uint16(len(at)-1))
	last := at[len(at)-1]
	le.PutUint32(z[end+12:], le.Uint32(z[end+12:])-uint32(end-last))
	return append(bytes.Clone(z[:last]), z[end:]...)
}

// overlap has the second entry begin where the first one does.
func overlap(z []byte) []byte {
	at := central(z)
	copy(z[at[1]+42:at[1]+46], z[at[0]+42:at[0]+46])
	return z
}

// fileVectors are bundles whose files are not what the manifest says.
func fileVectors() []vector {
	listed := func(change func(*formats.Manifest)) func(*pack) {
		return func(p *pack) { p.list = change }
	}
	drop := func(path string) func(*pack) {
		return entries(func(all []piece) []piece {
			return slices.DeleteFunc(all, func(p piece) bool { return p.header.Name == path })
		})
	}
	return []vector{
		{name: "no manifest", rule: fileMissing, pack: drop(formats.ManifestPath)},
		{name: "no machine signature", rule: fileMissing, pack: drop(formats.MachinePath)},
		{name: "a listed file is missing", rule: fileMissing, pack: drop(formats.SummaryPath)},
		{name: "a manifest in another spelling", rule: manifestForm, pack: one(formats.ManifestPath, func(p *piece) { p.data = append(bytes.Clone(p.data), '\n') })},
		{name: "a file with another hash", rule: fileHash, pack: listed(func(m *formats.Manifest) { m.Files[3].SHA256[0] ^= 1 })},
		{name: "a file with another size", rule: fileSize, pack: listed(func(m *formats.Manifest) { m.Files[0].Size++ })},
		{name: "a file that is longer than listed", rule: fileSize, pack: listed(func(m *formats.Manifest) { m.Files[0].Size-- })},
		{name: "a file that is not listed", rule: fileUnlisted, pack: listed(func(m *formats.Manifest) { m.Files = m.Files[:len(m.Files)-1] })},
		{name: "a manifest in another order", rule: manifestSorted, pack: listed(func(m *formats.Manifest) { m.Files[0], m.Files[1] = m.Files[1], m.Files[0] })},
		{name: "a manifest that lists an unknown file", rule: fileUnknown, pack: listed(func(m *formats.Manifest) {
			m.Files = append(m.Files, formats.File{Path: "log/other.txt"})
		})},
		{name: "a machine signature in another spelling", rule: machineForm, pack: func(p *pack) { p.machine = func(text string) string { return text + "\n" } }},
	}
}
