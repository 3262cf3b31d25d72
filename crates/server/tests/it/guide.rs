//! The guides are true: their files are written, their commands run, their outputs compared.
//!
//! A block `yaml NAME` or `csv NAME` is a file, a block `sh` holds commands, the block `text` after
//! it is everything they print. Commands that do not start with `tokuten` are for people alone.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A fenced block: what stands after the fence, and its lines.
struct Block {
    line: usize,
    info: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in markdown.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                open = Some(Block { line: number + 1, info: info.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// What the commands of a block print, on both channels, in the folder.
fn printed(commands: &str, folder: &Path) -> String {
    let mut printed = String::new();
    for command in commands.lines().filter_map(|line| line.strip_prefix("tokuten ")) {
        let output = Command::new(env!("CARGO_BIN_EXE_tokuten"))
            .args(command.split_whitespace())
            .current_dir(folder)
            .output()
            .expect("the executable can be started");
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    printed
}

/// Runs a guide from top to bottom; how many outputs were compared.
fn run(markdown: &str, folder: &Path) -> Result<usize, String> {
    let mut last = String::new();
    let mut compared = 0;
    for block in blocks(markdown) {
        match block.info.split_once(' ').unwrap_or((&block.info, "")) {
            ("sh", _) => last = printed(&block.text, folder),
            ("text", _) if block.text.trim_end() == last.trim_end() => compared += 1,
            ("text", _) => {
                return Err(format!("line {}: expected\n{}got\n{last}", block.line, block.text));
            }
            (_, file) if !file.is_empty() => {
                std::fs::write(folder.join(file), &block.text).expect("a file in our own folder");
            }
            _ => {}
        }
    }
    Ok(compared)
}

/// A guide, and how many outputs of it are compared.
#[track_caller]
fn check(guide: &str, outputs: usize) {
    let folder = engine::db::testing::TempFolder::new("guide");
    let guides: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    let guide = std::fs::read_to_string(guides.join(guide)).expect("the guide");
    match run(&guide, folder.path()) {
        Ok(compared) => assert_eq!(compared, outputs, "outputs of the guide"),
        Err(difference) => panic!("{difference}"),
    }
}

#[test]
fn the_first_program_does_what_the_guide_says() {
    check("first-program.md", 4);
}

#[test]
fn reference_data_come_in_as_the_guide_says() {
    check("reference-data.md", 2);
}

#[test]
fn payees_come_in_as_the_guide_says() {
    check("payees-from-a-file.md", 1);
}

#[test]
fn settings_are_made_as_the_guide_says() {
    check("administering.md", 3);
}

#[test]
fn a_wrong_output_is_found() {
    let folder = engine::db::testing::TempFolder::new("guide");
    let right = "```sh\ntokuten program check no.yaml\n```\n```text\ntokuten: could not read `no.yaml`: \
                 No such file or directory (os error 2)\n```\n";
    assert_eq!(run(right, folder.path()), Ok(1));
    assert!(run(&right.replace("error 2", "error 3"), folder.path()).is_err());
}
