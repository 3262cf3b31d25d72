//! The `OpenAPI` document, made from the handlers and types.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, Response as Answer, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::problem::{ApiError, Kind, Problem};
use super::{
    adjustments, audit, awards, consents, courses, disputes, external, facts, findings, games,
    imports, keeping, ledger, links, mail, master, members, movements, orders, outlook, papers,
    payouts, periods, pictures, programs, promotions, proofs, proposals, realtime_facts, reference,
    referrals, settings, sponsors, trial, waiting, wallet_lines, wallets, webhooks, xapi,
};
use crate::i18n::Lang;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tokuten API",
        description = "Facts go in, awards, reasons and payouts come out.\n\n\
            Every request but those for this document carries `Authorization: Bearer tkt_…`. \
            A token has scopes, and may be bound to one partner: then everything else is 404.\n\n\
            Amounts and quantities are texts (\"1250.00\"), dates are ISO (2026-04-01), instants are \
            UTC, codes are taken as written. Unknown fields and parameters are refused with the \
            nearest word that is known, and all that is wrong is told at once.\n\n\
            Lists come in pages: send `next` as `cursor` for the next one.\n\n\
            Problems are `application/problem+json`; sentences follow Accept-Language (en, ja). \
            X-Request-Id of an answer finds it in the log.",
        license(name = "MIT"),
    ),
    paths(
        facts::post_facts, waiting::waiting,
        master::partners, master::post_partners, master::partner, master::put_partner,
        master::products, master::post_products, master::product, master::put_product,
        programs::list, programs::save, programs::replace, programs::check, programs::one, programs::members, programs::enrol,
        programs::version, programs::activate, programs::submit, programs::send_back,
        findings::findings,
        settings::chains, settings::put_chains, settings::delegations, settings::delegate,
        settings::end, settings::four_eyes, settings::put_four_eyes,
        trial::try_text, trial::ask,
        awards::attainment, awards::awards, awards::explained,
        external::list_external, external::post_external,
        wallets::list, wallets::save, wallets::check, wallets::one, wallets::activate, wallets::act,
        wallets::of_partner, movements::of_partner, realtime_facts::realtime_facts, wallet_lines::lines,
        members::list, members::of_partner, members::say, members::lifecycle, members::choose,
        links::of_partner, links::link, links::end,
        consents::of_partner, consents::agree, consents::wordings, consents::set_wording,
        referrals::of_partner, referrals::invite, referrals::register,
        proposals::list, proposals::approve, proposals::reject,
        mail::list, mail::one,
        webhooks::events, webhooks::event_kinds, webhooks::list, webhooks::create, webhooks::one,
        webhooks::change, webhooks::rotate, webhooks::test, webhooks::replay, webhooks::deliveries,
        courses::list, courses::save, courses::check, courses::one, courses::activate, courses::people,
        xapi::about, xapi::read, xapi::store, xapi::put,
        promotions::list, promotions::one, promotions::partners, promotions::uses, promotions::enrolments,
        promotions::enrol, promotions::leave, promotions::of_partner,
        keeping::pools, keeping::pool, movements::of_pool, keeping::holders,
        keeping::reasons, keeping::put_reasons,
        games::list, games::one, games::play, games::draws_of_day,
        orders::list, orders::one, orders::step,
        sponsors::list, sponsors::one, sponsors::entries,
        payouts::payouts, payouts::sums, payouts::payout, payouts::awards, payouts::approve, payouts::reject, payouts::pay,
        payouts::decisions, payouts::decide,
        periods::periods, periods::exceptions, periods::close,
        adjustments::adjustments, adjustments::ask, adjustments::approve, adjustments::reject,
        adjustments::holds, adjustments::place, adjustments::release,
        disputes::disputes, disputes::open, disputes::one, disputes::write, disputes::accept,
        disputes::reject, disputes::withdraw, disputes::agree,
        imports::list, imports::upload, imports::one, imports::rejected, imports::known,
        imports::take, imports::give_back, imports::cancel,
        proofs::of_dispute, proofs::add_to_dispute, proofs::of_report, proofs::add_to_report,
        proofs::file,
        pictures::list, pictures::one, pictures::put, pictures::content, pictures::remove,
        reference::exchange_rates, reference::put_exchange_rates,
        reference::unit_factors, reference::put_unit_factors,
        reference::lists, reference::list, reference::put_list, reference::list_products,
        reference::figure_tables, reference::figures, reference::put_figures,
        reference::price_lists, reference::prices, reference::put_prices,
        reference::bank_holidays, reference::put_bank_holidays,
        outlook::accruals, outlook::outlook, audit::entries, audit::file,
        ledger::balances, ledger::postings,
        papers::statements::statements, papers::statements::issue, papers::statements::one,
        papers::statements::paper, papers::statements::void, papers::statements::agree,
        papers::payments::runs, papers::payments::create, papers::payments::plan,
        papers::payments::one, papers::payments::download, papers::payments::paid,
        papers::payments::withdraw, papers::payments::transfers, papers::payments::returned,
        papers::notes::notes, papers::notes::issue, papers::notes::one, papers::notes::paper,
        papers::notes::received, papers::notes::void,
        papers::books::exports, papers::books::create, papers::books::download,
        papers::books::chart, papers::books::put_chart, papers::books::beancount,
        papers::payees::show, papers::payees::save,
    ),
    components(schemas(Problem)),
    modifiers(&Bearer),
    security(("token" = [])),
)]
struct Document;

/// Tokens, as the document says how they are shown.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

impl IntoResponses for ApiError {
    fn responses() -> BTreeMap<String, RefOr<Answer>> {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let answer = ResponseBuilder::new()
            .description("A problem; `type` says which.")
            .content("application/problem+json", content)
            .build();
        BTreeMap::from([("default".to_owned(), RefOr::T(answer))])
    }
}

/// The document, with what the scopes are and the problems that there can be.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document =
            serde_json::to_value(Document::openapi()).expect("the document can be written");
        for row in super::matrix::ROUTES {
            let (scope, bound) = match scope(row) {
                Some(scope) => scope,
                // What everybody may ask; the document itself is not among its paths.
                None if document["paths"][row.path].is_object() => ("none", "own"),
                None => continue,
            };
            let operation = &mut document["paths"][row.path][row.verb.word()];
            operation["x-scope"] = json!(scope);
            operation["x-partner-bound"] = json!(bound);
        }
        let problems: Vec<Value> = Kind::ALL.into_iter().map(problem).collect();
        document["x-problems"] = Value::Array(problems);
        document
    })
}

fn scope(row: &super::matrix::Row) -> Option<(&'static str, &'static str)> {
    match row.needs {
        super::matrix::Needs::Nothing => None,
        super::matrix::Needs::Own(scope) => Some((scope.word(), "own")),
        super::matrix::Needs::All(scope) => Some((scope.word(), "404")),
    }
}

fn problem(kind: Kind) -> Value {
    json!({
        "type": kind.uri(),
        "status": kind.status().as_u16(),
        "title": {"en": kind.title(Lang::En), "ja": kind.title(Lang::Ja)},
        "meaning": kind.meaning(),
    })
}

pub async fn serve() -> Response {
    let kinds = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (kinds, document().to_string()).into_response()
}
