//! One message over one connection, to an address that was looked at.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::reach::{Reach, ReachError, Target};

/// How long the beginning of an answer is waited for once its status is there.
const BODY_WAITS: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: usize = 2_000;

/// What encrypts, made when it is needed first: whom this machine trusts is read from its disk.
#[derive(Clone, Default)]
pub struct Tls(Arc<OnceCell<TlsConnector>>);

/// Why there was no answer.
#[derive(Debug)]
pub enum SendError {
    Reach(ReachError),
    Connect(std::io::Error),
    Encrypt(String),
    Broken(hyper::Error),
}

impl SendError {
    /// A word for programs and pages, and what the machine said.
    pub fn told(&self) -> String {
        match self {
            SendError::Reach(ReachError::Url) => "url".to_owned(),
            SendError::Reach(ReachError::Open) => "not_encrypted".to_owned(),
            SendError::Reach(ReachError::Unknown { host }) => format!("unresolved: {host}"),
            SendError::Reach(ReachError::Inside { address, .. }) => format!("inside: {address}"),
            SendError::Connect(error) => format!("connect: {error}"),
            SendError::Encrypt(error) => format!("encrypt: {error}"),
            SendError::Broken(error) => format!("broken: {error}"),
        }
    }
}

/// Posts a message, and says the status and how the answer began.
pub async fn post(
    reach: &Reach,
    tls: &Tls,
    url: &str,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<(u16, String), SendError> {
    let target = reach.target(url).map_err(SendError::Reach)?;
    let addresses = reach.addresses(&target).await.map_err(SendError::Reach)?;
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(SendError::Connect)?;
    let request = request(&target, headers, body).map_err(SendError::Encrypt)?;
    if !target.is_encrypted {
        return speak(stream, request).await;
    }
    let connector = tls.connector().await.map_err(SendError::Encrypt)?;
    let name = ServerName::try_from(target.host.clone());
    let name = name.map_err(|error| SendError::Encrypt(error.to_string()))?;
    let stream = connector.connect(name, stream).await;
    let stream = stream.map_err(|error| SendError::Encrypt(error.to_string()))?;
    speak(stream, request).await
}

fn request(
    target: &Target,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<Request<Full<Bytes>>, String> {
    let is_usual = target.port == if target.is_encrypted { 443 } else { 80 };
    let host =
        if target.host.contains(':') { format!("[{}]", target.host) } else { target.host.clone() };
    let host = if is_usual { host } else { format!("{host}:{}", target.port) };
    let mut request = Request::post(target.path.as_str())
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("Tokuten/", env!("CARGO_PKG_VERSION")))
        .header(header::CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())
}

async fn speak<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(u16, String), SendError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(SendError::Broken)?;
    let connection = tokio::spawn(connection);
    let answered = sender.send_request(request).await.map_err(SendError::Broken);
    let told = match answered {
        Ok(answer) => {
            let status = answer.status().as_u16();
            Ok((status, beginning(answer.into_body()).await))
        }
        Err(error) => Err(error),
    };
    // Whatever else would come is nobody's.
    connection.abort();
    told
}

/// How an answer begins, as far as it comes in time.
async fn beginning(mut body: Incoming) -> String {
    let mut bytes: Vec<u8> = Vec::new();
    let read = async {
        while let Some(Ok(frame)) = body.frame().await {
            bytes.extend(frame.data_ref().into_iter().flatten());
            if ANSWER_BYTES_MAX <= bytes.len() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(BODY_WAITS, read).await;
    bytes.truncate(ANSWER_BYTES_MAX);
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Tls {
    async fn connector(&self) -> Result<&TlsConnector, String> {
        let made = async || {
            let loaded = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
            let loaded = loaded.map_err(|error| error.to_string())?;
            let mut roots = RootCertStore::empty();
            let (known, _) = roots.add_parsable_certificates(loaded.certs);
            if known == 0 {
                return Err("this machine trusts no certificate authority".to_owned());
            }
            let provider = Arc::new(crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_root_certificates(roots)
                .with_no_client_auth();
            Ok(TlsConnector::from(Arc::new(config)))
        };
        self.0.get_or_try_init(made).await
    }
}
