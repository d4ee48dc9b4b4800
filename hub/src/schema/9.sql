-- Since when the thermometer of its compartment was out of its range, the first time that a parcel lay there; none: it never did.
ALTER TABLE parcels ADD COLUMN out_of_range_unix_s INTEGER;

-- The same with it.
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
