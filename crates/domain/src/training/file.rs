//! The text of a course.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Certified, Choice, Choose, Course, Link, Page, Question, Quiz};
use crate::condition::{Declared, Depends, Expr};
use crate::problem::{Parsed, Problem};
use crate::program::keys::{Key, Shape};
use crate::program::{Names, Span, fields_block};
use crate::reader::{Fields, Reader, span_of};
use crate::yaml::{self, Node};

/// No course has more pages.
pub const PAGES_MAX: usize = 200;
/// No quiz has more questions.
pub const QUESTIONS_MAX: usize = 200;
/// No question has more options.
pub const OPTIONS_MAX: usize = 12;
/// Nobody may try more often, unless the text says nothing.
pub const TRIES_MAX: u32 = 100;
/// A certificate is about to lapse that many days before its end, unless the text says otherwise.
pub const REMIND_DAYS: u32 = 30;
const LINK_CHARS_MAX: usize = 2_000;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

const LINK: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    required("link", Shape::Word, "Where it lies: `https://…`."),
];

const PAGE: &[Key] = &[
    required("page", Shape::Word, "Its code."),
    required("name", Shape::Names, "Its heading."),
    key("text", Shape::Names, "What there is to read, in Markdown."),
    key("video", Shape::Map(LINK), "A film to look at."),
    key("files", Shape::List(&Shape::Map(LINK)), "What can be fetched."),
];

const OPTION: &[Key] = &[
    required("text", Shape::Names, "What is answered."),
    key("right", Shape::YesNo, "Whether that is right; no where nothing is said."),
];

const QUESTION: &[Key] = &[
    required("question", Shape::Word, "Its code."),
    required("asks", Shape::Names, "What is asked, or the sentence that is true or not."),
    key("choose", Shape::Words(&["one", "several"]), "How many answers there are; `one`."),
    key("options", Shape::List(&Shape::Map(OPTION)), "What can be answered."),
    key("is", Shape::YesNo, "Of a sentence: whether it is true."),
    key("why", Shape::Names, "Why it is so, told once it was answered."),
];

const QUIZ: &[Key] = &[
    required("pass", Shape::Share, "The share of questions that has to be right: `80%`."),
    key("tries", Shape::Whole, "How often one may try; as often as one likes."),
    key("shuffle", Shape::YesNo, "Whether everybody sees another order; yes."),
    required("questions", Shape::List(&Shape::Map(QUESTION)), "What is asked."),
];

const CERTIFICATE: &[Key] = &[
    required("name", Shape::Names, "What stands on it."),
    key("valid", Shape::Word, "How long it is valid: `2 years`; for good."),
    key("remind", Shape::Days, "How long before its end it is about to lapse; `30 days`."),
];

const COURSE: &[Key] = &[
    required("course", Shape::Word, "Its code."),
    required("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What one learns."),
    key("minutes", Shape::Whole, "About how long it takes."),
    key("fields", Shape::ByName(&Shape::Word), "Types of fields of partners that `when` asks for."),
    key("when", Shape::Condition, "Whom it is for: a condition on partners."),
    key("access", Shape::Word, "For whom a benefit of a tier opens what goes by this code."),
    required("pages", Shape::List(&Shape::Map(PAGE)), "What there is to read, in order."),
    key("quiz", Shape::Map(QUIZ), "What is asked after reading."),
    key("certificate", Shape::Map(CERTIFICATE), "What is given to who finished."),
];

/// Reads a course. The value is there if nothing is an error. Its condition may ask for fields that
/// it declares itself, and knows nothing of those of programs: what they say about fields may
/// change, and a course that was read once has to read for good.
pub fn parse(text: &str) -> Parsed<Course> {
    let document = match yaml::parse(text) {
        Ok(document) => document,
        Err(error) => return Parsed::of(None, vec![Problem::error(error.at, error.message, "")]),
    };
    let nothing = Declared::default();
    let mut own = Reader::new(&nothing);
    let mut fields = BTreeMap::new();
    if let Some(block) = document.root.get("fields") {
        fields = fields_block(&mut own, block);
    }
    let declared = Declared { fields, ..Declared::default() };
    let mut reader = Reader::new(&declared);
    reader.problems = own.problems;
    reader.duplicates(&document);
    let course = course(&mut reader, &document.root);
    Parsed::of(course, reader.problems)
}

fn course(reader: &mut Reader<'_>, root: &Node) -> Option<Course> {
    let fields = reader.fields(root, "a course", COURSE)?;
    let code = reader.needed(&fields, "course", Reader::own_code);
    let name = reader.needed(&fields, "name", Reader::names);
    let description = reader.maybe(&fields, "description", Reader::names).unwrap_or_default();
    let minutes = reader.maybe(&fields, "minutes", Reader::whole);
    let when = audience(reader, &fields);
    let pages = reader.needed(&fields, "pages", |r, k, n| r.list(k, n, page));
    let pages = several(reader, &fields, ("pages", "page"), pages, PAGES_MAX);
    let codes = pages.iter().flatten().map(|page| page.code.clone()).collect();
    once(reader, (&fields, "pages"), codes, |code| format!("two pages are called `{code}`"));
    let quiz = reader.maybe(&fields, "quiz", quiz);
    let certificate = reader.maybe(&fields, "certificate", certificate);
    Some(Course {
        code: code?,
        name: name?,
        description,
        minutes,
        when,
        access: reader.maybe(&fields, "access", Reader::code),
        pages: pages?,
        quiz,
        certificate,
    })
}

/// A condition that asks nothing but who somebody is.
fn audience(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Expr> {
    let when = reader.maybe(fields, "when", Reader::condition)?;
    let partners = Depends::PARTNER.with(Depends::EARNER).with(Depends::PARTY);
    if !when.depends().only(partners) {
        let help = "ask for `partner.…` alone: nobody did anything yet";
        reader.error(fields.at("when"), "whom a course is for depends on more than partners", help);
    }
    Some(when)
}

/// A list that holds something, and not too much of it.
fn several<T>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    (key, of): (&str, &str),
    list: Option<Vec<T>>,
    most: usize,
) -> Option<Vec<T>> {
    let list = list?;
    let there = fields.get(key).and_then(Node::list).map_or(0, <[Node]>::len);
    if there == 0 {
        let message = format!("`{key}` is empty");
        reader.error(fields.at(key), message, format!("add `- {of}: …`"));
    } else if most < there {
        let message = format!("`{key}` has more than {most} entries");
        reader.error(fields.at(key), message, "make two of it");
    }
    Some(list)
}

/// Two of a list have the same code.
fn once(
    reader: &mut Reader<'_>,
    (fields, key): (&Fields<'_>, &str),
    mut codes: Vec<String>,
    says: impl Fn(&str) -> String,
) {
    codes.sort();
    let twice = codes.iter().zip(codes.iter().skip(1)).find(|(code, next)| code == next);
    if let Some((code, _)) = twice {
        reader.error(fields.at(key), says(code), "give each a code of its own");
    }
}

fn page(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Page> {
    let fields = reader.fields(node, "a page", PAGE)?;
    let code = reader.needed(&fields, "page", Reader::own_code);
    let name = reader.needed(&fields, "name", Reader::names);
    let text = reader.maybe(&fields, "text", Reader::names).unwrap_or_default();
    let video = reader.maybe(&fields, "video", link);
    let files = reader.maybe(&fields, "files", |r, k, n| r.list(k, n, link)).unwrap_or_default();
    if !["text", "video", "files"].iter().any(|key| fields.has(key)) {
        reader.error(node.at, "the page has nothing on it", "add `text: …`, `video` or `files`");
    }
    Some(Page { code: code?, name: name?, text, video, files })
}

fn link(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Link> {
    let (name, at, address) = if node.map().is_some() {
        let fields = reader.fields(node, "a link", LINK)?;
        let name = reader.maybe(&fields, "name", Reader::names).unwrap_or_default();
        (name, fields.at("link"), reader.needed(&fields, "link", Reader::text)?)
    } else {
        (Names::new(), node.at, reader.text("link", node)?)
    };
    let rest = address.strip_prefix("https://").unwrap_or_default();
    let plain = !address.chars().any(|c| c.is_whitespace() || c.is_control());
    if rest.is_empty() || !plain || LINK_CHARS_MAX < address.chars().count() {
        let message = format!("`{address}` is not an address that can be opened");
        reader.error(at, message, "write it in full: `https://…`");
        return None;
    }
    Some(Link { name, link: address })
}

fn quiz(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Quiz> {
    let fields = reader.fields(node, "a quiz", QUIZ)?;
    let pass = reader.needed(&fields, "pass", Reader::share);
    if pass.is_some_and(|pass| pass <= Decimal::ZERO || Decimal::ONE < pass) {
        let message = "`pass` is a share above 0 % and at most 100 %";
        reader.error(fields.at("pass"), message, "write it as `80%`");
    }
    let tries = reader.maybe(&fields, "tries", Reader::whole);
    if tries.is_some_and(|tries| !(1..=TRIES_MAX).contains(&tries)) {
        let message = format!("`tries` is a number from 1 to {TRIES_MAX}");
        reader.error(fields.at("tries"), message, "leave it out where there is no limit");
    }
    let shuffle = reader.maybe(&fields, "shuffle", Reader::yes_no).unwrap_or(true);
    let questions = reader.needed(&fields, "questions", |r, k, n| r.list(k, n, question));
    let of = ("questions", "question");
    let questions = several(reader, &fields, of, questions, QUESTIONS_MAX);
    let codes = questions.iter().flatten().map(|question| question.code.clone()).collect();
    once(reader, (&fields, "questions"), codes, |code| {
        format!("two questions are called `{code}`")
    });
    Some(Quiz { pass: pass?, tries, shuffle, questions: questions? })
}

fn question(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Question> {
    let fields = reader.fields(node, "a question", QUESTION)?;
    let code = reader.needed(&fields, "question", Reader::own_code);
    let asks = reader.needed(&fields, "asks", Reader::names);
    let why = reader.maybe(&fields, "why", Reader::names).unwrap_or_default();
    let (choose, options) = match fields.among(&["options", "is"]).as_slice() {
        ["is"] => {
            let truth = reader.maybe(&fields, "is", Reader::yes_no)?;
            if fields.has("choose") {
                let message = "a sentence that is true or not has no `choose`";
                reader.error(fields.at("choose"), message, "leave it out");
            }
            let choice = |right| Choice { text: Names::new(), right };
            (Choose::TrueFalse, vec![choice(truth), choice(!truth)])
        }
        ["options"] => options(reader, &fields)?,
        _ => {
            let help = "write `options` with those that are right, or `is: true` for a sentence";
            reader.error(node.at, "a question has either `options` or `is`", help);
            return None;
        }
    };
    Some(Question { code: code?, asks: asks?, choose, options, why })
}

fn options(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<(Choose, Vec<Choice>)> {
    let words = [("one", Choose::One), ("several", Choose::Several)];
    let choose = reader.maybe(fields, "choose", |r, k, n| r.word(k, n, &words));
    let choose = choose.unwrap_or(Choose::One);
    let options = reader.maybe(fields, "options", |r, k, n| r.list(k, n, option))?;
    let at = fields.at("options");
    let there = fields.get("options").and_then(Node::list).map_or(0, <[Node]>::len);
    if !(2..=OPTIONS_MAX).contains(&there) {
        let message = format!("a question has 2 to {OPTIONS_MAX} options");
        reader.error(at, message, "add some, or take some away");
    }
    match (choose, options.iter().filter(|option| option.right).count()) {
        (_, 0) => reader.error(at, "no option is right", "mark one with `right: true`"),
        (Choose::One, 2..) => {
            let help = "keep one of them, or write `choose: several`";
            reader.error(at, "more than one option is right", help);
        }
        _ => {}
    }
    Some((choose, options))
}

fn option(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Choice> {
    let fields = reader.fields(node, "an option", OPTION)?;
    let text = reader.needed(&fields, "text", Reader::names);
    let right = reader.maybe(&fields, "right", Reader::yes_no).unwrap_or(false);
    Some(Choice { text: text?, right })
}

fn certificate(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Certified> {
    let fields = reader.fields(node, "a certificate", CERTIFICATE)?;
    let name = reader.needed(&fields, "name", Reader::names);
    let valid = reader.maybe(&fields, "valid", span);
    let remind = reader.maybe(&fields, "remind", Reader::days);
    if fields.has("remind") && !fields.has("valid") {
        let message = "`remind` without `valid`";
        reader.error(fields.at("remind"), message, "say how long it is valid: `valid: 2 years`");
    }
    Some(Certified { name: name?, valid, remind_days: remind.unwrap_or(REMIND_DAYS) })
}

fn span(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Span> {
    let span = node.text().and_then(span_of).filter(|span| !span.is_nothing());
    if span.is_none() {
        let message = format!("{} is not a span of time", node.described());
        reader.error(node.at, message, format!("write `{key}: 2 years`"));
    }
    span
}
