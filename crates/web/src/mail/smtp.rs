//! SMTP: one connection for each letter, encrypted unless the server is on this machine.
//!
//! # Promises
//!
//! * A name and password are sent over encrypted connections alone, or to this machine.
//! * What goes wrong before the server is asked to take a letter (no connection, no encryption, a
//!   wrong password) is no fault of the letter: it is tried again.
//! * No message of ours holds the password.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use engine::mail::delivery::Came;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use thiserror::Error;
use tokio::sync::OnceCell;

use super::{Mailer, Outgoing};

/// How long a server may take for one letter, from the first byte to its answer.
const PATIENCE: Duration = Duration::from_mins(1);
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encrypted {
    /// From the first byte.
    Wrapped,
    /// Once both know each other; without it nothing is sent.
    Start,
    /// Not: the server is on this machine.
    Not,
}

/// A server that takes letters.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    encrypted: Encrypted,
    credentials: Option<(String, String)>,
    hello: ClientId,
    patience: Duration,
    root: Option<Certificate>,
    tls: Arc<OnceCell<TlsParameters>>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("server", &self.server()).finish_non_exhaustive()
    }
}

/// Why the address of a server cannot be used. It never repeats the address, which may hold a
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SmtpUrlError {
    #[error("it begins with `smtp://` or `smtps://`")]
    Scheme,
    #[error("it names a server, as in `smtp://mail.example.com:587`")]
    Host,
    #[error("its port is a number from 1 to 65535")]
    Port,
    #[error(
        "name and password stand before the server, as in `smtp://NAME:PASSWORD@SERVER`, with signs such as `@` and `/` written as `%40` and `%2F`"
    )]
    Credentials,
    #[error("behind the server nothing may stand but `?encrypt=yes`")]
    Rest,
}

impl Smtp {
    /// `smtp://NAME:PASSWORD@SERVER:587`, or `smtps://` for a server that encrypts from the first
    /// byte. `smtp://` asks for encryption before anything is sent, unless the server is on this
    /// machine and `?encrypt=yes` does not stand behind it.
    pub fn parse(url: &str, hello: &str) -> Result<Smtp, SmtpUrlError> {
        let (scheme, rest) = url.trim().split_once("://").ok_or(SmtpUrlError::Scheme)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let must = match query {
            "" => false,
            "encrypt=yes" => true,
            _ => return Err(SmtpUrlError::Rest),
        };
        if rest.contains('/') {
            return Err(SmtpUrlError::Rest);
        }
        let (credentials, place) = match rest.rsplit_once('@') {
            None => (None, rest),
            Some((who, place)) => {
                let (name, password) = who.split_once(':').ok_or(SmtpUrlError::Credentials)?;
                let read = |text| decoded(text).filter(|text| !text.is_empty());
                let pair = read(name).zip(read(password)).ok_or(SmtpUrlError::Credentials)?;
                (Some(pair), place)
            }
        };
        let (host, port) = split_port(place)?;
        let is_here = ["localhost", "127.0.0.1", "::1"].contains(&host.as_str());
        let encrypted = match scheme {
            "smtps" => Encrypted::Wrapped,
            "smtp" if is_here && !must => Encrypted::Not,
            "smtp" => Encrypted::Start,
            _ => return Err(SmtpUrlError::Scheme),
        };
        let usual = match encrypted {
            Encrypted::Wrapped => 465,
            Encrypted::Start => 587,
            Encrypted::Not => 25,
        };
        Ok(Smtp {
            host,
            port: port.unwrap_or(usual),
            encrypted,
            credentials,
            hello: ClientId::Domain(hello.to_owned()),
            patience: PATIENCE,
            root: None,
            tls: Arc::default(),
        })
    }

    /// The server as people see it.
    pub fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// For tests of servers that never answer.
    #[cfg(test)]
    pub fn with_patience(self, patience: Duration) -> Smtp {
        Smtp { patience, ..self }
    }

    /// For tests of servers that nobody vouches for.
    #[cfg(test)]
    pub fn trusting(self, pem: &[u8]) -> Smtp {
        Smtp { root: Some(Certificate::from_pem(pem).expect("a certificate")), ..self }
    }

    async fn hand_over(&self, envelope: &Envelope, bytes: &[u8]) -> Came {
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            Err(error) => return before(&error),
        };
        let came = match connection.send(envelope, bytes).await {
            Ok(response) => {
                let text: Vec<&str> = response.message().collect();
                Came::Taken(response.code().into(), text.join(" "))
            }
            Err(error) => after(&error),
        };
        // Whatever the server says to our leaving, what it said before counts.
        if matches!(came, Came::Taken(..)) {
            let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
        }
        connection.abort().await;
        came
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let tls = match self.encrypted {
            Encrypted::Not => None,
            Encrypted::Wrapped | Encrypted::Start => Some(self.tls().await?),
        };
        let wrapped = tls.clone().filter(|_| self.encrypted == Encrypted::Wrapped);
        let place = (self.host.as_str(), self.port);
        let patience = Some(self.patience);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, patience, &self.hello, wrapped, None)
                .await?;
        if let Some(tls) = tls.filter(|_| self.encrypted == Encrypted::Start) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some((name, password)) = &self.credentials {
            let credentials = Credentials::new(name.clone(), password.clone());
            connection.auth(&MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    /// What encrypts, made when it is needed first: whom this machine trusts is read from its disk.
    async fn tls(&self) -> Result<TlsParameters, Error> {
        let made = async || {
            let (host, root) = (self.host.clone(), self.root.clone());
            let build = move || {
                let builder = TlsParameters::builder(host);
                let builder = match root {
                    Some(root) => builder.add_root_certificate(root),
                    None => builder,
                };
                builder.build_rustls()
            };
            match tokio::task::spawn_blocking(build).await {
                Ok(built) => built,
                Err(died) => std::panic::resume_unwind(died.into_panic()),
            }
        };
        self.tls.get_or_try_init(made).await.cloned()
    }
}

impl Mailer for Smtp {
    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Came> + Send + 'a>> {
        Box::pin(async move {
            let (envelope, bytes) = match message.written() {
                Ok(written) => written,
                Err(why) => return Came::Unwritable(why),
            };
            let handed = self.hand_over(&envelope, &bytes);
            match tokio::time::timeout(self.patience, handed).await {
                Ok(came) => came,
                Err(_) => Came::Nothing("timeout".to_owned()),
            }
        })
    }
}

/// What came of connecting and signing in: whatever it is, the letter is not at fault.
fn before(error: &Error) -> Came {
    match error.status() {
        Some(code) => Came::Later(code.into(), told(error)),
        None => Came::Nothing(why(error)),
    }
}

/// What came of handing a letter over.
fn after(error: &Error) -> Came {
    match error.status() {
        Some(code) if error.is_permanent() => Came::Never(code.into(), told(error)),
        Some(code) => Came::Later(code.into(), told(error)),
        None => Came::Nothing(why(error)),
    }
}

/// A word for programs and pages, and what the machine said.
fn why(error: &Error) -> String {
    if error.is_timeout() {
        return "timeout".to_owned();
    }
    let word = if error.is_tls() { "encrypt" } else { "connect" };
    format!("{word}: {}", told(error))
}

/// What the server or the machine said, to the last cause.
fn told(error: &Error) -> String {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        source = cause.source();
    }
    said
}

fn split_port(place: &str) -> Result<(String, Option<u16>), SmtpUrlError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(SmtpUrlError::Host)?;
            (host, rest.strip_prefix(':'))
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let sound = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
    if host.is_empty() || !host.chars().all(sound) {
        return Err(SmtpUrlError::Host);
    }
    let port = match port {
        None => None,
        Some(text) => {
            let number = text.parse().ok().filter(|port| 0 < *port);
            Some(number.ok_or(SmtpUrlError::Port)?)
        }
    };
    Ok((host.to_owned(), port))
}

/// A text in which signs are written as `%40`; `None` if it is no text then.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let pair = [rest.next()?, rest.next()?];
        let pair = std::str::from_utf8(&pair).ok()?;
        bytes.push(u8::from_str_radix(pair, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<(String, Encrypted, Option<(String, String)>), SmtpUrlError> {
        let smtp = Smtp::parse(url, "rebates.example.com")?;
        Ok((smtp.server(), smtp.encrypted, smtp.credentials))
    }

    #[test]
    fn a_server_is_read_from_its_address() {
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        for (url, server, encrypted, credentials) in [
            ("smtp://mail.example.com", "mail.example.com:587", Encrypted::Start, None),
            ("smtps://mail.example.com/", "mail.example.com:465", Encrypted::Wrapped, None),
            ("smtp://localhost", "localhost:25", Encrypted::Not, None),
            ("smtp://[::1]:2525", "::1:2525", Encrypted::Not, None),
            ("smtp://127.0.0.1:26?encrypt=yes", "127.0.0.1:26", Encrypted::Start, None),
            (
                "smtp://me%40example.com:s%2Fe:c%40t@mail.example.com:2587",
                "mail.example.com:2587",
                Encrypted::Start,
                pair("me@example.com", "s/e:c@t"),
            ),
        ] {
            assert_eq!(parsed(url), Ok((server.to_owned(), encrypted, credentials)), "{url}");
        }
        for (url, error) in [
            ("mail.example.com:587", SmtpUrlError::Scheme),
            ("https://mail.example.com", SmtpUrlError::Scheme),
            ("smtp://", SmtpUrlError::Host),
            ("smtp://mail example.com", SmtpUrlError::Host),
            ("smtp://mail.example.com:0", SmtpUrlError::Port),
            ("smtp://mail.example.com:mail", SmtpUrlError::Port),
            ("smtp://me@mail.example.com", SmtpUrlError::Credentials),
            ("smtp://me:%zz@mail.example.com", SmtpUrlError::Credentials),
            ("smtp://mail.example.com/inbox", SmtpUrlError::Rest),
            ("smtp://mail.example.com?encrypt=no", SmtpUrlError::Rest),
        ] {
            assert_eq!(parsed(url), Err(error), "{url}");
        }
    }

    #[test]
    fn nobody_is_shown_the_password() {
        let smtp = Smtp::parse("smtp://me:secret@mail.example.com", "x.example").expect("a server");
        assert!(!format!("{smtp:?}").contains("secret"));
    }
}
