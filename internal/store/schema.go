package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/fault"
)

// What the triggers and checks of the tables forbid, an edited schema allows: the database's is held against the one that
// this program makes, object by object and byte by byte.

// object is a table, an index, a trigger or a view as SQLite lists it.
type object struct{ kind, name, table, text string }

func (o object) String() string { return o.kind + " " + o.name }

// objects lists what is in a database by name. SQLite's own objects have names that nobody else can use.
func objects(ctx context.Context, db *sql.DB) (map[string]object, error) {
	rows, err := db.QueryContext(ctx, `SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]object{}
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.table, &o.text); err != nil {
			return nil, err
		}
		all[o.name] = o
	}
	return all, rows.Err()
}

// compiledIn lists what this program makes, found by making it.
func compiledIn(ctx context.Context, projections ...audit.Projection) (_ map[string]object, err error) {
	scratch, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	scratch.SetMaxOpenConns(1) // each connection would have a database of its own
	schemas := []string{logSchema}
	for _, p := range projections {
		schemas = append(schemas, p.Schema)
	}
	for _, schema := range schemas {
		if _, err := scratch.ExecContext(ctx, schema); err != nil {
			return nil, err
		}
	}
	return objects(ctx, scratch)
}

// later is what this program added to the log since its first version: a database from before has none of it.
const later = "checkpoint"

// checkLog says whether the log's own objects are as this program makes them, before it makes what is missing: a trigger
// that somebody removed must not come back as if nothing had been. Only a log without records may lack some, because the
// power may have gone while they were made.
func (db *DB) checkLog(ctx context.Context) error {
	want, err := compiledIn(ctx)
	if err != nil {
		return err
	}
	is, err := objects(ctx, db.write)
	if err != nil {
		return err
	}
	recorded := false
	if _, made := is["log"]; made {
		if err := db.write.QueryRowContext(ctx, "SELECT EXISTS(SELECT * FROM log)").Scan(&recorded); err != nil {
			return err
		}
	}
	_, upgraded := is[later]
	for _, name := range sorted(want) {
		had, there := is[name]
		switch {
		case there && had != want[name]:
			return db.differs(had)
		case !there && recorded && (upgraded || want[name].table != later):
			return db.missing(want[name])
		}
	}
	return nil
}

// checkSchema says whether the database has exactly the objects that this program makes.
func (db *DB) checkSchema(ctx context.Context) error {
	want, err := compiledIn(ctx, db.projections...)
	if err != nil {
		return err
	}
	is, err := objects(ctx, db.write)
	if err != nil {
		return err
	}
	for _, name := range sorted(want) {
		switch had, there := is[name]; {
		case !there:
			return db.missing(want[name])
		case had != want[name]:
			return db.differs(had)
		}
	}
	unused, err := db.unusedTables(ctx)
	if err != nil {
		return err
	}
	for _, name := range sorted(is) {
		if _, known := want[name]; !known && !slices.Contains(unused, is[name].table) {
			return fault.Newf(fault.LogBroken, db.path, "the %s is none of this program's", is[name])
		}
	}
	return nil
}

// unusedTables are those of projections that this process does not have. Nothing writes to them, so nothing that hangs on
// them runs.
func (db *DB) unusedTables(ctx context.Context) (unused []string, err error) {
	rows, err := db.write.QueryContext(ctx, "SELECT name, tables FROM projection")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, tables string
		if err := rows.Scan(&name, &tables); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(db.projections, func(p audit.Projection) bool { return p.Name == name }) {
			unused = append(unused, oldTables(tables)...)
		}
	}
	for _, p := range db.projections {
		unused = slices.DeleteFunc(unused, func(table string) bool { return slices.Contains(p.Tables, table) })
	}
	return unused, rows.Err()
}

func (db *DB) differs(o object) error {
	return fault.Newf(fault.LogBroken, db.path, "the %s is not as this program makes it", o)
}

func (db *DB) missing(o object) error {
	return fault.Newf(fault.LogBroken, db.path, "the %s is missing", o)
}

func sorted(all map[string]object) (names []string) {
	for name := range all {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
