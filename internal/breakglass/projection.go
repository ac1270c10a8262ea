package breakglass

import (
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/clock"
	"countersign/internal/leaf"
)

// schema keeps which frames are in the log, what became of each session, and who acted how often with and without a second
// person. A frame's place in its chain is unique: that is what makes an import happen once. Nothing else here may refuse a
// record: an emergency's records go into the log whatever they say.
const schema = `CREATE TABLE journal_frame(
  chain TEXT NOT NULL,
  n INTEGER NOT NULL,
  hash TEXT NOT NULL,
  seq INTEGER NOT NULL UNIQUE,
  PRIMARY KEY(chain, n)) STRICT, WITHOUT ROWID;
CREATE TABLE journal_signed(
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE journal_strange(
  hash TEXT PRIMARY KEY,
  seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE journal_taken(
  chain TEXT NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY(chain, last)) STRICT, WITHOUT ROWID;
CREATE TABLE emergency(
  session TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  chain TEXT NOT NULL,
  actor TEXT NOT NULL,
  drill INTEGER NOT NULL,
  code INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  headless INTEGER NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0,
  how TEXT NOT NULL DEFAULT '',
  extended INTEGER NOT NULL DEFAULT 0,
  sinks TEXT NOT NULL DEFAULT '',
  account INTEGER NOT NULL DEFAULT 0,
  reviewers INTEGER NOT NULL DEFAULT 0,
  drift TEXT NOT NULL DEFAULT '',
  seconds INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE emergency_action(
  session TEXT NOT NULL,
  n INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  steps TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(session, n)) STRICT, WITHOUT ROWID;
CREATE TABLE emergency_review(
  session TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY(session, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE fork(
  seq INTEGER PRIMARY KEY,
  signed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE acted(
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  alone INTEGER NOT NULL) STRICT;
`

// kindChangeIntent is the record with which package change begins to write what two persons approved.
const kindChangeIntent = "change.intent"

// Projection keeps the tables of emergencies and of imported frames.
func Projection() audit.Projection {
	return audit.Projection{Name: "breakglass", Schema: schema,
		Tables: []string{"journal_frame", "journal_signed", "journal_strange", "journal_taken", "emergency", "emergency_action", "emergency_review", "fork", "acted"}, Rows: project}
}

func project(l leaf.Leaf) ([]audit.Row, error) {
	var rows []audit.Row
	add := func(sql string, args ...any) { rows = append(rows, audit.Row{SQL: sql, Args: args}) }
	at := l.At.Wall.UnixMilli()
	if chain, ok := l.Body.Text(frameChain); ok {
		n, _ := l.Body.Int(frameN)
		hash, _ := l.Body.Text(frameHash)
		made, _ := l.Body.Text(frameAt)
		if wall, err := clock.ParseWall(made); err == nil {
			at = wall.UnixMilli()
		}
		add("INSERT INTO journal_frame(chain, n, hash, seq) VALUES(?, ?, ?, ?)", chain, n, hash, l.Seq)
	}
	if id, about := isAbout(l); about {
		add("INSERT OR IGNORE INTO journal_signed(id, seq) VALUES(?, ?)", id, l.Seq)
	}
	switch l.Kind {
	case KindSetAside:
		add("INSERT INTO fork(seq) VALUES(?)", l.Seq)
	case kindFork:
		add("UPDATE fork SET signed = 1")
	case kindChangeIntent:
		add("INSERT INTO acted(seq, at, person, name, alone) VALUES(?, ?, ?, ?, 0)", l.Seq, at, l.Actor.ID, l.Actor.Name)
	}
	emergency, drill := strings.HasPrefix(l.Kind, "emergency."), strings.HasPrefix(l.Kind, drillPrefix)
	if emergency || drill {
		projectSession(l, "emergency."+l.Kind[strings.IndexByte(l.Kind, '.')+1:], drill, at, add)
	}
	return rows, nil
}

// projectSession takes in one of a session's records; at is when it was made, in milliseconds.
func projectSession(l leaf.Leaf, kind string, drill bool, at int64, add func(sql string, args ...any)) {
	text := func(key string) string { t, _ := l.Body.Text(key); return t }
	session := text("session")
	headless := func() { // no place took the opening: what was done in the session is reviewed all the same
		add("INSERT OR IGNORE INTO emergency(session, seq, chain, actor, drill, code, opened, headless) VALUES(?, ?, ?, ?, ?, 0, ?, 1)",
			session, l.Seq, text(frameChain), l.Actor.ID, drill, at)
	}
	switch kind {
	case KindOpened:
		code, _ := l.Body.Int("code")
		add(`INSERT INTO emergency(session, seq, chain, actor, drill, code, opened) VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(session) DO
			UPDATE SET seq = excluded.seq, chain = excluded.chain, actor = excluded.actor, code = excluded.code, opened = excluded.opened, headless = 0 WHERE headless <> 0`,
			session, l.Seq, text(frameChain), l.Actor.ID, drill, code, at)
	case kindExtended:
		add("UPDATE emergency SET extended = extended + 1 WHERE session = ?", session)
	case KindIntent:
		headless()
		n, _ := l.Body.Int("action")
		add("INSERT OR IGNORE INTO emergency_action(session, n, seq, at, steps) VALUES(?, ?, ?, ?, ?)", session, n, l.Seq, at, text("steps"))
		if !drill {
			add("INSERT INTO acted(seq, at, person, name, alone) VALUES(?, ?, ?, ?, 1)", l.Seq, at, l.Actor.ID, l.Actor.Name)
		}
	case kindOutcome:
		headless()
		n, _ := l.Body.Int("action")
		add(`INSERT INTO emergency_action(session, n, seq, at, steps, outcome) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(session, n) DO
			UPDATE SET steps = excluded.steps, outcome = excluded.outcome`, session, n, l.Seq, at, text("steps"), text("outcome"))
	case kindClosed:
		add("UPDATE emergency SET ended = ?, how = ?, sinks = ? WHERE session = ?", at, text("how"), text("sinks"), session)
	case kindInterrupted:
		add("UPDATE emergency SET ended = ?, how = 'interrupted' WHERE session = ? AND how = ''", at, session)
	case kindContinued:
		add("UPDATE emergency SET ended = 0, how = '', chain = ? WHERE session = ?", text(frameChain), session)
	case kindAccount:
		add("UPDATE emergency SET account = ? WHERE session = ?", l.Seq, session)
	case kindReviewed:
		signers, _ := l.Body.Int("signers")
		add("INSERT INTO emergency_review(session, seq) VALUES(?, ?)", session, l.Seq)
		add("UPDATE emergency SET reviewers = reviewers + ? WHERE session = ?", signers, session)
	case kindDone:
		seconds, _ := l.Body.Int("seconds")
		add("UPDATE emergency SET seconds = ? WHERE session = ?", seconds, session)
	case kindDrift:
		add("UPDATE emergency SET drift = ? WHERE session = ?", text("drift"), session)
	case KindStrange:
		add("INSERT OR IGNORE INTO journal_strange(hash, seq) VALUES(?, ?)", text(strangeHash), l.Seq)
	case kindImported:
		last, _ := l.Body.Int("last")
		add("INSERT OR IGNORE INTO journal_taken(chain, last) VALUES(?, ?)", text("chain"), last)
	}
}

// milli is a time as the tables keep it; 0 is none.
func milli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
