//! Before the work: signing in, and a new installation.

pub mod first_run;
pub mod letters;
pub mod refused;
pub mod routes;
pub mod sign_in;

use maud::{Markup, html};

use crate::format;
use crate::shell::Shell;
use crate::ui::frame::language_link;
use crate::ui::icon::{tokuten_mark, vendor_mark};

/// The half of the page with the form, and the half that says what waits behind the door.
fn gate(shell: &Shell, tagline: &str, form: &Markup) -> Markup {
    let own = shell.vendor == shell.words().common.tokuten;
    html! {
        main #main.tk-gate {
            div.tk-gate__form {
                header.tk-gate__brand {
                    span.tk-gate__mark {
                        @if own { (tokuten_mark()) } @else { (vendor_mark()) }
                    }
                    span { b { (shell.vendor) } small { (tagline) } }
                }
                div.tk-gate__box { (form) }
                footer.tk-gate__foot { (language_link(shell, "")) }
            }
            (promise(shell))
        }
    }
}

/// What waits behind the door, said with the picture people will see there.
fn promise(shell: &Shell) -> Markup {
    let words = shell.words();
    let steps = [(100, 40, 12), (300, 90, 142), (600, 150, 272), (1000, 230, 402)];
    html! {
        aside.tk-promise {
            div.tk-promise__text {
                p.tk-promise__say.tk-phrase {
                    (words.gate.promise_first) br; (words.gate.promise_second)
                }
                p.tk-phrase { (words.gate.promise_detail) }
            }
            svg.tk-promise__steps viewBox="0 0 520 280" aria-hidden="true" {
                path.tk-promise__fill d="M0 280V240H130V190H260V130H345V280z" {}
                path.tk-promise__line d="M0 240H130V190H260V130H390V50H520" {}
                circle.tk-promise__point cx="345" cy="130" r="7" {}
                @for (units, height, x) in steps {
                    text x=(x) y=(280 - height - 10) { (format::count(units)) }
                }
            }
        }
    }
}
