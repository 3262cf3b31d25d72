use super::*;

/// What a form says again: its fields, what was typed, the field that is wrong.
#[track_caller]
fn check(fields: &str, typed: &[(&str, &str)], wrong: &'static [&'static str], expected: &str) {
    let typed = typed.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let refused = Refused {
        action: "/x".into(),
        fields: wrong,
        what: "say <why>".into(),
        typed: Arc::new(typed),
    };
    assert_eq!(refused.fill(&PreEscaped(fields.to_owned())).0, expected);
}

const SAID: &str = "<p class=\"mui-field__error tk-wrong\" id=\"why-err\" role=\"alert\">\
                    say &lt;why&gt;</p>";

#[test]
fn what_was_typed_stands_in_its_field_with_what_is_wrong() {
    check(
        "<label>Why</label><input type=\"text\" name=\"why\" value=\"old\" required><b>x</b>",
        &[("why", "a \"b\"")],
        &["why"],
        &format!(
            "<label>Why</label><input type=\"text\" name=\"why\" required value=\"a &quot;b&quot;\" \
             aria-invalid=\"true\" aria-errormessage=\"why-err\">{SAID}<b>x</b>"
        ),
    );
    check(
        "<textarea name=\"why\"></textarea>",
        &[("why", "1 < 2\n3")],
        &["other", "why"],
        &format!(
            "<textarea name=\"why\" aria-invalid=\"true\" aria-errormessage=\"why-err\">1 &lt; 2\n3\
             </textarea>{SAID}"
        ),
    );
    check(
        "<select name=\"why\"><option value=\"a\" selected>A</option><option value=\"b\">B</option>\
         </select>",
        &[("why", "b")],
        &["why"],
        &format!(
            "<select name=\"why\" aria-invalid=\"true\" aria-errormessage=\"why-err\">\
             <option value=\"a\">A</option><option value=\"b\" selected>B</option></select>{SAID}"
        ),
    );
}

#[test]
fn hidden_fields_and_passwords_stay_as_the_page_has_them() {
    let refused = |fields: &str, typed: &[(&str, &str)]| {
        let typed = typed.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        filled(fields, &typed, None)
    };
    let same = [
        "<input type=\"hidden\" name=\"key\" value=\"new\">",
        "<input type=\"password\" name=\"key\">",
        "<input type=\"text\" name=\"other\" value=\"1\">",
    ];
    for fields in same {
        assert_eq!(refused(fields, &[("key", "old")]), fields);
    }
    let boxes = "<input type=\"checkbox\" name=\"on\" value=\"1\" checked><input type=\"checkbox\" \
                 name=\"on\" value=\"2\">";
    assert_eq!(
        refused(boxes, &[("on", "2")]),
        "<input type=\"checkbox\" name=\"on\" value=\"1\"><input type=\"checkbox\" name=\"on\" \
         value=\"2\" checked>"
    );
}

#[test]
fn what_belongs_to_no_field_stands_above_them() {
    let refused = Refused {
        action: "/x".into(),
        fields: &["gone"],
        what: "closed already".into(),
        typed: Arc::default(),
    };
    let shown = refused.fill(&html! { input type="text" name="why"; }).0;
    let (notice, field) = shown.split_once("<input").expect("the field");
    assert!(notice.contains("tk-wrong") && notice.contains("closed already"), "{shown}");
    assert!(!field.contains("aria-invalid"), "{shown}");
}
