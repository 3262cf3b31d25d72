//! Funds at random.

#[test]
fn tmp_cases() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let mut bad = 0;
    for folder in ["wallet", "golden"] {
        for path in std::fs::read_dir(root.join(folder)).expect("folder").flatten() {
            let path = path.path();
            let name = path.display().to_string();
            if std::env::var("CASE").is_ok_and(|it| !name.contains(&it)) {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let parsed = crate::case::parse(&text);
            for problem in &parsed.problems {
                println!("{name}: {problem:?}");
            }
            let Some(case) = parsed.value else {
                bad += 1;
                continue;
            };
            let Some(programs) = case.inline_programs() else { continue };
            match case.check(programs) {
                Ok(all) => {
                    for one in all {
                        bad += 1;
                        println!("{name}:{:?}: {}", one.at, one.text);
                    }
                }
                Err(all) => {
                    bad += 1;
                    println!("{name}: {all:?}")
                }
            }
        }
    }
    assert_eq!(bad, 0);
}
