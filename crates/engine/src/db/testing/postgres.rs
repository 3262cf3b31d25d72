//! A PostgreSQL server that lives as long as the test process.
//!
//! It listens on a socket in its own folder and on no port. A shell holds it and reads from a pipe
//! of ours; when the test process ends, however it ends, the pipe closes, and the shell stops the
//! server and removes the folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::skip;

const HOW: &str = "install the PostgreSQL server (Debian: `apt install postgresql`, macOS: `brew \
                   install postgresql`) or set TOKUTEN_TEST_POSTGRES to the URL of one where \
                   databases may be created";

/// A running server.
pub(super) struct Server {
    /// The URL of a database to create others from, with `{}` where its name goes.
    url: String,
    /// Holds the pipe that keeps the server running.
    _shell: Option<Child>,
    databases: AtomicU32,
}

/// The server of this process, started when first asked for. `None`, said once, if there is none.
pub(super) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref()
}

impl Server {
    pub(super) async fn create_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("tokuten_test_{}_{number}", std::process::id());
        self.administer(format!("CREATE DATABASE {name}")).await;
        self.url.replace("{}", &name)
    }

    pub(super) async fn drop_database(&self, url: &str) {
        let name = url.rsplit('/').find_map(|part| {
            part.strip_prefix("tokuten_test_").map(|rest| rest.split('?').next().unwrap_or(rest))
        });
        if let Some(name) = name {
            self.administer(format!("DROP DATABASE IF EXISTS tokuten_test_{name} WITH (FORCE)"))
                .await;
        }
    }

    async fn administer(&self, sql: String) {
        let options: sqlx::postgres::PgConnectOptions =
            self.url.replace("{}", "postgres").parse().expect("a URL of our making");
        let mut connection =
            options.disable_statement_logging().connect().await.expect("the test server answers");
        connection.execute(AssertSqlSafe(sql)).await.expect("the test server obeys");
        connection.close().await.expect("the test server says goodbye");
    }
}

fn start() -> Option<Server> {
    if let Ok(url) = std::env::var("TOKUTEN_TEST_POSTGRES") {
        let (url, options) = url.split_once('?').unwrap_or((&url, ""));
        let (server, _) = url.rsplit_once('/').expect("TOKUTEN_TEST_POSTGRES is a URL");
        let url = format!("{server}/{{}}?{options}");
        return Some(Server { url, _shell: None, databases: AtomicU32::new(0) });
    }
    let found = if cfg!(unix) { find_programs() } else { None };
    let Some(programs) = found else {
        skip("PostgreSQL", HOW);
        return None;
    };
    match start_from(&programs) {
        Ok(server) => Some(server),
        Err(error) => {
            skip(
                &format!("PostgreSQL from `{}` did not start ({error}), so it", programs.display()),
                HOW,
            );
            None
        }
    }
}

/// The folder of `initdb`, `pg_ctl` and `postgres`.
fn find_programs() -> Option<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(answer) = Command::new("pg_config").arg("--bindir").output()
        && answer.status.success()
    {
        folders.push(PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim()));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/pgsql", ""),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
        ("/usr", "bin"),
    ] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = entries.map(|entry| entry.path().join(below)).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    let complete = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
    };
    folders.into_iter().find(complete)
}

#[cfg(not(unix))]
fn start_from(_programs: &Path) -> Result<Server, String> {
    Err("tests start it only where there are Unix sockets".to_owned())
}

/// Runs as the first user that is not root, since PostgreSQL refuses root.
#[cfg(unix)]
fn start_from(programs: &Path) -> Result<Server, String> {
    use std::os::unix::process::CommandExt;

    /// Makes a database, starts it, says so, and waits for the end of its input.
    const SCRIPT: &str = r#"
        cd "$2" || exit 1
        "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 &&
        "$1/pg_ctl" -D "$2/data" -w -t 60 -l "$2/log" -o "$3" start >/dev/null 2>&1
        if [ $? -ne 0 ]; then tail -n 3 "$2/log" | tr '\n' ' '; echo; rm -rf "$2"; exit 1; fi
        echo ready
        trap '' INT TERM HUP
        cat >/dev/null
        "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
        rm -rf "$2"
    "#;
    let folder = std::env::temp_dir().join(format!("tkt-pg-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
    // What tests write need not survive the machine; tests kill our processes, not the server.
    let durable = if std::env::var("TOKUTEN_TEST_FSYNC").is_ok() { "on" } else { "off" };
    let options = format!(
        "-k {} -c listen_addresses='' -c fsync={durable} -c full_page_writes={durable} \
         -c max_connections=300 -c shared_buffers=64MB",
        folder.display()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", SCRIPT, "sh"])
        .arg(programs)
        .arg(&folder)
        .arg(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some((uid, gid)) = other_user(&folder)? {
        std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).map_err(|e| e.to_string())?;
        command.uid(uid).gid(gid);
    }
    let mut shell = command.spawn().map_err(|error| error.to_string())?;
    let stdout = shell.stdout.take().ok_or("the shell has no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() != "ready" {
        return Err(line.trim().to_owned());
    }
    let url = format!("postgres://postgres@localhost/{{}}?host={}", folder.display());
    Ok(Server { url, _shell: Some(shell), databases: AtomicU32::new(0) })
}

/// Whom to run as, if we are root: the folder we made tells who we are.
#[cfg(unix)]
fn other_user(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    use std::os::unix::fs::MetadataExt;

    let me = std::fs::metadata(folder).map_err(|error| error.to_string())?.uid();
    if me != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    for wanted in ["postgres", "nobody"] {
        for line in users.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let [name, _, uid, gid, ..] = fields.as_slice()
                && *name == wanted
                && let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse())
            {
                return Ok(Some((uid, gid)));
            }
        }
    }
    Err("it refuses to run as root, and there is no other user".to_owned())
}
