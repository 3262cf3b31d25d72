//! Training: courses, questions, certificates, in portal and console.

use engine::access::Profile;
use engine::training::Sheet;
use jiff::civil::date;

use super::Gallery;
use super::build::*;
use crate::console::loyalty::versions::{Draft, Version};
use crate::console::program::DiffLine;
use crate::console::training as console;
use crate::i18n::Lang;
use crate::markdown;
use crate::portal::profile;
use crate::portal::training::courses::{Course, Held, State};
use crate::portal::training::result::{Answered, Next, Score};
use crate::portal::training::{certificate, course, courses, page, quiz, result};
use crate::ui::List;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    let states = [State::Open(1), State::Quiz, State::Renew, State::New, State::Failed];
    let done = State::Done(date(2026, 6, 1));
    let all = states.into_iter().chain([done]).map(|state| one(lang, state)).collect();
    let held = vec![held(lang, true), self::held(lang, false)];
    gallery.partner("training", &courses::Page { courses: all, certificates: held });
    let bare = courses::Page { courses: vec![], certificates: vec![] };
    gallery.partner("training-empty", &bare);
    gallery.partner("training-course", &contents(lang, State::Open(1)));
    gallery.partner("training-course-done", &contents(lang, done));
    gallery.partner("training-page", &read(lang, page::End::Quiz));
    gallery.partner("training-page-read", &read(lang, page::End::Look));
    gallery.partner("training-quiz", &questions(lang, false));
    gallery.partner("training-quiz-anew", &questions(lang, true));
    gallery.partner("training-passed", &outcome(lang, Next::Finished));
    gallery.partner("training-failed", &outcome(lang, Next::Again(Some(1))));
    gallery.partner("training-no-tries", &outcome(lang, Next::NoTries));
    gallery.partner("training-certificate", &paper(lang, certificate::For::Holder));
    gallery.add(
        "training-certificate-open",
        super::As::Nobody,
        &paper(lang, certificate::For::Anyone),
    );
    let profile =
        Profile { name: lang.say("佐藤 美咲", "Misaki Sato").into(), ..Profile::default() };
    let login = "partner@hibari.example".to_owned();
    let channel = |channel| profile::Channel { channel, given: false, said: None };
    let channels = engine::members::ContactChannel::ALL.into_iter().map(channel).collect();
    gallery.partner("profile", &profile::Page { login, profile, wording: None, channels });
    gallery.manager("console-training", &console::courses::Page { rows: rows(lang) });
    gallery.manager("console-training-empty", &console::courses::Page { rows: vec![] });
    gallery.manager("console-training-course", &text_of(lang));
    gallery.manager("console-training-people", &takers(lang, people(lang)));
    gallery.manager("console-training-people-empty", &takers(lang, vec![]));
}

fn called(lang: Lang) -> String {
    lang.say("eバイク整備の基礎", "E-bikes in the workshop").into()
}

fn one(lang: Lang, state: State) -> Course {
    Course {
        code: "ebike-basics".into(),
        name: called(lang),
        description: lang
            .say("電源の切り方から診断まで。", "From switching off to finding faults.")
            .into(),
        minutes: Some(20),
        pages: 3,
        questions: 4,
        state,
        next: "/portal/training/ebike-basics/quiz".into(),
    }
}

fn held(lang: Lang, is_valid: bool) -> Held {
    Held {
        code: "ACDE-FHJK-MNPR".into(),
        name: lang.say("eバイク整備士", "E-bike mechanic").into(),
        last: Some(date(if is_valid { 2028 } else { 2026 }, 5, 31)),
        is_valid,
    }
}

fn contents(lang: Lang, state: State) -> course::Page {
    let entry =
        |name: &str, is_read| course::Entry { code: "battery".into(), name: name.into(), is_read };
    course::Page {
        course: one(lang, state),
        entries: vec![
            entry(lang.say("バッテリー", "The battery"), true),
            entry(lang.say("モーター", "The motor"), false),
        ],
        exam: Some(course::Exam {
            needs: 3,
            of: 4,
            tries_left: Some(3),
            is_open: state == State::Quiz,
        }),
        certificate: Some(held(lang, true)),
    }
}

fn read(lang: Lang, end: page::End) -> page::Page {
    let link = |name: &str| page::Link {
        name: name.into(),
        href: "https://files.example/list.pdf".into(),
        host: "files.example".into(),
    };
    let text = lang.say(
        "まず**電源を切ります**。\n\n- 鍵を抜く\n- 30秒待つ\n",
        "Switch it **off** first.\n\n- Take the key out\n- Wait 30 seconds\n",
    );
    page::Page {
        course: "ebike-basics".into(),
        course_name: called(lang),
        code: "battery".into(),
        name: lang.say("バッテリー", "The battery").into(),
        number: 2,
        of: 3,
        text: markdown::render(text),
        video: Some(link("")),
        files: vec![link(lang.say("点検表", "Checklist"))],
        before: Some("first".into()),
        after: Some("motor".into()),
        end,
    }
}

fn questions(lang: Lang, is_anew: bool) -> quiz::Page {
    let question = |asks: &str, choose, options: &[&str]| quiz::Question {
        asks: asks.into(),
        choose,
        options: options.iter().map(|it| (*it).to_owned()).collect(),
    };
    let t = &lang.words().training;
    quiz::Page {
        course: "ebike-basics".into(),
        course_name: called(lang),
        sheet: Sheet { version: 1, round: 1, number: 1 },
        needs: 2,
        tries_left: Some(3),
        questions: vec![
            question(
                lang.say("最初に行うことは？", "What comes first?"),
                quiz::Choose::One,
                &[
                    lang.say("電源を切る", "Switch it off"),
                    lang.say("車輪を外す", "Take a wheel out"),
                ],
            ),
            question(
                lang.say("必要な工具は？", "Which tools are needed?"),
                quiz::Choose::Several,
                &["T25", "T30", "M5"],
            ),
            question(
                lang.say("高圧洗浄機で洗ってもよい。", "A pressure washer is fine."),
                quiz::Choose::Truth,
                &[t.is_true, t.is_false],
            ),
        ],
        is_anew,
    }
}

fn outcome(lang: Lang, next: Next) -> result::Page {
    let is_done = next == Next::Finished;
    let answered = |is_right| Answered {
        asks: lang.say("最初に行うことは？", "What comes first?").into(),
        is_right,
        said: if is_right {
            vec![lang.say("電源を切る", "Switch it off").into()]
        } else {
            vec![]
        },
        right: (next != Next::Again(Some(1)))
            .then(|| vec![lang.say("電源を切る", "Switch it off").into()]),
        why: lang.say("不意に動くと危険です。", "A motor that starts takes fingers.").into(),
    };
    let some = |text: &str| if is_done { vec![text.to_owned()] } else { vec![] };
    result::Page {
        course: "ebike-basics".into(),
        course_name: called(lang),
        next,
        score: Some(Score { right: 3, of: 4, answered: vec![answered(true), answered(false)] }),
        points: some(lang.say("500 ライドポイント", "500 Ride points")),
        is_later: is_done,
        badges: some(lang.say("eバイク整備認定店", "E-bike workshop")),
        vouchers: some("P7K3M9Q2A"),
        certificate: is_done.then(|| held(lang, true)),
    }
}

fn paper(lang: Lang, reader: certificate::For) -> certificate::Page {
    certificate::Page {
        code: "ACDE-FHJK-MNPR".into(),
        name: lang.say("eバイク整備士", "E-bike mechanic").into(),
        course: called(lang),
        holder: lang.say("佐藤 美咲", "Misaki Sato").into(),
        partner: lang.say("青葉サイクル", "Aoba Cycles").into(),
        from: date(2026, 6, 1),
        last: Some(date(2028, 5, 31)),
        is_valid: true,
        address: "https://tokuten.example/certificates/ACDE-FHJK-MNPR".into(),
        reader,
    }
}

fn rows(lang: Lang) -> Vec<console::courses::Row> {
    let row = |active: Option<&str>, draft: Option<&str>| console::courses::Row {
        code: "ebike-basics".into(),
        name: called(lang),
        active: active.map(Into::into),
        draft: draft.map(Into::into),
        holds: "3 · 4".into(),
        people: ["12".into(), "7".into()],
        by: ("A".into(), "2026-06-01".into()),
    };
    vec![row(Some("2"), Some("3")), row(None, Some("1"))]
}

fn text_of(lang: Lang) -> console::course::Page {
    let t = &lang.words().training;
    console::course::Page {
        code: "ebike-basics".into(),
        name: called(lang),
        description: lang.say("診断まで。", "To finding faults.").into(),
        is_active: true,
        shown: 2,
        rows: vec![(t.tries, "3".into()), (t.audience, "partner.country == \"JP\"".into())],
        pages: vec![console::course::Read {
            name: lang.say("バッテリー", "The battery").into(),
            text: markdown::render("**Off**"),
            links: vec![("list.pdf".into(), "https://files.example/list.pdf".into())],
        }],
        questions: vec![console::course::Asked {
            asks: lang.say("最初に行うことは？", "What comes first?").into(),
            options: vec![("A".into(), true), ("B".into(), false)],
            why: lang.say("危険です。", "It is dangerous.").into(),
        }],
        text: "course: ebike-basics\nname: E-bikes\n".into(),
        versions: vec![
            Version { number: 3, is_draft: true, by: "A".into() },
            Version { number: 2, is_draft: false, by: "B".into() },
        ],
        draft: Some(Draft {
            number: 3,
            by: "A".into(),
            against: Some(2),
            changes: vec![
                DiffLine::Removed("minutes: 20".into()),
                DiffLine::Added("minutes: 25".into()),
            ],
            needs_other: None,
        }),
    }
}

fn people(lang: Lang) -> Vec<console::people::Row> {
    let row = |certificate, best: Option<&str>| console::people::Row {
        name: lang.say("佐藤 美咲", "Misaki Sato").into(),
        partner: partners(lang).remove(0),
        pages: "3 / 3".into(),
        tries: 2,
        best: best.map(Into::into),
        finished: Some(date(2026, 6, 1)),
        certificate,
        last: "2026-06-01 09:30".into(),
    };
    vec![
        row(Some(console::people::Ends::On(date(2028, 5, 31))), Some("4 / 4")),
        row(Some(console::people::Ends::Over(date(2026, 5, 31))), Some("3 / 4")),
        row(Some(console::people::Ends::Never), Some("3 / 4")),
        row(None, None),
    ]
}

fn takers(lang: Lang, rows: Vec<console::people::Row>) -> console::people::Page {
    let mut list = List::new("/console/training/ebike-basics/people");
    list.rows = rows.len() as u64;
    console::people::Page { code: "ebike-basics".into(), name: called(lang), list, rows }
}
