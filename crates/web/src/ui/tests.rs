use super::*;
use crate::i18n::Lang;

/// A company's name as a dense Japanese table shows it, without the joiners.
fn check_name(name: &str, shown: &str) {
    let html = table::one_line(Lang::Ja, name, "/").0.replace('\u{2060}', "");
    assert!(html.contains(&format!(">{shown}<")), "`{name}` is {html}");
}

#[test]
fn a_legal_form_is_one_sign_only_where_it_is_a_word_of_its_own() {
    check_name("株式会社イトウサイクル 江東豊洲店", "㈱イトウサイクル 江東豊洲店");
    check_name("サイトウ輪業株式会社 熊本営業所", "サイトウ輪業㈱ 熊本営業所");
    check_name("熊本サイクリングセンター株式会社", "熊本サイクリングセンター㈱");
    check_name("倉敷自転車協同組合", "倉敷自転車(協)");
    check_name("生活協同組合連合会くらしの輪 本部", "生活協同組合連合会くらしの輪 本部");
    check_name("Green Pedal Inc.", "Green Pedal Inc.");
}

fn check_code(text: &str, html: &str) {
    assert_eq!(with_code(text).0, html, "{text}");
}

#[test]
fn what_is_quoted_is_set_as_code_and_stays_escaped() {
    check_code("`NaN` is not a number", "<code class=\"tk-mono\">NaN</code> is not a number");
    check_code("no `<b>`", "no <code class=\"tk-mono\">&lt;b&gt;</code>");
    check_code("nothing quoted", "nothing quoted");
    check_code("one ` alone", "one ` alone");
}
