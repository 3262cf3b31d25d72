//! The names under which pieces of agreements are kept, or found together.

use crate::code::{FactKey, PartnerCode, ProductCode};

/// What is claimed of an agreement.
pub(in crate::wallet) fn account_name(agreement: &str) -> String {
    format!("agreement/{agreement}")
}

/// What finds the claim that a sale was paid by.
pub(in crate::wallet) fn sale_name(sale: &FactKey) -> String {
    format!("claimed/{sale}")
}

/// What finds deliveries and reports of a product at a partner.
pub(in crate::wallet) fn shelf_name(partner: &PartnerCode, product: &ProductCode) -> String {
    format!("shelf/{partner}/{product}")
}

/// What finds the prices of a product.
pub(in crate::wallet) fn product_name(product: &ProductCode) -> String {
    format!("price/{product}")
}

/// How much of a product a partner claimed of an agreement by day, and which changes of its price.
pub(in crate::wallet) fn taken_name(
    agreement: &str,
    partner: &PartnerCode,
    product: &ProductCode,
) -> String {
    format!("taken/{agreement}/{partner}/{product}")
}
