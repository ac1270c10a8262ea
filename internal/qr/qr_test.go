package qr_test

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"countersign/internal/fault"
	"countersign/internal/qr"
)

// base32Text is what co-signing sends: capital letters and digits, the same ones at each call.
func base32Text(bytes int) string {
	random := rand.New(rand.NewPCG(1, 2))
	raw := make([]byte, bytes)
	for i := range raw {
		raw[i] = byte(random.Uint32())
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
}

func TestWhatIsDrawnIsRead(t *testing.T) {
	for _, text := range []string{
		"A", "12345", "CSREQ1" + base32Text(40), base32Text(404), base32Text(900), base32Text(1240),
		"amber anchor apple", "Größe 5 µg → 7 µg", "a\nb",
	} {
		for _, scale := range []int{1, 2, 3, 8} {
			file, err := qr.PNG(text, scale)
			if err != nil {
				t.Fatalf("%d characters: %v", len(text), err)
			}
			got, err := qr.Read(file)
			if err != nil || got != text {
				t.Errorf("%d characters at scale %d: %q, %v", len(text), scale, got, err)
			}
		}
	}
}

func TestEveryVersionIsRead(t *testing.T) {
	if testing.Short() {
		t.Skip("every version is for the long tests")
	}
	seen := map[int]bool{}
	for n := 5; n < 1300; n += 11 {
		text := base32Text(n)
		version, err := qr.Version(text)
		if err != nil {
			t.Fatal(err)
		}
		if seen[version] {
			continue
		}
		seen[version] = true
		file, err := qr.PNG(text, 4)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := qr.Read(file); err != nil || got != text {
			t.Errorf("version %d: %v", version, err)
		}
	}
	if len(seen) < 25 {
		t.Errorf("only %d versions were drawn", len(seen))
	}
}

func TestBase32TakesTheAlphanumericForm(t *testing.T) {
	upper, err := qr.Version(base32Text(404))
	if err != nil {
		t.Fatal(err)
	}
	lower, err := qr.Version(strings.ToLower(base32Text(404)))
	if err != nil {
		t.Fatal(err)
	}
	if upper >= lower {
		t.Errorf("version %d for capital letters, %d for small ones", upper, lower)
	}
}

func TestACodeHasAQuietZoneOfFourModules(t *testing.T) {
	picture, err := qr.Image("QUIET", 3)
	if err != nil {
		t.Fatal(err)
	}
	side := picture.Bounds().Dx()
	if side != picture.Bounds().Dy() || side != (21+8)*3 {
		t.Fatalf("the picture is %v", picture.Bounds())
	}
	for y := range side {
		for x := range side {
			outside := min(x, y, side-1-x, side-1-y) < 4*3
			if r, _, _, _ := picture.At(x, y).RGBA(); outside && r != 0xffff {
				t.Fatalf("the quiet zone is black at %d, %d", x, y)
			}
		}
	}
	if r, _, _, _ := picture.At(4*3, 4*3).RGBA(); r != 0 {
		t.Error("the code does not begin behind the quiet zone")
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	for name, err := range map[string]error{
		"no text": draw("", 3), "too long": draw(strings.Repeat("A", 4297), 3), "no scale": draw("A", 0), "a huge scale": draw("A", 33),
	} {
		if !fault.Is(err, fault.OutOfRange) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func draw(text string, scale int) error {
	_, err := qr.PNG(text, scale)
	return err
}

// photograph lays a code on a grey table, larger than it, as a JPEG picture; one that was turned by a quarter too.
func photograph(t testing.TB, code image.Image, side int, turned bool) []byte {
	t.Helper()
	table := image.NewGray(image.Rect(0, 0, side, side))
	for i := range table.Pix {
		table.Pix[i] = 150 + uint8(i%7)
	}
	n := code.Bounds().Dx()
	for y := range n {
		for x := range n {
			to := image.Pt(x+side/5, y+side/4)
			if turned {
				to = image.Pt(n-1-y+side/5, x+side/4)
			}
			r, _, _, _ := code.At(x, y).RGBA()
			table.SetGray(to.X, to.Y, color.Gray{Y: 20 + uint8((r>>8)*9/10)})
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, table, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestAPhotographIsRead(t *testing.T) {
	text := "CSREQ1" + base32Text(500)
	for _, turned := range []bool{false, true} {
		for _, side := range []int{900, 4000} {
			code, err := qr.Image(text, side/180)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := qr.Read(photograph(t, code, side, turned)); err != nil || got != text {
				t.Errorf("%d pixels, turned %v: %v", side, turned, err)
			}
		}
	}
}

func TestAPictureThatIsNoneOrTooLargeIsRefusedBeforeItIsUnpacked(t *testing.T) {
	code, err := qr.PNG("SMALL", 2)
	if err != nil {
		t.Fatal(err)
	}
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"nothing": nil, "a text": []byte("hello"), "cut short": code[:len(code)/2], "no code in it": blank.Bytes(),
		"a huge file": append(bytes.Clone(code), make([]byte, qr.MaxFile)...), "a huge picture": claim(code, 60_000, 60_000),
		"a little too large": claim(code, 40_000_001, 1), "one pixel": claim(code, 1, 1),
	} {
		if text, err := qr.Read(file); !fault.Is(err, fault.Incoming) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// claim changes the dimensions that a PNG file says it has.
func claim(file []byte, width, height uint32) []byte {
	file = bytes.Clone(file)
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"A", base32Text(60)} {
		file, err := qr.PNG(text, 2)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
		f.Add(file[:len(file)-20])
		code, err := qr.Image(text, 2)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(photograph(f, code, 200, false))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if size, err := png.DecodeConfig(bytes.NewReader(file)); err == nil && size.Width*size.Height > 1_000_000 {
			t.Skip("allowed, and slow")
		}
		if text, err := qr.Read(file); err != nil && (text != "" || !fault.Is(err, fault.Incoming)) {
			t.Fatalf("%q, %v", text, err)
		}
	})
}

// FuzzMarred changes modules of a code that can be read: what comes out is the text, or nothing, or whatever; no panic.
func FuzzMarred(f *testing.F) {
	f.Add(uint16(0), uint16(0), uint16(3))
	f.Add(uint16(12), uint16(12), uint16(9))
	f.Fuzz(func(t *testing.T, left, top, size uint16) {
		code, err := qr.Image(base32Text(60), 2)
		if err != nil {
			t.Fatal(err)
		}
		pic, n := code.(*image.Paletted), code.Bounds().Dx()
		for y := int(top) % n; y < min(n, int(top)%n+int(size)%n); y++ {
			for x := int(left) % n; x < min(n, int(left)%n+int(size)%n); x++ {
				pic.SetColorIndex(x, y, 1-pic.ColorIndexAt(x, y))
			}
		}
		var file bytes.Buffer
		if err := png.Encode(&file, pic); err != nil {
			t.Fatal(err)
		}
		if _, err := qr.Read(file.Bytes()); err != nil && !fault.Is(err, fault.Incoming) {
			t.Fatal(err)
		}
	})
}
