package store

import (
	"testing"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

func rebuilt(t *testing.T, folder string, projections ...audit.Projection) []Rebuilt {
	t.Helper()
	report, err := Rebuild(t.Context(), folder, origin, projections...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestARebuildOfGoodTablesIsTheSame(t *testing.T) {
	folder := t.TempDir()
	db := open(t, folder, things())
	record(t, logOn(t, db), thing("c"), thing("a"), thing("b"))
	db.Close()
	report := rebuilt(t, folder, things())
	if len(report) != 1 || !report[0].Same() || report[0].Was.Rows != 3 || report[0].Table != "thing" || report[0].Projection != "things" {
		t.Errorf("%+v", report)
	}
	if again := rebuilt(t, folder, things()); again[0] != report[0] {
		t.Errorf("%+v, before %+v", again, report)
	}
}

func TestARebuildFindsEveryDifferenceAndEndsIt(t *testing.T) {
	for what, statements := range map[string][]string{
		"a row gone":            {"DELETE FROM thing"},
		"a row too many":        {"INSERT INTO thing VALUES('own', 7)"},
		"another value":         {"UPDATE thing SET seq = 9"},
		"the table gone":        {"DROP TABLE thing"},
		"another column's name": {"ALTER TABLE thing RENAME COLUMN seq TO number"},
		"another type":          {"DROP TABLE thing", "CREATE TABLE thing(id TEXT PRIMARY KEY, seq TEXT NOT NULL)", "INSERT INTO thing VALUES('a', '0')"},
		"a view in its place":   {"DROP TABLE thing", "CREATE TABLE other(id, seq)", "CREATE VIEW x AS SELECT * FROM other", "DROP VIEW x", "DROP TABLE other"},
		"a trigger on it":       {"CREATE TRIGGER own AFTER INSERT ON thing BEGIN UPDATE thing SET seq = 5; END", "UPDATE thing SET seq = 5"},
	} {
		folder := edited(t, []audit.Projection{things()}, statements...)
		if report := rebuilt(t, folder, things()); report[0].Same() || report[0].Is.Rows != 1 {
			t.Errorf("%s: %+v", what, report)
		}
		db := open(t, folder, things())
		if got := rows(t, db, "SELECT id || seq FROM thing"); len(got) != 1 || got[0] != "a0" {
			t.Errorf("%s: left %q", what, got)
		}
	}
}

func TestARebuildDoesNotMendTheLog(t *testing.T) {
	folder := edited(t, nil, "DROP TRIGGER log_no_update")
	_, err := Rebuild(t.Context(), folder, origin, things())
	mustBe(t, err, fault.LogBroken)
	held := t.TempDir()
	open(t, held)
	_, err = Rebuild(t.Context(), held, origin, things())
	mustBe(t, err, fault.LogBusy)
}
