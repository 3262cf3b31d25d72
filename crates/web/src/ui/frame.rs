//! The frames around a page: the portal's masthead and tab bar, the console's sidebar.
//!
//! Only places that exist for the reader are drawn: an entry whose page the access matrix refuses
//! is left out.

use maud::{Markup, PreEscaped, html};
use maud_ui::blocks::shell::{app_header, brand_mark, sidebar};
use maud_ui::primitives::bottom_tab_bar;

use super::icon::{Icon, icon, tokuten_mark, vendor_mark};
use super::{Look, button};
use crate::access;
use crate::i18n::{Lang, Words};
use crate::portal::profile::PROFILE;
use crate::shell::{Shell, Viewer, Waiting};

/// The places of the portal. At most five, so that they fit the tab bar of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalPlace {
    Home,
    Programs,
    /// Where a wallet acts.
    Points,
    /// Where there is a course for the reader.
    Training,
    Records,
}

impl PortalPlace {
    const ALL: [PortalPlace; 5] = [
        PortalPlace::Home,
        PortalPlace::Programs,
        PortalPlace::Points,
        PortalPlace::Training,
        PortalPlace::Records,
    ];

    /// The place that an address belongs to; the first one where it is none.
    pub fn containing(address: &str) -> PortalPlace {
        let within = |place: &PortalPlace| is_within(address, place.href());
        let found = PortalPlace::ALL.into_iter().filter(within);
        found.max_by_key(|place| place.href().len()).unwrap_or(PortalPlace::Home)
    }

    fn label(self, words: &Words) -> &'static str {
        match self {
            PortalPlace::Home => words.portal.home,
            PortalPlace::Programs => words.common.programs,
            PortalPlace::Points => words.points.title,
            PortalPlace::Training => words.training.title,
            PortalPlace::Records => words.portal.records,
        }
    }

    fn href(self) -> &'static str {
        match self {
            PortalPlace::Home => "/portal",
            PortalPlace::Programs => "/portal/programs",
            PortalPlace::Points => "/portal/points",
            PortalPlace::Training => "/portal/training",
            PortalPlace::Records => "/portal/records",
        }
    }

    fn icon(self) -> Icon {
        match self {
            PortalPlace::Home => Icon::Home,
            PortalPlace::Programs => Icon::Target,
            PortalPlace::Points => Icon::Star,
            PortalPlace::Training => Icon::Book,
            PortalPlace::Records => Icon::File,
        }
    }
}

/// The places that there are for this reader, each with what it is called.
fn portal_places(shell: &Shell) -> Vec<(PortalPlace, String)> {
    let points = shell.viewer.as_ref().and_then(|viewer| viewer.points.clone());
    let trains = shell.viewer.as_ref().is_some_and(|viewer| viewer.trains);
    let named = |place: PortalPlace| match place {
        PortalPlace::Points => points.clone().map(|name| (place, name)),
        PortalPlace::Training => trains.then(|| (place, place.label(shell.words()).into())),
        _ => Some((place, place.label(shell.words()).into())),
    };
    PortalPlace::ALL.into_iter().filter_map(named).collect()
}

/// A page as a partner sees it: the vendor's name above, a few places, nothing else.
pub fn portal(shell: &Shell, place: PortalPlace, children: &Markup) -> Markup {
    let words = shell.words();
    let places = portal_places(shell);
    let masthead = app_header::render(app_header::Props {
        brand_mark: Some(brand_mark::Props {
            wordmark: shell.vendor.clone(),
            href: Some(PortalPlace::Home.href().into()),
            logo: Some(vendor_mark()),
            tagline: Some(html! { (words.portal.tagline) }),
        }),
        links: places
            .iter()
            .map(|(place, label)| maud_ui::blocks::action::Link {
                label: label.clone(),
                href: place.href().into(),
            })
            .collect(),
        current_href: Some(place.href().into()),
        actions: Some(tools(shell)),
        ..Default::default()
    });
    let tabs = bottom_tab_bar::render(bottom_tab_bar::Props {
        items: places
            .iter()
            .map(|(place, label)| bottom_tab_bar::Item {
                label: label.clone(),
                // A wallet's own name may be longer than a tab.
                short_label: Some(place.label(words).into()),
                href: place.href().into(),
                icon: Some(icon(place.icon())),
            })
            .collect(),
        current_href: Some(place.href().into()),
        aria_label: words.common.main_menu.into(),
        ..Default::default()
    });
    html! {
        div.tk-portal {
            (in_language(shell.lang, masthead))
            main #main.tk-portal__main {
                (shell.done())
                @if place == PortalPlace::Points { (whose(shell)) }
                (children)
            }
            (tabs)
        }
    }
}

/// Whose points the page is about, where the reader is a member of its own.
fn whose(shell: &Shell) -> Markup {
    let m = &shell.words().members;
    let of = shell.viewer.as_ref().and_then(|viewer| viewer.whose);
    html! {
        @if let Some(of) = of {
            div.tk-inline-form role="group" aria-label=(m.people) {
                @for (word, label, is_on) in [
                    ("own", m.person_points, of.is_own),
                    ("company", m.company_points, !of.is_own),
                ] {
                    @if is_on { b aria-current="true" { (label) } }
                    @else {
                        (shell.form(&format!("/portal/points/whose/{word}"), "",
                            &button(label, Look::Outline, None)))
                    }
                }
            }
        }
    }
}

/// The places of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Today,
    Programs,
    Periods,
    Watchlist,
    Approvals,
    Payouts,
    Adjustments,
    Disputes,
    Holds,
    Statements,
    Payments,
    Notes,
    Outlook,
    Ledger,
    Accounting,
    Partners,
    Products,
    Reference,
    Imports,
    External,
    Waiting,
    Mappings,
    Settlement,
    Users,
    Tokens,
    Webhooks,
    Mail,
    Audit,
    Members,
    Wallets,
    Promotions,
    Liability,
    Movers,
    Counter,
    Proposals,
    Training,
    Games,
    Orders,
    Sponsors,
    Pools,
    Badges,
    Reasons,
}

/// Whether an address is a page or lies below it.
fn is_within(address: &str, page: &str) -> bool {
    let rest = address.strip_prefix(page);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

impl Place {
    const ALL: [Place; 15] = [
        Place::Today,
        Place::Programs,
        Place::Periods,
        Place::Payouts,
        Place::Adjustments,
        Place::Ledger,
        Place::Partners,
        Place::Products,
        Place::Imports,
        Place::Mappings,
        Place::Users,
        Place::Tokens,
        Place::Webhooks,
        Place::Mail,
        Place::Audit,
    ];

    /// The place that an address belongs to; the first one where it is none.
    pub fn containing(address: &str) -> Place {
        let within = |place: &Place| is_within(address, place.href());
        let found = Place::ALL.into_iter().filter(within);
        found.max_by_key(|place| place.href().len()).unwrap_or(Place::Today)
    }

    pub fn label(self, words: &Words) -> &'static str {
        let c = &words.common;
        match self {
            Place::Today => c.today,
            Place::Programs => c.programs,
            Place::Periods => c.period_close,
            Place::Watchlist => words.settle.watchlist,
            Place::Approvals => words.settle.approvals,
            Place::Payouts => c.payouts,
            Place::Disputes => words.settle.disputes,
            Place::Holds => words.settle.holds,
            Place::Settlement => words.settle.policy,
            Place::Adjustments => c.adjustments,
            Place::Statements => words.papers.statements,
            Place::Payments => words.papers.payments,
            Place::Notes => words.papers.notes,
            Place::Outlook => words.money.outlook,
            Place::Ledger => c.ledger,
            Place::Accounting => words.papers.accounting,
            Place::Partners => c.partners,
            Place::Products => c.products,
            Place::Reference => c.reference,
            Place::Imports => c.imports,
            Place::External => words.trace.external,
            Place::Waiting => words.trace.waiting,
            Place::Mappings => c.mappings,
            Place::Users => c.users,
            Place::Tokens => c.tokens,
            Place::Webhooks => words.webhooks.title,
            Place::Mail => words.mail.title,
            Place::Audit => c.audit,
            Place::Members => words.loyalty.members,
            Place::Wallets => words.loyalty.wallets,
            Place::Promotions => words.promotions.title,
            Place::Liability => words.loyalty.liability,
            Place::Movers => words.loyalty.movers,
            Place::Counter => words.loyalty.counter,
            Place::Proposals => words.proposals.title,
            Place::Training => words.training.title,
            Place::Games => words.games.games,
            Place::Sponsors => words.sponsors.sponsors,
            Place::Orders => words.orders.orders,
            Place::Pools => words.keeping.pools,
            Place::Badges => words.keeping.badges,
            Place::Reasons => words.keeping.reasons,
        }
    }

    pub fn href(self) -> &'static str {
        match self {
            Place::Today => "/console",
            Place::Programs => "/console/programs",
            Place::Periods => "/console/periods",
            Place::Watchlist => "/console/watchlist",
            Place::Approvals => "/console/approvals",
            Place::Payouts => "/console/payouts",
            Place::Disputes => "/console/disputes",
            Place::Holds => "/console/holds",
            Place::Settlement => "/console/settlement",
            Place::Adjustments => "/console/adjustments",
            Place::Statements => "/console/statements",
            Place::Payments => "/console/payments",
            Place::Notes => "/console/notes",
            Place::Outlook => "/console/outlook",
            Place::Ledger => "/console/ledger",
            Place::Accounting => "/console/accounting",
            Place::Partners => "/console/partners",
            Place::Products => "/console/products",
            Place::Reference => "/console/reference",
            Place::Imports => "/console/imports",
            Place::External => "/console/external",
            Place::Waiting => "/console/waiting",
            Place::Mappings => "/console/mappings",
            Place::Users => "/console/users",
            Place::Tokens => "/console/tokens",
            Place::Webhooks => "/console/webhooks",
            Place::Mail => "/console/mail",
            Place::Audit => "/console/audit",
            Place::Members => "/console/loyalty/members",
            Place::Wallets => "/console/loyalty/wallets",
            Place::Promotions => "/console/loyalty/promotions",
            Place::Liability => "/console/loyalty/liability",
            Place::Movers => "/console/loyalty/movers",
            Place::Counter => "/console/loyalty/counter",
            Place::Proposals => "/console/loyalty/proposals",
            Place::Training => "/console/training",
            Place::Games => "/console/loyalty/games",
            Place::Sponsors => "/console/loyalty/sponsors",
            Place::Orders => "/console/loyalty/orders",
            Place::Pools => "/console/loyalty/pools",
            Place::Badges => "/console/loyalty/badges",
            Place::Reasons => "/console/loyalty/reasons",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Place::Today => Icon::Home,
            Place::Programs | Place::Outlook | Place::Movers => Icon::Target,
            Place::Periods => Icon::Calendar,
            Place::Watchlist => Icon::Alert,
            Place::Approvals | Place::Proposals => Icon::Check,
            Place::Payouts | Place::Counter => Icon::Wallet,
            Place::Disputes | Place::Webhooks | Place::Mail | Place::Reasons => Icon::Message,
            Place::Holds | Place::Waiting => Icon::Clock,
            Place::Settlement => Icon::Settings,
            Place::Adjustments => Icon::Wrench,
            Place::Statements | Place::Reference | Place::Liability => Icon::Receipt,
            Place::Payments | Place::Notes => Icon::File,
            Place::Ledger => Icon::Ledger,
            Place::Accounting | Place::External => Icon::Download,
            Place::Partners => Icon::Shop,
            Place::Products | Place::Orders => Icon::Box,
            Place::Imports => Icon::Upload,
            Place::Mappings => Icon::Columns,
            Place::Users | Place::Members | Place::Sponsors | Place::Pools => Icon::Users,
            Place::Tokens => Icon::Key,
            Place::Audit => Icon::Shield,
            Place::Wallets => Icon::Rule,
            Place::Training => Icon::Book,
            Place::Promotions | Place::Games | Place::Badges => Icon::Star,
        }
    }

    fn waiting(self, waiting: Waiting) -> Option<String> {
        let n = match self {
            Place::Programs => waiting.programs,
            Place::Periods => waiting.periods,
            Place::Payouts => waiting.payouts,
            Place::Adjustments => waiting.adjustments,
            Place::Disputes => waiting.disputes,
            _ => 0,
        };
        (n > 0).then(|| crate::format::count(n))
    }
}

/// The console's places, in the order of a working day: decide, pay, look after, keep running.
fn groups(words: &Words) -> [(&'static str, &'static [Place]); 5] {
    let c = &words.common;
    [
        (c.group_work, &[Place::Today, Place::Watchlist, Place::Approvals, Place::Programs]),
        (
            c.group_money,
            &[
                Place::Periods,
                Place::Payouts,
                Place::Adjustments,
                Place::Disputes,
                Place::Holds,
                Place::Statements,
                Place::Payments,
                Place::Notes,
                Place::Outlook,
                Place::Ledger,
                Place::Accounting,
            ],
        ),
        (
            words.loyalty.group,
            &[
                Place::Members,
                Place::Pools,
                Place::Badges,
                Place::Wallets,
                Place::Promotions,
                Place::Games,
                Place::Orders,
                Place::Movers,
                Place::Counter,
                Place::Proposals,
                Place::Reasons,
                Place::Sponsors,
                Place::Liability,
                Place::Training,
            ],
        ),
        (
            c.group_channel,
            &[
                Place::Partners,
                Place::Products,
                Place::Reference,
                Place::Imports,
                Place::External,
                Place::Waiting,
                Place::Mappings,
            ],
        ),
        (
            c.group_settings,
            &[
                Place::Settlement,
                Place::Users,
                Place::Tokens,
                Place::Webhooks,
                Place::Mail,
                Place::Audit,
            ],
        ),
    ]
}

/// A step of the way to a page: its name, and where it leads. The last leads nowhere.
pub type Crumb = (String, String);

/// A page as the vendor's people see it.
pub fn console(shell: &Shell, place: Place, crumbs: &[Crumb], children: &Markup) -> Markup {
    let words = shell.words();
    let Some(viewer) = &shell.viewer else { return html! {} };
    let nav_groups = groups(words)
        .iter()
        .map(|(label, places)| (label, allowed(viewer, places)))
        .filter(|(_, places)| !places.is_empty())
        .map(|(label, places)| sidebar::NavGroup {
            label: Some((*label).into()),
            items: places.into_iter().map(|place| nav_item(viewer, words, place)).collect(),
        })
        .collect();
    let mut way = vec![(place.label(words).to_string(), place.href().to_string())];
    way.extend_from_slice(crumbs);
    let rendered = sidebar::render(sidebar::Props {
        id: "console".into(),
        brand_mark: Some(brand_mark::Props {
            wordmark: words.common.tokuten.into(),
            href: Some("/console".into()),
            logo: Some(tokuten_mark()),
            tagline: Some(html! { (shell.vendor) }),
        }),
        nav_groups,
        active_path: place.href().into(),
        topbar_actions: topbar(shell, &way),
        children: html! {
            div #main.tk-page data-density="compact" { (shell.done()) (children) }
        },
        ..Default::default()
    });
    html! { div.tk-console { (in_language(shell.lang, rendered)) } }
}

fn allowed(viewer: &Viewer, places: &[Place]) -> Vec<Place> {
    places.iter().copied().filter(|place| access::may_open(viewer.role, place.href())).collect()
}

fn nav_item(viewer: &Viewer, words: &Words, place: Place) -> sidebar::NavItem {
    sidebar::NavItem {
        label: place.label(words).into(),
        href: place.href().into(),
        icon: Some(icon(place.icon())),
        badge: place.waiting(viewer.waiting),
        ..Default::default()
    }
}

fn topbar(shell: &Shell, crumbs: &[Crumb]) -> Markup {
    let c = &shell.words().common;
    html! {
        nav.tk-crumbs aria-label=(c.where_you_are) {
            @for (i, (name, href)) in crumbs.iter().enumerate() {
                @if i + 1 == crumbs.len() { span aria-current="page" { (name) } }
                @else { a href=(href) { (name) } }
            }
        }
        form.tk-search role="search" action="/console/search" {
            (icon(Icon::Search))
            input type="search" name="q" aria-label=(c.search_all) placeholder=(c.search_all);
            kbd aria-hidden="true" { "/" }
        }
        (tools(shell))
    }
}

/// What stands at the right end of every masthead: language, theme, the person, the way out.
pub fn tools(shell: &Shell) -> Markup {
    let words = shell.words();
    html! {
        div.tk-tools {
            (language_link(shell, "tk-tool tk-tool--text"))
            (shell.form("/theme", "tk-tools__theme", &html! {
                input type="hidden" name="back" value=(shell.here);
                button.tk-tool type="submit" name="theme" value=(shell.theme.other().tag())
                    data-tk="theme" aria-label=(words.common.change_theme) { (icon(Icon::Moon)) }
            }))
            @if let Some(viewer) = &shell.viewer { (person(shell, viewer)) }
        }
    }
}

/// The name opens a small menu without a script: the native disclosure.
fn person(shell: &Shell, viewer: &Viewer) -> Markup {
    let words = shell.words();
    let initial = viewer.name.chars().next().unwrap_or(' ');
    html! {
        details.tk-me {
            summary.tk-person title=(viewer.name) {
                span.tk-person__face aria-hidden="true" { (initial) }
                span.tk-person__name { (viewer.name) }
            }
            div.tk-me__menu {
                p { b { (viewer.name) } small { (access::role_label(viewer.role, words)) } }
                @if access::may_open(viewer.role, PROFILE) {
                    p { a href=(PROFILE) { (words.profile.title) } }
                }
                (shell.form("/sign-out", "", &html! {
                    button.mui-btn.mui-btn--md.mui-btn--outline type="submit" {
                        (words.gate.sign_out)
                    }
                }))
            }
        }
    }
}

/// The same page in the other language. The choice is remembered.
pub fn language_link(shell: &Shell, class: &str) -> Markup {
    let other = shell.lang.other();
    let href = format!("/language/{}?back={}", other.tag(), super::encode(&shell.here));
    html! {
        a class=(class) href=(href) hreflang=(other.tag()) lang=(other.tag()) rel="nofollow" {
            (other.own_name())
        }
    }
}

/// The words the kit writes itself, which it offers no property for.
pub const KIT_WORDS: [(&str, &str); 8] = [
    (">Navigation<", ">メニュー<"),
    ("Toggle sidebar", "サイドバーの幅を切り替える"),
    ("Open navigation", "メニューを開く"),
    ("Close navigation", "メニューを閉じる"),
    ("Toggle navigation", "メニューを開閉する"),
    ("Application navigation", "メニュー"),
    ("aria-label=\"Primary\"", "aria-label=\"メインメニュー\""),
    ("aria-label=\"Product\"", "aria-label=\"メインメニュー\""),
];

/// Replaces the kit's fixed English words. The one place that knows them.
fn in_language(lang: Lang, markup: Markup) -> Markup {
    match lang {
        Lang::En => markup,
        Lang::Ja => {
            PreEscaped(KIT_WORDS.iter().fold(markup.0, |html, (en, ja)| html.replace(en, ja)))
        }
    }
}
