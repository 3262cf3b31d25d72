//! Fields of forms, each with its label, its hint and what is wrong with it.

use maud::{Markup, html};
use maud_ui::primitives::field;
use maud_ui::primitives::native_select::{self, NativeOption, NativeSelectProps};
use maud_ui::primitives::textarea;

/// A field of one line.
#[derive(Debug, Clone, Default)]
pub struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub value: &'a str,
    pub hint: &'a str,
    pub error: Option<&'a str>,
    pub optional: bool,
    /// What a password manager and the browser may fill in; nothing if empty.
    pub fills: &'a str,
}

impl<'a> Field<'a> {
    pub fn new(name: &'a str, label: &'a str, value: &'a str) -> Field<'a> {
        Field { name, label, value, ..Default::default() }
    }

    #[must_use]
    pub fn hint(self, hint: &'a str) -> Field<'a> {
        Field { hint, ..self }
    }

    #[must_use]
    pub fn error(self, error: Option<&'a str>) -> Field<'a> {
        Field { error, ..self }
    }

    #[must_use]
    pub fn optional(self) -> Field<'a> {
        Field { optional: true, ..self }
    }

    /// In the words of the `autocomplete` attribute.
    #[must_use]
    pub fn fills(self, fills: &'a str) -> Field<'a> {
        Field { fills, ..self }
    }

    pub fn text(&self) -> Markup {
        self.input("text")
    }

    pub fn email(&self) -> Markup {
        self.input("email")
    }

    pub fn password(&self) -> Markup {
        self.input("password")
    }

    /// A day, by the browser's calendar.
    pub fn date(&self) -> Markup {
        self.input("date")
    }

    /// The kit's input, which knows no `autocomplete`.
    fn input(&self, kind: &str) -> Markup {
        let fills = (!self.fills.is_empty()).then_some(self.fills);
        let invalid = self.error.map(|_| "true");
        let hint = (!self.hint.is_empty()).then(|| format!("{}-desc", self.name));
        let error = self.error.map(|_| format!("{}-err", self.name));
        let told: Vec<String> = hint.into_iter().chain(error).collect();
        let told = (!told.is_empty()).then(|| told.join(" "));
        self.around(html! {
            input.mui-input type=(kind) name=(self.name) #(self.name) value=(self.value)
                required[!self.optional] aria-invalid=[invalid] autocomplete=[fills]
                aria-describedby=[told];
        })
    }

    pub fn lines(&self, rows: u32) -> Markup {
        self.around(textarea::render(textarea::Props {
            name: self.name.into(),
            id: self.name.into(),
            value: self.value.into(),
            rows,
            required: !self.optional,
            invalid: self.error.is_some(),
            ..Default::default()
        }))
    }

    /// One of some: value and label each.
    pub fn select(&self, options: &[(String, String)]) -> Markup {
        self.around(native_select::render(NativeSelectProps {
            name: self.name.into(),
            id: self.name.into(),
            options: options
                .iter()
                .map(|(value, label)| NativeOption {
                    value: value.clone(),
                    label: label.clone(),
                    disabled: false,
                })
                .collect(),
            selected: Some(self.value.into()),
            disabled: false,
            placeholder: None,
            required: !self.optional,
            invalid: self.error.is_some(),
            aria_describedby: None,
        }))
    }

    pub fn file(&self, accept: &str) -> Markup {
        self.around(html! {
            input.mui-input.tk-file type="file" #(self.name) name=(self.name) accept=(accept)
                required[!self.optional];
        })
    }

    fn around(&self, children: Markup) -> Markup {
        field::render(field::Props {
            label: self.label.into(),
            id: self.name.into(),
            description: (!self.hint.is_empty()).then(|| self.hint.into()),
            error: self.error.map(Into::into),
            children,
            ..Default::default()
        })
    }
}
