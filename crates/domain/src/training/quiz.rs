//! A quiz as it is shown, and what answers to it are worth.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Choose, Question, Quiz};

/// What was answered: the options of each question, by their places in the text.
pub type Answers = BTreeMap<String, BTreeSet<usize>>;

/// A quiz in the order in which somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet<'q> {
    pub questions: Vec<ShownQuestion<'q>>,
}

/// A question with its options in the order shown. The places on the sheet say nothing about those
/// in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownQuestion<'q> {
    pub question: &'q Question,
    /// The place in the text of each option that is shown.
    pub order: Vec<usize>,
}

/// What answers are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// Questions that were answered right, by code.
    pub right: BTreeSet<String>,
    pub of: u32,
    pub passed: bool,
}

impl Graded {
    pub fn right_count(&self) -> u32 {
        u32::try_from(self.right.len()).unwrap_or(u32::MAX)
    }
}

impl Quiz {
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Compares answers with what is right. A question nobody answered is wrong.
    pub fn grade(&self, answers: &Answers) -> Graded {
        let is_right = |question: &&Question| {
            answers.get(&question.code).is_some_and(|chosen| *chosen == question.right())
        };
        let right: BTreeSet<String> =
            self.questions.iter().filter(is_right).map(|it| it.code.clone()).collect();
        let of = u32::try_from(self.questions.len()).unwrap_or(u32::MAX);
        let count = Decimal::from(right.len());
        let passed = self.pass.checked_mul(Decimal::from(of)).is_some_and(|needs| needs <= count);
        Graded { right, of, passed }
    }

    /// How many questions have to be right.
    pub fn needs(&self) -> u32 {
        let of = u32::try_from(self.questions.len()).unwrap_or(u32::MAX);
        let passes = |right: &u32| {
            let needs = self.pass.checked_mul(Decimal::from(of));
            needs.is_some_and(|needs| needs <= Decimal::from(*right))
        };
        (0..=of).find(passes).unwrap_or(of)
    }

    /// The quiz as it is shown for a seed. The same seed gives the same sheet.
    pub fn sheet(&self, seed: &str) -> Sheet<'_> {
        let mut random = Shuffle::of(seed);
        let mut shown: Vec<ShownQuestion<'_>> = Vec::with_capacity(self.questions.len());
        for question in &self.questions {
            let mut order: Vec<usize> = (0..question.options.len()).collect();
            if self.shuffle && question.choose != Choose::TrueFalse {
                random.mix(&mut order);
            }
            shown.push(ShownQuestion { question, order });
        }
        if self.shuffle {
            random.mix(&mut shown);
        }
        Sheet { questions: shown }
    }
}

impl Question {
    /// The places of what is right.
    pub fn right(&self) -> BTreeSet<usize> {
        let right = self.options.iter().enumerate().filter(|(_, option)| option.right);
        right.map(|(at, _)| at).collect()
    }
}

impl Sheet<'_> {
    /// What was chosen on the sheet, as answers. Places that are not on it are no answers.
    pub fn read<'a>(&self, chosen: impl Iterator<Item = (usize, usize)> + 'a) -> Answers {
        let mut answers = Answers::new();
        for (question, option) in chosen {
            let Some(shown) = self.questions.get(question) else { continue };
            let Some(at) = shown.order.get(option) else { continue };
            answers.entry(shown.question.code.clone()).or_default().insert(*at);
        }
        answers
    }
}

/// The score as a share of 1, to four places and never more than it is: 2 of 3 is 0.6666.
pub fn share(right: u32, of: u32) -> Decimal {
    let ten_thousandths = u64::from(right) * 10_000 / u64::from(of.max(1));
    Decimal::new(i64::try_from(ten_thousandths).unwrap_or(i64::MAX), 4).normalize()
}

/// An order out of a text: splitmix64 over its FNV hash. Nobody's money hangs on it.
struct Shuffle(u64);

impl Shuffle {
    fn of(seed: &str) -> Shuffle {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Shuffle(seed.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn mix<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let below = u64::try_from(at).unwrap_or(0) + 1;
            list.swap(at, usize::try_from(self.next() % below).unwrap_or(0));
        }
    }
}
