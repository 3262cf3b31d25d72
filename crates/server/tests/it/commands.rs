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

/// `tokuten activate` refuses what the page refuses.
#[test]
fn a_program_is_activated_by_the_rules_of_the_page() {
    let folder = TempFolder::new("commands");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("password", "correct horse\n");
    let good = "program: p\ncurrency: EUR\nstarts: 2026-01-01\nterms:\n  - { term: a, \
                measure: sum(amount), rate: 1% }\n";
    write("good.yaml", good);
    write("wrong.yaml", &good.replace("rate: 1%", "rate: 1%, limits: { budget: { amount: 0 } }"));
    let run = |command: &str| tokuten(folder.path(), command);
    let add = "user add --password-file password --role";
    for command in [
        "migrate".to_owned(),
        format!("{add} incentive_manager misaki@hibari.example"),
        format!("{add} finance ken@hibari.example"),
    ] {
        let (well, said) = run(&command);
        assert!(well, "{command}: {said}");
    }
    for (command, refusal) in [
        ("good.yaml --as nobody", "there is no user `nobody`"),
        ("good.yaml --as ken@hibari.example", "may not activate programs"),
        ("q --as misaki@hibari.example", "there is no program `q`"),
        ("wrong.yaml --as misaki@hibari.example", "a budget of nothing pays nothing"),
    ] {
        let (well, said) = run(&format!("activate {command}"));
        assert!(!well && said.contains(refusal), "{command}: {said}");
    }
    let (well, said) = run("activate good.yaml --as misaki@hibari.example --reason agreed");
    assert!(well && said.contains("version 1 of `p` acts now"), "{said}");
    let (well, said) = run("activate p --as misaki@hibari.example");
    assert!(!well && said.contains("`p` has no draft"), "{said}");
    let (well, said) = run("settings four-eyes always");
    assert!(well, "{said}");
    write("next.yaml", &good.replace("program: p\n", "program: r\n"));
    let (well, said) = run("activate next.yaml --as misaki@hibari.example");
    assert!(!well && said.contains("a second person activates"), "{said}");
}

/// Runs a command without naming a database: its status, and what it said.
fn plain(folder: &Path, command: &str) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tokuten"))
        .args(command.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the executable can be started");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// `file | status | what is said of it`.
#[test]
fn an_import_says_what_became_of_the_file() {
    let folder = TempFolder::new("commands");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    };
    write("good.csv", "code,country\nP1,JP\n,JP\n".as_bytes());
    write("refused.csv", "code,country\n,JP\n,US\n".as_bytes());
    write("header.csv", "code,country\n".as_bytes());
    write("names.csv", b"code,name\nP2,\x93\x8c\x8b\x9e\n");
    write("cp932.yaml", b"mapping: m\nfeeds: partners\nencoding: cp932\nfields: { code: code }\n");
    write("utf8.csv", "code,name\nP3,東京\n".as_bytes());
    std::fs::create_dir(folder.path().join("month")).expect("a folder");
    let database = "--database sqlite:t.sqlite";
    plain(folder.path(), &format!("migrate {database}"));
    for case in [
        "good.csv --feeds partners | 0 | refused                   1",
        "good.csv --feeds partners | 0 | nothing was added: all of it was known already",
        "refused.csv --feeds partners | 1 | nothing was taken in: every row was refused",
        "header.csv --feeds partners | 0 | there is a header and no row below it",
        "names.csv --feeds partners | 0 | read as               CP932",
        "header.csv --feeds partners | 0 | read as               UTF-8",
        "utf8.csv --mapping cp932.yaml | 1 | says that the file is in Shift_JIS, but it is in UTF-8",
        "month --feeds partners | 2 | `month` is a folder; name a file in it",
        "missing.csv --feeds partners | 2 | could not open `missing.csv`",
    ] {
        let parts: Vec<&str> = case.split(" | ").collect();
        let (status, said) = plain(folder.path(), &format!("import {} {database}", parts[0]));
        assert_eq!(status, parts[1].parse().ok(), "{case}: {said}");
        assert!(said.contains(parts[2]), "{case}: {said}");
    }
    let (_, help) = plain(folder.path(), "import --help");
    assert!(help.contains("1 if it was not or if every row was refused"), "{help}");
}

/// `command | what is said, once`.
#[test]
fn a_database_that_cannot_be_used_says_so_once() {
    let folder = TempFolder::new("commands");
    std::fs::create_dir(folder.path().join("sub")).expect("a folder");
    for case in [
        "migrate --database sqlite::memory: | in memory would be lost; name a file",
        "migrate --database sqlite:none/t.sqlite | check that its folder exists",
        "migrate --database sqlite:none/t.sqlite | unable to open database file",
        "migrate --database postgres://u@127.0.0.1:1/none | Connection refused",
        "migrate --database mysql://x | a `mysql` database is not supported",
        "migrate --database postgres://u@127.0.0.1:1/none | the server does not answer",
        "migrate --database postgres://u@127.0.0.1:x/none | invalid port number",
        "demo --database sqlite:t.sqlite | takes no `--database`",
        "demo --no-serve | required arguments were not provided",
    ] {
        let (command, expected) = case.split_once(" | ").expect("`|`");
        let (status, said) = plain(folder.path(), command);
        assert_eq!(status, Some(2), "{case}: {said}");
        assert_eq!(said.matches(expected).count(), 1, "{case}: {said}");
    }
    let (status, said) = plain(folder.path(), "doctor --database sqlite::memory:");
    assert!(status == Some(1) && said.contains("in memory would be lost"), "{said}");
    assert_eq!(files(folder.path()), 1, "nothing was made");
}
