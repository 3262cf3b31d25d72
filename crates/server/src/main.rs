//! Tokuten.

mod demo;

fn main() {}
