package cosign

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/fault"
	"countersign/internal/statement"
)

// A package is a first line with its kind and version, then sections: a line of a name and a length, and that many bytes.
// They stand in one order and have one spelling. In a file the last line is the SHA-256 of all before it. That finds damage
// on the way and proves nothing about who wrote it: what is believed is signed.

// The kinds of package.
const (
	kindRequest  = "csreq"
	kindApproval = "csapr"
)

// MaxFile is the size of a package in bytes.
const MaxFile = 64 << 10

// The bounds of a package's parts.
const (
	maxRoster = 400 // statements
	maxLinks  = 16
	maxKnown  = 16
	maxProof  = 128 // hashes
)

// head is a log at one size.
type head struct {
	size int64
	root [32]byte
}

// link is the proof that the package's signed head and another head of the same console are of one log.
type link struct {
	head
	proof [][32]byte
}

// parcel is what a package holds.
type parcel struct {
	kind   string
	note   string              // the signed request, or approval
	roster []string            // of a request: who counts on the console it comes from; none in a code
	links  []link              // to heads that the receiver may remember
	known  []statement.LogHead // of a request: the last heads of other consoles that its console remembers
}

func title(kind string) string { return "countersign/" + kind + "/v1\n" }

var strict64 = base64.StdEncoding.Strict()

// plain writes a package without its sum.
func (p parcel) plain() []byte {
	var b bytes.Buffer
	b.WriteString(title(p.kind))
	section := func(name, body string) { fmt.Fprintf(&b, "%s %d\n%s", name, len(body), body) }
	section("note", p.note)
	for _, note := range p.roster {
		section("roster", note)
	}
	for _, l := range p.links {
		var body strings.Builder
		fmt.Fprintf(&body, "%d %s\n", l.size, strict64.EncodeToString(l.root[:]))
		for _, hash := range l.proof {
			body.WriteString(strict64.EncodeToString(hash[:]) + "\n")
		}
		section("link", body.String())
	}
	for _, k := range p.known {
		section("known", fmt.Sprintf("%s %d %s\n", k.Origin, k.Size, strict64.EncodeToString(k.Root[:])))
	}
	return b.Bytes()
}

// file writes a package as it is carried. Its fault is OutOfRange for one that is too large.
func (p parcel) file() ([]byte, error) {
	plain := p.plain()
	sum := sha256.Sum256(plain)
	file := fmt.Appendf(plain, "sum %s\n", hex.EncodeToString(sum[:]))
	if len(file) > MaxFile {
		return nil, fault.Newf(fault.OutOfRange, "package", "%d bytes", len(file))
	}
	return file, nil
}

const sumLength = len("sum ") + 2*sha256.Size + len("\n")

// parseFile reads exactly what file writes.
func parseFile(file []byte) (parcel, error) {
	if len(file) > MaxFile || len(file) < sumLength {
		return parcel{}, fmt.Errorf("a file of %d bytes", len(file))
	}
	plain := file[:len(file)-sumLength]
	p, err := parsePlain(plain)
	if err != nil {
		return parcel{}, err
	}
	sum := sha256.Sum256(plain)
	if string(file[len(plain):]) != "sum "+hex.EncodeToString(sum[:])+"\n" {
		return parcel{}, errors.New("it was damaged on the way")
	}
	return p, nil
}

// parsePlain reads exactly what plain writes: it writes what it read again and compares.
func parsePlain(plain []byte) (p parcel, err error) {
	rest := string(plain)
	for _, kind := range []string{kindRequest, kindApproval} {
		if after, ok := strings.CutPrefix(rest, title(kind)); ok {
			p.kind, rest = kind, after
		}
	}
	if p.kind == "" {
		return parcel{}, errors.New("not a package of this version")
	}
	for rest != "" {
		var name, body string
		if name, body, rest, err = cutSection(rest); err != nil {
			return parcel{}, err
		}
		if err := p.take(name, body); err != nil {
			return parcel{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !bytes.Equal(p.plain(), plain) {
		return parcel{}, errors.New("another spelling")
	}
	return p, nil
}

func cutSection(text string) (name, body, rest string, err error) {
	line, after, ok := strings.Cut(text, "\n")
	name, digits, two := strings.Cut(line, " ")
	n, err := strconv.Atoi(digits)
	if !ok || !two || err != nil || n < 1 || n > len(after) {
		return "", "", "", errors.New("cut short, or not a section")
	}
	return name, after[:n], after[n:], nil
}

func (p *parcel) take(name, body string) (err error) {
	switch {
	case name == "note" && p.note == "":
		p.note = body
	case name == "roster" && p.kind == kindRequest && len(p.roster) < maxRoster:
		p.roster = append(p.roster, body)
	case name == "link" && len(p.links) < maxLinks:
		var l link
		l, err = parseLink(body)
		p.links = append(p.links, l)
	case name == "known" && p.kind == kindRequest && len(p.known) < maxKnown:
		var k statement.LogHead
		k, err = parseKnown(body)
		p.known = append(p.known, k)
	default:
		err = errors.New("a section too many, or one that does not belong here")
	}
	return err
}

func parseLink(body string) (l link, err error) {
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) > maxProof {
		return l, errors.New("a proof that is too long")
	}
	size, root, _ := strings.Cut(lines[0], " ")
	if l.head, err = parseHead(size, root); err != nil {
		return l, err
	}
	for _, line := range lines[1:] {
		hash, err := parseHash(line)
		if err != nil {
			return l, err
		}
		l.proof = append(l.proof, hash)
	}
	return l, nil
}

func parseKnown(body string) (k statement.LogHead, err error) {
	fields := strings.Split(strings.TrimSuffix(body, "\n"), " ")
	if len(fields) != 3 {
		return k, errors.New("not an origin, a size and a root")
	}
	h, err := parseHead(fields[1], fields[2])
	return statement.LogHead{Origin: fields[0], Size: h.size, Root: h.root}, err
}

func parseHead(size, root string) (h head, err error) {
	if h.size, err = strconv.ParseInt(size, 10, 64); err != nil || h.size < 1 || h.size > 1<<60 {
		return h, errors.New("not the size of a log")
	}
	h.root, err = parseHash(root)
	return h, err
}

func parseHash(text string) (hash [32]byte, err error) {
	b, err := strict64.DecodeString(text)
	if err != nil || len(b) != len(hash) {
		return hash, errors.New("not a hash")
	}
	return [32]byte(b), nil
}
