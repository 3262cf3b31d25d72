//! The model of a program's text.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::amount::{Currency, RoundingMode};
use crate::code::{PartnerCode, ProgramCode, TermCode, Unit};
use crate::condition::{Expr, FieldType, Path};
use crate::fact::FactKind;
use crate::wallet::{Bearer, Lifetime};

/// Where a word stands in its file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Text by language (`en`, `ja`); a text without language stands under the empty tag.
pub type Names = BTreeMap<String, String>;

/// One version of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    pub code: ProgramCode,
    pub version: u32,
    pub change: Change,
    /// Since when this version is known; `None`: from the beginning.
    pub recorded: Option<Date>,
    pub name: Names,
    pub description: Names,
    pub reference: Option<String>,
    pub url: Option<String>,
    pub currency: Currency,
    /// IANA name; `UTC` by default.
    pub time_zone: String,
    pub starts: Date,
    /// Last day, inclusive.
    pub ends: Option<Date>,
    pub partners: Members,
    pub when: Option<Expr>,
    /// Declared custom fields by full path: `partner.buying_group`.
    pub fields: BTreeMap<String, FieldType>,
    pub lists: BTreeMap<String, Vec<String>>,
    pub lanes: BTreeMap<String, Lane>,
    pub limits: ProgramLimits,
    /// In the order of the file.
    pub terms: Vec<Term>,
    /// The text it was read from.
    pub text: String,
}

/// What a version does to the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    First,
    /// Acts on all of the version it names.
    Corrects {
        version: u32,
    },
    /// Acts on facts from its date.
    Amends {
        from: Date,
        thresholds: Thresholds,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thresholds {
    #[default]
    Whole,
    Split,
}

/// Who can earn.
#[derive(Debug, Clone, PartialEq)]
pub enum Members {
    All,
    /// Over `partner.*`, the earner on the date of the fact.
    Where(Expr),
    List(Vec<Member>),
}

/// An enrolled partner. `from` and `to` are inclusive days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub partner: PartnerCode,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub ship_to: Option<PartnerCode>,
    pub skip: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Best,
    First,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProgramLimits {
    pub per_partner_period: Bounds,
    pub per_partner: Bounds,
    pub budget: Option<Budget>,
}

/// How often periods come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Every {
    Month,
    Quarter,
    Half,
    Year,
    /// One period, from the program's first day to its last.
    Program,
    /// Named days, `from` and `to` inclusive, ascending without overlap.
    Custom(Vec<CustomPeriod>),
    OnDemand,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomPeriod {
    pub name: String,
    pub from: Date,
    pub to: Date,
}

/// The qualifying periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Periods {
    pub every: Every,
    /// 1 to 12.
    pub fiscal_year_from: i8,
    /// `None`: until the period is closed.
    pub grace_days: Option<u32>,
    pub calculate_after_days: u32,
}

/// When and how what was earned becomes payable.
#[derive(Debug, Clone, PartialEq)]
pub struct Payout {
    /// `None`: the qualifying period.
    pub every: Option<Every>,
    pub catch_up: CatchUp,
    pub release: Release,
    pub minimum: Option<Decimal>,
    pub below_minimum: BelowMinimum,
    pub negative: Negative,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    #[default]
    Each,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Release {
    #[default]
    AsEarned,
    Evenly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BelowMinimum {
    #[default]
    Carry,
    Lapse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Negative {
    #[default]
    Carry,
    ClaimBack,
}

/// What is booked before the payout.
#[derive(Debug, Clone, PartialEq)]
pub struct Accrue {
    /// The accounting period; `None`: the payout's.
    pub every: Option<Every>,
    pub by: AccrueBy,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AccrueBy {
    /// What is earned so far.
    Earned,
    /// A share of the measure, whatever the tier.
    Rate(Decimal),
    PerUnit(Decimal),
    /// The tier that the named figure table would reach.
    Forecast(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    pub mode: RoundingMode,
    pub at: RoundAt,
    /// `None`: the currency's minor unit.
    pub scale: Option<u32>,
    pub remainder: Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoundAt {
    #[default]
    Award,
    Fact,
    Tier,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Remainder {
    #[default]
    Largest,
    First,
}

/// One term. What a program says for all its terms is already filled in here.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub code: TermCode,
    pub at: Position,
    pub name: Names,
    /// The term's own days within the program, inclusive.
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub periods: Periods,
    pub payout: Payout,
    pub accrue: Accrue,
    pub facts: FactsOf,
    pub when: Option<Expr>,
    pub frequency: Option<Frequency>,
    pub returns: Returns,
    pub earner: Earner,
    pub split: Option<Split>,
    pub group_by: GroupBy,
    pub unit: Option<Unit>,
    pub currency: Option<Currency>,
    /// `None`: the measure's total.
    pub qualifier: Option<Reading>,
    /// `None` only if every row is `fixed` alone, or the amounts are external.
    pub measure: Option<Measure>,
    pub compare: Compare,
    pub method: Method,
    /// Thresholds ascend within each table of dimensions. Empty only if `external`.
    pub rows: Vec<Row>,
    pub external: bool,
    pub requires: Vec<Requirement>,
    pub net_of: Vec<TermRef>,
    pub lane: Option<String>,
    pub limits: Limits,
    pub rounding: Rounding,
    pub settle: Settle,
    pub reward: Reward,
    /// The promotion in whose limits what it gives counts.
    pub promotion: Option<String>,
}

impl Term {
    /// What its awards are in, if they are money.
    pub fn currency_in(&self, program: &Program) -> Currency {
        let measured = self.measure.as_ref().and_then(|measure| measure.currency);
        measured.or(self.currency).unwrap_or(program.currency)
    }

    /// What its thresholds are in, if they are money.
    pub fn qualifier_currency_in(&self, program: &Program) -> Currency {
        let qualified = self.qualifier.as_ref().and_then(|qualifier| qualifier.currency);
        qualified.or(self.currency).unwrap_or(program.currency)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactsOf {
    Kinds(Vec<FactKind>),
    /// An agreed sum for every member.
    None,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frequency {
    pub first: u32,
    pub per: FrequencyPer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrequencyPer {
    Day,
    Month,
    #[default]
    Period,
    Year,
    Program,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Returns {
    /// A return counts where its sale counted.
    #[default]
    WithSale,
    OwnDate,
    Ignored,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Earner {
    /// `partner`: the default.
    Partner,
    Path(Path),
    Code(PartnerCode),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Split {
    Contributors,
    Shares(Vec<(Earner, Decimal)>),
}

/// The grain of an award.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupBy {
    /// Each fact by itself.
    pub fact: bool,
    /// Name and path, in the order written.
    pub names: Vec<(String, Path)>,
}

/// A total of facts, and more about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub at: Position,
    pub total: Total,
    /// Other facts than the term's.
    pub when: Option<Expr>,
    pub scope: Scope,
    pub window: Window,
    pub group_by: Option<ReadingGroup>,
    pub unit: Option<Unit>,
    pub currency: Option<Currency>,
    pub view: View,
    pub each: Option<Each>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Total {
    /// Of quantities, amounts or expressions over them.
    Sum(Expr),
    /// Of facts, returns aside.
    Count,
    CountDistinct(Path),
    Max(Expr),
    Min(Expr),
    /// Complete sets.
    Sets(Vec<(Expr, Decimal)>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    Partner,
    All,
    Path(Path),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    #[default]
    Period,
    ToDate,
    PriorPeriod,
    PriorYear,
    Program,
    /// Back from the period's end or the fact.
    Span(Span),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub months: u32,
    pub days: u32,
}

impl Span {
    pub fn is_nothing(self) -> bool {
        self.months == 0 && self.days == 0
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadingGroup {
    None,
    Names(Vec<String>),
}

/// How a reading is looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum View {
    #[default]
    Total,
    /// In % over the baseline.
    Growth,
    /// Over the baseline.
    Increase,
    /// In % of the target.
    Attainment,
    /// In % of the same total under the condition.
    Share(Box<Expr>),
}

impl View {
    /// Thresholds of these readings are written in %.
    pub fn is_ratio(&self) -> bool {
        matches!(self, View::Growth | View::Attainment | View::Share(_))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    pub total: Total,
    pub reach: EachReach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EachReach {
    From(Decimal),
    Share(Decimal),
}

/// What the rate applies to.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub at: Position,
    pub total: Total,
    pub unit: Option<Unit>,
    pub currency: Option<Currency>,
    pub after: Option<After>,
    pub up_to: Option<Decimal>,
    pub packages_of: Option<Decimal>,
    pub count: PackageCount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct After {
    pub facts: Option<u32>,
    pub total: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PackageCount {
    #[default]
    Full,
    Started,
}

/// What growth, increase, attainment and excess compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum Compare {
    Nothing,
    Baseline(Baseline),
    Target(Figure),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    pub of: BaselineOf,
    pub minimum: Option<Decimal>,
    pub when_zero: WhenZero,
}

#[derive(Debug, Clone, PartialEq)]
pub enum BaselineOf {
    PriorPeriod,
    PriorYear,
    Figure(Figure),
}

/// A number, or the name of a figure table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    Number(Decimal),
    Table(String),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum WhenZero {
    #[default]
    NoAward,
    NoGrowth,
    FullGrowth,
    Other(Box<BaselineOf>),
}

/// How tiers act. A single value without `tiers` is one row under `AllUnits`
/// (`Highest` if it is `fixed` alone).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    AllUnits,
    Marginal,
    Stacked,
    Excess,
    Interpolated,
    Highest,
    SumOfReached,
}

impl Method {
    pub const ALL: [Method; 7] = [
        Method::AllUnits,
        Method::Marginal,
        Method::Stacked,
        Method::Excess,
        Method::Interpolated,
        Method::Highest,
        Method::SumOfReached,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Method::AllUnits => "all_units",
            Method::Marginal => "marginal",
            Method::Stacked => "stacked",
            Method::Excess => "excess",
            Method::Interpolated => "interpolated",
            Method::Highest => "highest",
            Method::SumOfReached => "sum_of_reached",
        }
    }
}

/// A row of a tier table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub at: Position,
    pub opens: Opens,
    pub value: Option<RowValue>,
    pub fixed: Option<Decimal>,
    pub up_to: Option<Decimal>,
    pub name: Option<Names>,
    /// Group name to value.
    pub dimensions: BTreeMap<String, String>,
    pub starts: Option<Date>,
    pub ends: Option<Date>,
}

/// Where a row opens. Thresholds of ratios are shares of 1: 8 % is 0.08.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// Without threshold: always reached, below zero too.
    Always,
    /// Reached at it.
    From(Decimal),
    /// Reached only beyond it.
    Above(Decimal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowValue {
    /// Share of the measure: 2 % is 0.02.
    Rate(Decimal),
    PerUnit(Decimal),
    Factor(Decimal),
}

impl RowValue {
    /// Whether it pays nothing on any measure.
    pub fn is_nothing(self) -> bool {
        match self {
            RowValue::Rate(value) | RowValue::PerUnit(value) => value.is_zero(),
            RowValue::Factor(factor) => factor == Decimal::ONE,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Requirement {
    Term { term: TermRef, tier: Option<u32> },
    Reading { reading: Box<Reading>, opens: Opens },
}

/// A term, of this program unless `program` says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRef {
    pub program: Option<ProgramCode>,
    pub term: TermCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    pub at_least: Option<Decimal>,
    pub at_most: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    pub per_award: Bounds,
    pub per_partner_period: Bounds,
    pub per_partner: Bounds,
    pub guarantee: Option<Guarantee>,
    pub budget: Option<Budget>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarantee {
    pub amount: Decimal,
    pub carry_over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub amount: Decimal,
    pub share: BudgetShare,
    pub per: BudgetPer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BudgetShare {
    #[default]
    FirstCome,
    InProportion,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BudgetPer {
    #[default]
    Program,
    Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    AtOnce,
    PeriodEnd,
}

/// In what a term pays. Details beyond the code are words of the wallet language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reward {
    Money,
    Points(PointReward),
    Fund(String),
    Voucher(String),
    Badge(String),
    Benefit(String),
    Goods(String),
}

/// What a term pays in points. What it does not say of their days is the currency's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointReward {
    /// The point currency.
    pub points: String,
    /// `None`: the first of the currency.
    pub subtype: Option<String>,
    pub lifetime: Option<Lifetime>,
    /// How long they wait before they can be used.
    pub escrow: Option<Span>,
    /// Who bears them, or a part of them; the rest is the vendor's own.
    pub sponsors: Vec<Bearer>,
}

impl PointReward {
    /// Credited as the currency says.
    pub fn plain(points: String) -> PointReward {
        PointReward { points, subtype: None, lifetime: None, escrow: None, sponsors: Vec::new() }
    }
}

impl Reward {
    /// The word of the language.
    pub fn word(&self) -> &'static str {
        match self {
            Reward::Money => "money",
            Reward::Points(_) => "points",
            Reward::Fund(_) => "fund",
            Reward::Voucher(_) => "voucher",
            Reward::Badge(_) => "badge",
            Reward::Benefit(_) => "benefit",
            Reward::Goods(_) => "goods",
        }
    }

    /// The code of what is given; money has none.
    pub fn code(&self) -> &str {
        match self {
            Reward::Money => "",
            Reward::Points(points) => &points.points,
            Reward::Fund(code)
            | Reward::Voucher(code)
            | Reward::Badge(code)
            | Reward::Benefit(code)
            | Reward::Goods(code) => code,
        }
    }
}
