-- How often the process has died while this ran. An instance's next episode that is committed sets it to 0.
ALTER TABLE instance ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX instance_crashes ON instance (crashes) WHERE crashes > 0;
CREATE INDEX activity_crashes ON activity (crashes) WHERE crashes > 0;

-- Few are held, and each health probe asks for them.
CREATE INDEX instance_held ON instance (id) WHERE held IS NOT NULL;
