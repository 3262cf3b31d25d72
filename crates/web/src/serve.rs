//! Serving: from a socket that is open to requests answered, until told to stop.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::app::App;
use crate::webhooks::Sender;
use crate::{api, housekeeping, mail};

/// Answers requests until `stop` is ready, then lets those under way finish.
///
/// Accruing goes on beside it, so that what one request brings the next one shows, and so does
/// tidying up, telling others what happened and sending letters.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let office = app.office().clone();
    let accruing = tokio::spawn(async move { office.keep_accruing().await });
    let house = tokio::spawn(housekeeping::keep_house(app.clone()));
    let reach = app.options().reach.clone();
    let sender = Sender::new(app.office().clone(), reach.clone());
    let sending = tokio::spawn(sender.keep_sending());
    let post = app.options().mail.clone();
    let letters = post.map(|post| mail::Sender::new(app.office().clone(), post));
    let writing = letters.map(|letters| tokio::spawn(letters.keep_sending()));
    let router = app.router(api::router_reaching(app.office().clone(), reach));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop).await;
    accruing.abort();
    house.abort();
    sending.abort();
    if let Some(writing) = writing {
        writing.abort();
    }
    served
}
