//! How private each column of the schema is: what may be shown to whom, written to a log, handed
//! on in a copy for tests, or has to go when a person asks to be forgotten.
//!
//! # Invariants
//!
//! * Every column has one class. A test compares this table with the schema of both databases, and
//!   fails with the name of a column that nobody has thought about.
//! * No column of class [`Privacy::Secret`] is ever shown, logged, exported or written to `audit`.

/// How private a column is, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privacy {
    /// Numbers, instants and words of our own: tells nothing about anybody.
    Technical,
    /// What the vendor and its partners do with each other: for those who may see that record.
    Business,
    /// Names a person, or is written by one and may: not in logs, and removed or replaced when the
    /// person asks for it and the law does not want it kept.
    Personal,
    /// Lets its holder in: kept as a hash where that is enough, and shown to nobody.
    Secret,
}

impl Privacy {
    pub const ALL: [Privacy; 4] =
        [Privacy::Technical, Privacy::Business, Privacy::Personal, Privacy::Secret];

    pub fn word(self) -> &'static str {
        match self {
            Privacy::Technical => "technical",
            Privacy::Business => "business",
            Privacy::Personal => "personal",
            Privacy::Secret => "secret",
        }
    }
}

/// The columns of a table, between blanks, by class.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    technical: &'static str,
    business: &'static str,
    personal: &'static str,
    secret: &'static str,
}

impl Table {
    /// Every column with its class, the least private first.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Privacy)> {
        let classes = [
            (self.technical, Privacy::Technical),
            (self.business, Privacy::Business),
            (self.personal, Privacy::Personal),
            (self.secret, Privacy::Secret),
        ];
        classes
            .into_iter()
            .flat_map(|(names, class)| names.split_whitespace().map(move |name| (name, class)))
    }
}

/// A table nobody is named in and nobody can sign in with.
const fn table(name: &'static str, technical: &'static str, business: &'static str) -> Table {
    Table { name, technical, business, personal: "", secret: "" }
}

impl Table {
    const fn personal(self, personal: &'static str) -> Table {
        Table { personal, ..self }
    }

    const fn secret(self, secret: &'static str) -> Table {
        Table { secret, ..self }
    }
}

/// All tables, in the order of their names.
///
/// Names and fields of partners count as personal: a dealer may be a sole trader, and custom fields
/// hold whatever the vendor keeps about its contacts. So do texts that people write, and rows of
/// files as they came.
pub const TABLES: &[Table] = &[
    table("account", "tenant_id account_id partner_id", "name"),
    table(
        "accrued",
        "tenant_id program_id partner_id term period_day accounting_day kind payee_id",
        "group_key amount",
    ),
    table("acknowledgement", "tenant_id program_id period_name kind unit cases at", "amount")
        .personal("comment by_name"),
    table(
        "accounting_export",
        "tenant_id export_id public_id number first_seq last_seq entries content_hash created_at",
        "chart",
    )
    .personal("created_by"),
    table(
        "adjustment",
        "tenant_id adjustment_id public_id program_id partner_id period_name unit status asked_at \
         decided_at chain step due_day reason_code dispute term",
        "amount",
    )
    .personal("reason asked_by asked_by_id decided_by comment"),
    table(
        "api_token",
        "tenant_id token_id public_id scopes partner_id created_by created_at used_at expires_at \
         revoked_at",
        "name shown",
    )
    .secret("token_hash"),
    table("audit", "tenant_id audit_id at actor_kind action subject_kind", "subject_id")
        .personal("actor_id actor_name before after"),
    table(
        "award",
        "tenant_id program_id partner_id term period_day period_end period_name version unit tier \
         facts next_tier behind_from behind_until",
        "group_key amount amount_sort tier_name qualifier qualifier_total qualifier_sort measure \
         measure_sort baseline next_name next_opens gap gap_sort worth worth_sort",
    ),
    table(
        "award_sum",
        "tenant_id program_id term period_day tier near behind_from behind_until awards facts",
        "amount measure",
    ),
    table("award_turn", "tenant_id program_id turn", ""),
    table("balance", "tenant_id account_id unit", "debit credit"),
    table("bank_holiday", "tenant_id country day names updated_at", "").personal("updated_by"),
    table(
        "certificate",
        "tenant_id certificate_id course_id user_id round version partner_id from_day last_day \
         remind_day",
        "",
    )
    .personal("code"),
    table("certificate_told", "tenant_id certificate_id at", ""),
    table(
        "closing",
        "tenant_id program_id period_name period_day period_end closed_at on_demand",
        "",
    )
    .personal("closed_by comment"),
    table("code_list", "tenant_id updated_at", "name codes").personal("updated_by"),
    table(
        "consent",
        "tenant_id consent_seq subject_kind subject_id channel given wording at actor_kind",
        "",
    )
    .personal("note actor_id actor_name"),
    table("consent_wording", "tenant_id version at actor_kind", "text_en text_ja")
        .personal("actor_id actor_name"),
    table("course", "tenant_id course_id public_id", "code"),
    table(
        "course_finish",
        "tenant_id course_id user_id round version partner_id at day",
        "arrived",
    ),
    table("course_version", "tenant_id course_id version status created_at activated_at", "text")
        .personal("created_by author_id activated_by"),
    table("course_visit", "tenant_id course_id user_id round page version partner_id at", ""),
    table("day_passed", "tenant_id program_id day", ""),
    table("decision", "tenant_id decision_id subject_kind subject round step verdict at", "")
        .personal("by_id by_name for_id for_name comment"),
    table(
        "delegation",
        "tenant_id delegation_id public_id from_day until_day created_at ended_at",
        "",
    )
    .personal("from_user to_user created_by"),
    table(
        "dispute",
        "tenant_id dispute_id public_id partner_id program_id period_name subject_kind payout \
         reason unit status opened_at due_day decided_at adjustment",
        "subject stated expected accepted",
    )
    .personal("opened_by decided_by"),
    table("dispute_message", "tenant_id dispute_id message_no side at step", "")
        .personal("author author_id text"),
    table(
        "due",
        "tenant_id program_id partner_id term period_day payout_day payee_id",
        "group_key amount",
    ),
    table("exchange_rate", "tenant_id of_currency to_currency from_day updated_at", "rate")
        .personal("updated_by"),
    table(
        "external_award",
        "tenant_id external_seq program_id term partner_id period_day recorded",
        "key group_key amount",
    )
    .personal("reason actor_name"),
    table(
        "fact",
        "tenant_id fact_seq change kind recorded partner_id product_id unit currency \
         activity_type hash import_id row_number",
        "key happened of_key quantity amount order_no line_no channel parties",
    )
    .personal("attributes"),
    table(
        "figure",
        "tenant_id from_day updated_at",
        "table_name partner_code period_name group_key value",
    )
    .personal("updated_by"),
    table("game_draw", "tenant_id wallet_id game day number version recorded", "key draw"),
    table("game_seed", "tenant_id wallet_id game day commitment recorded", "").secret("seed"),
    table(
        "hold",
        "tenant_id hold_id public_id partner_id payout until_day placed_at released_at",
        "",
    )
    .personal("reason placed_by released_by comment"),
    table("idempotency", "tenant_id key request_hash created_at", "answer").personal("actor"),
    table(
        "import",
        "tenant_id import_id public_id target source content_hash status bytes_total rows_read \
         accepted known rejected encoding delimiter partner_id started_at updated_at finished_at \
         stopped_at reviewed_at",
        "name mapping mapping_name headers failure",
    )
    .personal("actor_name stopped_by reviewed_by review_comment"),
    table("import_chunk", "tenant_id import_id first_row last_row", "").personal("body"),
    table("import_held", "tenant_id import_id", "").personal("body"),
    table("import_known", "tenant_id import_id first_row last_row row_count", "").personal("body"),
    table("import_rejection", "tenant_id import_id row_number reason", "column_name")
        .personal("value raw"),
    table(
        "link",
        "tenant_id link_id purpose user_id uses made_at until used_at",
        "subject",
    )
    .secret("token_hash"),
    table(
        "mail",
        "tenant_id mail_id public_id key kind user_id partner_id mailing_id language paper status \
         why attempts due made_at ended_at cleared_at",
        "",
    )
    .personal("address name data subject body_text body_html"),
    table("mail_attempt", "tenant_id mail_id attempt at took_millis code", "")
        .personal("answer failure"),
    table("mail_stop", "tenant_id at", "").personal("address_hash"),
    table(
        "mailing",
        "tenant_id mailing_id public_id wallet_id promotion on_day status made_at told_at",
        "left_out",
    )
    .personal("says_en says_ja made_by"),
    table(
        "mapping",
        "tenant_id mapping_id public_id target version created_at updated_at",
        "name body",
    ),
    table("master_version", "tenant_id version", ""),
    table(
        "member_choice",
        "tenant_id choice_seq wallet_id partner_id every promotions at actor_kind",
        "",
    )
    .personal("actor_id actor_name"),
    table(
        "member_link",
        "tenant_id link_id wallet_id partner_id from_day at actor_kind",
        "sponsor",
    )
    .personal("number attributes actor_id actor_name"),
    table("member_link_end", "tenant_id link_id end_day at actor_kind", "")
        .personal("reason note actor_id actor_name"),
    table("member_number", "tenant_id wallet_id number", "owner"),
    table("outbox", "tenant_id outbox_seq public_id kind at", "partner").personal("body"),
    table("paper_setting", "tenant_id name updated_at", "").personal("body"),
    table("partner", "tenant_id partner_id public_id created_at updated_at", "code parent_code")
        .personal("names fields search"),
    table("partner_state", "tenant_id partner_id from_day", "").personal("fields"),
    table("partner_within", "tenant_id partner_id day after", "").personal("fields"),
    table("payee", "tenant_id partner_id asked_at confirmed_at updated_at", "")
        .personal("details account asked asked_by asked_by_id confirmed_by"),
    table(
        "payment",
        "tenant_id run_id position partner_id returned_day returned_at",
        "amount reference",
    )
    .personal("returned_reason returned_by"),
    table(
        "payment_run",
        "tenant_id run_id public_id number format unit execution_day status payments file_name \
         content_hash created_at ended_at",
        "account total",
    )
    .personal("body created_by created_by_id ended_by"),
    table(
        "payout",
        "tenant_id payout_id public_id program_id partner_id period_name period_day unit status \
         created_at decided_at paid_at payment_run chain round step due_day source_kind source_key",
        "calculated prior_period adjustments carried_in carried_out lapsed amount amount_sort source",
    )
    .personal("created_by created_by_id decided_by comment paid_by"),
    table("people_lead", "tenant_id lead_seq partner_id user_id looks at actor_kind", "")
        .personal("actor_id actor_name"),
    table("person_user", "tenant_id user_id partner_id at", ""),
    table("picture", "tenant_id hash media_type width height bytes added_at", "body")
        .personal("added_by"),
    table("picture_of", "tenant_id kind code hash alt_en alt_ja changed_at", "")
        .personal("changed_by"),
    table(
        "point_statement",
        "tenant_id statement_id public_id wallet_id partner_id from_day to_day every issued_at",
        "",
    )
    .personal("body"),
    table(
        "posting",
        "tenant_id posting_seq recorded cause debit_id credit_id unit program_id partner_id \
         earner_id term period_day booked_day kind subject",
        "amount group_key",
    ),
    table("price", "tenant_id currency from_day updated_at", "list_name product_code price")
        .personal("updated_by"),
    table(
        "product",
        "tenant_id product_id public_id created_at updated_at",
        "code names category fields search",
    ),
    table("program", "tenant_id program_id public_id created_at", "code"),
    table(
        "program_review",
        "tenant_id review_id program_id version status asked_at decided_at",
        "text",
    )
    .personal("note asked_by asked_by_id decided_by comment"),
    table(
        "program_version",
        "tenant_id program_id version public_id status created_at updated_at activated_at",
        "text",
    )
    .personal("created_by author_id activated_by activation_reason"),
    table(
        "proof",
        "tenant_id proof_id public_id subject_kind subject partner_id side media_type bytes \
         content_hash added_at",
        "",
    )
    .personal("name body added_by added_by_id"),
    table("quiz_attempt", "tenant_id course_id user_id round number version partner_id at", "")
        .personal("answers right_count of_count passed"),
    table("referral", "tenant_id referral_id public_id advocate_id at", "")
        .personal("name contact"),
    table("referral_code", "tenant_id partner_id at", "code"),
    table("referral_friend", "tenant_id friend_id referral_id day", ""),
    table("referral_step", "tenant_id referral_id stage happened at actor_kind", "fact")
        .personal("actor_id actor_name"),
    table(
        "reward_order_step",
        "tenant_id step_seq step recorded actor_kind actor_id",
        "key carrier tracking",
    )
    .personal("note actor_name"),
    table("rules_version", "tenant_id version", ""),
    table("scope", "tenant_id scope_id", "name"),
    table("session", "tenant_id user_id created_at seen_at expires_at", "")
        .secret("token_hash csrf"),
    table("setting", "tenant_id key updated_at", "value"),
    table(
        "settlement_note",
        "tenant_id note_id public_id number kind statement_id partner_id unit issued_day due_day \
         status issued_at received_day ended_at",
        "total",
    )
    .personal("body issued_by ended_by comment"),
    table("sign_in_attempt", "tenant_id attempt_id at", "").personal("login address"),
    table("sign_off", "tenant_id payout partner_id agreed_at", "amount")
        .personal("agreed_by agreed_by_id comment"),
    table("stale", "tenant_id program_id partner_id term period_day", ""),
    table(
        "statement",
        "tenant_id statement_id public_id number partner_id unit from_day to_day due_day status \
         run_id issued_at voided_at",
        "net tax total",
    )
    .personal("body issued_by voided_by"),
    table("statement_payout", "tenant_id statement_id payout is_live", "amount tax"),
    table("statement_sign_off", "tenant_id statement_id partner_id agreed_at", "total")
        .personal("agreed_by agreed_by_id comment"),
    table("tenant", "tenant_id public_id created_at", "name"),
    table(
        "total",
        "tenant_id program_id partner_id term period_day version slot part_day payout_day \
         accounting_day late facts",
        "group_key total",
    ),
    table("totals_turn", "tenant_id holder", ""),
    table("unit_factor", "tenant_id unit of_unit from_day updated_at", "product_code holds")
        .personal("updated_by"),
    table(
        "user_account",
        "tenant_id user_id public_id role partner_id language theme disabled created_at \
         updated_at",
        "",
    )
    .personal("login name")
    .secret("password_hash"),
    table("user_profile", "tenant_id user_id updated_at", "").personal("job phone"),
    table("waiting", "tenant_id program_id term reason", "key"),
    table("wallet", "tenant_id wallet_id public_id", "code").secret("code_secret"),
    table(
        "wallet_accrued",
        "tenant_id program_id partner_id term period_day accounting_day kind payee_id",
        "group_key amount",
    ),
    table(
        "wallet_award",
        "tenant_id program_id partner_id term period_day payee_id wallet_id unit",
        "group_key award name amount happened",
    ),
    table(
        "wallet_balance",
        "tenant_id wallet_id unit owner sort_amount due",
        "amount escrow reserved arrears liability",
    ),
    table(
        "wallet_line",
        "tenant_id wallet_line_seq wallet_id verb on_at recorded owner actor_kind actor_id refusal",
        "key",
    )
    .personal("actor_name body"),
    table("wallet_piece", "tenant_id wallet_id kind owner made_by live due", "name alias body"),
    table(
        "wallet_proposal",
        "tenant_id proposal_id public_id wallet_id verb on_at unit status asked_at decided_at",
        "key partner amount",
    )
    .personal("reason body asked_by asked_by_id decided_by decided_by_id comment"),
    table("wallet_reason", "tenant_id kind code position name_en name_ja status changed_at", "")
        .personal("changed_by"),
    table("wallet_tally", "tenant_id wallet_id name", "amount"),
    table("wallet_version", "tenant_id wallet_id version status created_at activated_at", "text")
        .personal("created_by author_id activated_by"),
    table(
        "webhook",
        "tenant_id webhook_id public_id kinds status seen_seq both_until failing_since \
         created_at changed_at",
        "url description",
    )
    .personal("created_by")
    .secret("secret secret_before"),
    table(
        "webhook_attempt",
        "tenant_id delivery_id attempt at took_millis status",
        "answer failure",
    ),
    table(
        "webhook_delivery",
        "tenant_id delivery_id webhook_id outbox_seq cause status attempts due made_at",
        "",
    ),
];

#[cfg(test)]
mod tests;
