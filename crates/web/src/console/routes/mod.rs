//! The console's handlers: read, fill a context, draw; or do one thing and lead on.

pub mod attainment;
mod data;
mod guided;
pub mod imports;
pub mod money;
mod preview;
mod programs;
mod review;
mod settings;
mod today;
mod trail;
mod trial;
pub mod what_if;
mod work;

use crate::app::Routes;

pub fn add(routes: &mut Routes) {
    today::add(routes);
    work::add(routes);
    programs::add(routes);
    review::add(routes);
    guided::add(routes);
    trial::add(routes);
    what_if::add(routes);
    money::add(routes);
    data::add(routes);
    imports::add(routes);
    settings::add(routes);
}
