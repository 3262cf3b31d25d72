use std::path::Path;

use crate::case;

/// What is wrong with the conformance cases about wallets whose names begin so.
#[track_caller]
fn check(names: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/wallet");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !names.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(entry.path()).expect("a text");
        let said = case::parse(&text).into_result().and_then(|case| {
            let programs = case.inline_programs().expect("programs stand in the case");
            case.check(programs)
        });
        match said {
            Ok(mismatches) => {
                wrong.extend(
                    mismatches.iter().map(|it| format!("{name}:{}: {}", it.at.line, it.text)),
                );
            }
            Err(problems) => wrong.extend(problems.iter().map(|it| format!("{name}: {it}"))),
        }
    }
    assert_ne!(count, 0, "there are cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cases_of_tiers_hold() {
    check(&["tiers", "negative-by-tier"]);
}

#[test]
fn cases_of_benefits_hold() {
    check(&["benefits"]);
}
