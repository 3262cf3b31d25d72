-- Room for what is merged under this number.
SELECT 1;
