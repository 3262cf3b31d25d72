//! Fields of forms, each with its label, its hint and what is wrong with it.

use maud::{Markup, html};
use maud_ui::primitives::field;
use maud_ui::primitives::input::{self, InputType};
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

    pub fn text(&self) -> Markup {
        self.input(InputType::Text)
    }

    pub fn email(&self) -> Markup {
        self.input(InputType::Email)
    }

    pub fn password(&self) -> Markup {
        self.input(InputType::Password)
    }

    /// A day, by the browser's calendar.
    pub fn date(&self) -> Markup {
        self.around(html! {
            input.mui-input type="date" #(self.name) name=(self.name) value=(self.value)
                required[!self.optional];
        })
    }

    fn input(&self, input_type: InputType) -> Markup {
        self.around(input::render(input::Props {
            name: self.name.into(),
            id: self.name.into(),
            input_type,
            value: self.value.into(),
            required: !self.optional,
            invalid: self.error.is_some(),
            ..Default::default()
        }))
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
