"""The statements of the store in SQLite. ``store`` has the rules that they keep."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS events_about ON events (about, name);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    flow TEXT NOT NULL,
    handler TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    is_delayed INTEGER NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    progress TEXT,
    finished_at REAL,
    UNIQUE (event, flow, handler)
);
CREATE INDEX IF NOT EXISTS runs_unfinished ON runs (flow, due_at, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS runs_order ON runs (flow, about, event)
    WHERE state IN ('waiting', 'running') AND NOT is_delayed;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

INSERT_EVENT = """
INSERT INTO events (id, name, about, body, received_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
SEQ = "SELECT seq FROM events WHERE id = ?"
INSERT_RUN = """
INSERT INTO runs (event, flow, handler, about, state, is_delayed, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
END_DELAYED = """
UPDATE runs SET state = 'canceled', finished_at = ?
WHERE about = ? AND flow = ? AND is_delayed AND state = 'waiting' AND event < ?
"""
IS_CANCELED = "SELECT 1 FROM events WHERE about = ? AND name = 'invitee.canceled' AND seq <> ?"
IS_FREE = """
r.flow = ? AND r.state = 'waiting' AND (r.is_delayed OR NOT EXISTS (
    SELECT 1 FROM runs earlier WHERE earlier.flow = r.flow AND earlier.about = r.about AND earlier.event < r.event
        AND NOT earlier.is_delayed AND earlier.state IN ('waiting', 'running')))
"""
DUE = f"SELECT r.id FROM runs r WHERE {IS_FREE} AND r.due_at <= ? ORDER BY r.due_at, r.id LIMIT ?"
NEXT_DUE = f"SELECT r.due_at FROM runs r WHERE {IS_FREE} ORDER BY r.due_at LIMIT 1"
BEGIN = "UPDATE runs SET state = 'running', attempts = attempts + 1 WHERE id = ?"
READ = """
SELECT r.id, r.flow, r.handler, r.state, e.id, e.name, r.about, e.body, e.received_at, r.due_at, r.finished_at,
    r.attempts, r.failures, r.error, r.progress
FROM runs r JOIN events e ON e.seq = r.event
"""
RUN_FIELDS = (
    "id", "flow", "handler", "state", "event_id", "event", "about", "body", "received_at", "due_at", "finished_at",
    "attempts", "failures", "error", "progress",
)  # fmt: skip
LIST = f"{READ} WHERE (?1 IS NULL OR r.state = ?1) AND (?2 IS NULL OR r.flow = ?2) ORDER BY r.id DESC LIMIT ?3"
FIND = f"{READ} WHERE r.id = ?"
BACKLOG = """
SELECT flow, sum(state <> 'failed'), sum(state = 'failed') FROM runs WHERE state IN ('waiting', 'running', 'failed')
GROUP BY flow ORDER BY flow
"""
NOTE = "UPDATE runs SET progress = ? WHERE id = ?"
DONE = "UPDATE runs SET state = 'done', error = NULL, finished_at = ? WHERE id = ?"
FAILED = "UPDATE runs SET state = 'failed', error = ?, finished_at = ?, failures = failures + 1 WHERE id = ?"
AGAIN = "UPDATE runs SET state = 'waiting', error = ?, due_at = ?, failures = failures + 1 WHERE id = ?"
LET_GO = "UPDATE runs SET state = 'waiting', attempts = attempts - 1 WHERE id = ? AND state = 'running'"
HAVE_AGAIN = """
UPDATE runs SET state = 'waiting', due_at = ?2, attempts = 0, failures = 0, error = NULL, finished_at = NULL,
    progress = CASE WHEN state = 'done' OR ?3 THEN NULL ELSE progress END
"""
RERUN = f"{HAVE_AGAIN} WHERE id = ?1 AND state <> 'running'"
RERUN_ALL = f"{HAVE_AGAIN} WHERE flow = ?1 AND state = 'failed'"
GIVE_UP = """
UPDATE runs SET state = 'canceled', finished_at = ?2
WHERE (state = 'failed' OR ?3 AND state IN ('waiting', 'running'))
"""
DISCARD = f"{GIVE_UP} AND id = ?1"
DISCARD_ALL = f"{GIVE_UP} AND flow = ?1"
BODIES = "SELECT seq, body FROM events"
UNDER_WAY = "SELECT DISTINCT flow FROM runs WHERE state = 'running'"
BEGUN = "SELECT event, flow FROM runs WHERE state = 'running'"
COUNT_RUNS = "SELECT count(*) FROM runs WHERE event = ?"
ERASE = "DELETE FROM events WHERE seq = ?"
RECOVER = "UPDATE runs SET state = 'waiting' WHERE flow = ? AND state = 'running'"
KEPT = "SELECT name, value FROM kept WHERE substr(name, 1, length(?1)) = ?1"
KEEP = "INSERT INTO kept (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
FORGET = "DELETE FROM kept WHERE name = ?"
PRUNE = """
DELETE FROM events WHERE received_at < ?1 AND NOT EXISTS (
    SELECT 1 FROM runs r WHERE r.event = events.seq
        AND (r.state IN ('waiting', 'running', 'failed') OR r.finished_at >= ?1))
"""
