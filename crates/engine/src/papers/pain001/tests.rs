use jiff::civil::{date, datetime};

use super::super::check::{Bic, Country, Iban};
use super::super::party::{IbanAccount, OtherAccount};
use super::*;

fn eur() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

fn iban(text: &str, bic: Option<&str>, holder: &str) -> Account {
    Account::Iban(IbanAccount {
        iban: Iban::parse(text).expect("an IBAN"),
        bic: bic.map(|bic| Bic::parse(bic).expect("a BIC")),
        holder: holder.into(),
    })
}

fn address(country: &str) -> Address {
    Address {
        street: "Hauptstraße 5".into(),
        postal_code: "10115".into(),
        town: "Berlin".into(),
        country: Some(Country::parse(country).expect("a country")),
    }
}

fn orderer(currency: &str) -> Orderer {
    Orderer {
        message_id: "RUN-2026-0007".into(),
        created: datetime(2026, 7, 20, 9, 30, 0, 0),
        name: "Hibari Cycles Europe GmbH".into(),
        address: address("DE"),
        account: iban("DE89370400440532013000", Some("COBADEFF370"), ""),
        currency: Currency::parse(currency).expect("a currency"),
        day: date(2026, 7, 31),
    }
}

fn transfer(holder: &str, amount: &str) -> Transfer {
    Transfer {
        end_to_end_id: "ST-2026-000001".into(),
        account: iban("FR1420041010050500013M02606", None, holder),
        address: address("FR"),
        amount: amount.parse().expect("an amount"),
        text: "Rebate ST-2026-000001".into(),
    }
}

fn other(number: &str) -> Transfer {
    let account = OtherAccount {
        number: number.into(),
        bic: Bic::parse("CHASUS33").expect("a BIC"),
        holder: "Adler Inc.".into(),
    };
    Transfer { account: Account::Other(account), address: address("US"), ..transfer("", "10") }
}

/// What of the published schema these documents use: for each element its children in order, each
/// with how often it may stand there, or what its text must be. Written from the message definition
/// report of `pain.001.001.09` and compared with the schema itself by hand (`xmllint --schema`).
const SCHEMA: &[(&str, &str)] = &[
    ("Document", "CstmrCdtTrfInitn"),
    ("CstmrCdtTrfInitn", "GrpHdr PmtInf+"),
    ("GrpHdr", "MsgId CreDtTm NbOfTxs CtrlSum? InitgPty"),
    ("InitgPty", "Nm? PstlAdr?"),
    (
        "PmtInf",
        "PmtInfId PmtMtd BtchBookg? NbOfTxs? CtrlSum? PmtTpInf? ReqdExctnDt Dbtr DbtrAcct DbtrAgt \
         ChrgBr? CdtTrfTxInf+",
    ),
    ("PmtTpInf", "SvcLvl*"),
    ("SvcLvl", "Cd"),
    ("ReqdExctnDt", "Dt"),
    ("Dbtr", "Nm? PstlAdr?"),
    ("Cdtr", "Nm? PstlAdr?"),
    ("PstlAdr", "StrtNm? PstCd? TwnNm? Ctry?"),
    ("DbtrAcct", "Id"),
    ("CdtrAcct", "Id"),
    ("Id", "IBAN|Othr"),
    ("Othr", "Id"),
    ("DbtrAgt", "FinInstnId"),
    ("CdtrAgt", "FinInstnId"),
    ("FinInstnId", "BICFI|Othr"),
    ("CdtTrfTxInf", "PmtId Amt CdtrAgt? Cdtr? CdtrAcct? RmtInf?"),
    ("PmtId", "InstrId? EndToEndId"),
    ("Amt", "InstdAmt"),
    ("RmtInf", "Ustrd*"),
];

/// Whether a text is of its element's type.
fn is_of_type(element: &str, text: &str) -> bool {
    let length = |max: usize| (1..=max).contains(&text.chars().count());
    let number = |digits: usize, fraction: usize| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        !whole.is_empty()
            && all(whole)
            && all(part)
            && part.len() <= fraction
            && whole.trim_start_matches('0').len() + part.len() <= digits
    };
    match element {
        "MsgId" | "PmtInfId" | "InstrId" | "EndToEndId" | "TwnNm" | "Id" => length(35),
        "Nm" | "Ustrd" => length(140),
        "StrtNm" => length(70),
        "PstCd" => length(16),
        "CreDtTm" => text.parse::<DateTime>().is_ok(),
        "Dt" => text.parse::<Date>().is_ok(),
        "NbOfTxs" => length(15) && text.bytes().all(|byte| byte.is_ascii_digit()),
        "CtrlSum" => number(18, 17),
        "InstdAmt" => number(18, 5),
        "PmtMtd" => ["CHK", "TRF", "TRA"].contains(&text),
        "BtchBookg" => ["true", "false"].contains(&text),
        "ChrgBr" => ["DEBT", "CRED", "SHAR", "SLEV"].contains(&text),
        "Cd" => length(4),
        "Ctry" => Country::parse(text).is_ok_and(|country| country.as_str() == text),
        "IBAN" => Iban::parse(text).is_ok_and(|iban| iban.as_str() == text),
        "BICFI" => Bic::parse(text).is_ok_and(|bic| bic.as_str() == text),
        other => panic!("`{other}` has no type here"),
    }
}

/// An element with its children, or its text.
#[derive(Debug)]
struct Element {
    tag: String,
    attributes: String,
    children: Vec<Element>,
    text: String,
}

/// Reads a document of elements, attributes and texts: all that ours hold.
fn parse(xml: &str) -> Element {
    let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a prolog");
    let mut open = vec![Element {
        tag: String::new(),
        attributes: String::new(),
        children: vec![],
        text: String::new(),
    }];
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        if let Some(closed) = tag.strip_prefix('/') {
            let element = open.pop().expect("something is open");
            assert_eq!(element.tag, closed);
            open.last_mut().expect("a parent").children.push(element);
        } else {
            let (tag, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            open.push(Element {
                tag: tag.into(),
                attributes: attributes.into(),
                children: vec![],
                text: text.trim().into(),
            });
        }
    }
    assert_eq!(open.len(), 1, "everything is closed");
    open.remove(0).children.remove(0)
}

/// What in a document does not hold to the schema.
fn faults(element: &Element, faults: &mut Vec<String>) {
    // `Id` of an account holds elements, `Id` of another identification a text.
    let rule = SCHEMA.iter().find(|(tag, _)| *tag == element.tag);
    let Some((_, rule)) = rule.filter(|_| element.text.is_empty()) else {
        if !is_of_type(&element.tag, &element.text) {
            faults.push(format!("`{}` cannot be `{}`", element.tag, element.text));
        }
        return;
    };
    let mut children = element.children.iter().map(|child| child.tag.as_str()).peekable();
    if let Some((one, other)) = rule.split_once('|') {
        let found: Vec<&str> = children.collect();
        if found != [one] && found != [other] {
            faults.push(format!("`{}` holds {found:?}", element.tag));
        }
    } else {
        for item in rule.split_whitespace() {
            let tag = item.trim_end_matches(['?', '*', '+']);
            let (least, most) = match item.as_bytes()[item.len() - 1] {
                b'?' => (0, 1),
                b'*' => (0, usize::MAX),
                b'+' => (1, usize::MAX),
                _ => (1, 1),
            };
            let mut count = 0;
            while children.next_if_eq(&tag).is_some() {
                count += 1;
            }
            if count < least || count > most {
                faults.push(format!("`{}` has {count} `{tag}`", element.tag));
            }
        }
        if let Some(tag) = children.next() {
            faults.push(format!("`{tag}` has no place there in `{}`", element.tag));
        }
    }
    for child in &element.children {
        self::faults(child, faults);
    }
}

fn all<'a>(element: &'a Element, tag: &str, found: &mut Vec<&'a Element>) {
    if element.tag == tag {
        found.push(element);
    }
    for child in &element.children {
        all(child, tag, found);
    }
}

#[test]
fn documents_hold_to_the_schema_and_tie_out() {
    let cases: [(&str, Vec<Transfer>, &str); 4] = [
        ("EUR", vec![transfer("Vélo Dupont", "1234.56"), transfer("Sørensen", "0.01")], "1234.57"),
        ("EUR", vec![transfer("A", "10")], "10.00"),
        ("JPY", vec![other("123456789"), other("A1")], "20"),
        ("KWD", vec![transfer("A", "1.234")], "1.234"),
    ];
    for (currency, transfers, sum) in cases {
        let bytes = file(&orderer(currency), &transfers).expect("a document");
        let xml = String::from_utf8(bytes).expect("UTF-8");
        if let Ok(folder) = std::env::var("TOKUTEN_PAPERS") {
            let name = format!("{folder}/pain001-{currency}-{}.xml", transfers.len());
            std::fs::write(name, &xml).expect("writes");
        }
        let document = parse(&xml);
        assert_eq!(document.attributes, format!("xmlns=\"{NAMESPACE}\""));
        let mut wrong = vec![];
        faults(&document, &mut wrong);
        assert_eq!(wrong, Vec::<String>::new(), "{xml}");
        let texts = |tag| {
            let mut found = vec![];
            all(&document, tag, &mut found);
            found.iter().map(|element| element.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(texts("CtrlSum"), [sum, sum]);
        assert_eq!(texts("NbOfTxs"), [transfers.len().to_string(), transfers.len().to_string()]);
        let amounts = texts("InstdAmt");
        let total: Decimal = amounts.iter().map(|text| text.parse::<Decimal>().unwrap()).sum();
        assert_eq!(total, sum.parse().unwrap());
        assert_eq!(amounts.len(), transfers.len());
        let ids = texts("EndToEndId");
        assert!(ids.iter().all(|id| id == "ST-2026-000001"), "{ids:?}");
    }
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let bytes = file(&orderer("EUR"), &[transfer("A", "10")]).expect("a document");
    let good = String::from_utf8(bytes).expect("UTF-8");
    let cases = [
        ("<PmtMtd>TRF</PmtMtd>", "", "`PmtInf` has 0 `PmtMtd`"),
        ("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>XXX</PmtMtd>", "`PmtMtd` cannot be `XXX`"),
        ("<Ctry>FR</Ctry>", "<Ctry>FR</Ctry><StrtNm>x</StrtNm>", "`StrtNm` has no place there"),
        ("10.00<", "10.000001<", "`CtrlSum` cannot be"),
        ("<IBAN>FR14", "<IBAN>FR15", "`IBAN` cannot be"),
    ];
    for (from, to, expected) in cases {
        let mut wrong = vec![];
        // A control sum takes 17 decimals: that case has to be longer.
        let to = to.replace("10.000001", &format!("10.{}", "0".repeat(18)));
        faults(&parse(&good.replace(from, &to)), &mut wrong);
        assert!(wrong.iter().any(|fault| fault.contains(expected)), "{expected}: {wrong:?}");
    }
}

#[test]
fn a_bad_payee_is_refused_before_the_document() {
    let nowhere = Transfer { address: Address::default(), ..transfer("A", "1") };
    let long = "A".repeat(71);
    let japan = serde_json::from_str(
        r#"{ "kind": "japan", "bank": "1", "branch": "2", "account_type": "ordinary", "number": "3" }"#,
    );
    let japan = Transfer { account: japan.expect("an account"), ..transfer("A", "1") };
    let cases = [
        (transfer("", "1"), "the account holder is missing"),
        (transfer("山田", "1"), "`山` cannot stand in a transfer"),
        (transfer(&long, "1"), "the account holder takes 70"),
        (transfer("A", "0"), "an amount of 0 EUR"),
        (transfer("A", "-1"), "an amount of -1 EUR"),
        (transfer("A", "1.001"), "an amount of 1.001 EUR"),
        (nowhere, "the country is missing"),
        (other("12 34"), "the account number must be"),
        (Transfer { account: Account::Japan(of_japan(&japan)), ..japan.clone() }, "a BIC instead"),
    ];
    for (transfer, expected) in cases {
        let error = check(&transfer, eur()).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(file(&orderer("EUR"), &[transfer]).map_err(|e| e.to_string()), Err(error));
    }
    assert_eq!(file(&orderer("EUR"), &[]), Err(PainError::Empty));
}

fn of_japan(transfer: &Transfer) -> super::super::party::JapaneseAccount {
    match &transfer.account {
        Account::Japan(account) => {
            super::super::party::JapaneseAccount { holder: "ABC".into(), ..account.clone() }
        }
        other => panic!("{other:?} is not Japanese"),
    }
}
