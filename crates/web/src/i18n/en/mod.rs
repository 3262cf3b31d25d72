//! English words.

pub mod common;
pub mod console;
pub mod data;
pub mod games;
pub mod gate;
pub mod keeping;
pub mod loyalty;
pub mod mail;
pub mod members;
pub mod money;
pub mod orders;
pub mod owing;
pub mod papers;
pub mod people;
pub mod picturing;
pub mod points;
pub mod portal;
pub mod profile;
pub mod promoting;
pub mod promotions;
pub mod proposals;
pub mod refusals;
pub mod settle;
pub mod sponsors;
pub mod studio;
pub mod terms;
pub mod tiers;
pub mod trace;
pub mod training;
pub mod webhooks;

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
    owing: owing::EN,
    papers: papers::EN,
    picturing: picturing::EN,
    points: points::EN,
    portal: portal::EN,
    promoting: promoting::EN,
    promotions: promotions::EN,
    profile: profile::EN,
    settle: settle::EN,
    games: games::EN,
    gate: gate::EN,
    keeping: keeping::EN,
    loyalty: loyalty::EN,
    mail: mail::EN,
    members: members::EN,
    people: people::EN,
    tiers: tiers::EN,
    trace: trace::EN,
    proposals: proposals::EN,
    refusals: refusals::EN,
    webhooks: webhooks::EN,
    training: training::EN,
};
