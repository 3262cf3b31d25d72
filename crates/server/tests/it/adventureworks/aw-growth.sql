-- Calendar quarters of 2012 and 2013 against the same quarter a year before: no award where that
-- was below 2,000; the growth reached rates everything; at most 1,500 a partner and quarter.
WITH total AS (
    SELECT
        reseller_key,
        CAST(substr(order_date, 1, 4) AS INTEGER) AS year,
        (CAST(substr(order_date, 6, 2) AS INTEGER) + 2) / 3 AS quarter,
        sum(amount) AS amount
    FROM line
    GROUP BY 1, 2, 3
)
SELECT
    partner.code AS partner,
    now.year || 'Q' || now.quarter AS period,
    min(
        150000,
        CASE
            WHEN coalesce(before.amount, 0) < 20000000 THEN 0
            WHEN now.amount * 100 >= before.amount * 150 THEN (now.amount * 300 + 500000) / 1000000
            WHEN now.amount * 100 >= before.amount * 125 THEN (now.amount * 150 + 500000) / 1000000
            WHEN now.amount * 100 >= before.amount * 110 THEN (now.amount * 75 + 500000) / 1000000
            ELSE 0
        END
    ) AS cents
FROM total AS now
JOIN partner ON partner.reseller_key = now.reseller_key
LEFT JOIN total AS before
    ON before.reseller_key = now.reseller_key
    AND before.year = now.year - 1
    AND before.quarter = now.quarter
WHERE now.year IN (2012, 2013)
ORDER BY 1, 2;
