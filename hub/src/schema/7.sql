-- What happens around the doors. What a locker runs on and who touched it last; none where it has said nothing.
ALTER TABLE lockers ADD COLUMN supply TEXT;
ALTER TABLE lockers ADD COLUMN supply_unix_s INTEGER;     -- since when, as far as the locker knew
ALTER TABLE lockers ADD COLUMN tampered TEXT;             -- which sensor said so last
ALTER TABLE lockers ADD COLUMN tampered_unix_s INTEGER;

-- Thermometers that are out of their range, until they are back.
CREATE TABLE out_of_range (
    locker INTEGER NOT NULL REFERENCES lockers(id),
    sensor TEXT NOT NULL,
    tenths_c INTEGER,                     -- what it said then; none: nothing
    since_unix_s INTEGER NOT NULL,        -- as far as the locker knew
    PRIMARY KEY (locker, sensor)
) STRICT, WITHOUT ROWID;

CREATE TABLE out_of_range_compartments (
    locker INTEGER NOT NULL,
    sensor TEXT NOT NULL,
    compartment INTEGER NOT NULL,
    PRIMARY KEY (locker, sensor, compartment),
    FOREIGN KEY (locker, sensor) REFERENCES out_of_range(locker, sensor) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Parcels that lay where a thermometer is out of its range, until it is back.
CREATE TABLE out_of_range_parcels (
    locker INTEGER NOT NULL,
    sensor TEXT NOT NULL,
    parcel INTEGER NOT NULL REFERENCES parcels(id) ON DELETE CASCADE,
    PRIMARY KEY (locker, sensor, parcel),
    FOREIGN KEY (locker, sensor) REFERENCES out_of_range(locker, sensor) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX out_of_range_of_parcel ON out_of_range_parcels(parcel);

-- Where in a journal such things stand, for the stories of parcels that lay there then.
CREATE TABLE surroundings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    locker INTEGER NOT NULL REFERENCES lockers(id),
    journal BLOB NOT NULL,
    seq INTEGER NOT NULL,
    received_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX surroundings_of_journal ON surroundings(locker, journal, seq);

-- The temperature that a parcel must be kept at: the lowest and the highest, or neither.
ALTER TABLE parcels ADD COLUMN keep_low_tenths_c INTEGER;
ALTER TABLE parcels ADD COLUMN keep_high_tenths_c INTEGER;
-- Since when the thermometer of its compartment was out of its range, the first time that a parcel lay there; none: it never did.
ALTER TABLE parcels ADD COLUMN out_of_range_unix_s INTEGER;

-- The same with the three of them.
DROP VIEW parcels_now;
CREATE VIEW parcels_now AS
SELECT p.id, p.locker, p.tenant, p.origin, p.label, p.recipient, p.code, p.size, p.retention_s, p.reachable,
    p.pass_expires_unix_s,
    p.known_there OR r.parcel IS NOT NULL AS known_there,
    COALESCE(r.state, p.state) AS state,
    CASE COALESCE(r.state, '') WHEN '' THEN p.compartment WHEN 'inside' THEN r.compartment END AS compartment,
    CASE WHEN r.parcel IS NULL THEN p.out_to ELSE r.out_to END AS out_to,
    p.expired, p.recalled, p.created_unix_s,
    MAX(p.changed_unix_s, COALESCE(r.received_unix_s, 0)) AS changed_unix_s,
    p.order_id, p.order_parcels, p.any_size, p.keep_low_tenths_c, p.keep_high_tenths_c, p.out_of_range_unix_s,
    r.parcel IS NOT NULL AS by_receipt,
    CASE WHEN r.parcel IS NULL THEN p.left_over END AS left_over
FROM parcels AS p LEFT JOIN receipt_places AS r ON r.parcel = p.id
    AND (p.state = 'expected' OR (r.state = 'out' AND p.state IN ('inside', 'doubtful')));
