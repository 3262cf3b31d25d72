-- Calendar quarters, clothing: 0.35 a piece, at least 5.00 and at most 60.00 an award.
SELECT
    partner.code AS partner,
    substr(order_date, 1, 4) || 'Q' || ((CAST(substr(order_date, 6, 2) AS INTEGER) + 2) / 3)
        AS period,
    min(6000, max(500, sum(quantity) * 35)) AS cents
FROM line
JOIN partner USING (reseller_key)
JOIN product USING (product_key)
WHERE product.category = 'Clothing' AND order_date BETWEEN '2011-01-01' AND '2013-12-31'
GROUP BY 1, 2
ORDER BY 1, 2;
