//! What is said of claims on agreements and of stock: the lists of the output.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::state::{ChannelClaim, ClaimLine, Decided, Delivery, Report, Why};
use super::stock::{Sales, Stock, Upto};
use crate::code::{PartnerCode, ProductCode};
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::funds::Stage;
use crate::wallet::report::{Line, List, Said, Use};

/// What the list of stock says.
pub(in crate::wallet) const STOCK_WORDS: &[(&str, Use)] = &[
    ("product", Use::Selects),
    ("amount", Use::Adds),
    ("in_transit", Use::Adds),
    ("difference", Use::Adds),
];

impl Book {
    /// Tells what facts say of sales by now.
    pub fn sales_are(&mut self, sales: Arc<Sales>) {
        self.channel.sales = sales;
    }

    /// The claims on agreements of a book, by key.
    pub fn channel_claims(&self) -> impl Iterator<Item = (&Arc<str>, &ChannelClaim)> {
        self.channel.claims.iter()
    }

    /// The deliveries of a book, by key.
    pub fn deliveries(&self) -> impl Iterator<Item = (&Arc<str>, &Delivery)> {
        self.channel.deliveries()
    }

    /// The reports of stock of a book, by key.
    pub fn stock_reports(&self) -> impl Iterator<Item = (&Arc<str>, &Report)> {
        self.channel.reports()
    }

    /// What a partner has of a product now.
    pub fn stock_of(&self, partner: &PartnerCode, product: &ProductCode) -> Stock {
        self.channel.stock(partner, product, Upto::Moment(self.now))
    }

    /// The lines of claims that are not paid, or not in full: the claim, the number of the line, and
    /// why.
    pub fn refused_lines(&self) -> Vec<(String, usize, Refusal)> {
        let mut all = Vec::new();
        for (key, claim) in &self.channel.claims {
            let reasons = claim.decided().map(|decided| decided.reason);
            all.extend(
                (1..).zip(reasons).filter_map(|(at, why)| Some((key.to_string(), at, why?))),
            );
        }
        all
    }

    /// The lines of claims on agreements, one for each product, and of stock.
    pub(in crate::wallet) fn channel_lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for (key, claim) in &self.channel.claims {
            lines.extend(claim_lines(key, claim));
        }
        for (partner, product) in self.channel.shelves() {
            let stock = self.stock_of(partner, product);
            let mut says = vec![
                ("product", text(product.as_str())),
                ("amount", Said::Number(stock.amount)),
                ("in_transit", Said::Number(stock.in_transit)),
            ];
            says.extend(stock.difference.map(|it| ("difference", Said::Number(it))));
            lines.push(Line { list: List::Stock, of: partner.to_string(), says });
        }
        lines
    }
}

/// What the lines of a claim about one product come to.
#[derive(Default)]
struct OfProduct<'c> {
    lines: Vec<(usize, &'c ClaimLine)>,
    cost: Decimal,
    calculated: Decimal,
    approved: Decimal,
    paid: Decimal,
    quantity: Decimal,
    payable: Decimal,
    rejected: Decimal,
}

fn claim_lines(key: &str, claim: &ChannelClaim) -> Vec<Line> {
    let mut products: BTreeMap<Option<&ProductCode>, OfProduct<'_>> = BTreeMap::new();
    let (mut approved, mut paid) = (claim.approved, claim.paid);
    let calculated = claim.calculated();
    for (at, line) in (1..).zip(&claim.lines) {
        let decided = line.decided.as_ref();
        let product = decided.map_or(&line.said.product, |decided| &decided.product);
        let own = products.entry(product.as_ref()).or_default();
        own.lines.push((at, line));
        let Some(decided) = decided else {
            own.quantity += line.said.quantity.unwrap_or_default();
            continue;
        };
        own.quantity += decided.quantity;
        own.payable += decided.payable;
        own.rejected += decided.rejected;
        own.calculated += decided.amount;
        own.cost += decided.cost.unwrap_or_default() * decided.quantity;
        let is_whole = [claim.approved == calculated, claim.paid == calculated];
        let sums = [(&mut approved, &mut own.approved), (&mut paid, &mut own.paid)];
        for ((rest, sum), is_whole) in sums.into_iter().zip(is_whole) {
            // A part goes to the first lines first: no line of such a claim is below zero.
            let part = if is_whole { decided.amount } else { decided.amount.min(*rest) };
            *rest -= part;
            *sum += part;
        }
    }
    let line = |(product, own): (Option<&ProductCode>, OfProduct<'_>)| {
        let mut says = vec![("status", text(claim.stage.word()))];
        says.extend(product.map(|product| ("product", text(product.as_str()))));
        let is_decided = claim.stage != Stage::Draft;
        says.push(("quantity", Said::Number(own.quantity)));
        if is_decided {
            says.extend([
                ("cost", Said::Number(own.cost)),
                ("calculated", Said::Number(own.calculated)),
                ("asked", Said::Number(own.calculated)),
                ("approved", Said::Number(own.approved)),
                ("paid", Said::Number(own.paid)),
                ("payable_quantity", Said::Number(own.payable)),
                ("rejected_quantity", Said::Number(own.rejected)),
                ("reasons", reasons(&own)),
            ]);
        }
        let told = own.lines.iter().map(|(at, line)| told(*at, line));
        says.push(("lines", Said::List(told.collect())));
        Line { list: List::Claims, of: key.to_owned(), says }
    };
    products.into_iter().map(line).collect()
}

fn reasons(own: &OfProduct<'_>) -> Said {
    let all = own.lines.iter().filter_map(|(at, line)| Some((at, line.decided.as_ref()?.reason?)));
    let said =
        all.map(|(at, why)| vec![("line", text(at.to_string())), ("reason", text(why.word()))]);
    Said::List(said.collect())
}

/// A line, what was decided of it, and what led there.
fn told(at: usize, line: &ClaimLine) -> Vec<(&'static str, Said)> {
    let mut says = vec![("line", text(at.to_string()))];
    says.extend(line.said.sale.as_ref().map(|sale| ("sale", text(sale.as_str()))));
    let Some(decided) = &line.decided else {
        says.extend(line.said.product.as_ref().map(|it| ("product", text(it.as_str()))));
        says.extend(line.said.quantity.map(|it| ("quantity", Said::Number(it))));
        return says;
    };
    says.extend(decided.product.as_ref().map(|it| ("product", text(it.as_str()))));
    says.push(("date", text(decided.date.to_string())));
    says.push(("quantity", Said::Number(decided.quantity)));
    says.push(("payable_quantity", Said::Number(decided.payable)));
    says.push(("rejected_quantity", Said::Number(decided.rejected)));
    says.extend(decided.cost.map(|cost| ("cost", Said::Number(cost))));
    says.push(("amount", Said::Number(decided.amount)));
    says.extend(decided.reason.map(|reason| ("reason", text(reason.word()))));
    says.extend(line.said.method.map(|method| ("method", text(method.word()))));
    says.extend(because(decided));
    says
}

fn because(decided: &Decided) -> Vec<(&'static str, Said)> {
    let number = Said::Number;
    match &decided.why {
        Why::Nothing => Vec::new(),
        Why::Special { row, parts } => {
            let parts = parts
                .iter()
                .map(|part| vec![("quantity", number(part.quantity)), ("each", number(part.each))]);
            vec![("row", text(row)), ("parts", Said::List(parts.collect()))]
        }
        Why::Protection { changed, old, new, in_stock, in_transit } => vec![
            ("changed", text(changed.to_string())),
            ("old", number(*old)),
            ("new", number(*new)),
            ("in_stock", number(*in_stock)),
            ("in_transit", number(*in_transit)),
        ],
        Why::Rotation { received, rotated } => {
            vec![("received", number(*received)), ("rotated", number(*rotated))]
        }
    }
}

fn text(text: impl AsRef<str>) -> Said {
    Said::Text(text.as_ref().to_owned())
}
