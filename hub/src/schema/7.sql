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
