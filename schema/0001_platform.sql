-- +goose Up

-- Facts about this installation: the tuned password cost, the set-up state.
CREATE TABLE installation (
    name  TEXT  NOT NULL PRIMARY KEY,
    value JSONB NOT NULL
);

-- The key hierarchy. A row holds one key, wrapped by its parent: a tenant key
-- (namespace and subject empty) by the root, a namespace key by the tenant key,
-- a data key (subject set, or '' for the namespace's own) by the namespace key.
CREATE TABLE keys (
    id           TEXT   NOT NULL PRIMARY KEY,
    tenant       TEXT   NOT NULL,
    level        TEXT   NOT NULL, -- tenant, namespace, data
    namespace    TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    parent       TEXT   NOT NULL, -- a key's id, or the root's name
    wrapped      BYTEA, -- NULL once destroyed
    created_at   BIGINT NOT NULL,
    retired_at   BIGINT NOT NULL, -- 0 while new values are sealed with it
    destroyed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX keys_version ON keys (tenant, level, namespace, subject, version);
CREATE INDEX keys_subject ON keys (tenant, subject) WHERE subject <> '';
CREATE INDEX keys_retired ON keys (retired_at) WHERE retired_at <> 0;

-- The audit trail of record. A row is written unsealed in the transaction of
-- the change it tells of; the sealer gives it its dense position. There is no
-- index that sealing does not need: this is the hottest table.
CREATE TABLE journal (
    id       TEXT   NOT NULL, -- ordered by time
    tenant   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    actor    TEXT   NOT NULL, -- the actor's id
    object   TEXT   NOT NULL, -- the object's id
    subject  TEXT   NOT NULL, -- whose key the payload is sealed with
    salt     BYTEA  NOT NULL,
    payload  BYTEA  NOT NULL, -- the sealed envelope
    position BIGINT -- NULL until sealed, then dense from 0
);
CREATE INDEX journal_unsealed ON journal (id) WHERE position IS NULL;
CREATE UNIQUE INDEX journal_position ON journal (position) WHERE position IS NOT NULL;
CREATE INDEX journal_tenant ON journal (tenant, position) WHERE position IS NOT NULL;

-- The transparency log's stored hashes (golang.org/x/mod/sumdb/tlog), in
-- blocks of 256 so that sealing writes few rows.
CREATE TABLE journal_blocks (
    block  BIGINT NOT NULL PRIMARY KEY,
    hashes BYTEA  NOT NULL
);

CREATE TABLE journal_checkpoints (
    size BIGINT NOT NULL PRIMARY KEY, -- how many events it covers
    at   BIGINT NOT NULL,
    note TEXT   NOT NULL -- the signed checkpoint
);

-- What has been found out about the journal as a whole: the last verification.
CREATE TABLE journal_reports (
    at       BIGINT  NOT NULL PRIMARY KEY,
    verified BIGINT  NOT NULL,
    sound    BOOLEAN NOT NULL,
    finding  TEXT    NOT NULL
);

CREATE TABLE journal_cursors (
    listener TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL, -- the next position to hear
    attempts BIGINT NOT NULL,
    error    TEXT   NOT NULL
);

-- Who may do a duty now. The fence grows with every new holder, so that a
-- holder that was only asleep finds out.
CREATE TABLE leases (
    name   TEXT   NOT NULL PRIMARY KEY,
    holder TEXT   NOT NULL,
    fence  BIGINT NOT NULL,
    until  BIGINT NOT NULL
);

CREATE TABLE job_runs (
    name        TEXT   NOT NULL PRIMARY KEY,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    runs        BIGINT NOT NULL,
    failures    BIGINT NOT NULL, -- in a row
    error       TEXT   NOT NULL
);

CREATE TABLE tasks (
    id          TEXT   NOT NULL PRIMARY KEY,
    queue       TEXT   NOT NULL,
    payload     JSONB  NOT NULL,
    state       TEXT   NOT NULL, -- waiting, done, failed
    due_at      BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    fence       BIGINT NOT NULL,
    error       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL
);
CREATE INDEX tasks_due ON tasks (queue, due_at) WHERE state = 'waiting';
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE state <> 'waiting';

CREATE TABLE check_results (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    summary    TEXT   NOT NULL,
    population BIGINT NOT NULL,
    failures   JSONB  NOT NULL,
    facts      JSONB  NOT NULL,
    definition TEXT   NOT NULL -- hash of what was checked
);
CREATE INDEX check_results_latest ON check_results (name, at);

-- Mail on its way and mail that was sent. The body is sealed: it holds links
-- that sign somebody in.
CREATE TABLE outbox (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body       BYTEA  NOT NULL,
    state      TEXT   NOT NULL, -- waiting, sent, kept (no mail server), failed
    error      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX outbox_tenant ON outbox (tenant, created_at);
CREATE INDEX outbox_created ON outbox (created_at);

-- Rate-limit buckets, written now and then so that they survive a restart.
CREATE TABLE limit_buckets (
    bucket TEXT   NOT NULL PRIMARY KEY,
    tat    BIGINT NOT NULL -- theoretical arrival time (GCRA)
);
