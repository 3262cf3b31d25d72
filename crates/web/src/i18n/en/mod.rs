//! English words.

pub mod common;
pub mod console;
pub mod data;
pub mod games;
pub mod gate;
pub mod loyalty;
pub mod money;
pub mod orders;
pub mod papers;
pub mod points;
pub mod portal;
pub mod settle;
pub mod sponsors;
pub mod studio;
pub mod terms;
pub mod trace;

use super::Words;

pub const WORDS: Words = Words {
    common: common::EN,
    sponsors: sponsors::EN,
    studio: studio::EN,
    terms: terms::EN,
    console: console::EN,
    data: data::EN,
    money: money::EN,
    orders: orders::EN,
    papers: papers::EN,
    points: points::EN,
    portal: portal::EN,
    settle: settle::EN,
    games: games::EN,
    gate: gate::EN,
    loyalty: loyalty::EN,
    trace: trace::EN,
};
