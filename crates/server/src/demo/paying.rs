//! Who pays and who is paid in the demo: the vendor as a company, and accounts of most partners.
//!
//! Partners in Europe, Canada and Australia have no account yet, so that whoever looks sees what
//! cannot be paid and why.

use std::collections::BTreeMap;

use engine::access::Actor;
use engine::catalog::{self, Listing, PartnerRow, ROWS_PER_PAGE_MAX};
use engine::db::Tx;
use engine::papers::check::{Bic, Country, Registration};
use engine::papers::party::{
    Account, AccountType, Address, Digits, JapaneseAccount, OtherAccount, Treatment,
};
use engine::papers::payee::{self, Decision, Payee};
use engine::papers::settings::{self, Company, OwnAccount};
use jiff::Timestamp;

/// Writes both down; what one person entered, `finance` confirmed.
pub async fn found(tx: &mut Tx, finance: &Actor, now: Timestamp) -> anyhow::Result<()> {
    settings::save_company(tx, &Actor::System, now, &company()?).await?;
    let mut offset = 0;
    loop {
        let listing = Listing { offset, limit: ROWS_PER_PAGE_MAX, ..Listing::default() };
        let page = catalog::partners(tx, &listing).await?;
        if page.rows.is_empty() {
            return Ok(());
        }
        offset += ROWS_PER_PAGE_MAX;
        for row in page.rows {
            let Some((details, account)) = payee(&row)? else { continue };
            let of = (row.partner_id, row.code.as_str());
            payee::save_details(tx, &Actor::System, now, of, &details).await?;
            payee::ask_account(tx, &Actor::System, now, of, &account).await?;
            payee::decide_account(tx, finance, now, of, Decision::Confirm).await?;
        }
    }
}

fn company() -> anyhow::Result<Company> {
    let japan = Country::parse("JP")?;
    let address = Address {
        street: "3-5-1 Kanda-Jimbocho".into(),
        postal_code: "101-0051".into(),
        town: "Chiyoda-ku, Tokyo".into(),
        country: Some(japan.clone()),
    };
    let address_ja = Address {
        street: "神田神保町三丁目5番1号".into(),
        town: "東京都千代田区".into(),
        ..address.clone()
    };
    let yen = Account::Japan(JapaneseAccount {
        bank: Digits::parse("0001")?,
        bank_name: "ミズホ".into(),
        branch: Digits::parse("110")?,
        branch_name: "カンダ".into(),
        kind: AccountType::Current,
        number: Digits::parse("7654321")?,
        holder: "カ）ヒバリサイクル".into(),
    });
    let dollars = Account::Other(OtherAccount {
        number: "1107654322".into(),
        bic: Bic::parse("MHCBJPJT")?,
        holder: "Hibari Cycles Co., Ltd.".into(),
    });
    let own = |code: &str, currency: &str, account| OwnAccount {
        code: code.into(),
        currency: currency.into(),
        account,
    };
    Ok(Company {
        names: BTreeMap::from([
            ("en".to_owned(), "Hibari Cycles Co., Ltd.".to_owned()),
            ("ja".to_owned(), "ひばりサイクル株式会社".to_owned()),
        ]),
        address,
        address_ja: Some(address_ja),
        registration: Some(Registration::parse_corporate("T7123456789012")?),
        contact: "partner-support@hibari.example".into(),
        client_code: Some(Digits::parse("1234567890")?),
        client_name: "カ）ヒバリサイクル".into(),
        accounts: vec![own("yen", "JPY", yen), own("dollars", "USD", dollars)],
        ..Company::default()
    })
}

/// A partner in Japan or the United States as a payee.
fn payee(row: &PartnerRow) -> anyhow::Result<Option<(Payee, Account)>> {
    let country = row.fields.get("country").map(String::as_str).unwrap_or_default();
    let town = row.fields.get("region").cloned().unwrap_or_default();
    let id = row.partner_id;
    let address = Address { town, country: Country::parse(country).ok(), ..Address::default() };
    Ok(match country {
        "JP" => {
            let account = JapaneseAccount {
                bank: Digits::parse("0005")?,
                bank_name: "ミツビシユーエフジェイ".into(),
                branch: Digits::parse(&format!("{:03}", id % 1_000))?,
                branch_name: String::new(),
                kind: AccountType::Ordinary,
                number: Digits::parse(&format!("{:07}", 1_000_000 + id))?,
                holder: format!("カ）デモジテンシャ {id}"),
            };
            let details = Payee { address, treatment: Treatment::Japan, ..Payee::default() };
            Some((details, Account::Japan(account)))
        }
        "US" => {
            let name = row.names.get("en").cloned().unwrap_or_else(|| row.code.clone());
            let account = OtherAccount {
                number: format!("{:09}", 300_000_000 + id),
                bic: Bic::parse("CHASUS33")?,
                holder: name,
            };
            Some((Payee { address, ..Payee::default() }, Account::Other(account)))
        }
        _ => None,
    })
}
