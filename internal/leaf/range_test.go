package leaf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// The leaves and roots with which implementations of RFC 6962 are compared (certificate-transparency's test vectors).
var (
	ctLeaves = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	ctRoots  = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

func TestRootsAgreeWithTheVectorsOfRFC6962(t *testing.T) {
	var r Range
	for i, want := range ctRoots {
		if root := r.Root(); hex.EncodeToString(root[:]) != want || r.Size() != int64(i) {
			t.Errorf("size %d: root %x, want %s", i, root, want)
		}
		if i < len(ctLeaves) {
			data, err := hex.DecodeString(ctLeaves[i])
			if err != nil {
				t.Fatal(err)
			}
			r.Append(Hash(data))
		}
	}
}

func TestTheHashOfALeafHasItsDomain(t *testing.T) {
	if got := Hash([]byte("{}")); got != sha256.Sum256([]byte("\x00{}")) {
		t.Errorf("%x", got)
	}
}

func TestTheRangeAgreesWithTheFullTree(t *testing.T) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	var r Range
	for n := range int64(1100) {
		data := binary.AppendVarint(nil, n)
		hashes, err := tlog.StoredHashes(n, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		r.Append(Hash(data))
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if r.Root() != want {
			t.Fatalf("size %d: root %x, want %x", n+1, r.Root(), want)
		}
		r = reread(t, r) // every size survives a restart
	}
}

func reread(t *testing.T, r Range) (back Range) {
	t.Helper()
	b, err := r.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := back.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if back.Root() != r.Root() || back.Size() != r.Size() {
		t.Fatalf("size %d came back as %d", r.Size(), back.Size())
	}
	return back
}

func TestACopyOfARangeIsAValue(t *testing.T) {
	var r Range
	for i := range byte(7) {
		r.Append(Hash([]byte{i}))
	}
	root, dropped := r.Root(), r
	dropped.Append(Hash([]byte("never committed")))
	if r.Root() != root || r.Size() != 7 || dropped.Size() != 8 {
		t.Error("the copy changed the original")
	}
}

func TestWhatIsNotARangeIsRefused(t *testing.T) {
	var r Range
	for i := range byte(5) {
		r.Append(Hash([]byte{i}))
	}
	good, _ := r.MarshalBinary()
	if len(good) != 8+2*32 {
		t.Fatalf("size 5 takes %d bytes", len(good))
	}
	root := r.Root()
	for what, b := range map[string][]byte{
		"nothing":         nil,
		"half a size":     good[:4],
		"a hash too few":  good[:40],
		"half a hash":     good[:60],
		"a hash too many": append(bytes.Clone(good), make([]byte, 32)...),
		"another size":    append([]byte{0, 0, 0, 0, 0, 0, 0, 7}, good[8:]...),
		"a negative size": append([]byte{0x80, 0, 0, 0, 0, 0, 0, 1}, good[8:]...),
		"a size too big":  append([]byte{0x40, 0, 0, 0, 0, 0, 0, 1}, good[8:]...),
	} {
		if err := r.UnmarshalBinary(b); err == nil {
			t.Errorf("%s was accepted", what)
		}
		if r.Root() != root {
			t.Fatalf("%s changed the range", what)
		}
	}
}

func FuzzRange(f *testing.F) {
	var r Range
	for i := range byte(13) {
		b, _ := r.MarshalBinary()
		f.Add(b)
		r.Append(Hash([]byte{i}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Range
		if err := r.UnmarshalBinary(b); err != nil {
			return
		}
		if again, err := r.MarshalBinary(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x came back as %x, %v", b, again, err)
		}
		before := r.Size()
		if r.Append([32]byte{}); r.Size() != before+1 {
			t.Errorf("size %d after %d", r.Size(), before)
		}
	})
}
