//! `tokuten program`: what is wrong with a program's text, and how it reads with every default
//! written out.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use domain::problem::Problem;
use domain::program::{Program, json_schema};
use engine::programs::{Check, check_text};

use super::Answer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say everything that is wrong with programs, with line and column
    Check {
        /// Files with one program each
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a program in its long form, with every default written out
    Show { file: PathBuf },
    /// Print the JSON Schema of programs, for editors
    Schema,
}

pub fn run(command: Command, out: &mut dyn Write) -> anyhow::Result<Answer> {
    match command {
        Command::Check { files } => check(&files, out),
        Command::Show { file } => show(&file, out),
        Command::Schema => {
            writeln!(out, "{}", json_schema().trim_end())?;
            Ok(Answer::Yes)
        }
    }
}

fn check(files: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Answer> {
    let mut answer = Answer::Yes;
    // Versions of one program share its code; two files with the same version are two programs.
    let mut seen: BTreeMap<(String, u32), &Path> = BTreeMap::new();
    for file in files {
        let (program, problems) = checked(&read(file)?);
        for problem in &problems {
            writeln!(out, "{}:{problem}", file.display())?;
        }
        if problems.iter().any(Problem::is_error) {
            answer = Answer::No;
        } else if let Some(program) = program {
            let of = (program.code.to_string(), program.version);
            if let Some(other) = seen.get(&of) {
                writeln!(
                    out,
                    "{}: version {} of program `{}` stands in `{}` already: give the new program \
                     a code of its own, or the next version",
                    file.display(),
                    of.1,
                    of.0,
                    other.display()
                )?;
                answer = Answer::No;
                continue;
            }
            seen.insert(of, file);
            let tests = match program.tests().len() {
                0 => "it has no tests".to_owned(),
                1 => "its test holds".to_owned(),
                count => format!("its {count} tests hold"),
            };
            writeln!(out, "{}: `{}` can be used, {tests}", file.display(), program.code)?;
        }
    }
    Ok(answer)
}

fn show(file: &Path, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let parsed = domain::program::parse(&read(file)?);
    let Some(program) = parsed.value else {
        for problem in &parsed.problems {
            eprintln!("{}:{problem}", file.display());
        }
        return Ok(Answer::No);
    };
    writeln!(out, "{}", domain::program::show(&program).trim_end())?;
    Ok(Answer::Yes)
}

/// Everything that is wrong with a program: its text, words that this release does not evaluate,
/// and tests of its own that do not hold.
pub fn checked(text: &str) -> (Option<Program>, Vec<Problem>) {
    let Check { program, problems } = check_text(text);
    (program, problems)
}

pub fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("could not read `{}`", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_programs_with_one_code_are_told() {
        let text = include_str!("../../../../programs/aw-quarterly-units.yaml");
        let folder = engine::db::testing::TempFolder::new("check");
        let files = ["one.yaml", "two.yaml"].map(|name| folder.path().join(name));
        for file in &files {
            std::fs::write(file, text).expect("a file");
        }
        let mut out = Vec::new();
        let answer = check(&files, &mut out).expect("an answer");
        let out = String::from_utf8(out).expect("a text");
        assert!(matches!(answer, Answer::No), "{out}");
        assert!(out.contains("one.yaml: `aw-quarterly-units` can be used"), "{out}");
        assert!(out.contains("version 1 of program `aw-quarterly-units` stands in"), "{out}");
    }

    #[test]
    fn the_schema_is_the_one_that_is_published() {
        let published = include_str!("../../../../docs/reference/program.schema.json");
        let schema = domain::program::json_schema();
        assert_eq!(
            published.trim_end(),
            schema.trim_end(),
            "write `tokuten program schema` to docs/reference/program.schema.json"
        );
    }
}
