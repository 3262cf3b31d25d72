//! The console's handlers: read, fill a context, draw; or do one thing and lead on.

pub mod attainment;
mod data;
pub mod imports;
pub mod mappings;
pub mod money;
mod preview;
mod programs;
mod reference;
mod settings;
mod today;
mod trail;
mod work;

use crate::app::Routes;

pub fn add(routes: &mut Routes) {
    today::add(routes);
    work::add(routes);
    programs::add(routes);
    money::add(routes);
    data::add(routes);
    imports::add(routes);
    reference::add(routes);
    mappings::add(routes);
    settings::add(routes);
}
