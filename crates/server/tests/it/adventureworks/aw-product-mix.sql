-- Half-years of a fiscal year from July, bike shops and value added resellers: the share of
-- clothing and accessories in all sales picks the rate on all sales.
WITH total AS (
    SELECT
        partner.code AS partner,
        CASE WHEN substr(order_date, 6, 2) < '07'
            THEN (CAST(substr(order_date, 1, 4) AS INTEGER) - 1) || 'H2'
            ELSE substr(order_date, 1, 4) || 'H1'
        END AS period,
        sum(CASE WHEN product.category IN ('Clothing', 'Accessories') THEN amount ELSE 0 END)
            AS mixed,
        sum(amount) AS amount
    FROM line
    JOIN partner USING (reseller_key)
    JOIN product USING (product_key)
    WHERE partner.business_type IN ('Specialty Bike Shop', 'Value Added Reseller')
        AND order_date BETWEEN '2011-07-01' AND '2013-12-31'
    GROUP BY 1, 2
)
SELECT
    partner,
    period,
    (amount * CASE
        WHEN mixed * 100 >= amount * 12 THEN 80
        WHEN mixed * 100 >= amount * 3 THEN 40
        ELSE 0
    END + 500000) / 1000000 AS cents
FROM total
ORDER BY 1, 2;
