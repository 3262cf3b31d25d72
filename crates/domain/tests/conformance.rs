//! Every case under `conformance/` holds.

use std::path::{Path, PathBuf};

use domain::case;

fn cases_under(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the folder of cases");
    for entry in entries {
        let path = entry.expect("an entry of the folder of cases").path();
        if path.is_dir() {
            cases_under(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn every_case_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let mut paths = Vec::new();
    cases_under(&folder, &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "no cases found");
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.file_name().expect("a file").display();
        let text = std::fs::read_to_string(path).expect("a case is text");
        if let Some(refusals) = case::refusals(&text) {
            match refusals {
                Ok(refusals) => wrong.extend(
                    refusals
                        .texts
                        .iter()
                        .filter_map(case::Refused::mismatch)
                        .map(|found| format!("{name}:{found}")),
                ),
                Err(problem) => wrong.push(format!("{name}:{problem}")),
            }
            continue;
        }
        let case = match case::parse(&text).into_result() {
            Ok(case) => case,
            Err(problems) => {
                wrong.extend(problems.iter().map(|problem| format!("{name}:{problem}")));
                continue;
            }
        };
        let programs = case.inline_programs().expect("programs stand in the case");
        match case.check(programs) {
            Ok(mismatches) => wrong.extend(
                mismatches.iter().map(|found| format!("{name}:{}: {}", found.at.line, found.text)),
            ),
            Err(problems) => {
                wrong.extend(problems.iter().map(|problem| format!("{name}:{problem}")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
