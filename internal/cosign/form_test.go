package cosign_test

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"countersign/internal/cosign"
	"countersign/internal/fault"
)

// section is a part of a package, as these tests take packages apart and put them together again.
type section struct{ name, body string }

func apart(t testing.TB, file []byte) (first string, sections []section) {
	t.Helper()
	first, rest, _ := strings.Cut(string(file), "\n")
	for !strings.HasPrefix(rest, "sum ") {
		var name string
		var n int
		line, after, _ := strings.Cut(rest, "\n")
		if _, err := fmt.Sscanf(line, "%s %d", &name, &n); err != nil {
			t.Fatal(err)
		}
		sections, rest = append(sections, section{name, after[:n]}), after[n:]
	}
	return first, sections
}

func together(first string, sections []section) []byte {
	var b bytes.Buffer
	b.WriteString(first + "\n")
	for _, s := range sections {
		fmt.Fprintf(&b, "%s %d\n%s", s.name, len(s.body), s.body)
	}
	sum := sha256.Sum256(b.Bytes())
	return fmt.Appendf(b.Bytes(), "sum %s\n", hex.EncodeToString(sum[:]))
}

// exchange is a request and its approval, twice, between two consoles that know each other.
type exchange struct {
	one, two *laptop
	out, in  [2]cosign.Package
}

func exchanged(tb testing.TB) exchange {
	one, two := pair(tb)
	x := exchange{one: one, two: two}
	two.trust(two.open(one.export(one.request(46).ID).File))
	for i, wanted := range []int64{45, 44} {
		x.out[i] = one.export(one.request(wanted).ID)
		x.in[i] = two.approve(two.open(x.out[i].File), one.signers[1], entries(fmt.Sprint(wanted)))
	}
	return x
}

func TestPackagesAreRebuiltByTheseTestsAsTheyAre(t *testing.T) {
	x := exchanged(t)
	for _, file := range [][]byte{x.out[1].File, x.in[1].File} {
		if got := together(apart(t, file)); !bytes.Equal(got, file) {
			t.Errorf("%s\ninstead of\n%s", got, file)
		}
	}
}

func TestNoLineOfOneApprovalOrRequestFitsIntoAnother(t *testing.T) {
	x := exchanged(t)
	spliced := 0
	for _, of := range []struct {
		files [2]cosign.Package
		enter func([]byte) error
	}{
		{x.in, func(file []byte) error { _, err := x.one.take(file); return err }},
		{x.out, func(file []byte) error { _, err := x.two.station.Open(context.Background(), file); return err }},
	} {
		first, a := apart(t, of.files[0].File)
		_, b := apart(t, of.files[1].File)
		for i := range strings.SplitAfter(a[0].body, "\n") {
			for j := range strings.SplitAfter(b[0].body, "\n") {
				one, other := strings.SplitAfter(a[0].body, "\n"), strings.SplitAfter(b[0].body, "\n")
				if one[i] == other[j] {
					continue
				}
				one[i], other[j] = other[j], one[i]
				for _, note := range []string{strings.Join(one, ""), strings.Join(other, "")} {
					parts := append([]section{{"note", note}}, a[1:]...)
					if err := of.enter(together(first, parts)); !fault.Is(err, fault.Incoming) {
						t.Fatalf("line %d with line %d of the other: %v", i, j, err)
					}
					spliced++
				}
			}
		}
	}
	t.Logf("%d splices were refused", spliced)
	for _, back := range x.in {
		if _, err := x.one.take(back.File); err != nil {
			t.Errorf("the true one is refused afterwards: %v", err)
		}
	}
}

func TestEveryBitOfAPackageCounts(t *testing.T) {
	x := exchanged(t)
	want := x.two.open(x.out[0].File)
	check := func(what string, data []byte) {
		if in, err := x.two.station.Open(context.Background(), data); err == nil && (in.Text != want.Text || in.Origin != want.Origin) {
			t.Fatalf("%s: %s", what, in.Text)
		} else if err != nil && !fault.Is(err, fault.Incoming) {
			t.Fatalf("%s: %v", what, err)
		}
	}
	file, flips := x.out[0].File, 0
	for i := range 8 * len(file) {
		flipped := bytes.Clone(file)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := x.two.station.Open(context.Background(), flipped); !fault.Is(err, fault.Incoming) {
			t.Fatalf("bit %d of the file: %v", i, err)
		}
		flips++
	}
	first, parts := apart(t, file)
	for n, part := range parts { // damage that nobody sees, because the sum fits again
		for i := 0; i < 8*len(part.body); i += 5 {
			body := []byte(part.body)
			body[i/8] ^= 1 << (i % 8)
			changed := append([]section{}, parts...)
			changed[n].body = string(body)
			check(fmt.Sprintf("bit %d of %s", i, part.name), together(first, changed))
			flips++
		}
	}
	code := []byte(x.out[0].Code)
	for i := range 8 * len(code) {
		flipped := bytes.Clone(code)
		flipped[i/8] ^= 1 << (i % 8)
		check(fmt.Sprintf("bit %d of the code", i), flipped)
		flips++
	}
	t.Logf("%d flips", flips)
}

func TestWhatIsNoPackageIsRefused(t *testing.T) {
	x := exchanged(t)
	file, code := x.out[0].File, x.out[0].Code
	first, parts := apart(t, file)
	doubled := append([]section{parts[0]}, parts...)
	swapped := append(append([]section{}, parts[1:]...), parts[0])
	for name, data := range map[string][]byte{
		"nothing": nil, "a word": []byte("hello"), "a title": []byte("countersign/csreq/v1\n"), "without a note": together(first, nil),
		"the other kind": x.in[0].File, "the other kind's code": []byte(x.in[0].Code),
		"the other kind's title": together("countersign/csapr/v1", parts), "a later version": together("countersign/csreq/v2", parts),
		"a later code":       []byte("CSREQ2" + code[6:]),
		"another code":       []byte("CSAPR1" + code[6:]),
		"a note twice":       together(first, doubled),
		"another order":      together(first, swapped),
		"an unknown section": together(first, append(parts, section{"extra", "x\n"})),
		"an empty section":   together(first, append(parts, section{"known", ""})),
		"a huge file":        append(bytes.Clone(file), make([]byte, cosign.MaxFile)...),
		"something behind":   append(bytes.Clone(file), '\n'),
		"a huge code":        []byte(code + strings.Repeat("A", 5000)),
		"a bomb":             bomb(t),
		"many statements":    together(first, append([]section{parts[0]}, many("roster", parts[1].body, 500)...)),
		"a negative length":  []byte(first + "\nnote -1\n"), "a huge length": []byte(first + "\nnote 99999999999999999999\n"),
	} {
		if _, err := x.two.station.Open(context.Background(), data); !fault.Is(err, fault.Incoming) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range len(file) {
		if _, err := x.two.station.Open(context.Background(), file[:i]); !fault.Is(err, fault.Incoming) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	for i := range len(code) {
		if _, err := x.two.station.Open(context.Background(), []byte(code[:i])); !fault.Is(err, fault.Incoming) {
			t.Fatalf("code cut at %d: %v", i, err)
		}
	}
}

func many(name, body string, n int) (parts []section) {
	for range n {
		parts = append(parts, section{name, body})
	}
	return parts
}

// bomb is a code of two thousand characters that would unpack to much more.
func bomb(t *testing.T) []byte {
	var packed bytes.Buffer
	packed.WriteString("sum!")
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return []byte("CSREQ1" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(packed.Bytes()))
}

func FuzzOpen(f *testing.F) {
	x := exchanged(f)
	for i := range 2 {
		f.Add(x.out[i].File)
		f.Add([]byte(x.out[i].Code))
		f.Add(noisy(x.out[i].Code))
	}
	want := map[string]bool{x.two.open(x.out[0].File).Text: true, x.two.open(x.out[1].File).Text: true}
	f.Fuzz(func(t *testing.T, data []byte) {
		// A worker of the fuzzer is another process and founds other consoles of these names.
		in, err := x.two.station.Open(context.Background(), data)
		refused := fault.Is(err, fault.Incoming) || fault.Is(err, fault.Peer) || err == nil && !in.Known
		if !refused && !want[in.Text] {
			t.Fatalf("%v: %s", err, in.Text)
		}
	})
}

func FuzzTake(f *testing.F) {
	x := exchanged(f)
	for i := range 2 {
		f.Add(x.in[i].File)
		f.Add([]byte(x.in[i].Code))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := x.one.take(data); err == nil && len(r.Approvals) != 1 {
			t.Fatalf("%+v", r)
		}
	})
}
