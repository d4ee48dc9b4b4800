-- Returns: parcels that people send from a locker ('return' is an origin, too). Their size may be left to the sender.
ALTER TABLE parcels ADD COLUMN any_size INTEGER NOT NULL DEFAULT 0;
