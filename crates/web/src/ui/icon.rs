//! Line icons on a grid of 24, drawn with 1.6 px strokes that take the colour of the text.

use maud::{Markup, html};

/// An icon. It decorates a word beside it and is therefore hidden from screen readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Alert,
    Book,
    Box,
    Calendar,
    Check,
    ChevronRight,
    Clock,
    Columns,
    Download,
    File,
    Home,
    Key,
    Ledger,
    Message,
    Moon,
    Play,
    Plus,
    Receipt,
    Rule,
    Search,
    Settings,
    Shield,
    Shop,
    Star,
    Target,
    Upload,
    Users,
    Wallet,
    Wrench,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Alert => "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.3",
            Icon::Book => {
                "M12 6.5C10 5 7 4.5 4 5v14c3-.5 6 0 8 1.5 2-1.5 5-2 8-1.5V5c-3-.5-6 0-8 1.5zM12 6.5v14"
            }
            Icon::Box => "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
            Icon::Calendar => "M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V7M15.5 3.5V7",
            Icon::Check => "M5 12.5l4.5 4.5L19 7.5",
            Icon::ChevronRight => "M9.5 6l6 6-6 6",
            Icon::Clock => "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8v4.5l3 2",
            Icon::Columns => "M4.5 5h15v14h-15zM9.5 5v14M14.5 5v14",
            Icon::Download => "M12 4v11M7 10.5l5 5 5-5M5 20h14",
            Icon::File => "M6 3.5h8l4 4v13H6zM14 3.5v4h4M9 12h6M9 15.5h6",
            Icon::Home => "M4 11l8-7 8 7v9h-5.5v-6h-5v6H4z",
            Icon::Key => "M15 4a5 5 0 1 1 0 10 5 5 0 0 1 0-10M11.5 12.5L4 20M6.5 17.5l2.5 2.5",
            Icon::Ledger => "M6 3.5h12v17H6zM9.5 8h5M9.5 12h5M9.5 16h3",
            Icon::Message => "M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5",
            Icon::Moon => "M19 14.5A8 8 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5",
            Icon::Play => "M8 5l11 7-11 7z",
            Icon::Plus => "M12 5v14M5 12h14",
            Icon::Receipt => {
                "M6 3.5l2 1.5 2-1.5 2 1.5 2-1.5 2 1.5 2-1.5v17l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM9 9h6M9 13h6"
            }
            Icon::Rule => "M4 6h9M4 12h5M4 18h3M13 18l3 2.5 5-7",
            Icon::Search => "M10.5 5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M14.8 14.8L20 20",
            Icon::Settings => "M4 7.5h9M17 7.5h3M15 5v5M4 16.5h3M11 16.5h9M9 14v5",
            Icon::Shield => {
                "M12 3.5l7.5 3v5c0 4.5-3 7.5-7.5 9-4.5-1.5-7.5-4.5-7.5-9v-5zM8.8 12l2.3 2.3 4.2-4.4"
            }
            Icon::Shop => {
                "M4 9l1.5-5h13L20 9M5 9v11h14V9M4 9a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0A2.7 2.7 0 0 0 20 9M10 20v-6h4v6"
            }
            Icon::Star => "M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z",
            Icon::Target => {
                "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M12 11.8v.4"
            }
            Icon::Upload => "M12 16V5M7 9.5l5-5 5 5M5 20h14",
            Icon::Users => {
                "M9 5.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M3.5 19c.5-3.5 2.5-5 5.5-5s5 1.5 5.5 5M15.5 6a2.7 2.7 0 0 1 0 5.3M17 14.3c2 .5 3.2 2 3.5 4.7"
            }
            Icon::Wallet => "M4 7h15v12H4zM4 7l11-3v3M19 11h-4.5a2 2 0 0 0 0 4H19",
            Icon::Wrench => {
                "M14.5 6.5a4.3 4.3 0 0 1 5-2l-2.7 2.7.3 2 2 .3L21.5 7a4.3 4.3 0 0 1-6 5L7.5 20 4 16.5l8-8a4.3 4.3 0 0 1 2.5-2"
            }
        }
    }
}

/// The icon at the size of the text it stands in.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.tk-icon viewBox="0 0 24 24" aria-hidden="true" { path d=(icon.path()) {} }
    }
}

/// The mark of Tokuten: steps that lead up to a point.
pub fn tokuten_mark() -> Markup {
    html! {
        svg.tk-mark viewBox="0 0 24 24" aria-hidden="true" {
            path d="M2 21.5v-5h6.5v-5H15v-5" {}
            circle cx="19.5" cy="4.5" r="2.8" {}
        }
    }
}

/// The mark beside a vendor's name: the vendor's own logo replaces it.
pub fn vendor_mark() -> Markup {
    html! {
        svg.tk-mark viewBox="0 0 24 24" aria-hidden="true" {
            path
                d="M4 9l1.5-5h13L20 9M5 9v11h14V9M4 9a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0A2.7 2.7 0 0 0 20 9M10 20v-6h4v6" {}
        }
    }
}
