//! Console, users and their roles.

use maud::{Markup, html};

use engine::access::Role;

use crate::access;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Kind, Look, PageHead, Table, Tone, button, card, empty, nothing, notice, page_head,
    section, status, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub login: String,
    pub role: Role,
    pub partner: Option<PartnerRef>,
    pub is_active: bool,
    /// The reader, who needs somebody else to be shut out.
    pub is_self: bool,
}

/// What was typed, given back when something is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub name: String,
    pub login: String,
    pub role: String,
    pub partner: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    pub draft: Draft,
    /// Shown once, to be handed over: the address and first password of a new user.
    pub created: Option<(String, String)>,
    /// The address of a new user who got a letter instead.
    pub invited: Option<String>,
    /// Mail works here.
    pub may_invite: bool,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.users.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let k = &words.console;
        let page = html! {
            (page_head(&PageHead {
                title: words.common.users,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            @if let Some((email, password)) = &self.created {
                (notice(Tone::Good, &html! {
                    (k.user_created) " " b { (email) } " " span.tk-mono { (password) }
                }, &empty()))
            }
            @if let Some(login) = &self.invited {
                (notice(Tone::Good, &html! {
                    (fill(words.mail.user_invited, &[("login", login)]))
                }, &empty()))
            }
            div.tk-chart-side.tk-close {
                (card("tk-dense", self.rows(shell)))
                (self.form(shell))
            }
        };
        frame::console(shell, Place::Users, &[], &page)
    }
}

impl Row {
    /// Shutting out, and letting in again.
    fn actions(&self, shell: &Shell) -> Markup {
        let k = &shell.words().console;
        let (path, word) =
            if self.is_active { ("disable", k.disable) } else { ("enable", k.enable) };
        if self.is_self {
            return html! { div.tk-acts {} };
        }
        let label = fill(k.act_on_user, &[("act", word), ("name", &self.name)]);
        html! {
            div.tk-acts {
                (shell.form(&format!("/console/users/{}/{path}", self.id), "tk-act", &html! {
                    button.mui-btn.mui-btn--outline.mui-btn--row type="submit"
                        aria-label=(label) { (word) }
                }))
            }
        }
    }
}

impl Page {
    fn rows(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let (c, k) = (&words.common, &words.console);
        let columns = [
            Column::new(k.name, Kind::Name),
            Column::new(k.role, Kind::Text),
            Column::new(c.partner, Kind::Text).wide_only().roomy(),
            Column::new(c.state, Kind::Text),
            Column::new(c.actions, Kind::Text),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    two_lines(&html! { (row.name) }, &html! { (row.login) }),
                    html! { (access::role_label(row.role, words)) },
                    row.partner.as_ref().map_or_else(nothing, |partner| html! { (partner.name) }),
                    if row.is_active {
                        status(k.active, Tone::Good)
                    } else {
                        status(k.inactive, Tone::Plain)
                    },
                    row.actions(shell),
                ]
            })
            .collect();
        table(&Table::new(c.users, &columns, rows).cards())
    }

    fn form(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let (k, g) = (&words.console, &words.gate);
        let draft = &self.draft;
        let partner = Role::Partner { partner_id: 0 };
        let roles: Vec<(String, String)> =
            [partner, Role::IncentiveManager, Role::Finance, Role::Administrator]
                .iter()
                .map(|role| (role.word().into(), access::role_label(*role, words).into()))
                .collect();
        section(
            k.new_user,
            &empty(),
            &shell.form(
                "/console/users",
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("name", k.name, &draft.name).text())
                    (Field::new("login", g.login, &draft.login).text())
                    (Field::new("role", k.role, &draft.role).select(&roles))
                    (Field::new("partner", words.money.partner_code, &draft.partner)
                        .hint(k.partner_hint).optional().text())
                    @if self.may_invite {
                        label.tk-choice {
                            input type="checkbox" name="invite" value="yes";
                            span {
                                (words.mail.invite)
                                small.tk-below { (words.mail.invite_hint) }
                            }
                        }
                    }
                    (button(k.create_user, Look::Primary, None))
                },
            ),
        )
    }
}
