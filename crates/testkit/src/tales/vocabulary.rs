//! Conditions, groups and totals that terms choose from.

/// Conditions for anything that has one.
pub(super) const CONDITIONS: [&str; 33] = [
    "product.category == \"Bikes\"",
    "fact.channel == \"web\"",
    "'!(fact.channel == \"web\")'",
    "partner.level == \"gold\"",
    "product.code in list(\"range\")",
    "product.brand != \"Kita\"",
    "fact.quantity >= 10",
    "fact.date >= date(\"2026-04-01\")",
    "has(fact.order)",
    "fact.amount > 50.5 && partner.country == \"JP\"",
    "partner.parent == \"P3\" || fact.quantity < 5",
    "party.distributor.code == \"D1\"",
    "fact.date.month in [1, 4, 5, 12]",
    "product.code.startsWith(\"B\")",
    "product.code.endsWith(\"1\")",
    "fact.channel.contains(\"o\")",
    "product.code.matches(\"^[BH]1$\")",
    "fact.date.weekday <= 5",
    "fact.date.year == 2026 && fact.date.day > 3",
    "fact.kind != \"credit_note\"",
    "fact.type == \"sign_in\" || fact.line == \"1\"",
    "fact.unit == \"case\" || fact.currency == \"EUR\"",
    "product.name != \"Helmet\" && product.unit == \"piece\"",
    "partner.region == \"East\"",
    "partner.segment in [\"retail\", \"trade\"]",
    "partner.joined < date(\"2026-03-01\")",
    "partner.parent.parent == \"P4\" || partner.top == \"P3\"",
    "earner.level == \"gold\" || earner.parent_or_self == \"P3\"",
    "fact.due > date(\"2026-02-01\")",
    "fact.fresh",
    "'!fact.fresh && fact.order != \"O1\"'",
    "'fact.quantity > 20 ? fact.amount > 100 : fact.amount / 2 < 60'",
    "partner.agent == \"P4\"",
];

/// Groups, and a name of theirs with a value, for rows.
pub(super) const GROUPS: [(&str, Option<(&str, &str)>); 8] = [
    ("fact", None),
    ("fact", None),
    ("fact.order", None),
    ("[product.brand]", Some(("brand", "Kita"))),
    ("[product.brand, fact.channel]", Some(("channel", "web"))),
    ("{ site: party.ship_to.code }", Some(("site", "S1"))),
    ("{ month: fact.date.month }", None),
    ("partner", None),
];

/// Totals, and the value that they are rated by.
pub(super) const TOTALS: [(&str, &str); 16] = [
    ("sum(amount)", "rate"),
    ("sum(amount)", "rate"),
    ("sum(amount)", "rate"),
    ("sum(amount)", "rate"),
    ("sum(quantity)", "per_unit"),
    ("sum(quantity)", "per_unit"),
    ("count()", "per_unit"),
    ("count_distinct(product.code)", "per_unit"),
    ("max(amount)", "rate"),
    ("min(quantity)", "per_unit"),
    ("sum(amount * 2 - quantity)", "rate"),
    ("sum(fact.points)", "per_unit"),
    ("sum(fact.paid + amount)", "rate"),
    ("sum(price(\"net\") * quantity)", "rate"),
    ("sum(amount / 4)", "rate"),
    ("'sum(fact.channel == \"web\" ? amount : quantity)'", "rate"),
];

/// Parts of a set.
pub(super) const SETS: &str = "[ { when: product.code == \"B1\", quantity: 2 }, \
                               { when: product.brand == \"Kita\", quantity: 3 } ]";
