-- Calendar years, partners of the territories France, Germany and United Kingdom, lines without a
-- promotion; every band rates its own slice of the year's sales, from 5,000, 25,000 and 100,000.
WITH total AS (
    SELECT
        partner.code AS partner,
        substr(order_date, 1, 4) AS period,
        sum(amount) AS amount
    FROM line
    JOIN partner USING (reseller_key)
    WHERE partner.sales_territory_key IN (7, 8, 10)
        AND line.promotion_key = 1
        AND order_date BETWEEN '2011-01-01' AND '2013-12-31'
    GROUP BY 1, 2
)
SELECT
    partner,
    period,
    (
        max(min(amount, 250000000) - 50000000, 0) * 75
        + max(min(amount, 1000000000) - 250000000, 0) * 125
        + max(amount - 1000000000, 0) * 225
        + 500000
    ) / 1000000 AS cents
FROM total
ORDER BY 1, 2;
