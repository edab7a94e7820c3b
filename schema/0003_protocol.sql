-- +goose Up

-- An authorization request that waits for a person.
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

-- Failed sign-ins for an account from an address, and the block they led to.
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
