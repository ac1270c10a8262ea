package cosign

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"countersign/internal/fault"
	"countersign/internal/qr"
	"countersign/internal/statement"
)

// The code for a screen and a scanner is a prefix with its kind and version, and base32 in capital letters of four bytes of
// SHA-256 and the deflated package. Scanners type like a keyboard: these characters are on every layout.

// maxCode is the length that a code stays below: a hand-held scanner reads it from a screen.
const maxCode = 2000

const checkLength = 4

// prefixes name the kind and the version of a code.
var prefixes = map[string]string{kindRequest: "CSREQ1", kindApproval: "CSAPR1"}

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// dictionary is what packages have in common. It is part of version 1 of the codes: a change of it would be version 2.
const dictionary = "known \nlink \nroster \n adjustable operational clinical clinical\nset alarm.high alarm.low mm[Hg] 1 /min % -> " +
	"on-failure restore\nasset-tag \nticket \nedits \ntemplate sha256 \nelsewhere " +
	"countersign/csapr/v1\nnote countersign/csreq/v1\nnote countersign/approval/v1\nid 01K\n" +
	"meaning " + statement.ApprovalMeaning + "\nmeaning " + statement.ReadMeaning + "\n" +
	"countersign/change-request/v1\nid 01K\nmeaning " + statement.RequestMeaning + "\nsigner , nursing\nsigner , pharmacy\nsigner , clinical-lead\n" +
	"signer , technician\ntime 2026-11-T:.+01:00 clock unsynced\ntime 2027-01-T:.+02:00 clock ok\n" +
	"device \"\" \"\" serial \"\" firmware \"\"\ndriver oridion.capnostream20 sha256 \nstate sha256 \nrequest sha256 \nset " +
	"\nreason \nexecute-on  nonce \nvalid-for 3600 s\nlog  size  root =\n\n— /p/ \n"

// code writes a package for a screen; "" when it is too long for one.
func (p parcel) code() (string, error) {
	plain := p.plain()
	sum := sha256.Sum256(plain)
	packed := bytes.NewBuffer(bytes.Clone(sum[:checkLength]))
	w, err := flate.NewWriterDict(packed, flate.BestCompression, []byte(dictionary))
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", fault.New(fault.Internal, "code", err)
	}
	code := prefixes[p.kind] + base32Plain.EncodeToString(packed.Bytes())
	if len(code) >= maxCode {
		return "", nil
	}
	return code, nil
}

// parseCode reads what code writes, as a scanner or a person typed it: with line breaks and in small letters too.
func parseCode(typed []byte) (parcel, error) {
	if len(typed) > 2*maxCode {
		return parcel{}, fmt.Errorf("a text of %d characters", len(typed))
	}
	text := strings.ToUpper(strings.Join(strings.Fields(string(typed)), ""))
	for kind, prefix := range prefixes {
		digits, ok := strings.CutPrefix(text, prefix)
		if !ok {
			continue
		}
		packed, err := base32Plain.DecodeString(digits)
		if err != nil || len(packed) < checkLength {
			return parcel{}, errors.New("not a whole code")
		}
		p, err := unpack(packed)
		if err == nil && p.kind != kind {
			err = errors.New("the code says another kind than its package")
		}
		return p, err
	}
	return parcel{}, errors.New("neither a file nor a code of this version")
}

// unpack never holds more than a package may have, whatever the code claims.
func unpack(packed []byte) (parcel, error) {
	r := flate.NewReaderDict(bytes.NewReader(packed[checkLength:]), []byte(dictionary))
	plain, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return parcel{}, err
	}
	if len(plain) > MaxFile {
		return parcel{}, errors.New("more than a package may have")
	}
	if sum := sha256.Sum256(plain); !bytes.Equal(sum[:checkLength], packed[:checkLength]) {
		return parcel{}, errors.New("it was damaged on the way")
	}
	return parsePlain(plain)
}

// unwrap reads a package of one kind from a file, from what a scanner typed, or from a picture of a code. Everything else is
// fault.Incoming.
func unwrap(data []byte, kind string) (p parcel, err error) {
	if qr.IsPicture(data) {
		text, err := qr.Read(data)
		if err != nil {
			return parcel{}, err
		}
		data = []byte(text)
	}
	if bytes.HasPrefix(data, []byte("countersign/")) {
		p, err = parseFile(data)
	} else {
		p, err = parseCode(data)
	}
	if err == nil && p.kind != kind {
		err = fmt.Errorf("a package of the kind %q where %q is expected", p.kind, kind)
	}
	if err != nil {
		return parcel{}, fault.New(fault.Incoming, "package", err)
	}
	return p, nil
}
