//! English words.

pub mod common;
pub mod console;
pub mod data;
pub mod gate;
pub mod loyalty;
pub mod money;
pub mod papers;
pub mod points;
pub mod portal;
pub mod profile;
pub mod settle;
pub mod studio;
pub mod terms;
pub mod trace;
pub mod training;

use super::Words;

pub const WORDS: Words = Words {
    common: common::EN,
    studio: studio::EN,
    terms: terms::EN,
    console: console::EN,
    data: data::EN,
    money: money::EN,
    papers: papers::EN,
    points: points::EN,
    portal: portal::EN,
    profile: profile::EN,
    settle: settle::EN,
    gate: gate::EN,
    loyalty: loyalty::EN,
    trace: trace::EN,
    training: training::EN,
};
