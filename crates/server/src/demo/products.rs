//! What Hibari Cycles sells: four categories, each with subcategories, about 300 articles.

use domain::code::ProductCode;
use domain::master::Fields;

/// A top category of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    Bikes,
    EBikes,
    Parts,
    Gear,
}

impl Category {
    pub const ALL: [Category; 4] =
        [Category::Bikes, Category::EBikes, Category::Parts, Category::Gear];

    /// As the field `product.category` has it.
    pub fn code(self) -> &'static str {
        match self {
            Category::Bikes => "Bikes",
            Category::EBikes => "E-bikes",
            Category::Parts => "Parts",
            Category::Gear => "Gear",
        }
    }
}

/// An article and what the generator of lines must know of it.
#[derive(Debug, Clone)]
pub struct Product {
    pub code: ProductCode,
    pub fields: Fields,
    pub category: Category,
    pub list_yen: u64,
    /// How often it is ordered, beside the others of its category.
    pub weight: u64,
    /// Sold only for the last two or three months.
    pub is_launch: bool,
}

/// The series that the demo's launch bonus is about.
pub const LAUNCH_SERIES: &str = "tsubame-8";

struct Series {
    code: &'static str,
    series: &'static str,
    brand: &'static str,
    ja: &'static str,
    en: &'static str,
    list_yen: u64,
    variants: &'static [(&'static str, &'static str, &'static str)],
}

struct Subcategory {
    category: Category,
    name: &'static str,
    series: &'static [Series],
}

const FRAMES: &[(&str, &str, &str)] = &[
    ("S", "Sサイズ", "size S"),
    ("M", "Mサイズ", "size M"),
    ("L", "Lサイズ", "size L"),
    ("XL", "XLサイズ", "size XL"),
    ("XS", "XSサイズ", "size XS"),
];
const CITY: &[(&str, &str, &str)] = &[
    ("WH", "パールホワイト", "pearl white"),
    ("NV", "ネイビー", "navy"),
    ("GR", "モスグリーン", "moss green"),
    ("RD", "カーマインレッド", "carmine red"),
    ("SL", "シルバー", "silver"),
];
const KIDS: &[(&str, &str, &str)] = &[
    ("18", "18インチ", "18 in"),
    ("20", "20インチ", "20 in"),
    ("22", "22インチ", "22 in"),
    ("24", "24インチ", "24 in"),
];
const WIDTHS: &[(&str, &str, &str)] = &[
    ("25", "25C", "25 mm"),
    ("28", "28C", "28 mm"),
    ("32", "32C", "32 mm"),
    ("40", "40C", "40 mm"),
];
const ENDS: &[(&str, &str, &str)] = &[("F", "フロント", "front"), ("R", "リア", "rear")];
const SPEEDS: &[(&str, &str, &str)] =
    &[("10", "10速", "10-speed"), ("11", "11速", "11-speed"), ("12", "12速", "12-speed")];
const COLOURS: &[(&str, &str, &str)] = &[
    ("BK", "ブラック", "black"),
    ("WH", "ホワイト", "white"),
    ("OR", "オレンジ", "orange"),
    ("SB", "スカイブルー", "sky blue"),
    ("MG", "マットグレー", "matt grey"),
];
const WEAR: &[(&str, &str, &str)] = &[
    ("S", "Sサイズ", "size S"),
    ("M", "Mサイズ", "size M"),
    ("L", "Lサイズ", "size L"),
    ("XL", "XLサイズ", "size XL"),
];
const LENGTHS: &[(&str, &str, &str)] =
    &[("08", "800mm", "800 mm"), ("12", "1200mm", "1,200 mm"), ("18", "1800mm", "1,800 mm")];
const ONE: &[(&str, &str, &str)] = &[("00", "", "")];

const fn line(
    code: &'static str,
    series: &'static str,
    brand: &'static str,
    (ja, en): (&'static str, &'static str),
    list_yen: u64,
    variants: &'static [(&'static str, &'static str, &'static str)],
) -> Series {
    Series { code, series, brand, ja, en, list_yen, variants }
}

#[rustfmt::skip]
const TREE: &[Subcategory] = &[
    Subcategory { category: Category::Bikes, name: "Road bikes", series: &[
        line("RB-KZ7", "kaze", "Hibari", ("風 700 カーボンロードバイク", "Kaze 700 carbon road bike"), 498_000, FRAMES),
        line("RB-KZ5", "kaze", "Hibari", ("風 500 カーボンロードバイク", "Kaze 500 carbon road bike"), 328_000, FRAMES),
        line("RB-KZ3", "kaze", "Hibari", ("風 300 アルミロードバイク", "Kaze 300 aluminium road bike"), 168_000, FRAMES),
        line("RB-TG2", "toge", "Kita", ("峠 200 エンデュランスロード", "Toge 200 endurance road bike"), 214_000, FRAMES),
        line("RB-TG1", "toge", "Kita", ("峠 100 エンデュランスロード", "Toge 100 endurance road bike"), 138_000, FRAMES),
    ] },
    Subcategory { category: Category::Bikes, name: "Gravel bikes", series: &[
        line("GB-RN5", "rindo", "Kita", ("林道 500 グラベルロード", "Rindo 500 gravel bike"), 289_000, FRAMES),
        line("GB-RN3", "rindo", "Kita", ("林道 300 グラベルロード", "Rindo 300 gravel bike"), 179_000, FRAMES),
        line("GB-KW1", "kawara", "Hibari", ("河原 ツーリング", "Kawara touring bike"), 149_000, FRAMES),
    ] },
    Subcategory { category: Category::Bikes, name: "Mountain bikes", series: &[
        line("MB-YK7", "yukine", "Kita", ("雪根 700 フルサスペンション", "Yukine 700 full suspension"), 428_000, FRAMES),
        line("MB-YK4", "yukine", "Kita", ("雪根 400 ハードテール", "Yukine 400 hardtail"), 198_000, FRAMES),
        line("MB-YK2", "yukine", "Kita", ("雪根 200 ハードテール", "Yukine 200 hardtail"), 118_000, FRAMES),
    ] },
    Subcategory { category: Category::Bikes, name: "City bikes", series: &[
        line("CB-HN3", "hinata", "Hibari", ("ひなた 3段変速 シティサイクル", "Hinata 3-speed city bike"), 52_800, CITY),
        line("CB-HN1", "hinata", "Hibari", ("ひなた シングル シティサイクル", "Hinata single-speed city bike"), 38_800, CITY),
        line("CB-MC7", "machi", "Hibari", ("まちなみ 7段変速 クロスバイク", "Machinami 7-speed hybrid"), 69_800, CITY),
        line("CB-MC8", "machi", "Hibari", ("まちなみ ディスク クロスバイク", "Machinami disc hybrid"), 89_800, CITY),
    ] },
    Subcategory { category: Category::Bikes, name: "Kids' bikes", series: &[
        line("KB-HY1", "hiyoko", "Hibari", ("ひよこ ジュニアサイクル", "Hiyoko junior bike"), 28_800, KIDS),
        line("KB-HY2", "hiyoko", "Hibari", ("ひよこ スポーツ ジュニアMTB", "Hiyoko Sport junior mountain bike"), 42_800, KIDS),
    ] },
    Subcategory { category: Category::EBikes, name: "City e-bikes", series: &[
        line("EC-TB8", "tsubame-8", "Tsubame", ("つばめ8 電動アシスト シティ", "Tsubame 8 city e-bike"), 189_800, CITY),
        line("EC-TB6", "tsubame-6", "Tsubame", ("つばめ6 電動アシスト シティ", "Tsubame 6 city e-bike"), 158_000, CITY),
        line("EC-TB4", "tsubame-4", "Tsubame", ("つばめ4 電動アシスト シティ", "Tsubame 4 city e-bike"), 128_000, CITY),
    ] },
    Subcategory { category: Category::EBikes, name: "Cargo e-bikes", series: &[
        line("EK-OY2", "oyako", "Tsubame", ("おやこ 電動アシスト 子ども乗せ", "Oyako family e-bike"), 178_000, CITY),
        line("EK-NM1", "nimotsu", "Tsubame", ("にもつ 電動カーゴバイク", "Nimotsu cargo e-bike"), 368_000, CITY),
    ] },
    Subcategory { category: Category::EBikes, name: "Sport e-bikes", series: &[
        line("ES-HB7", "hayabusa", "Kita", ("はやぶさ 電動アシスト クロス", "Hayabusa sport e-bike"), 268_000, FRAMES),
        line("ES-IW5", "iwana", "Kita", ("岩魚 電動アシスト マウンテン", "Iwana e-mountain bike"), 548_000, FRAMES),
    ] },
    Subcategory { category: Category::EBikes, name: "Folding e-bikes", series: &[
        line("EF-OR1", "ori", "Tsubame", ("おりづる 折りたたみ電動アシスト", "Orizuru folding e-bike"), 219_000, CITY),
    ] },
    Subcategory { category: Category::Parts, name: "Tyres and tubes", series: &[
        line("PT-RT1", "sora-tyre", "Sora", ("ソラ レーシングタイヤ", "Sora racing tyre"), 6_480, WIDTHS),
        line("PT-AT1", "sora-tyre", "Sora", ("ソラ オールラウンドタイヤ", "Sora all-round tyre"), 3_980, WIDTHS),
        line("PT-GT1", "sora-tyre", "Sora", ("ソラ グラベルタイヤ", "Sora gravel tyre"), 5_980, WIDTHS),
        line("PT-TU1", "sora-tube", "Sora", ("ソラ 軽量チューブ", "Sora light tube"), 980, WIDTHS),
        line("PT-TU2", "sora-tube", "Sora", ("ソラ TPUチューブ", "Sora TPU tube"), 2_480, WIDTHS),
    ] },
    Subcategory { category: Category::Parts, name: "Wheels", series: &[
        line("PW-C50", "sora-wheel", "Sora", ("ソラ カーボンホイール C50", "Sora carbon wheel C50"), 128_000, ENDS),
        line("PW-C35", "sora-wheel", "Sora", ("ソラ カーボンホイール C35", "Sora carbon wheel C35"), 98_000, ENDS),
        line("PW-A21", "sora-wheel", "Sora", ("ソラ アルミホイール A21", "Sora aluminium wheel A21"), 24_800, ENDS),
        line("PW-M30", "sora-wheel", "Sora", ("ソラ MTBホイール M30", "Sora MTB wheel M30"), 38_800, ENDS),
    ] },
    Subcategory { category: Category::Parts, name: "Brakes", series: &[
        line("PB-HD2", "sora-brake", "Sora", ("ソラ 油圧ディスクブレーキ", "Sora hydraulic disc brake"), 15_800, ENDS),
        line("PB-RM1", "sora-brake", "Sora", ("ソラ リムブレーキ", "Sora rim brake"), 5_480, ENDS),
        line("PB-RT1", "sora-rotor", "Sora", ("ソラ ブレーキローター 160mm", "Sora brake rotor 160 mm"), 3_280, ENDS),
        line("PB-PD1", "sora-pad", "Sora", ("ソラ ブレーキパッド レジン", "Sora resin brake pads"), 1_480, ENDS),
        line("PB-PD2", "sora-pad", "Sora", ("ソラ ブレーキパッド メタル", "Sora metal brake pads"), 1_980, ENDS),
    ] },
    Subcategory { category: Category::Parts, name: "Drivetrain", series: &[
        line("PD-CN1", "sora-chain", "Sora", ("ソラ チェーン", "Sora chain"), 3_980, SPEEDS),
        line("PD-CS1", "sora-cassette", "Sora", ("ソラ カセットスプロケット 11-34T", "Sora cassette 11-34T"), 8_980, SPEEDS),
        line("PD-CS2", "sora-cassette", "Sora", ("ソラ カセットスプロケット 11-42T", "Sora cassette 11-42T"), 11_800, SPEEDS),
        line("PD-RD1", "sora-mech", "Sora", ("ソラ リアディレイラー", "Sora rear derailleur"), 14_800, SPEEDS),
        line("PD-CR1", "sora-crank", "Sora", ("ソラ クランクセット", "Sora crankset"), 22_800, SPEEDS),
        line("PD-BB1", "sora-bb", "Sora", ("ソラ ボトムブラケット", "Sora bottom bracket"), 2_980, ONE),
    ] },
    Subcategory { category: Category::Parts, name: "Contact points", series: &[
        line("PC-SD1", "sora-saddle", "Sora", ("ソラ レースサドル", "Sora race saddle"), 9_800, COLOURS),
        line("PC-SD2", "sora-saddle", "Sora", ("ソラ コンフォートサドル", "Sora comfort saddle"), 4_980, COLOURS),
        line("PC-BT1", "sora-tape", "Sora", ("ソラ バーテープ", "Sora bar tape"), 2_480, COLOURS),
        line("PC-GR1", "sora-grip", "Sora", ("ソラ エルゴグリップ", "Sora ergo grips"), 2_980, COLOURS),
        line("PC-PF1", "sora-pedal", "Sora", ("ソラ フラットペダル", "Sora flat pedals"), 5_480, COLOURS),
        line("PC-PC1", "sora-pedal", "Sora", ("ソラ ビンディングペダル", "Sora clipless pedals"), 12_800, ONE),
    ] },
    Subcategory { category: Category::Parts, name: "Batteries and chargers", series: &[
        line("PE-BT4", "tsubame-battery", "Tsubame", ("つばめ 交換用バッテリー 12Ah", "Tsubame battery 12 Ah"), 38_800, ONE),
        line("PE-BT6", "tsubame-battery", "Tsubame", ("つばめ 交換用バッテリー 16Ah", "Tsubame battery 16 Ah"), 46_800, ONE),
        line("PE-CH1", "tsubame-charger", "Tsubame", ("つばめ 急速充電器", "Tsubame fast charger"), 9_800, ONE),
    ] },
    Subcategory { category: Category::Gear, name: "Helmets", series: &[
        line("GH-AE1", "moegi-helmet", "Moegi", ("もえぎ エアロヘルメット", "Moegi aero helmet"), 24_800, WEAR),
        line("GH-RD1", "moegi-helmet", "Moegi", ("もえぎ ロードヘルメット", "Moegi road helmet"), 14_800, WEAR),
        line("GH-CT1", "moegi-helmet", "Moegi", ("もえぎ シティヘルメット SG認証", "Moegi city helmet"), 7_980, COLOURS),
        line("GH-KD1", "moegi-helmet", "Moegi", ("もえぎ キッズヘルメット", "Moegi kids' helmet"), 4_980, COLOURS),
    ] },
    Subcategory { category: Category::Gear, name: "Apparel", series: &[
        line("GA-JS1", "moegi-jersey", "Moegi", ("もえぎ サマージャージ", "Moegi summer jersey"), 9_800, WEAR),
        line("GA-JW1", "moegi-jersey", "Moegi", ("もえぎ ウインタージャケット", "Moegi winter jacket"), 18_800, WEAR),
        line("GA-BS1", "moegi-bib", "Moegi", ("もえぎ ビブショーツ", "Moegi bib shorts"), 13_800, WEAR),
        line("GA-GL1", "moegi-glove", "Moegi", ("もえぎ 指切りグローブ", "Moegi mitts"), 3_480, WEAR),
        line("GA-GW1", "moegi-glove", "Moegi", ("もえぎ 防寒グローブ", "Moegi winter gloves"), 5_980, WEAR),
        line("GA-RN1", "moegi-rain", "Moegi", ("もえぎ 自転車用レインウェア上下セット", "Moegi rain suit"), 12_800, WEAR),
    ] },
    Subcategory { category: Category::Gear, name: "Bags and racks", series: &[
        line("GB-SD1", "moegi-bag", "Moegi", ("もえぎ サドルバッグ", "Moegi saddle bag"), 4_480, COLOURS),
        line("GB-PN1", "moegi-bag", "Moegi", ("もえぎ 防水パニアバッグ", "Moegi waterproof pannier"), 11_800, COLOURS),
        line("GB-BK1", "moegi-basket", "Moegi", ("もえぎ フロントバスケット", "Moegi front basket"), 2_980, COLOURS),
        line("GB-CS1", "moegi-seat", "Moegi", ("もえぎ チャイルドシート", "Moegi child seat"), 16_800, COLOURS),
    ] },
    Subcategory { category: Category::Gear, name: "Lights and locks", series: &[
        line("GL-FL8", "moegi-light", "Moegi", ("もえぎ フロントライト 800lm", "Moegi front light 800 lm"), 8_980, ONE),
        line("GL-FL4", "moegi-light", "Moegi", ("もえぎ フロントライト 400lm", "Moegi front light 400 lm"), 4_980, ONE),
        line("GL-RL1", "moegi-light", "Moegi", ("もえぎ リアライト オートオフ", "Moegi rear light"), 2_980, ONE),
        line("GL-WL1", "moegi-lock", "Moegi", ("もえぎ ワイヤーロック", "Moegi cable lock"), 1_980, LENGTHS),
        line("GL-UL1", "moegi-lock", "Moegi", ("もえぎ U字ロック", "Moegi U-lock"), 6_480, ONE),
        line("GL-CL1", "moegi-lock", "Moegi", ("もえぎ チェーンロック", "Moegi chain lock"), 5_480, LENGTHS),
    ] },
    Subcategory { category: Category::Gear, name: "Workshop", series: &[
        line("GW-FP1", "moegi-pump", "Moegi", ("もえぎ フロアポンプ 空気圧計付き", "Moegi floor pump with gauge"), 5_980, ONE),
        line("GW-MP1", "moegi-pump", "Moegi", ("もえぎ 携帯ポンプ", "Moegi mini pump"), 3_480, ONE),
        line("GW-TL1", "moegi-tool", "Moegi", ("もえぎ 携帯工具 18機能", "Moegi multi-tool, 18 functions"), 3_980, ONE),
        line("GW-LB1", "moegi-lube", "Moegi", ("もえぎ チェーンオイル 100ml", "Moegi chain lube 100 ml"), 1_280, ONE),
        line("GW-CL1", "moegi-lube", "Moegi", ("もえぎ チェーンクリーナー 500ml", "Moegi chain cleaner 500 ml"), 1_680, ONE),
    ] },
];

/// Every article, in the order of the tree.
pub fn all() -> Vec<Product> {
    let mut products = Vec::new();
    for subcategory in TREE {
        for series in subcategory.series {
            for (position, variant) in series.variants.iter().enumerate() {
                products.push(article(subcategory, series, position, *variant));
            }
        }
    }
    products
}

fn article(
    subcategory: &Subcategory,
    series: &Series,
    position: usize,
    (suffix, ja, en): (&str, &str, &str),
) -> Product {
    let name_ja = if ja.is_empty() { series.ja.to_owned() } else { format!("{} {ja}", series.ja) };
    let name_en = if en.is_empty() { series.en.to_owned() } else { format!("{}, {en}", series.en) };
    let fields = [
        ("name", name_ja.clone()),
        ("name.ja", name_ja),
        ("name.en", name_en),
        ("category", subcategory.category.code().to_owned()),
        ("subcategory", subcategory.name.to_owned()),
        ("brand", series.brand.to_owned()),
        ("series", series.series.to_owned()),
        ("unit", "piece".to_owned()),
    ];
    // The middle sizes and the first colours sell best, and cheap articles more often than dear.
    let popular = [5, 7, 4, 2].get(position).copied().unwrap_or(2);
    let cheap = if series.list_yen < 10_000 { 3 } else { 2 };
    Product {
        code: ProductCode::new(format!("{}-{suffix}", series.code)),
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        category: subcategory.category,
        list_yen: series.list_yen,
        weight: popular * cheap,
        is_launch: series.series == LAUNCH_SERIES,
    }
}
