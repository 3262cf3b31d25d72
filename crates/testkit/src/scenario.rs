//! Scenarios: business stories in Markdown whose fenced `yaml` blocks are cases.
//!
//! All blocks under one heading (and under the smaller ones below it) make one case, in the order in which they stand, so that prose may
//! come between the program, what happens, and what must hold. A scenario without a `case` is named
//! after its heading. Blocks that begin with ```` ```yaml settlement ```` are not part of the case:
//! they say what people do about what it earned.

use domain::case::{self, Case};

use crate::settlement::{self, Settlement};

/// One story of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub heading: String,
    pub case: Case,
    pub settlement: Option<Settlement>,
    /// The text of its wallet, if it has one.
    pub wallet: Option<String>,
}

/// The scenarios of a text. An error names the heading and what is wrong with its blocks.
pub fn read(markdown: &str) -> Result<Vec<Scenario>, String> {
    let mut scenarios = Vec::new();
    for Section { heading, mut yaml, settlements } in sections(markdown) {
        if !yaml.lines().any(|line| line.starts_with("case:")) {
            yaml = format!("case: \"{}\"\n{yaml}", heading.replace('"', ""));
        }
        let case = case::parse(&yaml).into_result().map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            format!("{heading}:\n{}\n{yaml}", problems.join("\n"))
        })?;
        let mut settlement: Option<Settlement> = None;
        for text in settlements {
            let read = settlement::read(&text).map_err(|why| format!("{heading}: {why}"))?;
            settlement = Some(settlement.unwrap_or_default().and(read));
        }
        let wallet = domain::wallet::of_case(&yaml);
        scenarios.push(Scenario { heading, case, settlement, wallet });
    }
    Ok(scenarios)
}

/// A heading with its blocks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Section {
    heading: String,
    /// Those of the case, put together.
    yaml: String,
    /// Those of its settlement, each with empty lines before it, so that it says where in the file
    /// something is wrong.
    settlements: Vec<String>,
}

/// Headings that have a case.
fn sections(markdown: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![Section::default()];
    let mut inside = Fence::None;
    for (at, line) in markdown.lines().enumerate() {
        let Some(section) = sections.last_mut() else { break };
        match inside {
            Fence::None if line.trim_end() == "```yaml" => inside = Fence::Case,
            Fence::None if line.trim_end() == "```yaml settlement" => {
                section.settlements.push("\n".repeat(at + 1));
                inside = Fence::Settlement;
            }
            Fence::None if line.starts_with("```") => inside = Fence::Other,
            // Deeper ones are chapters of one story.
            Fence::None if line.starts_with('#') && !line.starts_with("###") => {
                let heading = line.trim_start_matches('#').trim().to_owned();
                sections.push(Section { heading, ..Section::default() });
            }
            Fence::None => {}
            _ if line.trim_end() == "```" => inside = Fence::None,
            Fence::Case => {
                section.yaml.push_str(line);
                section.yaml.push('\n');
            }
            Fence::Settlement => {
                if let Some(text) = section.settlements.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            Fence::Other => {}
        }
    }
    sections.retain(|section| !section.yaml.is_empty());
    sections
}

enum Fence {
    None,
    Case,
    Settlement,
    Other,
}

#[cfg(test)]
mod tests {
    use super::{Section, sections};

    #[test]
    fn blocks_under_one_heading_belong_together() {
        let text = "# A\n\nNo block.\n\n## B\n\n```yaml\na: 1\n```\n\nAnd then:\n\n```yaml\nb: 2\n\
                    ```\n\n```text\n# no heading\n```\n\n## C\n\n```yaml\nc: 3\n```\n\
                    ```yaml settlement\nd: 4\n```\n";
        let section = |heading: &str, yaml: &str, settlements: &[&str]| Section {
            heading: heading.into(),
            yaml: yaml.into(),
            settlements: settlements.iter().map(|text| (*text).to_owned()).collect(),
        };
        let place = "\n".repeat(26);
        let settled = format!("{place}d: 4\n");
        let expected = [section("B", "a: 1\nb: 2\n", &[]), section("C", "c: 3\n", &[&settled])];
        assert_eq!(sections(text), expected);
    }
}
