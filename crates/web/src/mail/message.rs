//! A letter as the protocol has it: headers, both bodies, what is attached.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

/// A message to be handed to a server.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The letter's id: the same at every attempt.
    pub id: String,
    /// Name and address.
    pub from: (String, String),
    pub to: (String, String),
    pub at: Timestamp,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where its reader ends letters, by one click of the mail program (RFC 8058).
    pub unsubscribe: Option<String>,
    pub attached: Option<Attached>,
}

/// A file that goes with a message.
#[derive(Debug, Clone)]
pub struct Attached {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Outgoing {
    /// Who sends it to whom, and its bytes, or why it cannot be written.
    pub(super) fn written(&self) -> Result<(Envelope, Vec<u8>), String> {
        let wrong = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
        let address = |text: &str| text.parse::<Address>().map_err(|error| wrong(text, &error));
        let (from, to) = (address(&self.from.1)?, address(&self.to.1)?);
        let envelope = Envelope::new(Some(from.clone()), vec![to.clone()])
            .map_err(|error| wrong("envelope", &error))?;
        let host = from.domain().to_owned();
        let mut message = Message::builder()
            .from(Mailbox::new(named(&self.from.0), from))
            .to(Mailbox::new(named(&self.to.0), to))
            .subject(one_line(&self.subject))
            .date(SystemTime::from(self.at))
            .message_id(Some(format!("<{}@{host}>", self.id)))
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(address) = &self.unsubscribe {
            message = message
                .raw_header(header("List-Unsubscribe", &format!("<{address}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let bodies = MultiPart::alternative()
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        let message = match &self.attached {
            None => message.multipart(bodies),
            Some(file) => {
                let kind = ContentType::parse(file.media_type)
                    .map_err(|error| wrong(file.media_type, &error))?;
                let part = Attachment::new(file.name.clone()).body(file.bytes.clone(), kind);
                message.multipart(MultiPart::mixed().multipart(bodies).singlepart(part))
            }
        };
        let message = message.map_err(|error| wrong("message", &error))?;
        Ok((envelope, message.formatted()))
    }
}

/// A name as it stands before an address; `None` for an empty one.
fn named(name: &str) -> Option<String> {
    let name = one_line(name);
    (!name.is_empty()).then_some(name)
}

/// Whatever people wrote, it is no second header.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(value))
}
