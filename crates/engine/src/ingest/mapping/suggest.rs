//! Suggestions: a first mapping from headings and a few rows, for a person to look through.

use super::{Feeds, Field, FieldSource, Mapping, Origin};
use crate::catalog::ReferenceTable;
use crate::ingest::date::{self, DateError, DateOrder};
use crate::ingest::number::{self, DecimalSign, NumberError};
use crate::ingest::source::Record;
use crate::ingest::width;

/// What headings are called in the field, in the order in which a field looks for its column.
/// Compared without spaces, underscores, points and hyphens.
const FACT_WORDS: [(&str, &str); 15] = [
    ("key", "key 伝票明細番号 明細番号 明細キー invoicelineid lineid transactionid factkey id"),
    (
        "date",
        "date on 売上日 出荷日 計上日 取引日 納品日 請求日 伝票日付 売上日付 出荷日付 日付 \
              invoicedate salesdate orderdate shipdate shipmentdate transactiondate postingdate",
    ),
    (
        "order",
        "order 伝票番号 受注番号 注文番号 請求書番号 売上番号 伝票no 受注no ordernumber orderno \
               salesordernumber salesorder invoicenumber invoiceno invoice documentnumber orderid",
    ),
    (
        "line",
        "line 行番号 明細行 明細行番号 行no 行 linenumber lineno orderline salesorderlinenumber \
              itemnumber linenr position",
    ),
    (
        "partner",
        "partner 得意先コード 取引先コード パートナーコード 販売店コード 代理店コード 顧客コード \
                 得意先 取引先 販売店 代理店 partnercode customercode customernumber customerno \
                 resellercode dealercode accountnumber customer reseller dealer soldto customerid",
    ),
    (
        "product",
        "product 商品コード 製品コード 品番 品目コード 品目 型番 商品番号 商品 製品 productcode \
                 itemcode sku article articlenumber materialnumber material partnumber item productid",
    ),
    ("quantity", "quantity 数量 出荷数量 売上数量 販売数量 個数 qty units orderquantity orderqty"),
    ("unit", "unit 単位 数量単位 uom unitofmeasure"),
    (
        "amount",
        "amount 売上金額 販売金額 金額 税抜金額 純売上 正味金額 売上高 netamount salesamount \
                netsales lineamount total linetotal value revenue extendedamount",
    ),
    ("currency", "currency 通貨 通貨コード currencycode"),
    ("kind", "kind 取引区分 売上区分 伝票区分 区分 transactiontype documenttype"),
    ("of", "of 元伝票番号 元伝票 返品元 originalinvoice originalorder"),
    ("channel", "channel チャネル 販路 販売チャネル saleschannel"),
    ("party.ship_to", "shipto 納品先コード 届先コード 出荷先コード 納入先 納品先 shiptocode"),
    ("party.end_customer", "endcustomer エンドユーザー 最終顧客 enduser"),
];
const PARTNER_WORDS: [(&str, &str); 9] = [
    (
        "code",
        "code 得意先コード 取引先コード パートナーコード 販売店コード 代理店コード 顧客コード コード \
              partnercode customercode customernumber resellercode dealercode accountnumber partner \
              customer id",
    ),
    (
        "name",
        "name 得意先名 取引先名 パートナー名 販売店名 会社名 名称 顧客名 companyname partnername \
              customername resellername accountname",
    ),
    ("name.en", "nameen 英語名 英文名 英字名 englishname"),
    ("country", "country 国 国コード countrycode countryregioncode"),
    ("region", "region 地域 エリア 都道府県 地区 territory state area"),
    ("segment", "segment セグメント 業態 業種 区分 businesstype customersegment"),
    ("level", "level ランク 等級 ティア レベル tier rank partnerlevel status"),
    ("joined", "joined 取引開始日 登録日 加入日 契約日 joineddate since startdate registered"),
    ("parent", "parent 親コード 親得意先コード 親会社コード 本社コード parentcode headquarters"),
];
const PRODUCT_WORDS: [(&str, &str); 7] = [
    (
        "code",
        "code 商品コード 製品コード 品番 品目コード 型番 商品番号 コード productcode itemcode sku \
              article articlenumber partnumber product item id",
    ),
    ("name", "name 商品名 製品名 品名 品目名 名称 productname itemname description"),
    ("name.en", "nameen 英語名 英文品名 englishname englishproductname"),
    (
        "category",
        "category 大分類 カテゴリ カテゴリー 分類 商品分類 productcategory categoryname \
                  englishproductcategoryname",
    ),
    (
        "subcategory",
        "subcategory 中分類 小分類 サブカテゴリ productsubcategory \
                     englishproductsubcategoryname",
    ),
    ("brand", "brand ブランド メーカー brandname maker"),
    ("unit", "unit 単位 uom baseunit"),
];
const RATE_WORDS: [(&str, &str); 4] = [
    ("of", "of 通貨 基準通貨 外貨 currency basecurrency fromcurrency sourcecurrency"),
    ("in", "in 相手通貨 換算通貨 tocurrency targetcurrency quotecurrency"),
    ("rate", "rate レート 為替レート 換算レート exchangerate ttm 仲値"),
    ("from", FROM),
];
const UNIT_WORDS: [(&str, &str); 5] = [
    ("product", "product 商品コード 製品コード 品番 品目コード productcode itemcode sku article"),
    ("unit", "unit 単位 荷姿 包装単位 uom packunit"),
    ("holds", "holds 入数 換算係数 係数 factor conversionfactor quantity"),
    ("of", "of 換算先単位 基本単位 バラ単位 baseunit ofunit"),
    ("from", FROM),
];
const LISTED_WORDS: [(&str, &str); 2] = [
    ("list", "list リスト リスト名 一覧 listname"),
    ("code", "code コード 商品コード 製品コード 品番 productcode itemcode sku product article"),
];
const FIGURE_WORDS: [(&str, &str); 5] = [
    ("table", "table 表 表名 テーブル 数値表 targettable plan"),
    (
        "partner",
        "partner 得意先コード 取引先コード パートナーコード 販売店コード 代理店コード partnercode \
                 customercode customernumber dealercode resellercode",
    ),
    ("period", "period 期間 対象期間 年度 四半期 月 quarter year month"),
    ("value", "value 値 目標 目標額 目標値 目標数量 予算 計画 target targetamount budget baseline"),
    ("from", FROM),
];
const PRICE_WORDS: [(&str, &str); 5] = [
    ("list", "list 価格表 価格表名 pricelist listname"),
    ("product", "product 商品コード 製品コード 品番 品目コード productcode itemcode sku article"),
    ("price", "price 価格 単価 定価 仕切価格 unitprice listprice netprice"),
    ("currency", "currency 通貨 通貨コード currencycode"),
    ("from", FROM),
];
const HOLIDAY_WORDS: [(&str, &str); 4] = [
    ("country", "country 国 国コード countrycode"),
    ("date", "date 日付 休業日 祝日 国民の祝日休日月日 day holidaydate"),
    ("name.en", "nameen name 英語名 holiday holidayname"),
    ("name.ja", "nameja 名称 祝日名 国民の祝日休日名称"),
];
const EXTERNAL_WORDS: [(&str, &str); 8] = [
    ("key", "key キー 計算番号 連番 番号 calculationid transactionid id"),
    ("program", "program プログラムコード プログラム programcode agreement contract 契約番号"),
    ("term", "term 条件コード 条件 termcode rebatetype"),
    (
        "partner",
        "partner 得意先コード 取引先コード パートナーコード 販売店コード 代理店コード partnercode \
                 customercode customernumber dealercode resellercode member",
    ),
    ("period", "period 期間 対象期間 四半期 月 quarter month"),
    ("date", "date 日付 対象日 計上日 day"),
    ("amount", "amount 金額 リベート額 支払額 rebate rebateamount value"),
    ("reason", "reason 理由 摘要 備考 note memo comment remarks"),
];
const PAYEE_WORDS: [(&str, &str); 18] = [
    (
        "partner",
        "partner 得意先コード 取引先コード パートナーコード 販売店コード 代理店コード partnercode \
                 customercode customernumber vendorcode code コード",
    ),
    ("name", "name 正式名称 支払先名 会社名 名称 legalname companyname payeename"),
    ("street", "street 番地 住所 町名番地 address addressline address1"),
    ("postal_code", "postalcode 郵便番号 postcode zip zipcode"),
    ("town", "town 市区町村 都道府県市区町村 city"),
    ("country", "country 国 国コード countrycode"),
    (
        "tax_number",
        "taxnumber 登録番号 インボイス登録番号 適格請求書発行事業者登録番号 vatnumber vatid",
    ),
    ("treatment", "treatment 税区分 課税区分 taxtreatment"),
    ("vat_rate", "vatrate 税率 taxrate"),
    ("iban", "iban"),
    ("bic", "bic swift swiftcode"),
    ("bank", "bank 銀行コード 金融機関コード bankcode"),
    ("bank_name", "bankname 銀行名 金融機関名"),
    ("branch", "branch 支店コード branchcode"),
    ("branch_name", "branchname 支店名"),
    ("account_type", "accounttype 口座種別 預金種目 預金種別 種別"),
    ("account_number", "accountnumber 口座番号 accountno number"),
    ("holder", "holder 口座名義 口座名義カナ 受取人名 名義 accountholder accountname beneficiary"),
];
const FROM: &str =
    "from 適用開始日 適用日 開始日 有効開始日 validfrom effectivefrom startdate date 日付";
/// What the column of account types says in the field.
const ACCOUNT_TYPES: [(&str, &str); 8] = [
    ("普通", "ordinary"),
    ("普通預金", "ordinary"),
    ("1", "ordinary"),
    ("当座", "current"),
    ("当座預金", "current"),
    ("2", "current"),
    ("貯蓄", "savings"),
    ("4", "savings"),
];
/// What the column of kinds says in the field.
const KINDS: [(&str, &str); 10] = [
    ("売上", "sale"),
    ("出荷", "sale"),
    ("sale", "sale"),
    ("invoice", "sale"),
    ("返品", "return"),
    ("return", "return"),
    ("値引", "credit_note"),
    ("赤伝", "credit_note"),
    ("credit", "credit_note"),
    ("credit note", "credit_note"),
];

impl Mapping {
    /// Suggests a mapping. What it says of numbers and dates comes from the sample; where the
    /// sample does not decide, the safe default stands and rows will say what to set.
    pub fn suggest(feeds: Feeds, headings: &[String], sample: &[Record]) -> Mapping {
        let mut mapping = Mapping::new("suggested", feeds);
        let words: &[(&str, &str)] = match feeds {
            Feeds::Facts => &FACT_WORDS,
            Feeds::Partners => &PARTNER_WORDS,
            Feeds::Products => &PRODUCT_WORDS,
            Feeds::Reference(ReferenceTable::ExchangeRates) => &RATE_WORDS,
            Feeds::Reference(ReferenceTable::UnitFactors) => &UNIT_WORDS,
            Feeds::Reference(ReferenceTable::Lists) => &LISTED_WORDS,
            Feeds::Reference(ReferenceTable::Figures) => &FIGURE_WORDS,
            Feeds::Reference(ReferenceTable::Prices) => &PRICE_WORDS,
            Feeds::Reference(ReferenceTable::BankHolidays) => &HOLIDAY_WORDS,
            Feeds::Payees => &PAYEE_WORDS,
            Feeds::External => &EXTERNAL_WORDS,
        };
        let plain: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
        let mut taken = vec![false; headings.len()];
        for (word, names) in words {
            let column = names
                .split_whitespace()
                .find_map(|name| plain.iter().position(|heading| heading == name))
                .filter(|column| !taken[*column]);
            if let (Some(column), Some(field)) = (column, Field::parse(feeds, word)) {
                taken[column] = true;
                mapping.fields.insert(field, FieldSource::column(&headings[column]));
            }
        }
        if matches!(feeds, Feeds::Reference(ReferenceTable::Figures) | Feeds::External) {
            mapping.suggest_groups(headings);
        }
        mapping.suggest_key();
        mapping.suggest_values((&Field::Kind, &KINDS), headings, sample);
        mapping.suggest_values((&Field::AccountType, &ACCOUNT_TYPES), headings, sample);
        mapping.suggest_signs(headings, sample);
        mapping.rest = feeds.rest();
        mapping
    }

    /// Columns that say they are the value of a group.
    fn suggest_groups(&mut self, headings: &[String]) {
        for heading in headings {
            let word = width::heading(heading);
            if let Some(field @ Field::Group(_)) = Field::parse(self.feeds, &word) {
                self.fields.entry(field).or_insert_with(|| FieldSource::column(heading));
            }
        }
    }

    /// Without a key of its own a line is told by its order and its number.
    fn suggest_key(&mut self) {
        if self.feeds != Feeds::Facts || self.fields.contains_key(&Field::Key) {
            return;
        }
        let heading = |field: Field| {
            self.fields.get(&field).and_then(|source| source.columns().first().cloned())
        };
        let source = match (heading(Field::Order), heading(Field::Line)) {
            (Some(order), Some(line)) => FieldSource::of(Origin::Columns {
                columns: vec![order, line],
                join: "-".to_owned(),
            }),
            (Some(order), None) => FieldSource::column(order),
            _ => return,
        };
        self.fields.insert(Field::Key, source);
    }

    /// What a column writes, where it is among the words the field goes by.
    fn suggest_values(
        &mut self,
        (field, words): (&Field, &[(&str, &str)]),
        headings: &[String],
        sample: &[Record],
    ) {
        let Some(source) = self.fields.get_mut(field) else { return };
        let Some(column) = index_of(headings, source) else { return };
        for record in sample {
            let written = record.cell(column).trim();
            let known = words.iter().find(|(word, _)| width::heading(written) == *word);
            if let Some((_, meant)) = known {
                source.values.insert(written.to_owned(), (*meant).to_owned());
            }
        }
    }

    /// The decimal sign and the order of dates that read all of the sample, if only one does.
    fn suggest_signs(&mut self, headings: &[String], sample: &[Record]) {
        let cells = |pick: fn(&Field) -> bool| {
            let columns: Vec<usize> = self
                .fields
                .iter()
                .filter(|(field, _)| pick(field))
                .filter_map(|(_, source)| index_of(headings, source))
                .collect();
            sample.iter().flat_map(move |record| {
                columns.clone().into_iter().map(move |column| record.cell(column))
            })
        };
        let other = |cell: &str| {
            number::parse(cell, DecimalSign::Point) == Err(NumberError::OtherDecimalSign)
        };
        let comma = |cell: &str| number::parse(cell, DecimalSign::Comma).is_ok();
        let commas = cells(Field::is_number).any(other) && cells(Field::is_number).all(comma);

        let reads = |order: DateOrder| {
            cells(Field::is_date).all(|cell| date::parse(cell, order, None).is_ok())
        };
        let ambiguous = cells(Field::is_date).any(|cell| {
            date::parse(cell, DateOrder::YearFirst, None) == Err(DateError::DayOrMonthFirst)
        });
        let order = match (reads(DateOrder::DayFirst), reads(DateOrder::MonthFirst)) {
            (true, false) if ambiguous => Some(DateOrder::DayFirst),
            (false, true) if ambiguous => Some(DateOrder::MonthFirst),
            _ => None,
        };
        if commas {
            self.decimal = DecimalSign::Comma;
        }
        if let Some(order) = order {
            self.dates = order;
        }
    }
}

fn index_of(headings: &[String], source: &FieldSource) -> Option<usize> {
    let column = source.columns().first()?;
    headings.iter().position(|heading| heading == column)
}

fn plain(heading: &str) -> String {
    let separator = |c: &char| !matches!(c, ' ' | '_' | '-' | '.' | '#' | '/' | '(' | ')' | '・');
    width::heading(heading).chars().filter(separator).collect()
}
