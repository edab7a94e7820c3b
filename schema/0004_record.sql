-- +goose Up

-- Who of the operator's people may do what, why and until when. A grant is
-- never deleted: it expires or is revoked.
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

-- Links that work once: the first administrator's set-up, the recovery of one.
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

-- The console's own sessions: it is an OIDC client of this server.
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
