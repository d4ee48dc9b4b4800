-- The locker answered another change than this hub gave under its number: its cursor tells nothing.
ALTER TABLE lockers ADD COLUMN mixed_up INTEGER NOT NULL DEFAULT 0;
