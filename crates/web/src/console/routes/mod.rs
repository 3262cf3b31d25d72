//! The console's handlers: read, fill a context, draw; or do one thing and lead on.

mod settings;

use engine::catalog::{PartnerRow, name_in};

use crate::app::Routes;
use crate::i18n::Lang;
use crate::view::PartnerRef;

pub fn add(routes: &mut Routes) {
    settings::add(routes);
}

/// A partner by its name in the reader's language.
pub(crate) fn partner_ref(lang: Lang, row: &PartnerRow) -> PartnerRef {
    let name = name_in(&row.names, lang.tag()).unwrap_or(&row.code);
    PartnerRef { code: row.code.clone(), name: name.into() }
}
