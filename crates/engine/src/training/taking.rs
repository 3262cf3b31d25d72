//! Taking a course: reading its pages, answering its quiz, finishing it.

use std::collections::{BTreeMap, BTreeSet};

use domain::training::{Quiz, share};
use jiff::Timestamp;
use jiff::civil::Date;

use super::store::{self, Place, Under};
use super::{ActiveCourse, Arrived, Attempt, Certificate, Finish, TrainingError, certificates};
use crate::access::User;
use crate::activities::{self, Activity, Deed};
use crate::catalog::MasterData;
use crate::db::{Reader, Tx};
use crate::office::Office;
use crate::realtime::{self, Happened};
use crate::rules::Rules;
use crate::wallets;

use domain::code::PartnerCode;
use domain::wallet::{List, Said};

/// Who takes a course.
#[derive(Debug, Clone)]
pub struct Learner {
    pub user_id: i64,
    /// The public id.
    pub user: String,
    pub partner_id: i64,
    pub partner: PartnerCode,
}

impl Learner {
    /// A partner's user; nobody else takes courses.
    pub fn of(user: &User, master: &MasterData) -> Option<Learner> {
        let partner_id = user.role.partner()?;
        let partner = master.partner_code(partner_id)?.clone();
        Some(Learner { user_id: user.user_id, user: user.id.clone(), partner_id, partner })
    }
}

/// How far somebody is in a course.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The round that is under way, or was finished last.
    pub round: i64,
    /// Pages read in it.
    pub read: BTreeSet<String>,
    /// Attempts in it, the oldest first.
    pub attempts: Vec<Attempt>,
    /// Whether it is finished.
    pub finish: Option<Finish>,
    pub certificate: Option<Certificate>,
    /// The course was finished before, and may be taken again.
    pub renews: bool,
}

/// What there is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Read the page at that place.
    Page(usize),
    Quiz,
    /// The quiz was failed, and no try is left.
    Failed,
    Done,
}

impl Standing {
    pub fn step(&self, of: &ActiveCourse) -> Step {
        if self.finish.is_some() {
            return Step::Done;
        }
        let unread = of.course.pages().iter().position(|page| !self.read.contains(&page.code));
        match (&of.course.quiz, unread) {
            (_, Some(at)) => Step::Page(at),
            (Some(quiz), None) if self.tries_left(quiz) == Some(0) => Step::Failed,
            (Some(_), None) => Step::Quiz,
            // A page that was taken away leaves nothing to do: the last one is read again.
            (None, None) => Step::Page(of.course.pages().len().saturating_sub(1)),
        }
    }

    /// Tries that are left, where there is a limit.
    pub fn tries_left(&self, quiz: &Quiz) -> Option<u32> {
        let used = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        quiz.tries.map(|tries| tries.saturating_sub(used))
    }

    fn next_number(&self) -> i64 {
        self.attempts.last().map_or(1, |last| last.number + 1)
    }

    /// Whether something was begun.
    pub fn is_begun(&self) -> bool {
        !self.read.is_empty() || self.finish.is_some()
    }
}

/// How far somebody is in a course on a day. From the day on which its certificate is about to
/// lapse, a finished course stands at the beginning of its next round.
pub async fn standing(
    reader: &mut Reader,
    of: &ActiveCourse,
    who: &Learner,
    today: Date,
) -> Result<Standing, TrainingError> {
    let (course_id, user_id) = (of.course_id, who.user_id);
    let mut finishes = store::finishes(reader, course_id, user_id).await?;
    let newest = certificates::newest(reader, course_id, user_id).await?;
    let last = finishes.pop();
    let remind = newest.as_ref().and_then(|(_, remind)| *remind);
    let renews = last.is_some() && remind.is_some_and(|day| day <= today);
    let round = last.as_ref().map_or(0, |last| last.round) + i64::from(last.is_none() || renews);
    let place = Place { course_id, user_id, round };
    let mut attempts = store::attempts(reader, course_id, user_id).await?;
    attempts.retain(|attempt| attempt.round == round);
    Ok(Standing {
        round,
        read: store::visited(reader, place).await?,
        attempts,
        finish: last.filter(|_| !renews),
        certificate: newest.map(|(certificate, _)| certificate),
        renews,
    })
}

/// A sheet that can be answered: of which text, in which round, and as which attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    pub version: i64,
    pub round: i64,
    pub number: i64,
}

impl Sheet {
    /// What the order of questions and options follows from.
    pub fn seed(self, of: &ActiveCourse, who: &Learner) -> String {
        let Sheet { version, round, number } = self;
        format!("{}/{version}/{}/{round}/{number}", of.code, who.user)
    }
}

/// The sheet that somebody may answer now.
pub fn sheet(of: &ActiveCourse, standing: &Standing) -> Result<Sheet, TrainingError> {
    match standing.step(of) {
        Step::Quiz => {
            Ok(Sheet { version: of.version, round: standing.round, number: standing.next_number() })
        }
        Step::Page(_) => Err(TrainingError::NotRead),
        Step::Failed => Err(TrainingError::NoTriesLeft),
        Step::Done => Err(TrainingError::Finished),
    }
}

/// What is at hand while something is done.
struct At<'a> {
    rules: &'a Rules,
    master: std::sync::Arc<MasterData>,
    of: &'a ActiveCourse,
    who: &'a Learner,
    now: Timestamp,
    local: jiff::civil::DateTime,
    place: Place,
    under: Under,
}

impl At<'_> {
    fn activity(&self, deed: Deed, of: Vec<String>, says: &[(&'static str, String)]) -> Activity {
        let mut all = BTreeMap::from([
            ("course", self.of.code.clone()),
            ("user", self.who.user.clone()),
            ("version", self.of.version.to_string()),
        ]);
        all.extend(says.iter().cloned());
        let partner = self.who.partner.clone();
        Activity { deed, of, partner, at: self.local, says: all }
    }
}

/// Keeps that a page was read. The last one finishes a course without a quiz.
pub async fn read_page(
    office: &Office,
    tx: &mut Tx,
    (code, page): (&str, &str),
    who: &Learner,
) -> Result<Standing, TrainingError> {
    let (rules, master) = (office.rules(tx).await?, office.master(tx).await?);
    let now = office.now();
    let local = activities::local(tx, now).await?;
    let opened = opened(tx, &rules, &master, now, &who.partner).await?;
    let of = for_learner((&rules, &master), code, who, (local.date(), &opened))?;
    if of.course.page(page).is_none() {
        return Err(TrainingError::NoPage);
    }
    let before = standing(tx, of, who, local.date()).await?;
    if before.finish.is_some() {
        return Ok(before);
    }
    let place = Place { course_id: of.course_id, user_id: who.user_id, round: before.round };
    let under = Under { version: of.version, partner_id: who.partner_id, now };
    let at = At { rules: &rules, master, of, who, now, local, place, under };
    store::visit(tx, place, under, page).await?;
    let key = vec![of.code.clone(), page.to_owned(), who.user.clone()];
    let viewed = at.activity(Deed::ContentViewed, key, &[("page", page.to_owned())]);
    let mut after = standing(tx, of, who, local.date()).await?;
    let is_read = of.course.pages().iter().all(|page| after.read.contains(&page.code));
    if is_read && of.course.quiz.is_none() {
        finish(tx, &at, vec![viewed], None).await?;
        after = standing(tx, of, who, local.date()).await?;
    } else {
        activities::post(tx, (&rules, &at.master), now, &[viewed]).await?;
    }
    Ok(after)
}

/// Takes the answers to a sheet: places of questions and of options, as the sheet showed them.
pub async fn answer(
    office: &Office,
    tx: &mut Tx,
    (code, answered): (&str, Sheet),
    who: &Learner,
    chosen: &[(usize, usize)],
) -> Result<Attempt, TrainingError> {
    let (rules, master) = (office.rules(tx).await?, office.master(tx).await?);
    let now = office.now();
    let local = activities::local(tx, now).await?;
    let opened = opened(tx, &rules, &master, now, &who.partner).await?;
    let of = for_learner((&rules, &master), code, who, (local.date(), &opened))?;
    let before = standing(tx, of, who, local.date()).await?;
    if sheet(of, &before)? != answered {
        return Err(TrainingError::OldSheet);
    }
    let Some(quiz) = &of.course.quiz else { return Err(TrainingError::Finished) };
    let answers = quiz.sheet(&answered.seed(of, who)).read(chosen.iter().copied());
    let graded = quiz.grade(&answers);
    let attempt = Attempt {
        round: answered.round,
        number: answered.number,
        version: of.version,
        at: now,
        answers,
        right: graded.right_count(),
        of: graded.of,
        passed: graded.passed,
    };
    let place = Place { course_id: of.course_id, user_id: who.user_id, round: before.round };
    let under = Under { version: of.version, partner_id: who.partner_id, now };
    store::attempted(tx, place, under, &attempt).await?;
    if attempt.passed {
        let at = At { rules: &rules, master, of, who, now, local, place, under };
        finish(tx, &at, Vec::new(), Some(&attempt)).await?;
    }
    Ok(attempt)
}

/// What benefits open for a partner now, as far as courses ask for it.
pub async fn opened(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partner: &PartnerCode,
) -> Result<BTreeSet<String>, TrainingError> {
    if rules.courses.iter().all(|of| of.course.access.is_none()) {
        return Ok(BTreeSet::new());
    }
    Ok(wallets::opened_for(reader, rules, master, now, partner).await?)
}

/// The course of that code, if it is for people of that partner; otherwise it is not there.
fn for_learner<'r>(
    (rules, master): (&'r Rules, &MasterData),
    code: &str,
    who: &Learner,
    (today, opened): (Date, &BTreeSet<String>),
) -> Result<&'r ActiveCourse, TrainingError> {
    let of = rules.courses.iter().find(|of| of.code == code);
    let is_for = |of: &&ActiveCourse| of.course.is_for(&who.partner, today, &master.master, opened);
    of.filter(is_for).ok_or(TrainingError::NoPage)
}

/// Tells that a course was finished, lets wallets follow, and keeps what arrived.
async fn finish(
    tx: &mut Tx,
    at: &At<'_>,
    mut told: Vec<Activity>,
    attempt: Option<&Attempt>,
) -> Result<(), TrainingError> {
    let (of, who, day) = (at.of, at.who, at.local.date());
    let key = vec![of.code.clone(), who.user.clone(), at.place.round.to_string()];
    let mut says = vec![("round", at.place.round.to_string())];
    if let Some(attempt) = attempt {
        says.push(("score", share(attempt.right, attempt.of).to_string()));
        says.push(("tries", attempt.number.to_string()));
    }
    told.push(at.activity(Deed::CourseFinished, key.clone(), &says));
    if let Some(certified) = &of.course.certificate {
        let (code, last) = certificates::give(tx, at.place, at.under, (certified, day)).await?;
        let mut says = vec![("certificate", code), ("round", at.place.round.to_string())];
        says.extend(last.map(|last| ("until", last.to_string())));
        told.push(at.activity(Deed::CertificateGained, key, &says));
    }
    let partners = BTreeSet::from([who.partner.clone()]);
    // What came before and waits to be evaluated is not what arrived by this.
    let owners = [who.partner.clone()];
    wallets::evaluate(tx, at.rules, &at.master, at.now, &owners).await?;
    let before = realtime::look(tx, at.rules, &at.master, at.now, &partners).await?;
    activities::post(tx, (at.rules, &at.master), at.now, &told).await?;
    let master = std::sync::Arc::clone(&at.master);
    let of = (&partners, &before);
    let happened = realtime::happened(tx, at.rules, master, at.now, of).await?;
    let arrived = happened.first().map(arrived).unwrap_or_default();
    store::finished(tx, at.place, at.under, (day, &arrived)).await?;
    Ok(())
}

/// What came into a partner's hands: points that can be spent now or later, vouchers, badges.
fn arrived(happened: &Happened) -> Arrived {
    let mut points: BTreeMap<String, rust_decimal::Decimal> = BTreeMap::new();
    let mut is_later = false;
    let is_own = |account: &str, unit: &str| {
        let places = ["open", "escrow", "reserved", "arrears"];
        let own = format!("/{unit}/{}", happened.partner);
        places.iter().any(|place| account.strip_prefix(place).is_some_and(|rest| rest == own))
    };
    for moved in &happened.moved {
        let to = is_own(&moved.credit, &moved.unit);
        let from = is_own(&moved.debit, &moved.unit);
        let amount = match (to, from) {
            (true, false) => {
                is_later |= moved.credit.starts_with("escrow/");
                moved.amount
            }
            (false, true) => -moved.amount,
            _ => continue,
        };
        *points.entry(moved.unit.clone()).or_default() += amount;
    }
    points.retain(|unit, amount| {
        !domain::wallet::is_hidden(unit) && *amount > rust_decimal::Decimal::ZERO
    });
    let says = |line: &domain::wallet::Line, word: &str| {
        line.says.iter().find_map(|(name, said)| match said {
            Said::Text(text) if *name == word => Some(text.clone()),
            _ => None,
        })
    };
    let of = |list: List| happened.changed.iter().filter(move |line| line.list == list);
    Arrived {
        points: points
            .into_iter()
            .map(|(unit, amount)| (unit, amount.normalize().to_string()))
            .collect(),
        badges: of(List::Badges).filter_map(|line| says(line, "badge")).collect(),
        vouchers: of(List::Vouchers).map(|line| line.of.clone()).collect(),
        is_later,
    }
}
