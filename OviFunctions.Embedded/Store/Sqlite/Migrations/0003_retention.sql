-- What retention looks for: completed instances by their end.
CREATE INDEX instance_completed ON instance (updated_at) WHERE status = 1;
