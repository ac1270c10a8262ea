CREATE TABLE IF NOT EXISTS log(
  seq INTEGER PRIMARY KEY CHECK(seq >= 0),
  leaf BLOB NOT NULL CHECK(length(leaf) BETWEEN 2 AND 524288),
  leaf_hash BLOB NOT NULL UNIQUE CHECK(length(leaf_hash) = 32)) STRICT;
CREATE TRIGGER IF NOT EXISTS log_no_update BEFORE UPDATE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS log_no_delete BEFORE DELETE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS log_next_only BEFORE INSERT ON log
  WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq) + 1, 0) FROM log)
  BEGIN SELECT RAISE(ABORT, 'the log has no gaps'); END;
CREATE TABLE IF NOT EXISTS log_state(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  origin TEXT NOT NULL,
  frontier BLOB NOT NULL,
  last_leaf BLOB NOT NULL CHECK(length(last_leaf) = 32)) STRICT;
CREATE TABLE IF NOT EXISTS projection(
  name TEXT PRIMARY KEY,
  tables TEXT NOT NULL,
  schema TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoint(
  size INTEGER PRIMARY KEY CHECK(size > 0),
  epoch INTEGER NOT NULL CHECK(epoch > 0),
  note TEXT NOT NULL CHECK(length(note) BETWEEN 2 AND 1024)) STRICT;
CREATE TRIGGER IF NOT EXISTS checkpoint_no_update BEFORE UPDATE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER IF NOT EXISTS checkpoint_no_delete BEFORE DELETE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER IF NOT EXISTS checkpoint_next_only BEFORE INSERT ON checkpoint
  WHEN NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM checkpoint) OR NEW.size > (SELECT COALESCE(MAX(seq) + 1, 0) FROM log)
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is over the records that there are'); END;
