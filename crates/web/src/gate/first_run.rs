//! A new installation: nobody can sign in yet, so the first visitor becomes the administrator.

use engine::access::PASSWORD_CHARS_MIN;
use maud::{Markup, html};

use super::gate;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::{Look, Tone, button, notice};

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    Vendor,
    Name,
    Login,
    TimeZone,
    /// Shorter than the least that is accepted.
    Password,
    /// The code printed by the server at its start is another.
    Code,
}

#[derive(Debug, Clone, Default)]
pub struct Page {
    pub vendor: String,
    pub name: String,
    pub login: String,
    pub time_zone: String,
    /// Whether the code is asked for that the server printed when it started.
    pub needs_code: bool,
    pub problem: Option<Problem>,
}

impl Page {
    fn error(&self, of: Problem, said: &'static str) -> Option<&'static str> {
        (self.problem == Some(of)).then_some(said)
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.gate.first_run.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let g = &shell.words().gate;
        let hint = fill(g.password_hint, &[("n", &PASSWORD_CHARS_MIN.to_string())]);
        let form = html! {
            h1 { (g.first_run) }
            p.tk-muted.tk-phrase { (g.first_run_hint) }
            @if self.problem.is_some() {
                (notice(Tone::Bad, &html! { (g.problem_above) }, &html! {}))
            }
            (shell.form("/first-run", "tk-gate__fields", &html! {
                (Field::new("vendor", g.vendor_name, &self.vendor)
                    .error(self.error(Problem::Vendor, g.problem_vendor)).text())
                (Field::new("time_zone", g.time_zone, self.zone(shell.lang))
                    .error(self.error(Problem::TimeZone, g.problem_time_zone)).text())
                (Field::new("name", g.your_name, &self.name)
                    .error(self.error(Problem::Name, g.problem_name)).text())
                (Field::new("login", g.login, &self.login)
                    .fills("username")
                    .error(self.error(Problem::Login, g.problem_login)).text())
                (Field::new("password", g.password, "").hint(&hint)
                    .fills("new-password")
                    .error(self.error(Problem::Password, g.problem_password)).password())
                @if self.needs_code {
                    (Field::new("code", g.setup_code, "").hint(g.setup_code_hint)
                        .fills("off")
                        .error(self.error(Problem::Code, g.problem_code)).text())
                }
                (button(g.create_administrator, Look::Primary, None))
            }))
        };
        gate(shell, g.new_installation, &form)
    }
}

impl Page {
    fn zone(&self, lang: Lang) -> &str {
        match (self.time_zone.as_str(), lang) {
            ("", Lang::Ja) => "Asia/Tokyo",
            ("", Lang::En) => "UTC",
            (zone, _) => zone,
        }
    }
}
