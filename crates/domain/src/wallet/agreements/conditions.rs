//! Whether a line of a claim meets what an agreement asks.

use rust_decimal::Decimal;

use super::declared::{Agreement, Row, SpecialPrice, Who};
use super::lines::AskedLine;
use crate::code::{PartnerCode, ProductCode};
use crate::condition::{Awarded, Expr, Subject};
use crate::fact::Fact;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::rewards;

/// A line as conditions read it.
pub(super) struct Asks {
    fact: Fact,
}

impl Asks {
    /// A claim of a partner, without a line.
    pub fn of(partner: &PartnerCode, day: jiff::civil::Date) -> Asks {
        Asks { fact: rewards::nothing(partner, day) }
    }

    /// The same with a line.
    pub fn with(mut self, said: &AskedLine, product: &ProductCode, quantity: Decimal) -> Asks {
        let numbers = [("cost", said.cost), ("price", said.price)];
        let numbers = numbers.into_iter().filter_map(|(word, it)| Some((word, it?.to_string())));
        let sale = said.sale.as_ref().map(|it| ("sale", it.to_string()));
        let method = said.method.map(|it| ("method", it.word().to_owned()));
        let all = numbers.chain(sale).chain(method);
        self.fact.attributes = all.map(|(word, it)| (word.to_owned(), it)).collect();
        self.fact.product = Some(product.clone());
        self.fact.quantity = Some(quantity);
        self.fact.parties.clone_from(&said.parties);
        self
    }
}

impl Book {
    pub(super) fn agrees(&self, when: &Expr, asks: &Asks) -> bool {
        let fact = &asks.fact;
        let master = &self.people.master;
        let partner = fact.partner.as_ref().map(|partner| self.survivor(partner));
        let own = partner.and_then(|partner| master.partners.get(partner));
        let own = own.map(|own| own.on(fact.date()));
        let subject = Subject {
            fact,
            date: fact.date(),
            quantity: fact.quantity,
            amount: None,
            partner: own,
            product: fact.product.as_ref().and_then(|product| master.products.get(product)),
            earner: partner.zip(own),
            master,
            lists: &master.lists,
            currency: self.money,
            awarded: Awarded::Unknown,
        };
        when.truth(&subject).unwrap_or(false)
    }

    /// Whether a partner may claim by an agreement at all.
    pub(super) fn may_claim(
        &self,
        agreement: &Agreement,
        partner: &PartnerCode,
        day: jiff::civil::Date,
    ) -> Result<(), Refusal> {
        match &agreement.who {
            Who::All => Ok(()),
            Who::Partner(own) if self.survivor(own) == partner => Ok(()),
            Who::Partner(_) => Err(Refusal::NotOwner),
            Who::Those(when) if self.agrees(when, &Asks::of(partner, day)) => Ok(()),
            Who::Those(_) => Err(Refusal::NotEligible),
        }
    }

    /// The first row that fits. A row that names its product is found by it; of the others those are
    /// asked that stand before it.
    pub(super) fn row_for<'a>(
        &self,
        terms: &'a SpecialPrice,
        product: &ProductCode,
        asks: &Asks,
    ) -> Option<&'a Row> {
        let named = terms.by_product.get(product).copied();
        let before = terms.by_condition.iter().copied();
        let before = before.take_while(|at| named.is_none_or(|named| *at < named));
        let meets = |at: &usize| {
            let row = terms.rows.get(*at);
            let when = |row: &Row| row.when.as_ref().is_none_or(|when| self.agrees(when, asks));
            row.is_some_and(when)
        };
        let mut before = before;
        before.find(meets).or(named).and_then(|at| terms.rows.get(at))
    }
}
