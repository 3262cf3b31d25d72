//! Where programs are made: versions and their activation, trials on past sales, what-ifs, and the
//! form for those who do not write texts.

pub mod begin;
pub mod guided;
pub mod guided_page;
pub mod review;
pub mod trial;
pub mod what_if;
