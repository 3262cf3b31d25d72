//! What the executable does when it is called: one module for each command.
//!
//! Results go to standard output, everything else to standard error. The status is 0 where all is
//! well, 1 where the answer is no (a program with errors, a case that does not hold), 2 where the
//! question could not be understood or answered.

mod program;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Channel incentive management: rebates from sales lines to payouts.
#[derive(Debug, Parser)]
#[command(name = "tokuten", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at programs as text
    #[command(subcommand)]
    Program(program::Command),
    /// Print the reference of all settings, in Markdown
    #[command(hide = true)]
    ConfigReference,
}

/// How a command that could be carried out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}

/// Carries out what was asked.
pub fn run(arguments: Arguments) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let answer = match arguments.command {
        Command::Program(command) => program::run(command, &mut out),
        Command::ConfigReference => {
            write!(out, "{}", crate::config::reference()).map(|()| Answer::Yes).map_err(Into::into)
        }
    };
    match answer {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(error) => {
            eprintln!("tokuten: {error:#}");
            ExitCode::from(2)
        }
    }
}
