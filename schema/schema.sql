-- What the migrations come to: drawn by `go test ./schema -update`, never edited.

CREATE TABLE access_tokens (
    tenant     TEXT   NOT NULL,
    token      BYTEA  NOT NULL, -- SHA-256
    grant_id   TEXT   NOT NULL,
    scopes     JSONB  NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, token),
    FOREIGN KEY (tenant, grant_id) REFERENCES grants (tenant, id) ON DELETE CASCADE
);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);
CREATE INDEX access_tokens_grant ON access_tokens (tenant, grant_id);

CREATE TABLE apis (
    tenant     TEXT   NOT NULL REFERENCES tenants (id),
    id         TEXT   NOT NULL,
    identifier TEXT   NOT NULL, -- the audience of its tokens
    name       TEXT   NOT NULL,
    settings   JSONB  NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, identifier)
);

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

CREATE TABLE client_grants (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    api        TEXT   NOT NULL,
    scopes     JSONB  NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, client, api),
    FOREIGN KEY (tenant, client) REFERENCES clients (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, api) REFERENCES apis (tenant, id) ON DELETE CASCADE
);

CREATE TABLE clients (
    tenant     TEXT   NOT NULL REFERENCES tenants (id),
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    settings   JSONB  NOT NULL,
    secret     BYTEA, -- sealed; NULL for a public client
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE codes (
    tenant      TEXT   NOT NULL,
    code        BYTEA  NOT NULL, -- SHA-256
    client      TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    session     TEXT   NOT NULL,
    request     JSONB  NOT NULL, -- redirect URI, challenge, nonce, scopes, audience
    auth_time   BIGINT NOT NULL,
    methods     JSONB  NOT NULL,
    grant_id    TEXT   NOT NULL, -- '' until redeemed
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    redeemed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, code),
    FOREIGN KEY (tenant, client) REFERENCES clients (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE connections (
    tenant     TEXT   NOT NULL REFERENCES tenants (id),
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    strategy   TEXT   NOT NULL,
    settings   JSONB  NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
);

CREATE TABLE consents (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    audience   TEXT   NOT NULL,
    scopes     JSONB  NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, user_id, client, audience),
    FOREIGN KEY (tenant, client) REFERENCES clients (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);

CREATE TABLE console_sessions (
    tenant     TEXT   NOT NULL,
    token      BYTEA  NOT NULL, -- SHA-256
    user_id    TEXT   NOT NULL,
    session    TEXT   NOT NULL, -- the sign-in (sid) it came from
    id_token   BYTEA  NOT NULL, -- sealed, for logout
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, token),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX console_sessions_expiry ON console_sessions (expires_at);

CREATE TABLE grants (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    client       TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    session      TEXT   NOT NULL,
    audience     TEXT   NOT NULL,
    scopes       JSONB  NOT NULL,
    auth_time    BIGINT NOT NULL,
    methods      JSONB  NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL, -- when its last token has ended
    revoked_at   BIGINT NOT NULL,
    reason       TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client) REFERENCES clients (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX grants_expiry ON grants (expires_at);
CREATE INDEX grants_session ON grants (tenant, session);
CREATE INDEX grants_user ON grants (tenant, user_id);

CREATE TABLE identities (
    tenant     TEXT    NOT NULL,
    connection TEXT    NOT NULL, -- the connection's id
    account    TEXT    NOT NULL, -- the user's id at the provider
    provider   TEXT    NOT NULL, -- auth0, google-oauth2, …
    user_id    TEXT    NOT NULL,
    email_key  TEXT, -- the sign-in name in a database connection, else NULL
    social     BOOLEAN NOT NULL,
    profile    JSONB   NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant, connection, account),
    UNIQUE (tenant, connection, email_key),
    FOREIGN KEY (tenant, connection) REFERENCES connections (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX identities_user ON identities (tenant, user_id);

CREATE TABLE installation (
    name  TEXT  NOT NULL PRIMARY KEY,
    value JSONB NOT NULL
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
CREATE UNIQUE INDEX journal_position ON journal (position) WHERE position IS NOT NULL;
CREATE INDEX journal_tenant ON journal (tenant, position) WHERE position IS NOT NULL;
CREATE INDEX journal_unsealed ON journal (id) WHERE position IS NULL;

CREATE TABLE journal_blocks (
    block  BIGINT NOT NULL PRIMARY KEY,
    hashes BYTEA  NOT NULL
);

CREATE TABLE journal_checkpoints (
    size BIGINT NOT NULL PRIMARY KEY, -- how many events it covers
    at   BIGINT NOT NULL,
    note TEXT   NOT NULL -- the signed checkpoint
);

CREATE TABLE journal_cursors (
    listener TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL, -- the next position to hear
    attempts BIGINT NOT NULL,
    error    TEXT   NOT NULL
);

CREATE TABLE journal_reports (
    at       BIGINT  NOT NULL PRIMARY KEY,
    verified BIGINT  NOT NULL,
    sound    BOOLEAN NOT NULL,
    finding  TEXT    NOT NULL
);

CREATE TABLE journeys (
    tenant     TEXT   NOT NULL,
    id         BYTEA  NOT NULL, -- SHA-256 of the state in the page's address
    browser    BYTEA  NOT NULL, -- SHA-256 of the journey cookie
    client     TEXT   NOT NULL,
    request    BYTEA  NOT NULL, -- the sealed authorization request
    stage      JSONB  NOT NULL, -- what has been settled
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client) REFERENCES clients (tenant, id) ON DELETE CASCADE
);
CREATE INDEX journeys_expiry ON journeys (expires_at);

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
CREATE INDEX keys_retired ON keys (retired_at) WHERE retired_at <> 0;
CREATE INDEX keys_subject ON keys (tenant, subject) WHERE subject <> '';
CREATE UNIQUE INDEX keys_version ON keys (tenant, level, namespace, subject, version);

CREATE TABLE leases (
    name   TEXT   NOT NULL PRIMARY KEY,
    holder TEXT   NOT NULL,
    fence  BIGINT NOT NULL,
    until  BIGINT NOT NULL
);

CREATE TABLE limit_buckets (
    bucket TEXT   NOT NULL PRIMARY KEY,
    tat    BIGINT NOT NULL -- theoretical arrival time (GCRA)
);

CREATE TABLE login_failures (
    tenant        TEXT   NOT NULL,
    account       BYTEA  NOT NULL, -- HMAC of connection and address: it may name nobody
    ip            TEXT   NOT NULL,
    failures      BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, account, ip)
);
CREATE INDEX login_failures_last ON login_failures (last_at);

CREATE TABLE one_time_links (
    tenant     TEXT   NOT NULL,
    token      BYTEA  NOT NULL, -- SHA-256
    purpose    TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, token)
);
CREATE INDEX one_time_links_expiry ON one_time_links (expires_at);

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
CREATE INDEX outbox_created ON outbox (created_at);
CREATE INDEX outbox_tenant ON outbox (tenant, created_at);

CREATE TABLE passwords (
    tenant     TEXT   NOT NULL,
    connection TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    algorithm  TEXT   NOT NULL,
    cost       BIGINT NOT NULL,
    set_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, account),
    FOREIGN KEY (tenant, connection, account) REFERENCES identities (tenant, connection, account) ON DELETE CASCADE
);

CREATE TABLE refresh_tokens (
    tenant     TEXT   NOT NULL,
    token      BYTEA  NOT NULL, -- SHA-256
    grant_id   TEXT   NOT NULL,
    issued_at  BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL, -- 0 while it is the family's newest
    PRIMARY KEY (tenant, token),
    FOREIGN KEY (tenant, grant_id) REFERENCES grants (tenant, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (tenant, grant_id);

CREATE TABLE revoked_tokens (
    tenant     TEXT   NOT NULL,
    jti        TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, jti)
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

CREATE TABLE sessions (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    token      BYTEA  NOT NULL, -- SHA-256 of the cookie's value
    user_id    TEXT   NOT NULL,
    auth_time  BIGINT NOT NULL,
    methods    JSONB  NOT NULL, -- amr (RFC 8176)
    ip         TEXT   NOT NULL,
    user_agent TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, token),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_user ON sessions (tenant, user_id);

CREATE TABLE signing_keys (
    tenant     TEXT   NOT NULL REFERENCES tenants (id),
    id         TEXT   NOT NULL, -- the kid
    algorithm  TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- next, current, previous, revoked
    public     JSONB  NOT NULL, -- the JWK (RFC 7517)
    private    BYTEA  NOT NULL, -- PKCS #8, sealed
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE staff_grants (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    granted_by TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- 0 never
    revoked_at BIGINT NOT NULL,
    revoked_by TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX staff_grants_user ON staff_grants (tenant, user_id);

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

CREATE TABLE tenants (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    host       TEXT   NOT NULL UNIQUE, -- without port
    settings   JSONB  NOT NULL,
    generation BIGINT NOT NULL, -- grows with every change of settings, clients, APIs, grants, connections or keys
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE users (
    tenant         TEXT    NOT NULL REFERENCES tenants (id),
    id             TEXT    NOT NULL, -- provider|id of the first identity
    email          TEXT    NOT NULL,
    email_key      TEXT    NOT NULL, -- folded
    email_verified BOOLEAN NOT NULL,
    name           TEXT    NOT NULL,
    given_name     TEXT    NOT NULL,
    family_name    TEXT    NOT NULL,
    nickname       TEXT    NOT NULL,
    picture        TEXT    NOT NULL,
    user_metadata  JSONB   NOT NULL,
    app_metadata   JSONB   NOT NULL,
    blocked        BOOLEAN NOT NULL,
    logins_count   BIGINT  NOT NULL,
    last_login     BIGINT  NOT NULL,
    last_ip        TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX users_email ON users (tenant, email_key);
