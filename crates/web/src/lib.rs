//! HTTP, HTML, sessions, access: console, portal, API.
//!
//! Every page is a `maud` function over one context struct of its own (`console::program::Page`,
//! `portal::home::Page`, …) that implements [`shell::View`]. Contexts are plain data in the
//! reader's language; handlers fill them from `engine`, tests from samples.
//!
//! # Invariants
//!
//! * Amounts are exact decimals up to the moment they are written.
//! * What a person may not see does not exist: in pages, links, counts and files alike.
//! * Everything that matters works without scripts and with the keyboard.

pub mod access;
pub mod api;
pub mod api_docs;
pub mod app;
pub mod approvers;
pub mod assets;
pub mod chart;
pub mod console;
pub mod diff;
pub mod dispute;
pub mod explain;
mod explain_from;
pub mod failure;
pub mod format;
pub mod forms;
pub mod gate;
pub mod housekeeping;
pub mod i18n;
pub mod live;
pub mod lots;
pub mod mail;
mod markdown;
pub mod owing;
mod pictures;
pub mod portal;
pub mod progress;
pub mod proofs;
pub mod reading;
pub mod refused_form;
pub mod serve;
pub mod shell;
mod trials;
pub mod ui;
pub mod uploads;
pub mod view;
pub mod visit;
pub mod webhooks;

#[cfg(test)]
mod samples;
