use super::*;

/// A file of this text under a name of its own, gone at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("tokuten-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn load(file: Option<&Scratch>, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(file.map(|file| file.0.as_path()), variables)
}

#[test]
fn without_anything_there_are_defaults() {
    let config = load(None, &[("PATH", "/bin"), ("TOKUTEN_REQUIRE_ALL", "1")]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.database.url, "sqlite:tokuten.sqlite");
    assert_eq!(config.log.level, "info");
}

#[test]
fn the_environment_goes_before_the_file() {
    let secret = Scratch::new("secret", "postgres://app:hidden@db/tokuten\n");
    let secret_path = secret.0.display().to_string();
    let text = format!(
        "server: {{ listen: \"0.0.0.0:80\", public_url: https://r.example }}\n\
         database: {{ url_file: \"{secret_path}\" }}\n"
    );
    let file = Scratch::new("both.yaml", &text);
    let config = load(Some(&file), &[("TOKUTEN_SERVER_LISTEN", "127.0.0.1:9")]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:9");
    assert_eq!(config.server.public_url.as_deref(), Some("https://r.example"));
    assert_eq!(config.database.url, "postgres://app:hidden@db/tokuten");

    let config = load(Some(&file), &[("TOKUTEN_DATABASE_URL", "sqlite:own")]).unwrap();
    assert_eq!(config.database.url, "sqlite:own");
}

/// `text of the file -> what the message holds`.
#[track_caller]
fn refuses(name: &str, text: &str, variables: &[(&str, &str)], message: &str) {
    let file = Scratch::new(name, text);
    let error = load(Some(&file), variables).expect_err(name).to_string();
    assert!(error.contains(message), "`{error}` does not hold `{message}`");
}

#[test]
fn what_is_not_known_or_does_not_fit_is_refused() {
    refuses("1", "server: { port: 80 }", &[], "line 1, column 11: unknown setting `server.port`");
    refuses("2", "web: { listen: x }", &[], "unknown setting `web.listen`");
    refuses("3", "server: { listen: a, listen: b }", &[], "duplicate key `listen`");
    refuses("4", "server: { listen: here }", &[], "`server.listen` is `here`, which is not an");
    refuses("5", "- a", &[], "a configuration is a mapping of sections");
    refuses("6", "server: 1", &[], "section `server` is a mapping of settings");
    refuses("7", "log: { level: [a] }", &[], "`log.level` is one text");
    refuses("8", "", &[("TOKUTEN_SERVER_PORT", "1")], "unknown setting `TOKUTEN_SERVER_PORT`");
    refuses("9", "server: { public_url: example.com }", &[], "which is not an address");
    refuses("10", "database: { url: a, url_file: b }", &[], "are both set; remove one");
    refuses("11", "database: { url_file: /no/such }", &[], "could not read `/no/such`");
    refuses("12", "log: { level_file: x }", &[], "unknown setting `log.level_file`");
    refuses("13", "mail: { keep_days: 0 }", &[], "which is not a number of days from 1 to 3650");
    refuses("14", "mail: { from: me }", &[], "`mail.from` is `me`, which is not an address");
    refuses("15", "mail: { url: \"smtp://m.example\" }", &[], "`mail.from` has to be set");
    let from = "mail: { url: \"smtp://m.example\", from: a@b.example }";
    refuses("16", from, &[], "`server.public_url` has to be set where `mail.url` is");
    refuses(
        "17",
        "mail: { url: \"http://m.example\" }",
        &[],
        "begins with `smtp://` or `smtps://`",
    );
}

#[test]
fn nobody_is_told_the_password_of_the_mail_server() {
    let text = |url: &str| {
        format!(
            "server: {{ public_url: https://r.example }}\nmail: {{ url: \"{url}\", from: a@b.example }}\n"
        )
    };
    let good = Scratch::new("mail.yaml", &text("smtps://me:hidden@m.example"));
    let config = load(Some(&good), &[]).unwrap();
    assert!(config.mail.server.is_some() && !format!("{config:?}").contains("hidden"));
    refuses(
        "18",
        &text("smtps://me:hidden@m.example/x"),
        &[],
        "behind the server nothing may stand",
    );
    let wrong = Scratch::new("wrong.yaml", &text("smtps://me:hidden@"));
    let error = load(Some(&wrong), &[]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hidden"), "{error}");
}

#[test]
fn the_reference_is_the_one_that_is_published() {
    let published = include_str!("../../../../docs/reference/configuration.md");
    assert_eq!(published, reference(), "write the new text to docs/reference/configuration.md");
}
