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
