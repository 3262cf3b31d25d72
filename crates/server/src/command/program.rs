//! `tokuten program`: what is wrong with a program's text, and how it reads with every default
//! written out.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

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
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("could not read `{}`", file.display()))?;
        let parsed = domain::program::parse(&text);
        for problem in &parsed.problems {
            writeln!(out, "{}:{problem}", file.display())?;
        }
        match parsed.value {
            Some(program) => writeln!(out, "{}: `{}` can be used", file.display(), program.code)?,
            None => answer = Answer::No,
        }
    }
    Ok(answer)
}
