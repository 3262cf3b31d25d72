//! `tokuten serve` and `tokuten demo`: pages, API and everything that goes on behind them.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use engine::access::{self, Passwords};
use engine::clock::{Clock, SystemClock};
use engine::db::Db;
use engine::id::{Id, Kind};
use engine::office::Office;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use web::app::{App, Options};
use web::mail::Post;
use web::mail::smtp::Smtp;
use web::webhooks::Reach;

use super::{Answer, sqlite_file};
use crate::config::Config;
use crate::demo::{self, SEED, SIGN_INS};

#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the demo's database in this folder, and go on with it next time
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Make the company and stop, without serving it; only where it is kept
    #[arg(long, requires = "keep")]
    no_serve: bool,
}

/// Serves this installation. An empty SQLite file is made where there is none.
pub async fn run(config: &Config, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let db = Db::open(&config.database.url).await?;
    db.migrate().await?;
    let listener = listen(config).await?;
    let address = shown_address(config, &listener)?;
    let setup_code = setup_code(&db).await?;
    writeln!(out, "Tokuten answers at {address}")?;
    if let Some(code) = &setup_code {
        writeln!(out, "Nobody can sign in yet. The first visitor needs the code {code}")?;
    }
    out.flush()?;
    let uploads = uploads_beside(&config.database.url);
    serve(config, db, listener, uploads, setup_code).await
}

/// Shows Tokuten on an invented company.
pub async fn demo(config: &Config, demo: &Demo, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let folder = Folder::new(demo.keep.as_deref())?;
    let db = told_database(&folder, out).await?;
    if demo.no_serve {
        db.close().await;
        return Ok(Answer::Yes);
    }
    let listener = listen_anywhere(config).await?;
    let address = shown_address(config, &listener)?;
    writeln!(out, "\nHibari Cycles and its partners are at {address}\n")?;
    for sign_in in &SIGN_INS {
        writeln!(out, "  {:<18} {:<24} {}", sign_in.who, sign_in.login, sign_in.password)?;
    }
    writeln!(out, "\nCtrl-C ends it.")?;
    out.flush()?;
    serve(config, db, listener, folder.path.join("uploads"), None).await
}

/// The demo's database with its whole story: made now, or kept from before. A story that was
/// interrupted is told anew from its beginning; what is no demo is left alone.
async fn told_database(folder: &Folder, out: &mut dyn Write) -> anyhow::Result<Db> {
    let file = folder.path.join("demo.sqlite");
    let url = format!("sqlite:{}", file.display());
    let db = Db::open(&url).await?;
    db.migrate().await?;
    match demo::story(&db).await? {
        demo::Standing::Told => return Ok(db),
        demo::Standing::Empty => {
            Box::pin(tell_story(&db)).await?;
            return Ok(db);
        }
        demo::Standing::Other => bail!(
            "`{}` holds something else than the demo; name another folder with `--keep`",
            file.display()
        ),
        demo::Standing::Interrupted => {}
    }
    writeln!(out, "The demo was interrupted while it was made: it is made anew")?;
    out.flush()?;
    db.close().await;
    for ending in ["", "-wal", "-shm"] {
        let path = folder.path.join(format!("demo.sqlite{ending}"));
        if path.exists() {
            std::fs::remove_file(&path)
                .with_context(|| format!("could not remove `{}`", path.display()))?;
        }
    }
    let db = Db::open(&url).await?;
    db.migrate().await?;
    Box::pin(tell_story(&db)).await?;
    Ok(db)
}

async fn serve(
    config: &Config,
    db: Db,
    listener: TcpListener,
    uploads: PathBuf,
    setup_code: Option<String>,
) -> anyhow::Result<Answer> {
    let is_secure =
        config.server.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let reach = Arc::new(Reach::allowing(&config.webhooks.allow));
    let mail = post(config, &office).await?;
    let options = Options { is_secure, setup_code, uploads, reach, mail };
    let app = App::new(office, Passwords::new()?, options);
    web::serve::serve(listener, app, stopped()).await?;
    db.close().await;
    Ok(Answer::Yes)
}

/// How mail is sent, if it is; and lets the database know, so that letters are written or not.
async fn post(config: &Config, office: &Office) -> anyhow::Result<Option<Arc<Post>>> {
    let public_url = config.server.public_url.clone();
    let post = match config.mail.server.as_ref().zip(public_url) {
        None => None,
        Some((server, address)) => {
            let host = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
            let host = host.split(['/', ':']).next().unwrap_or("localhost");
            let mailer = Smtp::parse(&server.url, host)?;
            Some(Arc::new(Post {
                server: mailer.server(),
                mailer: Arc::new(mailer),
                from: server.from.clone(),
                address,
                keep_days: config.mail.keep_days,
            }))
        }
    };
    let mut tx = office.db().write().await?;
    engine::mail::switch(&mut tx, office.now(), post.is_some()).await?;
    tx.commit().await?;
    Ok(post)
}

/// Until the process is asked to end. Streams that never end by themselves get a moment.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
        } else {
            let _ = interrupted.await;
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    tokio::spawn(async {
        tokio::time::sleep(STREAMS_END_AFTER).await;
        tracing::info!("open connections were cut");
        std::process::exit(0);
    });
}

const STREAMS_END_AFTER: Duration = Duration::from_secs(5);

async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    TcpListener::bind(address).await.with_context(|| {
        format!("could not listen on {address}; set `server.listen` to a free address")
    })
}

/// The address of the settings, or a free port beside it: a demo asks for nothing.
async fn listen_anywhere(config: &Config) -> anyhow::Result<TcpListener> {
    if let Ok(listener) = listen(config).await {
        Ok(listener)
    } else {
        let free = SocketAddr::new(config.server.listen.ip(), 0);
        TcpListener::bind(free).await.with_context(|| format!("could not listen on {free}"))
    }
}

fn shown_address(config: &Config, listener: &TcpListener) -> anyhow::Result<String> {
    match &config.server.public_url {
        Some(url) => Ok(url.clone()),
        None => Ok(format!("http://{}", listener.local_addr()?)),
    }
}

async fn is_empty(db: &Db) -> anyhow::Result<bool> {
    Ok(access::users(&mut db.read().await?, None).await?.is_empty())
}

/// What the first visitor of an empty installation has to know, so that only who can see this
/// terminal becomes its administrator.
async fn setup_code(db: &Db) -> anyhow::Result<Option<String>> {
    if !is_empty(db).await? {
        return Ok(None);
    }
    let id = Id::new(Kind::Request, SystemClock.now());
    let random = &id.as_str()[id.as_str().len() - 12..];
    Ok(Some(format!("{}-{}-{}", &random[..4], &random[4..8], &random[8..])))
}

fn uploads_beside(url: &str) -> PathBuf {
    match sqlite_file(url).and_then(Path::parent) {
        Some(folder) => folder.join("tokuten-uploads"),
        None => std::env::temp_dir().join("tokuten-uploads"),
    }
}

async fn tell_story(db: &Db) -> anyhow::Result<()> {
    let zone = TimeZone::get("Asia/Tokyo").context("the zone comes with the executable")?;
    let today = SystemClock.now().to_zoned(zone).date();
    let company = demo::company(SEED, today);
    let style = "{msg}  {bar:30} week {pos} of {len}, {elapsed}";
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message("Telling the story of Hibari Cycles");
    demo::fill(db, &company, today, &|told| {
        bar.set_length(u64::try_from(told.of).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(told.files).unwrap_or(u64::MAX));
    })
    .await?;
    bar.finish_and_clear();
    Ok(())
}

/// Where the demo lies: a temporary folder that goes at the end, or one that stays.
struct Folder {
    path: PathBuf,
    stays: bool,
}

impl Folder {
    fn new(keep: Option<&Path>) -> anyhow::Result<Folder> {
        let path = match keep {
            Some(path) => path.to_owned(),
            None => std::env::temp_dir().join(format!("tokuten-demo-{}", std::process::id())),
        };
        std::fs::create_dir_all(&path)
            .with_context(|| format!("could not create `{}`", path.display()))?;
        Ok(Folder { path, stays: keep.is_some() })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.stays {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
