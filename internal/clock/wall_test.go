package clock

import (
	"testing"
	"time"
)

func TestAWallTimeHasOneSpelling(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-09-30T10:41:22.123+02:00": start,
		"2026-09-30T08:41:22.123+00:00": start.UTC(),
		"2026-09-30T05:11:22.123-03:30": start.In(time.FixedZone("", -(3*3600 + 1800))),
		"2024-02-29T00:00:00.000+00:00": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"0000-01-01T00:00:00.000+00:00": time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999-12-31T23:59:59.999+23:59": time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.FixedZone("", 23*3600+59*60)),
	} {
		if got := FormatWall(want); got != text {
			t.Errorf("written %s, want %s", got, text)
		}
		if got, err := ParseWall(text); err != nil || !got.Equal(want) {
			t.Errorf("%s read as %s, %v", text, got, err)
		}
	}
}

func TestAnOffsetWithSecondsIsWrittenInUTC(t *testing.T) {
	amsterdam := time.FixedZone("", 19*60+32)
	if got := FormatWall(start.In(amsterdam)); got != "2026-09-30T08:41:22.123+00:00" {
		t.Errorf("written %s", got)
	}
}

func TestOtherSpellingsOfATimeAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "2026-09-30", "2026-09-30T10:41:22+02:00", "2026-09-30T10:41:22.1+02:00", "2026-09-30T10:41:22.123Z",
		"2026-09-30T10:41:22.1234+02:00", "2026-09-30t10:41:22.123+02:00", "2026-09-30 10:41:22.123+02:00",
		"2026-09-30T10:41:22,123+02:00", "2026-09-30T10:41:22.123-00:00", "2026-09-30T10:41:60.123+02:00",
		"2026-09-30T24:00:00.000+02:00", "2026-09-31T10:41:22.123+02:00", "2025-02-29T10:41:22.123+02:00",
		"2026-00-30T10:41:22.123+02:00", "2026-13-30T10:41:22.123+02:00", "2026-09-00T10:41:22.123+02:00",
		"2026-09-30T10:41:22.123+24:00", "2026-09-30T10:41:22.123+02:60", "2026-09-30T10:41:22.123+0200 ",
		"+026-09-30T10:41:22.123+02:00", "2026-09-30T10:41:22.123 02:00",
	} {
		if got, err := ParseWall(text); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}

func FuzzParseWall(f *testing.F) {
	f.Add("2026-09-30T10:41:22.123+02:00")
	f.Add("2024-02-29T23:59:59.999-11:30")
	f.Add("2026-09-30T10:41:22.123-00:00")
	f.Fuzz(func(t *testing.T, text string) {
		wall, err := ParseWall(text)
		if err != nil {
			return
		}
		if again := FormatWall(wall); again != text {
			t.Errorf("%q is written again as %q", text, again)
		}
		if lib, err := time.Parse(wallLayout, text); err != nil || !lib.Equal(wall) {
			t.Errorf("%q: %s here, %s (%v) by package time", text, wall, lib, err)
		}
	})
}
