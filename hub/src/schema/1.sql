-- Numbers that a locker or the hub draws from all 64 bits are stored as the signed number of the same bits.

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE user_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    tenant INTEGER,                       -- none: an operator's
    hash BLOB NOT NULL UNIQUE,
    created_unix_s INTEGER NOT NULL,
    revoked_unix_s INTEGER
) STRICT;

CREATE TABLE lockers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    claim_hash BLOB NOT NULL UNIQUE,
    claim_secret BLOB,                    -- until it is used
    claimed_unix_s INTEGER NOT NULL,
    enrolled_unix_s INTEGER,
    request_hash BLOB,                    -- of the one request that was answered
    answer BLOB,                          -- what it was answered
    journal_key BLOB,
    code_key BLOB,
    journal BLOB,                         -- the current one
    history_cut INTEGER NOT NULL DEFAULT 0,
    version TEXT,
    last_seen_unix_s INTEGER,
    generation INTEGER NOT NULL DEFAULT 1,
    base INTEGER NOT NULL DEFAULT 0,      -- this generation's changes follow this number
    newest INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0, -- the highest number that ever left the hub
    cursor INTEGER NOT NULL DEFAULT 0     -- the last number that the locker said it had handled
) STRICT;

CREATE TABLE used_nonces (
    nonce BLOB PRIMARY KEY,
    expires_unix_s INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    nonce BLOB NOT NULL,
    expires_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_of_locker ON tokens(locker, expires_unix_s);

CREATE TABLE changes (
    locker INTEGER NOT NULL REFERENCES lockers(id),
    generation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    change BLOB NOT NULL,
    parcel INTEGER,
    created_unix_s INTEGER NOT NULL,
    answer TEXT,                          -- 'applied' or 'refused'
    why TEXT,
    PRIMARY KEY (locker, generation, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_of_parcel ON changes(parcel) WHERE parcel IS NOT NULL;

CREATE TABLE journals (
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    head_hash BLOB NOT NULL,
    forked INTEGER NOT NULL DEFAULT 0,
    begun_unix_s INTEGER NOT NULL,
    PRIMARY KEY (locker, journal)
) STRICT;

CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    bytes BLOB NOT NULL,
    received_unix_s INTEGER NOT NULL,
    UNIQUE (locker, journal, seq)
) STRICT;
CREATE INDEX entries_of_locker ON entries(locker, id);

-- Entries that contradict what is held of the same journal: both sides are kept.
CREATE TABLE forked_entries (
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    bytes BLOB NOT NULL,
    received_unix_s INTEGER NOT NULL,
    PRIMARY KEY (locker, journal, seq, hash)
) STRICT;

-- Entries that are held, but whose meaning the books could not take.
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,
    why TEXT NOT NULL,
    received_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX set_aside_of_locker ON set_aside(locker, id);

CREATE TABLE recipients (
    tenant INTEGER NOT NULL,
    reference BLOB NOT NULL,              -- keyed hash of the tenant's own word for the person
    recipient INTEGER NOT NULL,
    PRIMARY KEY (tenant, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX references_of_recipient ON recipients(recipient);

CREATE TABLE parcels (
    id INTEGER PRIMARY KEY,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    tenant INTEGER NOT NULL,
    origin TEXT NOT NULL,                 -- 'announced', 'deposit_pass' or 'unannounced'
    label TEXT NOT NULL,
    label_tag INTEGER NOT NULL,
    recipient INTEGER,
    code BLOB,
    size TEXT NOT NULL,
    retention_s INTEGER,
    waited_s INTEGER NOT NULL DEFAULT 0,  -- collectable seconds so far
    reachable INTEGER NOT NULL,
    pass_expires_unix_s INTEGER,          -- of its deposit pass
    known_there INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'expected',
    compartment INTEGER,
    out_to TEXT,
    expired INTEGER NOT NULL DEFAULT 0,
    recalled INTEGER NOT NULL DEFAULT 0,
    told TEXT,                            -- what webhooks were last told: 'inside' or 'out'
    created_unix_s INTEGER NOT NULL,
    changed_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX parcels_of_locker ON parcels(locker, state, id);
CREATE INDEX parcels_of_tenant ON parcels(tenant, id);
CREATE INDEX parcels_by_label ON parcels(locker, tenant, label);

CREATE TABLE compartments (
    locker INTEGER NOT NULL REFERENCES lockers(id),
    compartment INTEGER NOT NULL,
    contents TEXT NOT NULL DEFAULT 'unknown',
    in_service INTEGER NOT NULL DEFAULT 1,
    out_why TEXT,
    changed_unix_s INTEGER NOT NULL,
    PRIMARY KEY (locker, compartment)
) STRICT, WITHOUT ROWID;

-- What a compartment holds, or may hold where its contents are unknown.
CREATE TABLE compartment_parcels (
    locker INTEGER NOT NULL,
    compartment INTEGER NOT NULL,
    parcel INTEGER NOT NULL,
    PRIMARY KEY (locker, compartment, parcel)
) STRICT, WITHOUT ROWID;

-- Openings that have begun and not ended. They outlive the journal in which they began.
CREATE TABLE openings (
    locker INTEGER NOT NULL,
    opening INTEGER NOT NULL,
    compartment INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    entitled BLOB NOT NULL,
    goes_in BLOB NOT NULL,
    comes_out BLOB NOT NULL,
    PRIMARY KEY (locker, opening)
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    number INTEGER NOT NULL,              -- the locker's own
    problem TEXT NOT NULL,
    compartment INTEGER NOT NULL,
    opening INTEGER,
    raised_unix_s INTEGER NOT NULL,       -- as far as the locker knew
    received_unix_s INTEGER NOT NULL,
    UNIQUE (locker, journal, number)
) STRICT;

CREATE TABLE staff (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    role TEXT NOT NULL,
    created_unix_s INTEGER NOT NULL,
    expires_unix_s INTEGER NOT NULL,
    revoked_unix_s INTEGER
) STRICT;

CREATE TABLE staff_lockers (
    staff INTEGER NOT NULL REFERENCES staff(id),
    locker INTEGER NOT NULL REFERENCES lockers(id),
    pin BLOB,
    PRIMARY KEY (staff, locker)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_of_locker ON staff_lockers(locker);

CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER,                       -- none: an operator's, told of everything
    url TEXT NOT NULL,
    secret BLOB NOT NULL,
    created_unix_s INTEGER NOT NULL,
    lost INTEGER NOT NULL DEFAULT 0       -- messages given up after the last try, or for want of room
) STRICT;

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook INTEGER NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
    message TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries(due_unix_s);
CREATE INDEX deliveries_of_webhook ON deliveries(webhook);
