//! Configuration: defaults here, then a file, then the environment.
//!
//! A file is YAML with one mapping per section. A setting `database.url` is also
//! `TOKUTEN_DATABASE_URL`. A secret can be kept in a file of its own, named by the same key with
//! `_file`. Unknown keys are refused, in the file and among the variables of our sections.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::yaml;
use thiserror::Error;
use web::mail::smtp::{Smtp, SmtpUrlError};

/// What every setting says, where there is no better word for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub log: LogConfig,
    pub webhooks: WebhooksConfig,
    pub mail: MailConfig,
}

/// Where pages and API are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    /// How browsers reach it, without a slash at the end. With `https:` cookies are sent over
    /// encrypted connections alone.
    pub public_url: Option<String>,
}

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
}

/// What is told while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// A level, or levels by module: `info,engine=debug`.
    pub level: String,
}

/// Where news may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhooksConfig {
    /// Hosts between commas that may be inside, and without encryption.
    pub allow: String,
}

/// How mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// What takes letters and where they come from; `None`: no mail is sent.
    pub server: Option<MailServer>,
    /// How long texts and addresses of letters are kept.
    pub keep_days: u16,
}

/// A server that takes letters.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// With name and password, so shown to nobody.
    pub url: String,
    pub from: String,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServer").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A setting as people write it.
#[derive(Debug)]
struct Setting {
    section: &'static str,
    key: &'static str,
    default: &'static str,
    secret: Secret,
    says: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Secret {
    Yes,
    No,
}

const SETTINGS: &[Setting] = &[
    Setting {
        section: "server",
        key: "listen",
        default: "127.0.0.1:8080",
        secret: Secret::No,
        says: "address and port that pages and API are served on",
    },
    Setting {
        section: "server",
        key: "public_url",
        default: "",
        secret: Secret::No,
        says: "how browsers reach it, such as `https://rebates.example.com`; with `https:` cookies \
               are sent over encrypted connections alone",
    },
    Setting {
        section: "database",
        key: "url",
        default: "sqlite:tokuten.sqlite",
        secret: Secret::Yes,
        says: "`sqlite:PATH`, created if it is not there, or `postgres://USER:PASSWORD@HOST/NAME`",
    },
    Setting {
        section: "log",
        key: "level",
        default: "info",
        secret: Secret::No,
        says: "`error`, `warn`, `info`, `debug` or `trace`, also by module: `info,engine=debug`",
    },
    Setting {
        section: "webhooks",
        key: "allow",
        default: "",
        secret: Secret::No,
        says: "hosts, between commas, that webhooks may reach inside your own network and without \
               encryption, such as `127.0.0.1,erp.internal`; all others have to be public and `https:`",
    },
    Setting {
        section: "mail",
        key: "url",
        default: "",
        secret: Secret::Yes,
        says: "the server that takes letters, such as `smtp://NAME:PASSWORD@mail.example.com:587` or \
               `smtps://…`; without it no mail is sent",
    },
    Setting {
        section: "mail",
        key: "from",
        default: "",
        secret: Secret::No,
        says: "the address that letters come from, such as `rebates@example.com`; their name is the \
               vendor's",
    },
    Setting {
        section: "mail",
        key: "keep_days",
        default: "90",
        secret: Secret::No,
        says: "how many days texts and addresses of letters are kept, from 1 to 3650",
    },
];

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("could not read `{}`", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{}` line {line}, column {column}: {message}", path.display())]
    Text { path: PathBuf, line: u32, column: u32, message: String },
    #[error("unknown setting `{name}`; known are {known}")]
    Unknown { name: String, known: String },
    #[error("`{name}` and `{name}_file` are both set; remove one")]
    Twice { name: String },
    #[error("`{name}` is `{value}`, which is not {wanted}")]
    Value { name: String, value: String, wanted: &'static str },
    #[error("`mail.url` is no server that takes letters: {source}")]
    MailUrl { source: SmtpUrlError },
    #[error("`{name}` has to be set where `mail.url` is: {why}")]
    Needed { name: &'static str, why: &'static str },
}

impl Config {
    /// Reads the file, if one is named, and the variables of the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        let mut values = BTreeMap::new();
        if let Some(path) = file {
            values.extend(of_file(path)?);
        }
        let variables = of_environment(environment)?;
        // A variable replaces what the file says, in whichever way either of them says it.
        for name in variables.keys() {
            let bare = name.strip_suffix("_file").unwrap_or(name);
            values.remove(bare);
            values.remove(&format!("{bare}_file"));
        }
        values.extend(variables);
        Config::of(&values)
    }

    fn of(values: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
        let listen = value(values, "server", "listen")?;
        let public_url = checked_url(value(values, "server", "public_url")?)?;
        let mail = mail(values, public_url.as_deref())?;
        Ok(Config {
            server: ServerConfig {
                listen: listen.parse().map_err(|_| ConfigError::Value {
                    name: "server.listen".to_owned(),
                    value: listen,
                    wanted: "an address and a port such as `127.0.0.1:8080`",
                })?,
                public_url,
            },
            database: DatabaseConfig { url: value(values, "database", "url")? },
            log: LogConfig { level: value(values, "log", "level")? },
            webhooks: WebhooksConfig { allow: value(values, "webhooks", "allow")? },
            mail,
        })
    }
}

/// The reference of all settings, in Markdown.
pub fn reference() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         Defaults, then a YAML file (`--config FILE` or `TOKUTEN_CONFIG`) with one mapping per \
         section, then the environment.\n\
         Unknown keys are refused.\n\n\
         | key | variable | default | says |\n|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let (name, variable) = (setting.name(), setting.variable());
        let default = match setting.default {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let secret = match setting.secret {
            Secret::Yes => format!("; or in a file named by `{name}_file`, `{variable}_FILE`"),
            Secret::No => String::new(),
        };
        text.push_str(&format!(
            "| `{name}` | `{variable}` | {default} | {}{secret} |\n",
            setting.says
        ));
    }
    text
}

impl Setting {
    fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    fn variable(&self) -> String {
        format!("TOKUTEN_{}_{}", self.section, self.key).to_uppercase()
    }
}

/// The setting of a name as people write it, `_file` included, or why there is none.
fn known(name: &str) -> Result<(), ConfigError> {
    let is_known = |setting: &Setting| {
        let own = setting.name();
        own == name || (setting.secret == Secret::Yes && format!("{own}_file") == name)
    };
    if SETTINGS.iter().any(is_known) {
        return Ok(());
    }
    let known: Vec<String> =
        SETTINGS.iter().map(|setting| format!("`{}`", setting.name())).collect();
    Err(ConfigError::Unknown { name: name.to_owned(), known: known.join(", ") })
}

fn of_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = read(path)?;
    let wrong = |at: domain::program::Position, message: String| ConfigError::Text {
        path: path.to_owned(),
        line: at.line,
        column: at.column,
        message,
    };
    let document = yaml::parse(&text).map_err(|error| wrong(error.at, error.message))?;
    if let Some(twice) = document.duplicates.first() {
        return Err(wrong(twice.at, format!("duplicate key `{}`", twice.key)));
    }
    let mut values = BTreeMap::new();
    if document.root.is_nothing() {
        return Ok(values);
    }
    let sections = document.root.map().ok_or_else(|| {
        wrong(document.root.at, "a configuration is a mapping of sections".to_owned())
    })?;
    for (section, settings) in sections {
        let name = section.text().unwrap_or_default();
        let settings = settings.map().ok_or_else(|| {
            wrong(settings.at, format!("section `{name}` is a mapping of settings"))
        })?;
        for (key, value) in settings {
            let name = format!("{name}.{}", key.text().unwrap_or_default());
            known(&name).map_err(|error| wrong(key.at, error.to_string()))?;
            let text = value.text().filter(|_| !value.is_nothing());
            let text = text.ok_or_else(|| wrong(value.at, format!("`{name}` is one text")))?;
            values.insert(name, text.to_owned());
        }
    }
    Ok(values)
}

fn of_environment(
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut values = BTreeMap::new();
    for (variable, value) in environment {
        let section = SETTINGS
            .iter()
            .map(|setting| setting.section)
            .find(|section| variable.starts_with(&format!("TOKUTEN_{}_", section.to_uppercase())));
        let Some(section) = section else {
            continue;
        };
        let key = variable.get("TOKUTEN__".len() + section.len()..).unwrap_or_default();
        let name = format!("{section}.{}", key.to_lowercase());
        known(&name).map_err(|error| match error {
            ConfigError::Unknown { known, .. } => ConfigError::Unknown { name: variable, known },
            other => other,
        })?;
        values.insert(name, value);
    }
    Ok(values)
}

/// What a setting says: itself, its file, or the default.
fn value(
    values: &BTreeMap<String, String>,
    section: &str,
    key: &str,
) -> Result<String, ConfigError> {
    let name = format!("{section}.{key}");
    match (values.get(&name), values.get(&format!("{name}_file"))) {
        (Some(_), Some(_)) => Err(ConfigError::Twice { name }),
        (Some(value), None) => Ok(value.clone()),
        (None, Some(file)) => Ok(read(Path::new(file))?.trim_end().to_owned()),
        (None, None) => {
            let setting = SETTINGS.iter().find(|setting| setting.name() == name);
            Ok(setting.map(|setting| setting.default.to_owned()).unwrap_or_default())
        }
    }
}

/// How mail is sent. What cannot work is told when the process starts, and not with the first letter.
fn mail(
    values: &BTreeMap<String, String>,
    public_url: Option<&str>,
) -> Result<MailConfig, ConfigError> {
    let keep_days = value(values, "mail", "keep_days")?;
    let days = keep_days.parse().ok().filter(|days| (1..=3650).contains(days));
    let keep_days = days.ok_or_else(|| ConfigError::Value {
        name: "mail.keep_days".to_owned(),
        value: keep_days,
        wanted: "a number of days from 1 to 3650",
    })?;
    let (url, from) = (value(values, "mail", "url")?, value(values, "mail", "from")?);
    if engine::mail::address(&from).is_none() && !from.is_empty() {
        let (name, wanted) = ("mail.from".to_owned(), "an address such as `rebates@example.com`");
        return Err(ConfigError::Value { name, value: from, wanted });
    }
    if url.is_empty() {
        return Ok(MailConfig { server: None, keep_days });
    }
    Smtp::parse(&url, "localhost").map_err(|source| ConfigError::MailUrl { source })?;
    let needed = |name, why| ConfigError::Needed { name, why };
    if from.is_empty() {
        return Err(needed("mail.from", "letters come from an address"));
    }
    if public_url.is_none() {
        return Err(needed("server.public_url", "links in letters lead there"));
    }
    Ok(MailConfig { server: Some(MailServer { url, from }), keep_days })
}

fn checked_url(url: String) -> Result<Option<String>, ConfigError> {
    if url.is_empty() {
        return Ok(None);
    }
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if !is_web || url.ends_with('/') {
        let name = "server.public_url".to_owned();
        let wanted = "an address such as `https://rebates.example.com`, without a slash at the end";
        return Err(ConfigError::Value { name, value: url, wanted });
    }
    Ok(Some(url))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
