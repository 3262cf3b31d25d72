-- The raw tables, as far as the five programs look at them. Amounts are whole numbers of 1/10000
-- dollar, which is what the source holds, so that every sum and product below is exact.
CREATE TABLE partner (
    reseller_key INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    business_type TEXT NOT NULL,
    sales_territory_key INTEGER NOT NULL
) STRICT;

CREATE TABLE product (
    product_key INTEGER PRIMARY KEY,
    category TEXT NOT NULL
) STRICT;

CREATE TABLE line (
    reseller_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    promotion_key INTEGER NOT NULL,
    order_date TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    amount INTEGER NOT NULL
) STRICT;
