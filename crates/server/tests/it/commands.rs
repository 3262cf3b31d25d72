//! Commands as people run them, on a database of their own.

use std::path::Path;
use std::process::Command;

use engine::db::testing::TempFolder;

/// Runs a command on the database `t.sqlite` of a folder: whether it went well, and what it said.
fn tokuten(folder: &Path, command: &str) -> (bool, String) {
    let url = format!("sqlite:{}", folder.join("t.sqlite").display());
    let output = Command::new(env!("CARGO_BIN_EXE_tokuten"))
        .args(command.split_whitespace())
        .args(["--database", &url])
        .current_dir(folder)
        .output()
        .expect("the executable can be started");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn looking_at_a_database_that_is_missing_does_not_make_it() {
    let folder = TempFolder::new("commands");
    for command in ["doctor", "backup all.backup", "user list", "rebuild", "explain awd_x"] {
        let (well, said) = tokuten(folder.path(), command);
        assert!(!well, "{command}: {said}");
        assert!(said.contains("there is no database") && said.contains("t.sqlite"), "{said}");
        assert_eq!(files(folder.path()), 0, "{command} left something behind");
    }
    let (well, said) = tokuten(folder.path(), "migrate");
    assert!(well, "{said}");
    let (well, said) = tokuten(folder.path(), "doctor");
    assert!(!well && said.contains("nobody is administrator"), "{said}");
}

#[test]
fn a_user_of_a_partner_is_added() {
    let folder = TempFolder::new("commands");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("partners.csv", "code,country\nP1,JP\n");
    write(
        "partners.yaml",
        "mapping: p\nfeeds: partners\nfields: { code: code, country: country }\n",
    );
    write("password", "correct horse\n");
    let run = |command: &str| tokuten(folder.path(), command);
    for command in ["migrate", "import partners.csv --mapping partners.yaml"] {
        let (well, said) = run(command);
        assert!(well, "{command}: {said}");
    }
    let add = "user add misaki@p1.example --password-file password";
    for (command, refusal) in [
        (format!("{add} --role partner"), "--partner"),
        (format!("{add} --role partner --partner P2"), "there is no partner `P2`"),
        (format!("{add} --role finance --partner P1"), "goes with `--role partner` alone"),
    ] {
        let (well, said) = run(&command);
        assert!(!well && said.contains(refusal), "{command}: {said}");
    }
    let (well, said) = run(&format!("{add} --role partner --partner P1"));
    assert!(well && said.contains("`misaki@p1.example` can sign in as partner"), "{said}");
    let (well, said) = run("user list");
    assert!(well && said.lines().count() == 1 && said.contains("partner"), "{said}");
}
