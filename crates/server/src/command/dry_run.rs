//! `tokuten try` and `tokuten conformance`: programs tried without any database.

mod facts;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use domain::case::{Case, Detail, ProgramSource, Refused, standing_alone};
use domain::problem::Problem;
use domain::program::Program;
use domain::yaml;
use jiff::civil::Date;

use super::Answer;
use super::program::{checked, read};

#[derive(Debug, Args)]
pub struct Try {
    /// A case, or a program to try on the table of facts that follows
    file: PathBuf,
    /// For a program: the facts, as CSV, TSV or XLSX. Headings are the words of a fact in a case
    /// unless a mapping says otherwise
    facts: Option<PathBuf>,
    /// Partners, with a heading `code`; without this file everybody is a partner
    #[arg(long, value_name = "FILE", requires = "facts")]
    partners: Option<PathBuf>,
    /// Products, with a heading `code`
    #[arg(long, value_name = "FILE", requires = "facts")]
    products: Option<PathBuf>,
    /// How to read a table; may be named once for facts, partners and products each
    #[arg(long = "mapping", value_name = "FILE", requires = "facts")]
    mappings: Vec<PathBuf>,
    /// The last day that is looked at
    #[arg(long, value_name = "DATE", requires = "facts")]
    as_of: Option<Date>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For tools, as the format of programs and cases describes it
    Json,
}

#[derive(Debug, Args)]
pub struct Conformance {
    /// Cases, or programs with tests
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Tries a case, or a program on tables, and prints what comes of it.
pub fn run(attempt: &Try, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let text = read(&attempt.file)?;
    let (case, programs) = if let Some(facts) = &attempt.facts {
        case_of_tables(attempt, facts, &text)?
    } else {
        let case = parsed_case(&attempt.file, &text)?;
        let programs = programs_of(&case, &attempt.file)?;
        (case, programs)
    };
    let detail = match attempt.format {
        // Tables do not show the facts behind an award.
        Format::Table => Detail::Awards,
        Format::Json => Detail::Facts,
    };
    let told_of = case.into_story(programs, detail);
    let (story, remains) = told_of.map_err(|problems| told(&attempt.file, &problems))?;
    let mut out = std::io::BufWriter::new(out);
    match attempt.format {
        Format::Table => table::write(&story, &mut out)?,
        Format::Json => out.write_all(story.to_json().as_bytes())?,
    }
    out.flush()?;
    // A million facts take long to give back one by one; the process ends and gives back all.
    std::mem::forget(remains);
    Ok(Answer::Yes)
}

/// The case of a program on tables. Rows that are left out are told on standard error.
fn case_of_tables(attempt: &Try, facts: &Path, text: &str) -> anyhow::Result<(Case, Vec<Program>)> {
    /// More would hide what comes of the rows that are left.
    const TOLD_MAX: usize = 20;
    let program = standing_alone(&parsed_program(&attempt.file, text)?);
    let tables = facts::Tables {
        facts,
        partners: attempt.partners.as_deref(),
        products: attempt.products.as_deref(),
        mappings: &attempt.mappings,
        as_of: attempt.as_of,
    };
    let (case, refused) = facts::case(program.clone(), &tables)?;
    for row in refused.iter().take(TOLD_MAX) {
        eprintln!("{}", facts::told(row));
    }
    if refused.len() > TOLD_MAX {
        eprintln!("{} rows are left out in all", refused.len());
    }
    Ok((case, vec![program]))
}

/// Compares cases with what they expect, a line each.
pub fn conformance(conformance: &Conformance, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let mut answer = Answer::Yes;
    for file in &conformance.files {
        let path = file.display();
        let cases = match read(file).and_then(|text| compared(file, &text)) {
            Ok(cases) => cases,
            // What cannot be run does not hold; the other files are compared all the same.
            Err(error) => {
                answer = Answer::No;
                writeln!(out, "FAIL  {path}  {}", format!("{error:#}").replace('\n', "; "))?;
                continue;
            }
        };
        for (name, wrong) in cases {
            if wrong.is_empty() {
                writeln!(out, "ok    {path}  {name}")?;
                continue;
            }
            answer = Answer::No;
            writeln!(out, "FAIL  {path}  {name}: {}", wrong.join("; "))?;
        }
    }
    Ok(answer)
}

/// Each case of a file with what of it does not hold, `line:column` first.
fn compared(file: &Path, text: &str) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    if let Some(refusals) = domain::case::refusals(text) {
        let refusals = refusals.map_err(|problem| told(file, &[problem]))?;
        let wrong = refusals.texts.iter().filter_map(Refused::mismatch).collect();
        return Ok(vec![(refusals.code, wrong)]);
    }
    let runs: Vec<(Case, Vec<Program>)> = if is_program(text) {
        let program = parsed_program(file, text)?;
        program.tests().into_iter().map(|test| (test, vec![standing_alone(&program)])).collect()
    } else {
        let case = parsed_case(file, text)?;
        let programs = programs_of(&case, file)?;
        vec![(case, programs)]
    };
    let compared = runs.into_iter().map(|(case, programs)| {
        let wrong = match case.check(programs) {
            Ok(mismatches) => mismatches
                .iter()
                .map(|wrong| format!("{}:{}: {}", wrong.at.line, wrong.at.column, wrong.text))
                .collect(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        };
        (case.code, wrong)
    });
    Ok(compared.collect())
}

/// A program starts with its code, a case with its own.
fn is_program(text: &str) -> bool {
    yaml::parse(text).is_ok_and(|document| document.root.get("program").is_some())
}

fn parsed_case(file: &Path, text: &str) -> anyhow::Result<Case> {
    if is_program(text) {
        bail!("`{}` is a program; name the table of facts to try it on", file.display());
    }
    let parsed = domain::case::parse(text);
    parsed.into_result().map_err(|problems| told(file, &problems))
}

fn parsed_program(file: &Path, text: &str) -> anyhow::Result<Program> {
    let (program, problems) = checked(text);
    let errors: Vec<Problem> = problems.into_iter().filter(Problem::is_error).collect();
    match program {
        Some(program) if errors.is_empty() => Ok(program),
        _ => Err(told(file, &errors)),
    }
}

/// The programs of a case; those in files are looked for beside it.
fn programs_of(case: &Case, file: &Path) -> anyhow::Result<Vec<Program>> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut programs = Vec::new();
    for source in &case.programs {
        let program = match source {
            ProgramSource::Inline(program) => (**program).clone(),
            ProgramSource::Path { path, at } => {
                let program = folder.join(path);
                let text = read(&program)
                    .with_context(|| format!("{}:{}:{}", file.display(), at.line, at.column))?;
                parsed_program(&program, &text)?
            }
        };
        let refused = domain::program::unsupported(&program);
        if !refused.is_empty() {
            return Err(told(file, &refused));
        }
        programs.push(program);
    }
    Ok(programs)
}

/// All problems as one error, a line each.
fn told(file: &Path, problems: &[Problem]) -> anyhow::Error {
    let lines = problems.iter().map(|problem| format!("{}:{problem}", file.display()));
    anyhow::anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
}
