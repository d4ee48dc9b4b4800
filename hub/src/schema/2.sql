-- A locker has one session at a time, and says one hello in it. Which of the open ones began last was not kept.
DELETE FROM tokens;
ALTER TABLE tokens ADD COLUMN hello_hash BLOB; -- of the one hello that was answered
ALTER TABLE tokens ADD COLUMN answer BLOB;     -- what it was answered
