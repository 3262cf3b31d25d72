-- What was said at a close, kept for the audit.
ALTER TABLE closing ADD COLUMN comment text;
