"""The statements of the store in PostgreSQL. ``connector/flows/store.py`` has the rules that they keep."""

from typing import LiteralString

RUNNERS = 0x05107F10
"""The class of the advisory locks that runners hold; the other half is the runner's number."""

SCHEMA: LiteralString = """
SELECT pg_advisory_xact_lock(84893456);
CREATE SCHEMA IF NOT EXISTS openslot_flows;
CREATE TABLE IF NOT EXISTS openslot_flows.events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    name text NOT NULL,
    about text NOT NULL,
    body bytea NOT NULL,
    received_at double precision NOT NULL
);
CREATE INDEX IF NOT EXISTS events_about ON openslot_flows.events (about, name);
CREATE TABLE IF NOT EXISTS openslot_flows.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event bigint NOT NULL REFERENCES openslot_flows.events (seq) ON DELETE CASCADE,
    flow text NOT NULL,
    handler text NOT NULL,
    about text NOT NULL,
    state text NOT NULL,
    is_delayed boolean NOT NULL,
    due_at double precision NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    runner integer,
    error text,
    progress text,
    finished_at double precision,
    UNIQUE (event, flow, handler)
);
CREATE INDEX IF NOT EXISTS runs_unfinished ON openslot_flows.runs (flow, due_at, id)
    WHERE state IN ('waiting', 'running');
CREATE INDEX IF NOT EXISTS runs_order ON openslot_flows.runs (flow, about, event)
    WHERE state IN ('waiting', 'running') AND NOT is_delayed;
CREATE TABLE IF NOT EXISTS openslot_flows.kept (name text PRIMARY KEY, value text NOT NULL);
"""

INSERT_EVENT: LiteralString = """
WITH made AS (
    INSERT INTO openslot_flows.events (id, name, about, body, received_at)
    VALUES (%(id)s, %(name)s, %(about)s, %(body)s, %(received_at)s) ON CONFLICT DO NOTHING RETURNING seq
)
SELECT seq FROM made UNION ALL SELECT seq FROM openslot_flows.events WHERE id = %(id)s LIMIT 1
"""
SEQ: LiteralString = "SELECT seq FROM openslot_flows.events WHERE id = %s"
# What is about one invitee is taken in one after the other, so that created and canceled see each other.
LINE_UP: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))"
# Where it has the lock already it gets it once more. Where a connection that broke has it still, that will do: the next
# attempt is a moment later.
SHOW_ALIVE: LiteralString = "SELECT pg_try_advisory_lock(%s, %s)"
LOCK: LiteralString = "SELECT pg_advisory_lock(hashtextextended(%s, 5))"
UNLOCK: LiteralString = "SELECT pg_advisory_unlock(hashtextextended(%s, 5))"
INSERT_RUN: LiteralString = """
INSERT INTO openslot_flows.runs (event, flow, handler, about, is_delayed, due_at, state)
SELECT %(seq)s, %(flow)s, %(handler)s, %(about)s, %(is_delayed)s, %(due_at)s,
    CASE WHEN %(is_delayed)s AND EXISTS (
        SELECT 1 FROM openslot_flows.events
        WHERE about = %(about)s AND name = 'invitee.canceled' AND seq <> %(seq)s
    ) THEN 'canceled' ELSE 'waiting' END
ON CONFLICT DO NOTHING
"""
END_DELAYED: LiteralString = """
UPDATE openslot_flows.runs SET state = 'canceled', finished_at = %s
WHERE about = %s AND flow = %s AND is_delayed AND state = 'waiting' AND event < %s
"""
TAKE_CHARGE: LiteralString = "SELECT pg_advisory_lock_shared(hashtextextended(%s, 6))"
LET_ALL_GO: LiteralString = "SELECT pg_advisory_unlock_all()"
# Nobody waits for what is had here, and it is let go with the transaction.
NOBODY_HAS_CHARGE: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 6))"
IS_ALIVE: LiteralString = """
EXISTS (
    SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = %(runners)s AND l.objid = r.runner::oid)
"""
IS_FREE: LiteralString = f"""
r.flow = %(flow)s AND r.id <> ALL(%(under_way)s::bigint[])
AND (r.state = 'waiting' OR r.state = 'running' AND (r.runner = %(runner)s OR NOT {IS_ALIVE}))
AND (r.is_delayed OR NOT EXISTS (
    SELECT 1 FROM openslot_flows.runs earlier
    WHERE earlier.flow = r.flow AND earlier.about = r.about AND earlier.event < r.event
        AND NOT earlier.is_delayed AND earlier.state IN ('waiting', 'running')))
"""
FIELDS: LiteralString = """
r.id, r.flow, r.handler, r.state, e.id AS event_id, e.name AS event, r.about, e.body, e.received_at, r.due_at,
r.finished_at, r.attempts, r.failures, r.error, r.progress
"""
CLAIM: LiteralString = f"""
WITH due AS (
    SELECT r.id FROM openslot_flows.runs r WHERE {IS_FREE} AND r.due_at <= %(now)s
    ORDER BY r.due_at, r.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE openslot_flows.runs r SET state = 'running', attempts = attempts + 1, runner = %(runner)s
FROM openslot_flows.events e WHERE r.id IN (SELECT id FROM due) AND e.seq = r.event
RETURNING {FIELDS}
"""
NEXT_DUE: LiteralString = f"SELECT min(r.due_at) FROM openslot_flows.runs r WHERE {IS_FREE}"
LIST: LiteralString = f"""
SELECT {FIELDS} FROM openslot_flows.runs r JOIN openslot_flows.events e ON e.seq = r.event
WHERE (%(state)s::text IS NULL OR r.state = %(state)s) AND (%(flow)s::text IS NULL OR r.flow = %(flow)s)
ORDER BY r.id DESC LIMIT %(limit)s
"""
FIND: LiteralString = f"""
SELECT {FIELDS} FROM openslot_flows.runs r JOIN openslot_flows.events e ON e.seq = r.event WHERE r.id = %s
"""
BACKLOG: LiteralString = """
SELECT flow, count(*) FILTER (WHERE state <> 'failed') AS waiting, count(*) FILTER (WHERE state = 'failed') AS failed
FROM openslot_flows.runs WHERE state IN ('waiting', 'running', 'failed') GROUP BY flow ORDER BY flow
"""
# A runner that has lost its lock, and with it the run, can't change it any more; that it is done counts all the same.
NOTE: LiteralString = "UPDATE openslot_flows.runs SET progress = %s WHERE id = %s AND runner = %s"
DONE: LiteralString = """
UPDATE openslot_flows.runs SET state = 'done', error = NULL, finished_at = %s, runner = NULL WHERE id = %s
"""
FAILED: LiteralString = """
UPDATE openslot_flows.runs SET state = 'failed', error = %s, finished_at = %s, failures = failures + 1, runner = NULL
WHERE id = %s AND runner = %s AND state = 'running'
"""
AGAIN: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', error = %s, due_at = %s, failures = failures + 1, runner = NULL
WHERE id = %s AND runner = %s AND state = 'running'
"""
LET_GO: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', attempts = attempts - 1, runner = NULL
WHERE id = %s AND runner = %s AND state = 'running'
"""
HAVE_AGAIN: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', due_at = %(now)s, attempts = 0, failures = 0, error = NULL,
    finished_at = NULL, progress = CASE WHEN state = 'done' OR %(from_start)s THEN NULL ELSE progress END
"""
RERUN: LiteralString = f"{HAVE_AGAIN} WHERE id = %(run)s AND state <> 'running'"
RERUN_ALL: LiteralString = f"{HAVE_AGAIN} WHERE flow = %(flow)s AND state = 'failed'"
GIVE_UP: LiteralString = """
UPDATE openslot_flows.runs SET state = 'canceled', finished_at = %(now)s, runner = NULL
WHERE (state = 'failed' OR %(unfinished)s AND state IN ('waiting', 'running'))
"""
DISCARD: LiteralString = f"{GIVE_UP} AND id = %(run)s"
DISCARD_ALL: LiteralString = f"{GIVE_UP} AND flow = %(flow)s"
BODIES: LiteralString = "SELECT seq, body FROM openslot_flows.events"
HOLD_RUNS: LiteralString = "SELECT id FROM openslot_flows.runs WHERE event = ANY(%s) FOR UPDATE"
BEGUN: LiteralString = f"""
SELECT DISTINCT r.event FROM openslot_flows.runs r
WHERE r.event = ANY(%(events)s) AND r.state = 'running' AND {IS_ALIVE}
"""
COUNT_RUNS: LiteralString = "SELECT count(*) FROM openslot_flows.runs WHERE event = ANY(%s)"
ERASE: LiteralString = "DELETE FROM openslot_flows.events WHERE seq = ANY(%s)"
KEPT: LiteralString = "SELECT name, value FROM openslot_flows.kept WHERE starts_with(name, %s)"
KEEP: LiteralString = """
INSERT INTO openslot_flows.kept (name, value) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
FORGET: LiteralString = "DELETE FROM openslot_flows.kept WHERE name = %s"
PRUNE: LiteralString = """
DELETE FROM openslot_flows.events e WHERE received_at < %(before)s AND NOT EXISTS (
    SELECT 1 FROM openslot_flows.runs r WHERE r.event = e.seq
        AND (r.state IN ('waiting', 'running', 'failed') OR r.finished_at >= %(before)s))
"""
