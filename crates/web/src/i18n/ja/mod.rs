//! Japanese words.

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
    common: common::JA,
    sponsors: sponsors::JA,
    studio: studio::JA,
    terms: terms::JA,
    console: console::JA,
    data: data::JA,
    money: money::JA,
    orders: orders::JA,
    owing: owing::JA,
    papers: papers::JA,
    picturing: picturing::JA,
    points: points::JA,
    portal: portal::JA,
    promoting: promoting::JA,
    promotions: promotions::JA,
    profile: profile::JA,
    settle: settle::JA,
    games: games::JA,
    gate: gate::JA,
    keeping: keeping::JA,
    loyalty: loyalty::JA,
    mail: mail::JA,
    members: members::JA,
    people: people::JA,
    tiers: tiers::JA,
    trace: trace::JA,
    proposals: proposals::JA,
    refusals: refusals::JA,
    webhooks: webhooks::JA,
    training: training::JA,
};
