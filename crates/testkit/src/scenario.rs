//! Scenarios: business stories in Markdown whose fenced `yaml` blocks are cases.
//!
//! All blocks under one heading make one case, in the order in which they stand, so that prose may
//! come between the program, what happens, and what must hold. A scenario without a `case` is named
//! after its heading.

use domain::case::{self, Case};

/// One story of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub heading: String,
    pub case: Case,
}

/// The scenarios of a text. An error names the heading and what is wrong with its blocks.
pub fn read(markdown: &str) -> Result<Vec<Scenario>, String> {
    let mut scenarios = Vec::new();
    for (heading, blocks) in sections(markdown) {
        let mut yaml = blocks;
        if !yaml.lines().any(|line| line.starts_with("case:")) {
            yaml = format!("case: \"{}\"\n{yaml}", heading.replace('"', ""));
        }
        let case = case::parse(&yaml).into_result().map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            format!("{heading}:\n{}\n{yaml}", problems.join("\n"))
        })?;
        scenarios.push(Scenario { heading, case });
    }
    Ok(scenarios)
}

/// Headings that have blocks, with all of them put together.
fn sections(markdown: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = vec![(String::new(), String::new())];
    let mut inside = Fence::None;
    for line in markdown.lines() {
        match inside {
            Fence::None if line.trim_end() == "```yaml" => inside = Fence::Yaml,
            Fence::None if line.starts_with("```") => inside = Fence::Other,
            Fence::None if line.starts_with('#') => {
                let heading = line.trim_start_matches('#').trim().to_owned();
                sections.push((heading, String::new()));
            }
            Fence::None => {}
            _ if line.trim_end() == "```" => inside = Fence::None,
            Fence::Yaml => {
                if let Some((_, yaml)) = sections.last_mut() {
                    yaml.push_str(line);
                    yaml.push('\n');
                }
            }
            Fence::Other => {}
        }
    }
    sections.retain(|(_, yaml)| !yaml.is_empty());
    sections
}

enum Fence {
    None,
    Yaml,
    Other,
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn blocks_under_one_heading_belong_together() {
        let text = "# A\n\nNo block.\n\n## B\n\n```yaml\na: 1\n```\n\nAnd then:\n\n```yaml\nb: 2\n\
                    ```\n\n```text\n# no heading\n```\n\n## C\n\n```yaml\nc: 3\n```\n";
        let expected = [("B", "a: 1\nb: 2\n"), ("C", "c: 3\n")];
        let expected: Vec<(String, String)> =
            expected.iter().map(|(h, y)| ((*h).to_owned(), (*y).to_owned())).collect();
        assert_eq!(sections(text), expected);
    }
}
