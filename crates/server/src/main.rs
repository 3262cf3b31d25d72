//! Tokuten: channel incentive management in one executable.

mod command;
mod config;
mod demo;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::run(command::Arguments::parse())
}
