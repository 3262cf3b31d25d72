//! A code as a picture that cameras read.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// What has to stay free around it, in modules.
const QUIET: usize = 4;

/// The QR code of a text, dark on white in either theme: cameras want it so. Nothing where the text
/// is too long for one.
pub fn svg(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return html! {};
    };
    let width = code.width();
    let side = width + 2 * QUIET;
    let path = path(&code.to_colors(), width);
    html! {
        svg.tk-qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label)
            shape-rendering="crispEdges" {
            rect.tk-qr__paper width=(side) height=(side) {}
            path.tk-qr__ink d=(path) {}
        }
    }
}

/// Runs of dark modules, row by row.
fn path(modules: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (row, colours) in modules.chunks(width).enumerate() {
        let mut at = 0;
        for run in colours.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, long) = (at + QUIET, row + QUIET, run.len());
                path.push_str(&format!("M{x} {y}h{long}v1h-{long}z"));
            }
            at += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the path draws is what the code says, module by module.
    #[test]
    fn every_dark_module_is_drawn_and_no_other() {
        let code = QrCode::with_error_correction_level("R-7K3M9Q2A-1", EcLevel::M).unwrap();
        let (width, colours) = (code.width(), code.to_colors());
        let mut drawn = vec![Color::Light; width * width];
        for run in path(&colours, width).split('M').skip(1) {
            let (start, rest) = run.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let long: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let at = (y - QUIET) * width + x - QUIET;
            drawn[at..at + long].fill(Color::Dark);
        }
        assert!(drawn == colours);
        assert!(svg("x", "code").0.contains("viewBox=\"0 0 29 29\""));
    }
}
