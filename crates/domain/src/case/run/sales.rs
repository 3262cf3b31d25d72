//! What facts of a story say of stock: sales, and goods that came back.

use std::collections::BTreeMap;

use super::Known;
use crate::fact::{Fact, FactKind};
use crate::wallet::{Sale, Sales};

impl Known {
    /// The sales that are known, with what came back of them. A credit note moves no goods.
    pub(super) fn sales(&self) -> Sales {
        let current = self.keys.values().filter_map(|key| key.fact.as_ref()?.current);
        let facts: Vec<&Fact> = current.map(|at| &self.facts[at]).collect();
        let of_kind = |kind: FactKind| facts.iter().filter(move |fact| fact.kind == kind);
        let sales = of_kind(FactKind::Sale);
        let sales = sales.filter_map(|fact| Some((fact.key.clone(), sale_of(fact, None)?)));
        let returned = of_kind(FactKind::Return).filter_map(|fact| {
            let sale = fact.of.as_ref().and_then(|of| self.fact(of));
            Some((fact.of.clone(), sale_of(fact, sale)?))
        });
        Sales::of(sales, returned)
    }
}

/// A fact, with what it takes from its sale.
fn sale_of(fact: &Fact, of: Option<&Fact>) -> Option<Sale> {
    let partner = fact.partner.as_ref().or_else(|| of?.partner.as_ref())?;
    Some(Sale {
        partner: partner.clone(),
        product: fact.product.clone().or_else(|| of?.product.clone()),
        quantity: fact.quantity.or_else(|| of?.quantity),
        at: fact.at,
        parties: match of {
            Some(_) => BTreeMap::new(),
            None => fact.parties.clone(),
        },
    })
}
