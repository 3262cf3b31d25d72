-- Quarters of a fiscal year from April; the tier reached by units rates all sales.
WITH total AS (
    SELECT
        reseller_key,
        -- January to March belong to the fiscal year before.
        CASE WHEN substr(order_date, 6, 2) < '04'
            THEN CAST(substr(order_date, 1, 4) AS INTEGER) - 1
            ELSE CAST(substr(order_date, 1, 4) AS INTEGER)
        END AS fiscal_year,
        (CAST(substr(order_date, 6, 2) AS INTEGER) + 8) % 12 / 3 + 1 AS quarter,
        sum(quantity) AS units,
        sum(amount) AS amount
    FROM line
    WHERE order_date BETWEEN '2011-04-01' AND '2013-12-31'
    GROUP BY 1, 2, 3
)
SELECT
    partner.code AS partner,
    fiscal_year || 'Q' || quarter AS period,
    -- Amounts of 1/10000 dollar by rates in 1/10000: cents are a millionth of the product.
    (amount * CASE
        WHEN units >= 250 THEN 250
        WHEN units >= 100 THEN 175
        WHEN units >= 30 THEN 100
        ELSE 0
    END + 500000) / 1000000 AS cents
FROM total
JOIN partner USING (reseller_key)
ORDER BY 1, 2;
