//! Words that the names of the demo's partners are made of. Every company is invented.

/// A word in both languages.
pub type Both = (&'static str, &'static str);

/// A region of a country and towns in it.
pub struct Region {
    pub name: Both,
    /// How many partners it has beside the other regions of its country.
    pub weight: u64,
    pub towns: &'static [Both],
}

const fn region(name: Both, weight: u64, towns: &'static [Both]) -> Region {
    Region { name, weight, towns }
}

#[rustfmt::skip]
pub const JAPAN: &[Region] = &[
    region(("北海道", "Hokkaido"), 24, &[("札幌発寒", "Sapporo Hassamu"), ("旭川永山", "Asahikawa Nagayama"), ("函館", "Hakodate"), ("帯広", "Obihiro")]),
    region(("青森県", "Aomori"), 5, &[("弘前", "Hirosaki"), ("八戸", "Hachinohe")]),
    region(("岩手県", "Iwate"), 5, &[("盛岡", "Morioka"), ("北上", "Kitakami")]),
    region(("宮城県", "Miyagi"), 12, &[("仙台泉中央", "Sendai Izumi"), ("仙台長町", "Sendai Nagamachi"), ("石巻", "Ishinomaki")]),
    region(("秋田県", "Akita"), 4, &[("秋田御所野", "Akita Goshono"), ("大仙", "Daisen")]),
    region(("山形県", "Yamagata"), 4, &[("山形", "Yamagata"), ("酒田", "Sakata")]),
    region(("福島県", "Fukushima"), 7, &[("郡山", "Koriyama"), ("いわき", "Iwaki")]),
    region(("茨城県", "Ibaraki"), 12, &[("つくば", "Tsukuba"), ("土浦りんりん", "Tsuchiura"), ("水戸", "Mito")]),
    region(("栃木県", "Tochigi"), 9, &[("宇都宮インターパーク", "Utsunomiya Interpark"), ("小山", "Oyama")]),
    region(("群馬県", "Gunma"), 9, &[("高崎", "Takasaki"), ("前橋", "Maebashi"), ("太田", "Ota")]),
    region(("埼玉県", "Saitama"), 28, &[("さいたま新都心", "Saitama Shintoshin"), ("川越", "Kawagoe"), ("越谷レイクタウン", "Koshigaya Laketown"), ("所沢", "Tokorozawa")]),
    region(("千葉県", "Chiba"), 26, &[("船橋", "Funabashi"), ("柏の葉", "Kashiwanoha"), ("幕張", "Makuhari"), ("市川", "Ichikawa")]),
    region(("東京都", "Tokyo"), 60, &[("世田谷用賀", "Setagaya Yoga"), ("上野", "Ueno"), ("練馬", "Nerima"), ("立川", "Tachikawa"), ("江東豊洲", "Koto Toyosu"), ("町田", "Machida")]),
    region(("神奈川県", "Kanagawa"), 40, &[("横浜港北", "Yokohama Kohoku"), ("川崎", "Kawasaki"), ("藤沢湘南台", "Fujisawa Shonandai"), ("相模大野", "Sagami-Ono"), ("小田原", "Odawara")]),
    region(("新潟県", "Niigata"), 9, &[("新潟亀田", "Niigata Kameda"), ("長岡", "Nagaoka")]),
    region(("富山県", "Toyama"), 5, &[("富山", "Toyama"), ("高岡", "Takaoka")]),
    region(("石川県", "Ishikawa"), 6, &[("金沢", "Kanazawa"), ("小松", "Komatsu")]),
    region(("福井県", "Fukui"), 4, &[("福井", "Fukui"), ("敦賀", "Tsuruga")]),
    region(("山梨県", "Yamanashi"), 5, &[("甲府", "Kofu"), ("富士河口湖", "Fujikawaguchiko")]),
    region(("長野県", "Nagano"), 10, &[("松本", "Matsumoto"), ("長野", "Nagano"), ("軽井沢", "Karuizawa")]),
    region(("岐阜県", "Gifu"), 8, &[("岐阜", "Gifu"), ("大垣", "Ogaki")]),
    region(("静岡県", "Shizuoka"), 17, &[("静岡", "Shizuoka"), ("浜松", "Hamamatsu"), ("沼津", "Numazu")]),
    region(("愛知県", "Aichi"), 34, &[("名古屋栄", "Nagoya Sakae"), ("豊田", "Toyota"), ("岡崎", "Okazaki"), ("一宮", "Ichinomiya")]),
    region(("三重県", "Mie"), 8, &[("四日市", "Yokkaichi"), ("津", "Tsu")]),
    region(("滋賀県", "Shiga"), 9, &[("守山ビワイチ", "Moriyama"), ("大津", "Otsu")]),
    region(("京都府", "Kyoto"), 13, &[("京都西山", "Kyoto Nishiyama"), ("京都四条", "Kyoto Shijo"), ("宇治", "Uji")]),
    region(("大阪府", "Osaka"), 38, &[("大阪梅田", "Osaka Umeda"), ("堺", "Sakai"), ("箕面", "Minoh"), ("東大阪", "Higashiosaka"), ("枚方", "Hirakata")]),
    region(("兵庫県", "Hyogo"), 22, &[("神戸三宮", "Kobe Sannomiya"), ("姫路", "Himeji"), ("西宮", "Nishinomiya")]),
    region(("奈良県", "Nara"), 6, &[("奈良", "Nara"), ("橿原", "Kashihara")]),
    region(("和歌山県", "Wakayama"), 5, &[("和歌山", "Wakayama"), ("田辺", "Tanabe")]),
    region(("鳥取県", "Tottori"), 3, &[("米子", "Yonago")]),
    region(("島根県", "Shimane"), 3, &[("松江", "Matsue")]),
    region(("岡山県", "Okayama"), 9, &[("岡山", "Okayama"), ("倉敷", "Kurashiki")]),
    region(("広島県", "Hiroshima"), 14, &[("広島八丁堀", "Hiroshima Hatchobori"), ("尾道しまなみ", "Onomichi Shimanami"), ("福山", "Fukuyama")]),
    region(("山口県", "Yamaguchi"), 5, &[("下関", "Shimonoseki"), ("山口", "Yamaguchi")]),
    region(("徳島県", "Tokushima"), 4, &[("徳島", "Tokushima")]),
    region(("香川県", "Kagawa"), 6, &[("高松", "Takamatsu"), ("丸亀", "Marugame")]),
    region(("愛媛県", "Ehime"), 8, &[("今治", "Imabari"), ("松山", "Matsuyama")]),
    region(("高知県", "Kochi"), 3, &[("高知", "Kochi")]),
    region(("福岡県", "Fukuoka"), 24, &[("博多駅南", "Hakata South"), ("天神", "Tenjin"), ("北九州小倉", "Kitakyushu Kokura"), ("久留米", "Kurume")]),
    region(("佐賀県", "Saga"), 4, &[("佐賀", "Saga")]),
    region(("長崎県", "Nagasaki"), 5, &[("長崎", "Nagasaki"), ("佐世保", "Sasebo")]),
    region(("熊本県", "Kumamoto"), 8, &[("熊本", "Kumamoto"), ("阿蘇", "Aso")]),
    region(("大分県", "Oita"), 5, &[("大分", "Oita"), ("別府", "Beppu")]),
    region(("宮崎県", "Miyazaki"), 4, &[("宮崎", "Miyazaki")]),
    region(("鹿児島県", "Kagoshima"), 6, &[("鹿児島", "Kagoshima"), ("霧島", "Kirishima")]),
    region(("沖縄県", "Okinawa"), 6, &[("那覇", "Naha"), ("北谷美浜", "Chatan Mihama")]),
];

/// A country abroad: its code, currency, regions and how its dealers call themselves; `{}` is the
/// town, `{f}` a family name.
pub struct Abroad {
    pub country: &'static str,
    pub currency: &'static str,
    /// How many partners it has in a thousand abroad.
    pub weight: u64,
    /// Of the list price in yen, what one unit of the currency stands for.
    pub yen: u64,
    pub regions: &'static [Region],
    pub families: &'static [&'static str],
    pub names: &'static [&'static str],
}

const fn own(name: &'static str) -> Both {
    (name, name)
}

#[rustfmt::skip]
pub const ABROAD: &[Abroad] = &[
    Abroad {
        country: "US", currency: "USD", weight: 340, yen: 150,
        regions: &[
            region(own("California"), 9, &[own("San Diego"), own("Oakland"), own("Sacramento")]),
            region(own("Oregon"), 5, &[own("Portland"), own("Bend")]),
            region(own("Washington"), 5, &[own("Seattle"), own("Spokane")]),
            region(own("Colorado"), 6, &[own("Boulder"), own("Fort Collins")]),
            region(own("New York"), 5, &[own("Brooklyn"), own("Rochester")]),
            region(own("Minnesota"), 3, &[own("Minneapolis"), own("Duluth")]),
            region(own("Texas"), 4, &[own("Austin"), own("Houston")]),
        ],
        families: &["Miller", "Carver", "Hollis", "Nguyen", "Ramirez", "Okafor", "Lindqvist", "Baxter"],
        names: &["{} Cycle Works LLC", "{f}'s Bike Shop, {}", "{} Bicycle Outfitters, Inc.", "{f} & Sons Cyclery, {}", "{} Pedal Co-op"],
    },
    Abroad {
        country: "DE", currency: "EUR", weight: 200, yen: 160,
        regions: &[
            region(own("Bayern"), 6, &[own("München"), own("Nürnberg"), own("Regensburg")]),
            region(own("Nordrhein-Westfalen"), 6, &[own("Köln"), own("Münster"), own("Dortmund")]),
            region(own("Baden-Württemberg"), 5, &[own("Freiburg"), own("Stuttgart")]),
            region(own("Berlin"), 4, &[own("Berlin-Kreuzberg"), own("Berlin-Pankow")]),
            region(own("Hamburg"), 3, &[own("Hamburg-Altona")]),
        ],
        families: &["Schuster", "Brandt", "Vogel", "Krämer", "Lorenz", "Seidel"],
        names: &["Radhaus {} GmbH", "Zweirad {f} {} e.K.", "{f} Fahrräder GmbH & Co. KG, {}", "Velowerk {}"],
    },
    Abroad {
        country: "AU", currency: "AUD", weight: 160, yen: 98,
        regions: &[
            region(own("New South Wales"), 5, &[own("Sydney"), own("Newcastle")]),
            region(own("Victoria"), 5, &[own("Melbourne"), own("Geelong")]),
            region(own("Queensland"), 4, &[own("Brisbane"), own("Cairns")]),
            region(own("Western Australia"), 2, &[own("Fremantle")]),
        ],
        families: &["Marsh", "Doyle", "Whitaker", "Papadopoulos", "Chan"],
        names: &["{} Bike Co. Pty Ltd", "{f} Cycles, {}", "{} E-Bike Centre", "{f} Brothers Bicycles Pty Ltd, {}"],
    },
    Abroad {
        country: "FR", currency: "EUR", weight: 150, yen: 160,
        regions: &[
            region(own("Île-de-France"), 5, &[own("Paris"), own("Versailles")]),
            region(own("Auvergne-Rhône-Alpes"), 5, &[own("Lyon"), own("Annecy"), own("Grenoble")]),
            region(own("Occitanie"), 3, &[own("Toulouse"), own("Montpellier")]),
            region(own("Bretagne"), 3, &[own("Rennes"), own("Brest")]),
        ],
        families: &["Moreau", "Lefèvre", "Garnier", "Perrin", "Roussel"],
        names: &["Cycles {f} SARL, {}", "Vélo Atelier {}", "La Maison du Vélo {} SAS", "{f} et Fils, {}"],
    },
    Abroad {
        country: "CA", currency: "CAD", weight: 150, yen: 108,
        regions: &[
            region(own("British Columbia"), 5, &[own("Vancouver"), own("Squamish")]),
            region(own("Ontario"), 5, &[own("Toronto"), own("Ottawa")]),
            region(own("Québec"), 4, &[own("Montréal"), own("Québec City")]),
            region(own("Alberta"), 2, &[own("Calgary")]),
        ],
        families: &["Tremblay", "MacLeod", "Singh", "Bouchard", "Fraser"],
        names: &["{} Cycle Supply Ltd.", "{f} Bikes, {}", "{} Trail & Road Inc.", "Vélos {f} {}"],
    },
];

pub const FAMILIES: &[Both] = &[
    ("イトウ", "Ito"),
    ("タカハシ", "Takahashi"),
    ("木村", "Kimura"),
    ("小野寺", "Onodera"),
    ("田辺", "Tanabe"),
    ("佐々木", "Sasaki"),
    ("マツオカ", "Matsuoka"),
    ("中島", "Nakajima"),
    ("長谷川", "Hasegawa"),
    ("ミヤザワ", "Miyazawa"),
    ("大久保", "Okubo"),
    ("サイトウ", "Saito"),
    ("吉川", "Yoshikawa"),
    ("神谷", "Kamiya"),
    ("オガワ", "Ogawa"),
    ("武田", "Takeda"),
    ("服部", "Hattori"),
    ("カネコ", "Kaneko"),
    ("藤原", "Fujiwara"),
    ("本田屋", "Hondaya"),
    ("丸山", "Maruyama"),
    ("ヨシダ", "Yoshida"),
    ("竹内", "Takeuchi"),
    ("西村", "Nishimura"),
    ("アラキ", "Araki"),
    ("原田", "Harada"),
    ("森本", "Morimoto"),
    ("ナカガワ", "Nakagawa"),
];

/// Names of small shops; `{f}` is the family, `{}` the town.
pub const SHOPS: &[Both] = &[
    ("有限会社{f}自転車商会 {}店", "{f} Jitensha Shokai, {}"),
    ("{f}サイクル {}", "{f} Cycle, {}"),
    ("株式会社{f}サイクル {}店", "{f} Cycle Co., Ltd., {}"),
    ("サイクルショップ{f} {}", "Cycle Shop {f}, {}"),
    ("{f}輪業株式会社 {}営業所", "{f} Ringyo Co., Ltd., {}"),
    ("{}サイクリングセンター株式会社", "{} Cycling Center Co., Ltd."),
    ("自転車工房{f} {}工房", "Bicycle Atelier {f}, {}"),
    ("合同会社{f}ベロワークス {}店", "{f} Velo Works LLC, {}"),
];

/// Names of specialists, schools and services that buy more.
pub const SERVICES: &[Both] = &[
    ("株式会社{}バイシクルツーリズムサービス", "{} Bicycle Tourism Services Inc."),
    ("{}スポーツサイクル株式会社", "{} Sports Cycle Co., Ltd."),
    ("株式会社{f}モビリティレンタル {}ステーション", "{f} Mobility Rental Inc., {} Station"),
    ("一般社団法人{}サイクルツーリズム推進協議会", "{} Cycle Tourism Council"),
    ("株式会社{f}オンラインストア {}配送センター", "{f} Online Store Inc., {} Distribution Center"),
];

/// Chains with several shops; `{}` is the town of a shop.
pub const CHAINS: &[Both] = &[
    ("株式会社アクティブライフ・パートナーズ", "Active Life Partners Inc."),
    ("株式会社ホームプラザ丸福", "Home Plaza Marufuku Co., Ltd."),
    ("株式会社ペダルステーションホールディングス", "Pedal Station Holdings Inc."),
    ("株式会社サイクルワールド北関東", "Cycle World Kita-Kanto Co., Ltd."),
    ("株式会社リンリンジャパン", "Rinrin Japan Inc."),
    ("株式会社サイクルベース西日本販売", "Cycle Base West Japan Sales Co., Ltd."),
    ("株式会社くらしのデパート大和屋", "Yamatoya Living Department Store Co., Ltd."),
    ("スポーツパーク東海株式会社", "Sports Park Tokai Co., Ltd."),
    ("株式会社みちのくサイクルネットワーク", "Michinoku Cycle Network Co., Ltd."),
    ("株式会社ジテンシャマーケット", "Jitensha Market Inc."),
    ("株式会社九州ホームセンターみどりの広場", "Midori no Hiroba Home Centers Kyushu Co., Ltd."),
    ("株式会社アーバンモビリティ・リテイリング", "Urban Mobility Retailing Inc."),
    ("生活協同組合連合会くらしの輪", "Kurashi no Wa Consumers' Co-operative Union"),
    ("株式会社せとうち輪行堂", "Setouchi Rinkodo Co., Ltd."),
    ("株式会社トータルスポーツ&アウトドアーズ", "Total Sports & Outdoors Inc."),
    ("株式会社湘南ベイサイドサイクル", "Shonan Bayside Cycle Co., Ltd."),
    ("株式会社しまなみバイクリゾート", "Shimanami Bike Resort Inc."),
    ("株式会社北海道アウトドアサプライ", "Hokkaido Outdoor Supply Co., Ltd."),
    ("株式会社グリーンペダル", "Green Pedal Inc."),
    ("株式会社ファミリーサイクルこぐま", "Family Cycle Koguma Co., Ltd."),
];

/// Shops of a chain; `{}` is the town.
pub const BRANCHES: &[Both] = &[
    ("{}店", "{}"),
    ("{}本店", "{} Main Store"),
    ("{}旗艦店", "{} Flagship Store"),
    ("{}バイパス店", "{} Bypass"),
    ("{}駅前店", "{} Station"),
];

/// Those who look after partners at the vendor.
pub const MANAGERS: &[Both] =
    &[("木村", "Kimura"), ("小野", "Ono"), ("田辺", "Tanabe"), ("中村", "Nakamura")];
