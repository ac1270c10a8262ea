package clock

import (
	"errors"
	"time"
)

// wallLayout is RFC 3339 with exactly three digits of a second and a numeric offset: "2026-09-30T10:41:22.123+02:00".
const wallLayout = "2006-01-02T15:04:05.000-07:00"

// ErrWall is what ParseWall returns for anything but the one spelling.
var ErrWall = errors.New("not a time of the form 2026-09-30T10:41:22.123+02:00")

// AppendWall appends the one spelling of t that records and statements use. UTC is written +00:00, never Z. Digits
// below the millisecond are cut off; a year outside 0 to 9999 gives text that ParseWall refuses.
func AppendWall(b []byte, t time.Time) []byte {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // a local mean time of the nineteenth century; the layout has no seconds for it
	}
	return t.AppendFormat(b, wallLayout)
}

// FormatWall is AppendWall as a string.
func FormatWall(t time.Time) string { return string(AppendWall(nil, t)) }

// ParseWall reads what AppendWall writes and nothing else. It is written by hand because every record of the audit log
// passes through it, and because time.Parse accepts several spellings of one time.
func ParseWall(s string) (time.Time, error) {
	if len(s) != len(wallLayout) {
		return time.Time{}, ErrWall
	}
	ok := s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[16] == ':' && s[19] == '.' && s[26] == ':'
	number := func(from, to, most int) int {
		n := 0
		for _, c := range []byte(s[from:to]) {
			ok = ok && '0' <= c && c <= '9'
			n = n*10 + int(c-'0')
		}
		ok = ok && n <= most
		return n
	}
	year, month, day := number(0, 4, 9999), number(5, 7, 12), number(8, 10, 31)
	hour, minute, second, milli := number(11, 13, 23), number(14, 16, 59), number(17, 19, 59), number(20, 23, 999)
	offset := (number(24, 26, 23)*60 + number(27, 29, 59)) * 60
	switch s[23] {
	case '+':
	case '-':
		ok = ok && offset != 0
		offset = -offset
	default:
		ok = false
	}
	if !ok {
		return time.Time{}, ErrWall
	}
	zone := time.UTC
	if offset != 0 {
		zone = time.FixedZone("", offset)
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, milli*int(time.Millisecond), zone)
	if t.Month() != time.Month(month) || t.Day() != day { // 31 April and month nought are carried over by time.Date
		return time.Time{}, ErrWall
	}
	return t, nil
}
