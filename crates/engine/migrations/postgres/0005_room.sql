-- Rows that change with every batch leave room on their pages, so that a change stays on its page
-- and touches no index.
ALTER TABLE total SET (fillfactor = 70);
ALTER TABLE accrued SET (fillfactor = 70);
ALTER TABLE balance SET (fillfactor = 70);
