//! `tokuten program`: what is wrong with a program's text, and how it reads with every default
//! written out.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use domain::case::test_problems;
use domain::problem::{Parsed, Problem};
use domain::program::Program;

use super::Answer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say everything that is wrong with programs, with line and column
    Check {
        /// Files with one program each
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

pub fn run(command: Command, out: &mut dyn Write) -> anyhow::Result<Answer> {
    match command {
        Command::Check { files } => check(&files, out),
    }
}

fn check(files: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Answer> {
    let mut answer = Answer::Yes;
    for file in files {
        let (program, problems) = checked(&read(file)?);
        for problem in &problems {
            writeln!(out, "{}:{problem}", file.display())?;
        }
        if problems.iter().any(Problem::is_error) {
            answer = Answer::No;
        } else if let Some(program) = program {
            let (code, tests) = (&program.code, program.tests().len());
            writeln!(out, "{}: `{code}` can be used, {tests} tests hold", file.display())?;
        }
    }
    Ok(answer)
}

/// Everything that is wrong with a program: its text, words that this release does not evaluate,
/// and tests of its own that do not hold.
pub fn checked(text: &str) -> (Option<Program>, Vec<Problem>) {
    let Parsed { value: program, mut problems } = domain::program::parse(text);
    if let Some(program) = &program {
        let refused = domain::program::unsupported(program);
        // A test with words that are not evaluated would fail for no reason of its own.
        let failing = if refused.is_empty() { test_problems(program) } else { Vec::new() };
        problems.extend(refused);
        problems.extend(failing);
        problems.sort_by_key(|problem| problem.at);
    }
    (program, problems)
}

pub fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("could not read `{}`", file.display()))
}
