package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"runtime/debug"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"countersign/internal/fault"
)

// The bounds of a picture.
const (
	MaxFile   = 8 << 20    // bytes
	MaxPixels = 40_000_000 // before anything is unpacked
	enough    = 1600       // pixels on a side that are looked at first: photographs have many more than a code needs
)

var errEmpty = errors.New("no text")

// IsPicture says whether a file begins as a PNG or JPEG picture does.
func IsPicture(file []byte) bool { return isPNG(file) || isJPEG(file) }

func isPNG(file []byte) bool  { return bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")) }
func isJPEG(file []byte) bool { return bytes.HasPrefix(file, []byte("\xff\xd8\xff")) }

// Read returns the text of the code in a PNG or JPEG picture. Whatever cannot be read is fault.Incoming.
func Read(file []byte) (string, error) {
	picture, err := decode(file)
	if err != nil {
		return "", fault.New(fault.Incoming, "picture", err)
	}
	text, err := find(picture)
	if err != nil {
		return "", fault.New(fault.Incoming, "picture", err)
	}
	return text, nil
}

// decode unpacks a picture after its file and its dimensions were found small enough.
func decode(file []byte) (image.Image, error) {
	if len(file) > MaxFile {
		return nil, fmt.Errorf("a file of %d bytes", len(file))
	}
	config, unpack := png.DecodeConfig, png.Decode
	switch {
	case isJPEG(file):
		config, unpack = jpeg.DecodeConfig, jpeg.Decode
	case !isPNG(file):
		return nil, errors.New("neither PNG nor JPEG")
	}
	size, err := config(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if int64(size.Width)*int64(size.Height) > MaxPixels {
		return nil, fmt.Errorf("%d x %d pixels", size.Width, size.Height)
	}
	var picture image.Image
	err = guard(func() error {
		picture, err = unpack(bytes.NewReader(file))
		return err
	})
	return picture, err
}

// find looks for a code in a picture of a convenient size first and in the whole picture then.
func find(picture image.Image) (text string, err error) {
	bounds := picture.Bounds()
	step := max(1, (max(bounds.Dx(), bounds.Dy())+enough-1)/enough)
	for ; ; step = 1 {
		if text, err = look(grey(picture, step)); err == nil || step == 1 {
			return text, err
		}
	}
}

// grey returns the brightness of a picture, the mean of each square of step pixels.
func grey(picture image.Image, step int) *image.Gray {
	from := picture.Bounds()
	small := image.NewGray(image.Rect(0, 0, max(1, from.Dx()/step), max(1, from.Dy()/step)))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			small.Pix[y*small.Stride+x] = mean(picture, from.Min.X+x*step, from.Min.Y+y*step, step)
		}
	}
	return small
}

// mean looks at transparent places as if the picture lay on white paper.
func mean(picture image.Image, left, top, step int) uint8 {
	var sum, n uint64
	for y := top; y < min(top+step, picture.Bounds().Max.Y); y++ {
		for x := left; x < min(left+step, picture.Bounds().Max.X); x++ {
			r, g, b, a := picture.At(x, y).RGBA()
			sum += uint64((r+2*g+b)/4 + 0xffff - a)
			n++
		}
	}
	return uint8(sum / max(n, 1) >> 8)
}

// look tries what helps with photographs, then with a code that fills its picture, then with one in white on black.
func look(picture *image.Gray) (text string, err error) {
	photo := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	drawn := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	source := gozxing.NewLuminanceSourceFromImage(picture)
	for _, try := range []struct {
		binarizer gozxing.Binarizer
		hints     map[gozxing.DecodeHintType]any
	}{
		{gozxing.NewHybridBinarizer(source), photo},
		{gozxing.NewGlobalHistgramBinarizer(source), photo},
		{gozxing.NewHybridBinarizer(source), drawn},
		{gozxing.NewHybridBinarizer(source.Invert()), photo},
	} {
		if text, err = attempt(try.binarizer, try.hints); err == nil {
			return text, nil
		}
	}
	return "", err
}

func attempt(binarizer gozxing.Binarizer, hints map[gozxing.DecodeHintType]any) (text string, err error) {
	err = guard(func() error {
		bitmap, err := gozxing.NewBinaryBitmap(binarizer)
		if err != nil {
			return err
		}
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
		if err != nil {
			return err
		}
		text = result.GetText()
		return nil
	})
	return text, err
}

// guard turns a panic of a library over somebody else's picture into an error.
func guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
