//! Live figures: tells an open page that something changed which its reader may see.
//!
//! The event says no more than that. The page asks for itself again, so rights and formats are
//! those of the page, and a figure changes in its place.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::office::Live;
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::app::{App, Routes};
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/events", get(events));
}

/// Many changes at once are one event: no reader sees more than a few in a second.
const QUIET: Duration = Duration::from_millis(300);

async fn events(State(app): State<App>, visit: Visit) -> Response {
    let partner = visit.role().and_then(engine::access::Role::partner);
    let live = app.office().listen();
    let stream = stream::unfold((live, partner), |(mut live, partner)| async move {
        loop {
            match live.recv().await {
                Ok(change) if concerns(&change, partner) => break,
                Ok(_) => {}
                // Some were missed, so there were some.
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return None,
            }
        }
        tokio::time::sleep(QUIET).await;
        drain(&mut live);
        let event = Event::default().event("changed").data("1");
        Some((Ok::<Event, Infallible>(event), (live, partner)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

fn drain(live: &mut Receiver<Live>) {
    while live.try_recv().is_ok() {}
}

/// Whether a reader's page may look different now. A partner hears of its own alone.
fn concerns(change: &Live, partner: Option<i64>) -> bool {
    match (change, partner) {
        (_, None) | (Live::Rules | Live::Import(_), Some(_)) => true,
        (Live::Wallet(moved), Some(own)) => *moved == own,
        (Live::Awards(moved), Some(own)) => moved.iter().any(|(_, partner)| *partner == own),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_partner_hears_of_its_own_awards_alone() {
        let awards = Live::Awards(Arc::new(vec![(1, 7), (2, 9)]));
        assert!(concerns(&awards, None));
        assert!(concerns(&awards, Some(9)));
        assert!(!concerns(&awards, Some(8)));
        assert!(concerns(&Live::Rules, Some(8)));
        assert!(concerns(&Live::Wallet(7), Some(7)) && concerns(&Live::Wallet(7), None));
        assert!(!concerns(&Live::Wallet(7), Some(8)));
    }
}
