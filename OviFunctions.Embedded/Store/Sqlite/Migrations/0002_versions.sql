ALTER TABLE instance ADD COLUMN version TEXT;     -- null: unversioned
ALTER TABLE instance ADD COLUMN held TEXT;        -- why it is not run; null: it is
