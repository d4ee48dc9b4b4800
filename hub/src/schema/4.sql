-- The order that a parcel is a part of, where that comes in several parcels.
ALTER TABLE parcels ADD COLUMN order_id INTEGER;
ALTER TABLE parcels ADD COLUMN order_parcels INTEGER;
