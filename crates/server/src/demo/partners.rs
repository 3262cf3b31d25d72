//! Whom Hibari Cycles sells to: about 700 companies in Japan and abroad, from a corner shop to a
//! chain whose headquarters buys for its shops, each with habits the lines follow.

use domain::amount::Currency;
use domain::code::PartnerCode;
use domain::master::Fields;
use jiff::civil::Date;

use super::names::{self, Abroad, Both, Region};
use super::random::Random;

/// A partner and how it buys.
#[derive(Debug, Clone)]
pub struct Partner {
    pub code: PartnerCode,
    pub fields: Fields,
    pub buys: Habits,
}

/// How a partner buys.
#[derive(Debug, Clone)]
pub struct Habits {
    pub currency: Currency,
    /// Of the list price in yen, what one unit of the currency stands for.
    pub yen: u64,
    pub orders_a_year: u64,
    /// Quantities of a line are multiplied by up to this.
    pub quantity_scale: u64,
    /// What the yearly volume becomes from one year to the next: 1000 stays the same.
    pub trend_permille: u64,
    /// Net price, in thousandths of the list price.
    pub price_permille: u64,
    /// Weights of the categories, in the order of `Category::ALL`.
    pub taste: [u64; 4],
    /// Bought nothing before or from these months of the story on.
    pub first_month: usize,
    pub last_month: usize,
    pub channel: &'static str,
    /// Shops that the orders of a headquarters are delivered to.
    pub sites: Vec<PartnerCode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Key,
    Large,
    Medium,
    Small,
}

const PARTNERS_IN_JAPAN: usize = 525;
const PARTNERS_ABROAD: usize = 175;
const FIRST_NUMBER: usize = 10_001;

/// Every partner, by code.
pub fn all(random: &Random, today: Date) -> Vec<Partner> {
    let mut maker = Maker { random: random.branch(1), today, partners: Vec::new() };
    for (number, chain) in names::CHAINS.iter().enumerate() {
        maker.chain(*chain, number % 3 == 0);
    }
    while maker.partners.len() < PARTNERS_IN_JAPAN {
        maker.shop();
    }
    for _ in 0..PARTNERS_ABROAD {
        maker.abroad();
    }
    maker.partners
}

struct Maker {
    random: Random,
    today: Date,
    partners: Vec<Partner>,
}

/// What the name and the place of a partner say.
struct Identity {
    name: Name,
    country: &'static str,
    region: Both,
    business_type: &'static str,
    parent: Option<PartnerCode>,
}

/// A name in both languages.
struct Name {
    ja: String,
    en: String,
}

impl Maker {
    /// A headquarters and its shops. Where `central`, the headquarters orders for the shops.
    fn chain(&mut self, (ja, en): Both, central: bool) {
        let region = self.region(names::JAPAN);
        let business_type = *self.random.pick(&["sports_chain", "home_centre", "sports_chain"]);
        let head = self.add(
            Identity {
                name: Name { ja: format!("{ja} 本部"), en: format!("{en}, Head Office") },
                country: "JP",
                region: region.name,
                business_type,
                parent: None,
            },
            if central { Size::Key } else { Size::Medium },
            None,
        );
        let mut sites = Vec::new();
        for _ in 0..self.random.between(3, 9) {
            let region = self.region(names::JAPAN);
            let town = *self.random.pick(region.towns);
            let branch = *self.random.pick(names::BRANCHES);
            let branch = filled(branch, town, ("", ""));
            let name =
                Name { ja: format!("{ja} {}", branch.ja), en: format!("{en}, {}", branch.en) };
            let parent = Some(head.clone());
            let identity =
                Identity { name, country: "JP", region: region.name, business_type, parent };
            let size = if central { Size::Small } else { Size::Large };
            sites.push(self.add(identity, size, None));
        }
        if central {
            let head = self.partners.iter_mut().find(|partner| partner.code == head);
            head.expect("the head office was just added").buys.sites = sites;
        }
    }

    fn shop(&mut self) {
        let region = self.region(names::JAPAN);
        let town = *self.random.pick(region.towns);
        let family = *self.random.pick(names::FAMILIES);
        let size = *self.size();
        let (template, business_type) = if size == Size::Small || self.random.happens(700) {
            (*self.random.pick(names::SHOPS), "specialty_store")
        } else {
            let at = self.random.below(5);
            let position = usize::try_from(at).expect("below five");
            let kind = ["tourism_rental", "specialty_store", "tourism_rental", "tourism_rental"];
            (names::SERVICES[position], kind.get(position).copied().unwrap_or("online_shop"))
        };
        let name = filled(template, town, family);
        let identity =
            Identity { name, country: "JP", region: region.name, business_type, parent: None };
        self.add(identity, size, None);
    }

    fn abroad(&mut self) {
        let country = self.random.weighted(names::ABROAD, |country| country.weight);
        let region = self.region(country.regions);
        let town = *self.random.pick(region.towns);
        let family = *self.random.pick(country.families);
        let template = *self.random.pick(country.names);
        let name = filled((template, template), town, (family, family));
        let business_type =
            *self.random.pick(&["specialty_store", "specialty_store", "online_shop"]);
        let size = *self.size();
        let identity = Identity {
            name,
            country: country.country,
            region: region.name,
            business_type,
            parent: None,
        };
        self.add(identity, size, Some(country));
    }

    fn region(&mut self, regions: &'static [Region]) -> &'static Region {
        self.random.weighted(regions, |region| region.weight)
    }

    fn size(&mut self) -> &'static Size {
        const SIZES: &[(Size, u64)] =
            &[(Size::Key, 4), (Size::Large, 13), (Size::Medium, 36), (Size::Small, 47)];
        &self.random.weighted(SIZES, |(_, weight)| *weight).0
    }

    fn add(&mut self, who: Identity, size: Size, abroad: Option<&Abroad>) -> PartnerCode {
        let code = PartnerCode::new(format!("P-{}", FIRST_NUMBER + self.partners.len()));
        let level = self.level(size);
        let (segment, _) = segment(size);
        let manager = self.random.pick(names::MANAGERS);
        let joined = self.joined();
        let mut fields: Fields = [
            ("name", who.name.ja.clone()),
            ("name.ja", who.name.ja),
            ("name.en", who.name.en),
            ("country", who.country.to_owned()),
            ("region", who.region.0.to_owned()),
            ("segment", segment.to_owned()),
            ("level", level.to_owned()),
            ("joined", joined.to_string()),
            ("business_type", who.business_type.to_owned()),
            ("account_manager", manager.1.to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if let Some(parent) = who.parent {
            fields.insert("parent".to_owned(), parent.to_string());
        }
        let buys = self.habits(size, level, who.business_type, abroad);
        self.partners.push(Partner { code: code.clone(), fields, buys });
        code
    }

    fn level(&mut self, size: Size) -> &'static str {
        let promoted = self.random.happens(250);
        match (size, promoted) {
            (Size::Key, _) | (Size::Large, true) => "platinum",
            (Size::Large, false) | (Size::Medium, true) => "gold",
            (Size::Medium, false) | (Size::Small, _) => "silver",
        }
    }

    fn joined(&mut self) -> Date {
        let days = i64::try_from(self.random.between(800, 5_400)).expect("below 15 years of days");
        self.today.checked_sub(jiff::Span::new().days(days)).unwrap_or(self.today)
    }

    fn habits(
        &mut self,
        size: Size,
        level: &str,
        business_type: &str,
        abroad: Option<&Abroad>,
    ) -> Habits {
        let (_, (orders, scale)) = segment(size);
        let price_permille = match level {
            "platinum" => 610,
            "gold" => 640,
            _ => 670,
        };
        let (taste, channel) = match business_type {
            "tourism_rental" => ([35, 35, 20, 10], "direct"),
            "online_shop" => ([8, 7, 45, 40], "online"),
            "home_centre" => ([45, 10, 15, 30], "edi"),
            "sports_chain" => ([36, 16, 24, 24], "edi"),
            _ => ([33, 15, 32, 20], "direct"),
        };
        let currency = abroad.map_or("JPY", |country| country.currency);
        let last_month = if self.random.happens(45) { 20 } else { usize::MAX };
        let first_month = if self.random.happens(60) { 13 } else { 0 };
        Habits {
            currency: Currency::parse(currency).expect("codes in the table are of three capitals"),
            yen: abroad.map_or(1, |country| country.yen),
            orders_a_year: self.random.between(orders.0, orders.1),
            quantity_scale: self.random.between(scale.0, scale.1),
            trend_permille: self.random.between(780, 1_380),
            price_permille,
            taste,
            first_month,
            last_month,
            channel,
            sites: Vec::new(),
        }
    }
}

/// The segment of a size, and the ranges of orders a year and of the quantity's scale.
fn segment(size: Size) -> (&'static str, ((u64, u64), (u64, u64))) {
    match size {
        Size::Key => ("key_account", ((52, 92), (12, 26))),
        Size::Large => ("growth", ((22, 42), (5, 11))),
        Size::Medium => ("standard", ((9, 19), (2, 4))),
        Size::Small => ("standard", ((3, 8), (1, 2))),
    }
}

fn filled((ja, en): Both, town: Both, family: Both) -> Name {
    Name {
        ja: ja.replace("{f}", family.0).replace("{}", town.0),
        en: en.replace("{f}", family.1).replace("{}", town.1),
    }
}
