//! API tokens: what a program shows instead of a user.
//!
//! A token is shown once, when it is made; the database keeps its hash and its first characters.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{AccessError, Action, Actor, secret};
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx, args};
use crate::id::{Id, Kind};

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Read everything the API shows.
    Read,
    /// Send facts.
    FactsWrite,
    PartnersWrite,
    ProductsWrite,
    ProgramsWrite,
    /// Rates, units, lists, figures and prices.
    ReferenceWrite,
    /// Ask, approve, reject, hold and pay; of a partner, dispute and agree.
    PayoutsWrite,
    /// Act on wallets; of a partner, spend its own. Wallets themselves are programs.
    WalletsWrite,
    /// Chains of approval, deputies, and who activates programs.
    SettingsWrite,
}

/// A token as it is listed: never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    pub token_id: i64,
    pub id: String,
    pub name: String,
    /// Its first characters, to tell it by.
    pub shown: String,
    pub scopes: Vec<Scope>,
    pub partner_id: Option<i64>,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// What a new token is made of.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// Only this partner's data.
    pub partner_id: Option<i64>,
    pub expires_at: Option<Timestamp>,
}

/// By which a leaked token is found in texts.
const SECRET_PREFIX: &str = "tkt_";
const SHOWN_CHARS: usize = 12;
/// Being used is written down no more often.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(5);

impl Scope {
    pub const ALL: [Scope; 9] = [
        Scope::Read,
        Scope::FactsWrite,
        Scope::PartnersWrite,
        Scope::ProductsWrite,
        Scope::ProgramsWrite,
        Scope::ReferenceWrite,
        Scope::PayoutsWrite,
        Scope::WalletsWrite,
        Scope::SettingsWrite,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::FactsWrite => "facts:write",
            Scope::PartnersWrite => "partners:write",
            Scope::ProductsWrite => "products:write",
            Scope::ProgramsWrite => "programs:write",
            Scope::ReferenceWrite => "reference:write",
            Scope::PayoutsWrite => "payouts:write",
            Scope::WalletsWrite => "wallets:write",
            Scope::SettingsWrite => "settings:write",
        }
    }

    pub fn from_word(word: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// Whether it allows this; a token of one partner only what a partner may.
    pub(super) fn allows(self, action: Action, of_a_partner: bool) -> bool {
        use Action::{
            ApproveAdjustment, ApprovePayout, DisputeOwn, EditMasterData, EditPrograms,
            EditSettings, ImportFacts, MarkPaid, RequestAdjustment, UploadOwn, ViewConsole,
            ViewOwn, ViewPayouts,
        };
        let own = matches!(
            (self, action),
            (Scope::Read, ViewOwn)
                | (Scope::FactsWrite, UploadOwn)
                | (Scope::PayoutsWrite, DisputeOwn)
        );
        let all = matches!(
            (self, action),
            (Scope::Read, ViewConsole | ViewPayouts)
                | (Scope::FactsWrite, ImportFacts)
                | (
                    Scope::PartnersWrite | Scope::ProductsWrite | Scope::ReferenceWrite,
                    EditMasterData,
                )
                | (Scope::ProgramsWrite, EditPrograms)
                | (Scope::WalletsWrite, RequestAdjustment)
                | (Scope::SettingsWrite, EditSettings)
                | (
                    Scope::PayoutsWrite,
                    RequestAdjustment | ApproveAdjustment | ApprovePayout | MarkPaid
                )
        );
        own || (all && !of_a_partner)
    }
}

impl ApiToken {
    /// The token as someone who does things.
    pub fn actor(&self) -> Actor {
        let id = Id::parse(Kind::ApiToken, &self.id).expect("the database holds ids of our making");
        let (name, scopes) = (self.name.clone(), self.scopes.clone());
        Actor::Token { id, name, scopes, partner: self.partner_id }
    }

    /// Whether its last use is so long ago that [`touch_token`] should write down this one.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        self.used_at.is_none_or(|used| now.duration_since(used) >= USED_EVERY)
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// Makes a token and returns its secret, shown only now.
pub async fn create_token(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    new: NewToken,
) -> Result<(String, ApiToken), AccessError> {
    let secret = format!("{SECRET_PREFIX}{}", secret::random()?);
    let tenant = tx.tenant();
    if let Some(partner_id) = new.partner_id {
        let known = tx
            .row(
                "SELECT 1 FROM partner WHERE tenant_id = $1 AND partner_id = $2",
                args![tenant, partner_id],
            )
            .await?;
        known.ok_or(AccessError::NoPartner { partner_id })?;
    }
    let next = tx
        .row(
            "SELECT coalesce(max(token_id), 0) + 1 FROM api_token WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let token = ApiToken {
        token_id: next.map_or(1, |row| row.int(0)),
        id: Id::new(Kind::ApiToken, now).into(),
        name: new.name,
        shown: secret.chars().take(SHOWN_CHARS).collect(),
        scopes: new.scopes,
        partner_id: new.partner_id,
        created_at: now,
        used_at: None,
        expires_at: new.expires_at,
        revoked_at: None,
    };
    let scopes = words(&token.scopes);
    tx.execute(
        "INSERT INTO api_token (tenant_id, token_id, public_id, name, shown, token_hash, scopes, \
         partner_id, created_by, created_at, expires_at) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, \
         (SELECT user_id FROM user_account WHERE tenant_id = $1 AND public_id = $9), $10, $11",
        args![
            tenant,
            token.token_id,
            &token.id,
            &token.name,
            &token.shown,
            secret::hash(&secret),
            &scopes,
            token.partner_id,
            actor.public_id(),
            now,
            token.expires_at,
        ],
    )
    .await?;
    let after = json!({"name": token.name, "shown": token.shown, "scopes": scopes,
        "partner_id": token.partner_id});
    audit::append(tx, now, actor, Entry::create("api_token", &token.id, after)).await?;
    Ok((secret, token))
}

/// The token of a secret, if it is neither revoked nor expired.
pub async fn find_token(
    reader: &mut Reader,
    now: Timestamp,
    secret: &str,
) -> Result<Option<ApiToken>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT token_id, public_id, name, shown, scopes, partner_id, created_at, used_at, \
             expires_at, revoked_at FROM api_token WHERE tenant_id = $1 AND token_hash = $2 \
             AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
            args![tenant, secret::hash(secret), now],
        )
        .await?;
    Ok(row.as_ref().map(token_of))
}

/// Writes down that a token is in use.
pub async fn touch_token(tx: &mut Tx, now: Timestamp, token: &ApiToken) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE api_token SET used_at = $3 WHERE tenant_id = $1 AND token_id = $2",
        args![tenant, token.token_id, now],
    )
    .await
    .map(|_| ())
}

/// All tokens, newest first.
pub async fn tokens(reader: &mut Reader) -> Result<Vec<ApiToken>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT token_id, public_id, name, shown, scopes, partner_id, created_at, used_at, \
             expires_at, revoked_at FROM api_token WHERE tenant_id = $1 ORDER BY token_id DESC",
            args![tenant],
        )
        .await?;
    Ok(rows.iter().map(token_of).collect())
}

/// Makes a token useless, for good.
pub async fn revoke_token(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    id: &str,
) -> Result<(), AccessError> {
    let tenant = tx.tenant();
    let revoked = tx
        .execute(
            "UPDATE api_token SET revoked_at = $3 \
             WHERE tenant_id = $1 AND public_id = $2 AND revoked_at IS NULL",
            args![tenant, id, now],
        )
        .await?;
    if revoked == 0 {
        return Err(AccessError::NotFound { what: "token" });
    }
    audit::append(tx, now, actor, Entry::of("revoke", "api_token", id, None, None)).await?;
    Ok(())
}

fn token_of(row: &Row) -> ApiToken {
    ApiToken {
        token_id: row.int(0),
        id: row.string(1),
        name: row.string(2),
        shown: row.string(3),
        scopes: row.text(4).split(' ').filter_map(Scope::from_word).collect(),
        partner_id: row.opt_int(5),
        created_at: row.instant(6),
        used_at: row.opt_instant(7),
        expires_at: row.opt_instant(8),
        revoked_at: row.opt_instant(9),
    }
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ")
}
