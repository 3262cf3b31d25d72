//! What the code says when a text is wrong: the messages, read from the source that says them.
//!
//! A message is a text in the place of the message of a call that reports a problem, or in a
//! statement `let message = …;`. Helps are not looked at.

/// The calls that report a problem, and the place of the message among their arguments, counted
/// from the end where that is fixed.
const CALLS: [(&str, Place); 8] = [
    ("term_error_at(", Place::FromEnd(1)),
    ("term_error(", Place::FromEnd(1)),
    ("term_warn(", Place::FromEnd(1)),
    ("warning(", Place::FromEnd(1)),
    ("warn(", Place::FromEnd(1)),
    ("wrong(", Place::FromEnd(0)),
    ("parser.error(", Place::FromEnd(0)),
    ("error(", Place::Second),
];

#[derive(Clone, Copy)]
enum Place {
    /// So many arguments stand behind it.
    FromEnd(usize),
    /// Behind where it is, or alone.
    Second,
}

/// Every message that a file of code says, with its places in braces.
pub(super) fn said_by(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: Vec<&str> =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut said = Vec::new();
    for (at, _) in code.match_indices('(') {
        let head = &code[..=at];
        let called = CALLS.iter().find(|(name, _)| ends_as_word(head, name));
        if let Some((name, place)) = called
            && !head[..head.len() - name.len()].ends_with("fn ")
        {
            let arguments = arguments(&code[at + 1..]);
            let of = match place {
                Place::FromEnd(behind) => arguments.len().checked_sub(behind + 1),
                Place::Second => Some(arguments.len().min(2).saturating_sub(1)),
            };
            said.extend(of.and_then(|of| arguments.get(of)).into_iter().flat_map(|it| texts(it)));
        }
    }
    for (at, start) in code.match_indices("let message = ") {
        let rest = &code[at + start.len()..];
        said.extend(texts(&rest[..end_of_statement(rest)]));
    }
    said.retain(|text| longest_part(text).contains(' '));
    said
}

/// Whether a text ends with a name that nothing but the start of a word or a path stands before.
fn ends_as_word(head: &str, name: &str) -> bool {
    let Some(before) = head.strip_suffix(name) else { return false };
    !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '[')
}

/// The longest part of a message without places.
pub(super) fn longest_part(message: &str) -> String {
    let message = message.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let mut parts: Vec<String> = vec![String::new()];
    let mut inside = false;
    for c in message.chars() {
        match c {
            '{' => inside = true,
            '}' => {
                inside = false;
                parts.push(String::new());
            }
            c if !inside => parts.last_mut().expect("a part").push(c),
            _ => {}
        }
    }
    let longest = parts.iter().max_by_key(|part| part.chars().count());
    let longest = longest.map(String::as_str).unwrap_or_default().trim();
    longest.replace('\u{1}', "{").replace('\u{2}', "}")
}

/// Walks over code, and shows what is neither text nor bracket with how deep in brackets it stands,
/// until told to stop or the bracket around it closes.
fn walk(code: &str, mut see: impl FnMut(usize, char, usize) -> bool) {
    let chars: Vec<(usize, char)> = code.char_indices().collect();
    let char_at = |place: usize| chars.get(place).map(|(_, c)| *c);
    let (mut depth, mut place) = (0_usize, 0);
    while let Some((at, c)) = chars.get(place).copied() {
        place += 1;
        match c {
            '"' => {
                while let Some(c) = char_at(place).filter(|c| *c != '"') {
                    place += if c == '\\' { 2 } else { 1 };
                }
                place += 1;
            }
            // A character such as `')'`, and no lifetime.
            '\'' if char_at(place) == Some('\\') => place += 3,
            '\'' if char_at(place + 1) == Some('\'') => place += 2,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                see(at, c, 0);
                return;
            }
            ')' | ']' | '}' => depth -= 1,
            _ if see(at, c, depth) => return,
            _ => {}
        }
    }
}

/// The arguments of a call, from behind its bracket.
fn arguments(code: &str) -> Vec<&str> {
    let (mut arguments, mut start) = (Vec::new(), 0);
    walk(code, |at, c, depth| {
        if depth == 0 && matches!(c, ',' | ')') {
            arguments.push(&code[start..at]);
            start = at + 1;
        }
        false
    });
    arguments.retain(|argument| !argument.trim().is_empty());
    arguments
}

fn end_of_statement(code: &str) -> usize {
    let mut end = code.len();
    walk(code, |at, c, depth| {
        let ends = depth == 0 && c == ';';
        if ends {
            end = at;
        }
        ends
    });
    end
}

/// The texts in a piece of code, as they are said.
fn texts(code: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open: Option<String> = None;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match (&mut open, c) {
            (None, '"') => open = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => texts.extend(open.take()),
            (Some(text), '\\') => match chars.next() {
                // The line goes on behind the blanks.
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some(escaped) => text.push(escaped),
                None => {}
            },
            (Some(text), c) => text.push(c),
        }
    }
    texts
}

#[test]
fn messages_are_found_where_they_are_said() {
    let code = r#"
        reader.error(node.at, "`sets` is empty", "add some sets");
        found.term_warn(term, &["tiers"], format!("rows leave {day} of \"it\" \
            uncovered"), "a long help");
        // reader.error(at, "not said at all", "");
        let message = match near { Some(_) => "first of two", None => "second of two" };
        fn error(at: Position, message: &str) {}
        self.wrong(offset, format!("`{name}` takes one argument, not {}", call(a, ')').len()));
        #[error("no problem of a text")]
        return Err(parser.error("nothing stands here"));
    "#;
    assert_eq!(
        said_by(code),
        [
            "`sets` is empty",
            "rows leave {day} of \"it\" uncovered",
            "`{name}` takes one argument, not {}",
            "nothing stands here",
            "first of two",
            "second of two",
        ]
    );
    assert_eq!(longest_part("two tables fit {{ {} }} equally well"), "two tables fit {");
}
