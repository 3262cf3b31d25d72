//! The two texts of a promotion, read back into the form, and changed by it.
//!
//! # Promises
//!
//! * Only what was changed in the form is changed in the texts. Whatever else they say stays as it
//!   was written, and is named.
//! * Where the text says more than the form can, a change that would lose it is refused.

use domain::yaml::{self, Entry, Node, Step, Tree};
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::said::{Entries, Says, parts};
use super::{AS_IT_STANDS, Form, lanes};

/// A promotion as it stands in the text of its wallet and in that of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub code: String,
    pub wallet: String,
    pub program: String,
    /// The position of the term that pays.
    pub term: usize,
}

/// Words of a program that are nobody's to change here.
const HEAD: [&str; 8] =
    ["program", "version", "corrects", "amends", "recorded", "currency", "time_zone", "terms"];

impl Standing {
    /// `None` if one of the texts does not know the promotion.
    pub fn of(wallet: &str, program: &str, code: &str) -> Option<Standing> {
        let root = yaml::parse(wallet).ok()?.root;
        yaml::at(&root, &[Step::Key("promotions"), Step::Key(code)])?;
        let paying = yaml::parse(program).ok()?.root;
        let is_own = |term: &Node| {
            let of = term.get("reward").and_then(|reward| reward.get("promotion"));
            of.and_then(Node::text) == Some(code)
        };
        let term = paying.get("terms")?.list()?.iter().position(is_own)?;
        let (wallet, program) = (wallet.to_owned(), program.to_owned());
        Some(Standing { code: code.to_owned(), wallet, program, term })
    }

    fn nodes(&self) -> Option<(Node, Node, Node)> {
        let wallet = yaml::parse(&self.wallet).ok()?.root;
        let block = yaml::at(&wallet, &[Step::Key("promotions"), Step::Key(&self.code)])?.clone();
        let program = yaml::parse(&self.program).ok()?.root;
        let term = yaml::at(&program, &[Step::Key("terms"), Step::Item(self.term)])?.clone();
        Some((block, program, term))
    }

    /// What the texts say in the words of the form. `plays` are games with the currency that a play
    /// costs, and how much of it.
    pub fn form(&self, plays: &[(String, String, Decimal)]) -> Form {
        let Some((block, program, term)) = self.nodes() else { return Form::default() };
        read(&self.code, (&block, &program, &term), plays)
    }

    fn money(program: &Node) -> (String, String) {
        let say = |key| text(program, key);
        (say("currency"), say("time_zone"))
    }

    /// The lines of both texts that the form has no words for: those of the wallet, and those of
    /// the program.
    pub fn kept(&self, form: &Form) -> (Vec<String>, Vec<String>) {
        let Some((block, program, term)) = self.nodes() else { return (vec![], vec![]) };
        let (currency, zone) = Standing::money(&program);
        let of_wallet = unsaid(&block, &form.of_promotion(), &[]);
        let mut of_program = unsaid(&program, &form.of_program((&currency, &zone)), &HEAD);
        of_program.extend(unsaid(&term, &form.of_term(), &["term"]));
        let others = program.get("terms").and_then(Node::list).unwrap_or_default().iter();
        let others = others.enumerate().filter(|(at, _)| *at != self.term);
        of_program.extend(others.map(|(_, other)| format!("term: {} …", text(other, "term"))));
        (of_wallet, of_program)
    }

    /// Both texts with what was changed in the form, or the words of the text that a change would
    /// lose. `revised` is the program's text to go on from; `term` a new code of the term that pays.
    pub fn changed(
        &self,
        (was, now): (&Form, &Form),
        revised: &str,
        term: Option<String>,
    ) -> Result<(String, String), Vec<String>> {
        let all = || vec![self.code.clone()];
        let (block, program, own) = self.nodes().ok_or_else(all)?;
        let at = [Step::Key("promotions"), Step::Key(self.code.as_str())];
        let of = (was.of_promotion(), now.of_promotion());
        let wallet = put(&self.wallet, &at, &block, &of, Lost::Refused)?;
        let (currency, zone) = Standing::money(&program);
        let of = |form: &Form| form.of_program((&currency, &zone));
        let said = put(revised, &[], &program, &(of(was), of(now)), Lost::Kept)?;
        let at = [Step::Key("terms"), Step::Item(self.term)];
        let of = (was.of_term(), now.of_term());
        let mut said = put(&said, &at, &own, &of, Lost::Refused)?;
        if let Some(code) = term {
            let entry = [("term".to_owned(), Some(code))];
            said = yaml::edit(&said, &at, &entry).ok_or_else(all)?;
        }
        if now.is_in_lane() && was.lane_order != now.lane_order {
            let with = lanes::position(&said, &now.lane_with);
            let moved = with
                .and_then(|with| lanes::placed(&said, self.term, with, now.lane_order == "before"));
            said = moved.ok_or_else(|| vec!["lane".to_owned()])?;
        }
        Ok((wallet, said))
    }

    /// The block of a promotion like this one, and a program of its own that pays under it.
    pub fn copied(&self, was: &Form, now: &Form) -> Result<(String, String), Vec<String>> {
        let all = || vec![self.code.clone()];
        let (block, program, _) = self.nodes().ok_or_else(all)?;
        let was = Form { code: now.code.clone(), lane: String::new(), ..was.clone() };
        let now = Form { lane: String::new(), ..now.clone() };
        let written = yaml::write(&Tree::Map(vec![(now.code.clone(), Tree::from(&block))]));
        let at = [Step::Key(now.code.as_str())];
        let of = (was.of_promotion(), now.of_promotion());
        let block = put(&written, &at, &block, &of, Lost::Refused)?;
        let text = yaml::write(&alone(&program, self.term, &now.code).ok_or_else(all)?);
        let program = yaml::parse(&text).map_err(|_| all())?.root;
        let at = [Step::Key("terms"), Step::Item(0)];
        let own = yaml::at(&program, &at).ok_or_else(all)?.clone();
        let (currency, zone) = Standing::money(&program);
        let of = |form: &Form| form.of_program((&currency, &zone));
        let text = put(&text, &[], &program, &(Entries::new(), called(&of(&now))), Lost::Taken)?;
        let text = put(&text, &[], &program, &(of(&was), of(&now)), Lost::Kept)?;
        let of = (was.of_term(), now.of_term());
        Ok((block, put(&text, &at, &own, &of, Lost::Refused)?))
    }
}

/// Names and days: what a copy has of its own in any case.
fn called(said: &Entries) -> Entries {
    let own = |key: &&str| ["name", "description", "starts", "ends"].contains(key);
    said.iter().filter(|(key, _)| own(key)).cloned().collect()
}

/// A program of one of its terms, under another code and promotion.
fn alone(program: &Node, term: usize, code: &str) -> Option<Tree> {
    let Tree::Map(mut head) = Tree::from(program) else { return None };
    let gone = ["version", "corrects", "amends", "recorded", "tests", "lanes", "ends"];
    head.retain(|(key, _)| !gone.contains(&key.as_str()));
    for (key, value) in &mut head {
        match (key.as_str(), &mut *value) {
            ("program", _) => *value = Tree::text(code),
            ("terms", Tree::List(terms)) => {
                let Tree::Map(mut own) = terms.get(term)?.clone() else { return None };
                own.retain(|(key, _)| key != "lane");
                for (key, value) in &mut own {
                    if let ("reward", Tree::Map(reward)) = (key.as_str(), value) {
                        reward.retain(|(key, _)| key != "promotion");
                        reward.push(("promotion".into(), Tree::text(code)));
                    }
                }
                *terms = vec![Tree::Map(own)];
            }
            _ => {}
        }
    }
    Some(Tree::Map(head))
}

/// What becomes of a change where the text says more than the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    Refused,
    /// The text stays.
    Kept,
    /// The form decides.
    Taken,
}

/// A text with what differs between two forms, in the mapping at a path.
fn put(
    text: &str,
    at: &[Step<'_>],
    own: &Node,
    (was, now): &(Entries, Entries),
    lost: Lost,
) -> Result<String, Vec<String>> {
    let mut said = text.to_owned();
    let mut refused = vec![];
    let mut flat: Vec<Entry> = vec![];
    let find = |all: &Entries, key: &str| {
        all.iter().find(|(other, _)| *other == key).map(|(_, says)| says.clone())
    };
    let gone = was.iter().filter(|(key, _)| now.iter().all(|(other, _)| other != key));
    for key in now.iter().chain(gone).map(|(key, _)| *key) {
        let (before, after) = (find(was, key), find(now, key));
        if before == after {
            continue;
        }
        let Some(stands) = own.get(key) else {
            flat.extend(after.map(|after| (key.to_owned(), Some(after.raw()))));
            continue;
        };
        let is_alike = before.as_ref().is_some_and(|before| same(before, stands));
        if is_alike || lost == Lost::Taken {
            flat.push((key.to_owned(), after.map(|after| after.raw())));
            continue;
        }
        match within(stands, before.as_ref(), after.as_ref()) {
            Some(entries) if !entries.is_empty() => {
                let mut at = at.to_vec();
                at.push(Step::Key(key));
                said = yaml::edit(&said, &at, &entries).ok_or_else(|| vec![key.to_owned()])?;
            }
            None if lost == Lost::Refused => refused.push(key.to_owned()),
            Some(_) | None => {}
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    yaml::edit(&said, at, &flat).ok_or_else(|| flat.into_iter().map(|(key, _)| key).collect())
}

/// What changes within a mapping that says more than the form does. `None`: it would lose
/// something.
fn within(stands: &Node, was: Option<&Says>, now: Option<&Says>) -> Option<Vec<Entry>> {
    stands.map()?;
    let entries = |says: Option<&Says>| says.map(Says::entries).unwrap_or_default();
    if [was, now].into_iter().flatten().any(|says| matches!(says, Says::One(_))) {
        return None;
    }
    let (was, now) = (entries(was), entries(now));
    let gone = was.iter().filter(|(key, _)| now.iter().all(|(other, _)| other != key));
    let mut found = vec![];
    for key in now.iter().chain(gone).map(|(key, _)| key) {
        let find = |all: &[(String, String)]| {
            all.iter().find(|(other, _)| other == key).map(|(_, raw)| raw.clone())
        };
        let (before, after) = (find(&was), find(&now));
        if before == after {
            continue;
        }
        if let Some(own) = stands.get(key)
            && !before.is_some_and(|before| is_same(&before, own))
        {
            return None;
        }
        found.push((key.clone(), after));
    }
    Some(found)
}

fn is_same(raw: &str, node: &Node) -> bool {
    yaml::parse(raw).is_ok_and(|read| Tree::from(&read.root) == Tree::from(node))
}

/// Whether the text says just this. A name that is said in no language is one said in any.
fn same(says: &Says, node: &Node) -> bool {
    match (says, node.text()) {
        (Says::Map(all), Some(plain)) => match all.as_slice() {
            [("en", raw)] => yaml::parse(raw).is_ok_and(|read| read.root.text() == Some(plain)),
            _ => false,
        },
        _ => is_same(&says.raw(), node),
    }
}

/// The entries of a mapping that these do not say.
fn unsaid(node: &Node, said: &Entries, not: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for (key, value) in node.map().unwrap_or_default() {
        let key = key.text().unwrap_or_default();
        let says = said.iter().find(|(other, _)| *other == key).map(|(_, says)| says);
        if not.contains(&key) || says.is_some_and(|says| same(says, value)) {
            continue;
        }
        let line = |tree: Tree| yaml::write(&tree).trim_end().to_owned();
        match (says, value.map()) {
            (Some(Says::Map(_) | Says::Named(..)), Some(own)) => {
                let known = says.map(Says::entries).unwrap_or_default();
                for (inner, value) in own {
                    let inner = inner.text().unwrap_or_default();
                    let is_said =
                        known.iter().any(|(key, raw)| key == inner && is_same(raw, value));
                    if !is_said {
                        let tree = Tree::Map(vec![(inner.to_owned(), Tree::from(value))]);
                        found.push(line(Tree::Map(vec![(key.to_owned(), tree)])));
                    }
                }
            }
            _ => found.push(line(Tree::Map(vec![(key.to_owned(), Tree::from(value))]))),
        }
    }
    found
}

fn text(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::text).unwrap_or_default().to_owned()
}

/// Whether what changed makes other awards, so that the term has to be a new one.
pub fn changes_kind(was: &Form, now: &Form) -> bool {
    let kind = |form: &Form| {
        let given = match form.gives.as_str() {
            "voucher" => ("voucher", form.voucher.clone()),
            "badge" => ("badge", form.badge.clone()),
            AS_IT_STANDS => (AS_IT_STANDS, String::new()),
            _ => ("points", form.unit.clone()),
        };
        (given, form.is_goal(), form.rewarded == "whole")
    };
    kind(was) != kind(now)
}

/// What the nodes of both texts say in the words of the form.
pub fn read(
    code: &str,
    (block, program, term): (&Node, &Node, &Node),
    plays: &[(String, String, Decimal)],
) -> Form {
    let (name_en, name_ja) = names(block, "name");
    let (describe_en, describe_ja) = names(block, "description");
    let (starts, starts_time) = moment(&text(block, "starts"));
    let (ends, ends_time) = moment(&text(block, "ends"));
    let limit = |key| block.get("limits").map(|of| text(of, key)).unwrap_or_default();
    let mut form = Form {
        code: code.to_owned(),
        name_en,
        name_ja,
        describe_en,
        describe_ja,
        starts,
        starts_time,
        ends,
        ends_time,
        enrolment: if text(block, "enrol") == "required" { "required" } else { "automatic" }.into(),
        limit_uses: limit("uses"),
        limit_uses_each: limit("uses_per_partner"),
        limit_points: limit("points"),
        limit_points_each: limit("points_per_partner"),
        limit_vouchers: limit("vouchers"),
        limit_liability: limit("liability"),
        cut: if text(block, "cut") == "true" { "cut" } else { "refuse" }.into(),
        goal_in: "amount".into(),
        rewarded: "sale".into(),
        lane_order: "after".into(),
        days: super::BACK_DAYS.to_string(),
        ..Form::default()
    };
    let is_activity = term.get("facts").is_some_and(|facts| is_same("[activity]", facts));
    if is_activity {
        form.rewarded = "activity".into();
    }
    form.read_who(&text(block, "when"));
    form.read_counts(&text(term, "when"));
    if form.read_pays(program, term).is_none() {
        form.gives = AS_IT_STANDS.into();
    }
    form.read_play(plays);
    form.read_lane(program, term);
    form
}

/// A text in English and Japanese; what is said in no language stands in the first.
fn names(node: &Node, key: &str) -> (String, String) {
    match node.get(key) {
        Some(own) if own.map().is_some() => (text(own, "en"), text(own, "ja")),
        Some(own) => (own.text().unwrap_or_default().to_owned(), String::new()),
        None => Default::default(),
    }
}

/// Day and time of day.
fn moment(said: &str) -> (String, String) {
    match said.parse::<DateTime>() {
        Ok(at) if said.contains('T') => {
            let time = if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
            (at.date().to_string(), at.strftime(time).to_string())
        }
        _ => (said.to_owned(), String::new()),
    }
}

/// The values that a part of a condition asks a path for, separated by commas.
fn asked(part: &str, path: &str) -> Option<String> {
    let rest = part.strip_prefix(path)?.trim_start();
    let one = |text: &str| {
        let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
        // What a list of the form cannot hold stays a condition.
        (!inner.contains(['"', '\\', ',', '、', '，'])).then(|| inner.to_owned())
    };
    if let Some(value) = rest.strip_prefix("==") {
        return one(value);
    }
    let inner = rest.strip_prefix("in")?.trim().strip_prefix('[')?.strip_suffix(']')?;
    let all: Option<Vec<String>> = parts(inner, ",").iter().map(|value| one(value)).collect();
    all.map(|all| all.join(", "))
}

/// Takes each part of a condition into the first field that is empty and asks it, else to the rest.
fn take(condition: &str, fields: &mut [(&str, &mut String)], rest: &mut String) {
    let mut others = vec![];
    for part in parts(condition, "&&").into_iter().filter(|part| !part.is_empty()) {
        let found = fields.iter_mut().find_map(|(path, field)| {
            let value = match path.strip_suffix(" >=") {
                Some(path) => {
                    let value = part.strip_prefix(path)?.trim_start().strip_prefix(">=")?.trim();
                    value.parse::<Decimal>().ok().map(|_| value.to_owned())
                }
                None => asked(&part, path),
            };
            value.filter(|_| field.is_empty()).map(|value| (field, value))
        });
        match found {
            Some((field, value)) => **field = value,
            None => others.push(part),
        }
    }
    *rest = others.join(" && ");
}

impl Form {
    fn read_who(&mut self, condition: &str) {
        let mut fields = [
            ("partner.country", &mut self.country),
            ("partner.level", &mut self.levels),
            ("partner.code", &mut self.list),
        ];
        take(condition, &mut fields, &mut self.who_more);
    }

    fn read_counts(&mut self, condition: &str) {
        let mut fields = vec![
            ("product.category", &mut self.categories),
            ("product.brand", &mut self.brands),
            ("product.code", &mut self.products),
            ("fact.coupon", &mut self.coupon),
            ("fact.amount >=", &mut self.least_amount),
            ("fact.quantity >=", &mut self.least_quantity),
        ];
        if self.rewarded == "activity" {
            fields.push(("fact.type", &mut self.activity));
        }
        take(condition, &mut fields, &mut self.counts_more);
    }

    /// How much it gives. `None`: in a way the form has no words for.
    fn read_pays(&mut self, program: &Node, term: &Node) -> Option<()> {
        let reward = term.get("reward")?;
        let given =
            ["points", "voucher", "badge"].into_iter().find(|key| reward.get(key).is_some());
        let given = given?;
        let fixed = if term.get("tiers").is_some() {
            self.read_goal(program, term)?
        } else {
            if text(term, "group_by") != "fact" || term.get("qualifier").is_some() {
                return None;
            }
            let first = "{ first: 1, per: program }";
            match term.get("frequency") {
                Some(own) if is_same(first, own) => self.first_only = "yes".into(),
                _ => {}
            }
            text(term, "fixed")
        };
        match given {
            "points" => self.unit = text(reward, given),
            "voucher" => self.voucher = text(reward, given),
            _ => self.badge = text(reward, given),
        }
        if given == "points" && !fixed.is_empty() {
            (self.gives, self.number) = ("fixed".into(), fixed);
            return Some(());
        }
        if given == "points" {
            let measure = text(term, "measure");
            let base = measure.strip_prefix("sum(awarded(\"")?.strip_suffix("\"))")?;
            (self.base, self.factor) = (base.to_owned(), text(term, "factor"));
            self.gives = "factor".into();
            return (!self.factor.is_empty()).then_some(());
        }
        self.gives = given.into();
        (fixed == "1").then_some(())
    }

    /// A goal of one step, and what is given for it.
    fn read_goal(&mut self, program: &Node, term: &Node) -> Option<String> {
        let every = program.get("periods").map(|of| text(of, "every")).unwrap_or_default();
        let rewarded = match every.as_str() {
            "month" => "goal",
            "program" => "whole",
            _ => return None,
        };
        let total = match text(term, "qualifier").as_str() {
            "sum(amount)" => "amount",
            "sum(quantity)" => "quantity",
            _ => return None,
        };
        let [row] = term.get("tiers")?.list()? else { return None };
        let is_plain = row.map()?.len() == 2 && text(term, "method") == "highest";
        let other = ["periods", "group_by", "measure", "facts"];
        if !is_plain || other.into_iter().any(|key| term.get(key).is_some()) {
            return None;
        }
        (self.rewarded, self.goal_in) = (rewarded.into(), total.into());
        row.get("from")?.text()?.clone_into(&mut self.goal);
        Some(row.get("fixed")?.text()?.to_owned())
    }

    /// Points that nothing but a game takes are plays of it.
    fn read_play(&mut self, plays: &[(String, String, Decimal)]) {
        let Some((game, _, price)) =
            plays.iter().find(|(_, unit, _)| *unit == self.unit && self.gives == "fixed")
        else {
            return;
        };
        let number = self.number.parse::<Decimal>().ok();
        let times = number.and_then(|number| number.checked_div(*price));
        if let Some(times) = times.filter(Decimal::is_integer) {
            self.gives = "play".into();
            self.game.clone_from(game);
            self.price = price.normalize().to_string();
            self.number = times.normalize().to_string();
        }
    }

    fn read_lane(&mut self, program: &Node, term: &Node) {
        let name = text(term, "lane");
        if name.is_empty() {
            return;
        }
        let terms = program.get("terms").and_then(Node::list).unwrap_or_default();
        let own = terms.iter().position(|other| other == term).unwrap_or_default();
        let with = terms.iter().enumerate().find(|(at, other)| {
            let promotion = other.get("reward").and_then(|reward| reward.get("promotion"));
            *at != own && text(other, "lane") == name && promotion.is_some()
        });
        let Some((at, with)) = with else { return };
        self.lane = program.get("lanes").map(|of| text(of, &name)).unwrap_or_default();
        self.lane_with = format!("{}/{}", text(program, "program"), text(with, "term"));
        self.lane_order = if own < at { "before" } else { "after" }.into();
        self.lane_name = name;
    }
}
