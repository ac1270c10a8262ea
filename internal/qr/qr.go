// Package qr draws QR codes and reads them from pictures: what a screen shows is what a scanner types, or what a photograph
// carries to another laptop. It takes texts as they are. It knows no camera and no meaning: whoever reads a code checks
// what came out of it as if a stranger had typed it.
//
// Texts of capital letters and digits (base32) get the dense alphanumeric form. Pictures come from anywhere, so reading
// is bounded before anything is unpacked.
package qr

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"rsc.io/qr"

	"countersign/internal/fault"
)

const (
	quiet    = 4  // white modules around a code, which scanners need to find it
	maxScale = 32 // pixels for each module
	handheld = 97 // modules on a side that a hand-held scanner still reads well from a screen (version 20)
)

// Image draws text with scale pixels for each module, the quiet zone included. The fault is OutOfRange for a text that is
// empty or too long for one code, and for a scale that is not 1 to 32.
func Image(text string, scale int) (image.Image, error) {
	if scale < 1 || scale > maxScale {
		return nil, fault.Newf(fault.OutOfRange, "code", "%d pixels for each module", scale)
	}
	code, err := encode(text)
	if err != nil {
		return nil, fault.New(fault.OutOfRange, "code", err)
	}
	side := (code.Size + 2*quiet) * scale
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if code.Black(x/scale-quiet, y/scale-quiet) {
				picture.Pix[y*picture.Stride+x] = 1
			}
		}
	}
	return picture, nil
}

// PNG is Image as a file.
func PNG(text string, scale int) ([]byte, error) {
	picture, err := Image(text, scale)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return nil, fault.New(fault.Internal, "code", err)
	}
	return file.Bytes(), nil
}

// Version returns which of the forty sizes of a code text needs.
func Version(text string) (int, error) {
	code, err := encode(text)
	if err != nil {
		return 0, fault.New(fault.OutOfRange, "code", err)
	}
	return (code.Size - 17) / 4, nil
}

// encode repairs more of a damaged code where that does not make it harder to scan.
func encode(text string) (*qr.Code, error) {
	if text == "" {
		return nil, errEmpty
	}
	code, err := qr.Encode(text, qr.M)
	if err == nil && code.Size <= handheld {
		return code, nil
	}
	return qr.Encode(text, qr.L)
}
