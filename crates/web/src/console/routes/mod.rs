//! The console's handlers: read, fill a context, draw; or do one thing and lead on.

mod accounting;
pub mod attainment;
mod data;
mod external;
mod guided;
pub mod imports;
pub mod loyalty;
pub mod mail;
pub mod mappings;
mod members;
pub mod money;
pub mod notes;
mod outlook;
mod payees;
mod payments;
mod preview;
mod programs;
mod reference;
mod review;
mod settings;
pub mod statements;
mod today;
mod trail;
mod training;
mod trial;
pub mod waiting;
mod watchlist;
mod webhooks;
pub mod what_if;
mod work;

use crate::app::Routes;

pub use settings::audit_csv;

pub fn add(routes: &mut Routes) {
    today::add(routes);
    work::add(routes);
    watchlist::add(routes);
    outlook::add(routes);
    waiting::add(routes);
    external::add(routes);
    programs::add(routes);
    members::add(routes);
    loyalty::add(routes);
    training::add(routes);
    review::add(routes);
    guided::add(routes);
    trial::add(routes);
    what_if::add(routes);
    money::add(routes);
    statements::add(routes);
    payments::add(routes);
    notes::add(routes);
    accounting::add(routes);
    payees::add(routes);
    data::add(routes);
    imports::add(routes);
    reference::add(routes);
    mappings::add(routes);
    settings::add(routes);
    webhooks::add(routes);
    mail::add(routes);
}
