-- Between an observed close and the end of its reopen window: what was taken out may be back.
ALTER TABLE compartments ADD COLUMN reopen INTEGER NOT NULL DEFAULT 0;

-- Why a courier brought a parcel and took it away again.
ALTER TABLE parcels ADD COLUMN left_over TEXT;

-- What phones brought from lockers, each receipt once.
CREATE TABLE receipts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,                 -- of the last event that it tells of
    hash BLOB NOT NULL UNIQUE,            -- of what it says
    kind TEXT NOT NULL,
    unix_s INTEGER NOT NULL,              -- when it was made, as far as the locker knew
    standing TEXT NOT NULL,               -- 'ahead', 'held' or 'contradicted'
    received_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX receipts_of_locker ON receipts(locker, id);
CREATE INDEX receipts_ahead ON receipts(locker, journal, seq) WHERE standing = 'ahead';

CREATE TABLE receipt_moves (
    receipt INTEGER NOT NULL REFERENCES receipts(id) ON DELETE CASCADE,
    parcel INTEGER NOT NULL,
    compartment INTEGER NOT NULL,
    what TEXT NOT NULL                    -- 'in' or 'out'
) STRICT;
CREATE INDEX moves_of_receipt ON receipt_moves(receipt);

-- Where receipts say that parcels are, until the locker's own events have come as far. At most one place a parcel.
CREATE TABLE receipt_places (
    parcel INTEGER PRIMARY KEY REFERENCES parcels(id) ON DELETE CASCADE,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,                  -- 'inside' or 'out'
    compartment INTEGER NOT NULL,         -- where it is, or came out of
    out_to TEXT,
    received_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_places_of_locker ON receipt_places(locker, journal, seq);

-- Parcels with what receipts say on top of the books. An event outranks a receipt: what the books have placed, a receipt can
-- only take out, and what has left stays away.
CREATE VIEW parcels_now AS
SELECT p.id, p.locker, p.tenant, p.origin, p.label, p.recipient, p.code, p.size, p.retention_s, p.reachable,
    p.pass_expires_unix_s,
    p.known_there OR r.parcel IS NOT NULL AS known_there,
    COALESCE(r.state, p.state) AS state,
    CASE COALESCE(r.state, '') WHEN '' THEN p.compartment WHEN 'inside' THEN r.compartment END AS compartment,
    CASE WHEN r.parcel IS NULL THEN p.out_to ELSE r.out_to END AS out_to,
    p.expired, p.recalled, p.created_unix_s,
    MAX(p.changed_unix_s, COALESCE(r.received_unix_s, 0)) AS changed_unix_s,
    p.order_id, p.order_parcels, p.any_size,
    r.parcel IS NOT NULL AS by_receipt,
    CASE WHEN r.parcel IS NULL THEN p.left_over END AS left_over
FROM parcels AS p LEFT JOIN receipt_places AS r ON r.parcel = p.id
    AND (p.state = 'expected' OR (r.state = 'out' AND p.state IN ('inside', 'doubtful')));

-- What the lockers' events moved, for receipts to be held against.
CREATE TABLE moves (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,
    parcel INTEGER NOT NULL,
    compartment INTEGER NOT NULL,
    what TEXT NOT NULL,                   -- 'in' or 'out'
    received_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX moves_of_parcel ON moves(parcel, journal, seq);

-- Up to this number, what a journal moved was not kept.
ALTER TABLE journals ADD COLUMN moves_from INTEGER NOT NULL DEFAULT 0;
UPDATE journals SET moves_from = held;

-- Cases: their place in the journal, whose parcels they are about, and how they were answered.
ALTER TABLE cases ADD COLUMN seq INTEGER;

CREATE TABLE case_parcels (
    case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE,
    parcel INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    PRIMARY KEY (case_id, parcel)
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_of_tenant ON case_parcels(tenant, case_id);

CREATE TABLE case_answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE,
    answer BLOB NOT NULL,
    tenant INTEGER,                       -- who answered; none: an operator
    given_unix_s INTEGER NOT NULL,
    standing TEXT,                        -- 'applied' or 'refused' by the locker
    why TEXT
) STRICT;
CREATE INDEX answers_of_case ON case_answers(case_id);
