-- +goose Up

CREATE TABLE tenants (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    host       TEXT   NOT NULL UNIQUE, -- without port
    settings   JSONB  NOT NULL,
    generation BIGINT NOT NULL, -- grows with every change of settings, clients, APIs, grants, connections or keys
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
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

-- The accounts of a user: one row for each place it can come from.
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
CREATE INDEX sessions_user ON sessions (tenant, user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- What a user has let an application do. Every token descends from one grant,
-- and ends with it: this is the refresh-token family.
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
CREATE INDEX grants_user ON grants (tenant, user_id);
CREATE INDEX grants_session ON grants (tenant, session);
CREATE INDEX grants_expiry ON grants (expires_at);

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

-- Opaque access tokens. JWTs are not stored.
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
CREATE INDEX access_tokens_grant ON access_tokens (tenant, grant_id);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

-- JWTs that were revoked before their time, until that time.
CREATE TABLE revoked_tokens (
    tenant     TEXT   NOT NULL,
    jti        TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, jti)
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

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
