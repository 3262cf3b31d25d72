//! Japanese words.

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
    common: common::JA,
    sponsors: sponsors::JA,
    studio: studio::JA,
    terms: terms::JA,
    console: console::JA,
    data: data::JA,
    money: money::JA,
    orders: orders::JA,
    papers: papers::JA,
    points: points::JA,
    portal: portal::JA,
    settle: settle::JA,
    games: games::JA,
    gate: gate::JA,
    loyalty: loyalty::JA,
    trace: trace::JA,
};
