-- Room for a step that is built beside this one.
SELECT 1;
