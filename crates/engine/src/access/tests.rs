use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::audit::{self, Filter};
use crate::clock::{Clock, FixedClock};
use crate::db::testing::for_each_database;
use crate::db::{Db, args};

fn clock() -> FixedClock {
    FixedClock::at(Timestamp::from_second(1_790_000_000).unwrap())
}

const PASSWORD: &str = "correct horse";

async fn with_user(db: &Db, clock: &FixedClock, login: &str, role: Role) -> User {
    let password = Passwords::for_tests().hash(PASSWORD).await.unwrap();
    let (login, name) = (login.to_owned(), format!("The {login}"));
    let new = NewUser { login, name, password, role, language: "ja".to_owned() };
    let mut tx = db.write().await.unwrap();
    let user = create_user(&mut tx, clock.now(), &Actor::System, new).await.unwrap();
    tx.commit().await.unwrap();
    user
}

async fn with_partner(db: &Db, partner_id: i64) {
    let mut tx = db.write().await.unwrap();
    tx.execute(
        "INSERT INTO partner (tenant_id, partner_id, public_id, code, names, fields, search, \
         created_at, updated_at) VALUES ($1, $2, $3, $3, '{}', '{}', '', 0, 0)",
        args![1, partner_id, format!("P{partner_id}")],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn try_sign_in(
    db: &Db,
    clock: &FixedClock,
    login: &str,
    password: &str,
    address: &str,
) -> Result<SignedIn, AccessError> {
    sign_in(db, clock, &Passwords::for_tests(), login, password, address).await
}

/// The matrix as a table: a line for each action, `x` where the role may.
#[test]
fn roles_may_what_the_matrix_says() {
    let matrix = "
        ViewConsole        admin manager finance -
        EditPrograms       admin manager -       -
        ImportFacts        admin manager -       -
        EditMasterData     admin manager -       -
        EditMappings       admin manager -       -
        ClosePeriod        admin manager finance -
        RequestAdjustment  admin manager finance -
        ApproveAdjustment  admin -       finance -
        ViewPayouts        admin manager finance -
        ApprovePayout      admin -       finance -
        MarkPaid           admin -       finance -
        EditUsers          admin -       -       -
        EditTokens         admin -       -       -
        EditSettings       admin -       -       -
        ViewAudit          admin -       finance -
        ViewOwn            -     -       -       partner
        UploadOwn          -     -       -       partner
        DisputeOwn         -     -       -       partner
    ";
    let roles = [
        Role::Administrator,
        Role::IncentiveManager,
        Role::Finance,
        Role::Partner { partner_id: 1 },
    ];
    let lines: Vec<&str> = matrix.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), Action::ALL.len());
    for (line, action) in lines.iter().zip(Action::ALL) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], format!("{action:?}"));
        for (word, role) in words[1..].iter().zip(roles) {
            assert_eq!(role.may(action), *word != "-", "{role:?} {action:?}");
        }
    }
}

#[test]
fn a_token_allows_its_scopes_and_a_partner_s_token_no_more_than_the_partner() {
    let id = Id::new(crate::id::Kind::ApiToken, clock().now());
    let token = |scopes: &[Scope], partner| Actor::Token {
        id: id.clone(),
        name: "t".into(),
        scopes: scopes.to_vec(),
        partner,
    };
    let allowed = |actor: &Actor| {
        let all = Action::ALL.into_iter().filter(|action| actor.may(*action));
        all.map(|action| format!("{action:?}")).collect::<Vec<_>>().join(" ")
    };
    for (actor, expected) in [
        (token(&[], None), ""),
        (token(&[Scope::Read], None), "ViewConsole ViewPayouts ViewOwn"),
        (token(&[Scope::FactsWrite], None), "ImportFacts UploadOwn"),
        (
            token(&[Scope::PartnersWrite, Scope::PayoutsWrite], None),
            "EditMasterData RequestAdjustment ApproveAdjustment ApprovePayout MarkPaid DisputeOwn",
        ),
        (token(&Scope::ALL, Some(7)), "ViewOwn UploadOwn DisputeOwn"),
    ] {
        assert_eq!(allowed(&actor), expected);
    }
    let bound = token(&Scope::ALL, Some(7));
    assert_eq!((bound.sees(7), bound.sees(8), Actor::System.sees(8)), (true, false, true));
}

#[tokio::test]
async fn a_user_signs_in_and_out() {
    for_each_database(async |db| {
        let clock = clock();
        let user = with_user(&db, &clock, "Aiko@Example.com", Role::IncentiveManager).await;
        assert_eq!((user.login.as_str(), user.user_id), ("aiko@example.com", 1));

        let signed = try_sign_in(&db, &clock, " AIKO@example.com", PASSWORD, "a").await.unwrap();
        let mut reader = db.read().await.unwrap();
        let found = find_session(&mut reader, clock.now(), &signed.cookie).await.unwrap();
        drop(reader);
        let session = found.unwrap();
        assert_eq!(session, signed.session);
        assert_eq!(session.user, user);
        assert!(session.is_csrf(&signed.session.csrf) && !session.is_csrf(""));
        assert!(!session.is_csrf(&signed.cookie));

        let mut tx = db.write().await.unwrap();
        let stored = tx.row("SELECT token_hash FROM session", args![]).await.unwrap().unwrap();
        assert_ne!(stored.text(0), signed.cookie);
        sign_out(&mut tx, clock.now(), &session).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = db.read().await.unwrap();
        assert_eq!(find_session(&mut reader, clock.now(), &signed.cookie).await.unwrap(), None);
        let trail = audit::page(&mut reader, &Filter::default(), 9).await.unwrap();
        let trail: Vec<_> = trail
            .iter()
            .map(|e| format!("{} {} {}", e.actor_name, e.action, e.subject_kind))
            .collect();
        let name = &user.name;
        assert_eq!(
            trail,
            [
                format!("{name} sign_out user"),
                format!("{name} sign_in user"),
                "system create user".into()
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn sessions_end_by_idling_by_age_and_with_their_user() {
    for_each_database(async |db| {
        let clock = clock();
        let user = with_user(&db, &clock, "aiko", Role::Finance).await;
        with_user(&db, &clock, "root", Role::Administrator).await;
        let open = async |cookie: &str| {
            let mut reader = db.read().await.unwrap();
            find_session(&mut reader, clock.now(), cookie).await.unwrap()
        };
        let first = try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await.unwrap();
        clock.advance(SESSION_IDLE_MAX - SignedDuration::from_secs(1));
        let session = open(&first.cookie).await.unwrap();
        assert!(session.wants_touch(clock.now()));
        let mut tx = db.write().await.unwrap();
        touch_session(&mut tx, clock.now(), &session).await.unwrap();
        tx.commit().await.unwrap();
        clock.advance(SESSION_IDLE_MAX - SignedDuration::from_secs(1));
        let session = open(&first.cookie).await.expect("it was in use");
        assert!(!session.wants_touch(session.seen_at + SignedDuration::from_secs(299)));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(open(&first.cookie).await, None, "idle for too long");

        let second = try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await.unwrap();
        for _ in 0..13 {
            clock.advance(SESSION_IDLE_MAX - SignedDuration::from_secs(1));
            let session = open(&second.cookie).await.expect("in use and not a week old");
            let mut tx = db.write().await.unwrap();
            touch_session(&mut tx, clock.now(), &session).await.unwrap();
            tx.commit().await.unwrap();
        }
        clock.advance(SESSION_IDLE_MAX - SignedDuration::from_secs(1));
        clock.advance(SignedDuration::from_mins(1));
        assert_eq!(open(&second.cookie).await, None, "a week old");

        let third = try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await.unwrap();
        let mut tx = db.write().await.unwrap();
        let count = tx.row("SELECT count(*) FROM session", args![]).await.unwrap().unwrap();
        assert_eq!(count.int(0), 1, "signing in purges what has ended");
        set_user_disabled(&mut tx, clock.now(), &Actor::System, &user.id, true).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(open(&third.cookie).await, None);
        let refused = try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await;
        assert!(matches!(refused, Err(AccessError::WrongLogin)));

        let mut tx = db.write().await.unwrap();
        set_user_disabled(&mut tx, clock.now(), &Actor::System, &user.id, false).await.unwrap();
        tx.commit().await.unwrap();
        let fourth = try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await.unwrap();
        let other = Passwords::for_tests().hash("another one").await.unwrap();
        let mut tx = db.write().await.unwrap();
        set_password(&mut tx, clock.now(), &Actor::System, &user.id, &other).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(open(&fourth.cookie).await, None);
        assert!(try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await.is_err());
        assert!(try_sign_in(&db, &clock, "aiko", "another one", "a").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn who_guesses_is_slowed_down() {
    for_each_database(async |db| {
        let clock = clock();
        with_user(&db, &clock, "aiko", Role::Finance).await;
        for _ in 0..ATTEMPTS_PER_LOGIN_MAX {
            let refused = try_sign_in(&db, &clock, "aiko", "guess", "a").await;
            assert!(matches!(refused, Err(AccessError::WrongLogin)));
            clock.advance(SignedDuration::from_secs(1));
        }
        let refused = try_sign_in(&db, &clock, "aiko", PASSWORD, "b").await.unwrap_err();
        let AccessError::TooManyAttempts { retry_at } = refused else { panic!("{refused}") };
        assert!(try_sign_in(&db, &clock, "aiko", PASSWORD, "b").await.is_err());
        clock.advance(retry_at.duration_since(clock.now()));
        try_sign_in(&db, &clock, "aiko", PASSWORD, "b")
            .await
            .expect("the first guess is forgotten");

        clock.advance(ATTEMPTS_WINDOW);
        for n in 0..ATTEMPTS_PER_ADDRESS_MAX {
            let refused = try_sign_in(&db, &clock, &format!("nobody{n}"), "guess", "a").await;
            assert!(matches!(refused, Err(AccessError::WrongLogin)));
        }
        let refused = try_sign_in(&db, &clock, "aiko", PASSWORD, "a").await;
        assert!(matches!(refused, Err(AccessError::TooManyAttempts { .. })));
        assert!(try_sign_in(&db, &clock, "aiko", PASSWORD, "b").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn users_are_listed_and_changed() {
    for_each_database(async |db| {
        let clock = clock();
        with_partner(&db, 7).await;
        let root = with_user(&db, &clock, "root", Role::Administrator).await;
        let shop = with_user(&db, &clock, "shop", Role::Partner { partner_id: 7 }).await;
        assert_eq!((shop.actor().partner(), root.actor().partner()), (Some(7), None));
        let mut tx = db.write().await.unwrap();
        let listed = users(&mut tx, None).await.unwrap();
        assert_eq!(listed, [root.clone(), shop.clone()]);
        assert_eq!(users(&mut tx, Some(7)).await.unwrap(), std::slice::from_ref(&shop));

        let change = UserChange {
            name: Some("A shop".into()),
            theme: Some(Theme::Dark),
            language: Some("en".into()),
            role: None,
        };
        let now = clock.now();
        let changed = change_user(&mut tx, now, &root.actor(), &shop.id, change).await.unwrap();
        assert_eq!(find_user(&mut tx, &shop.id).await.unwrap(), Some(changed.clone()));
        assert_eq!((changed.name.as_str(), changed.theme), ("A shop", Theme::Dark));
        let trail = audit::page(&mut tx, &Filter::default(), 1).await.unwrap();
        assert_eq!(trail[0].actor_id.as_deref(), Some(root.id.as_str()));
        assert_eq!(trail[0].before.as_ref().unwrap()["theme"], "device");
        assert_eq!(trail[0].after.as_ref().unwrap()["theme"], "dark");
        assert!(!format!("{trail:?}").contains("argon2"));
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_user_is_refused() {
    for_each_database(async |db| {
        let clock = clock();
        let root = with_user(&db, &clock, "root", Role::Administrator).await;
        let password = Passwords::for_tests().hash(PASSWORD).await.unwrap();
        for (login, role, expected) in [
            ("ROOT ", Role::Finance, "there is already a user `root`"),
            ("a b c", Role::Finance, "`a b c` cannot be a login; use 3 to 200 characters"),
            ("me", Role::Finance, "`me` cannot be a login"),
            ("shop", Role::Partner { partner_id: 99 }, "there is no partner with id 99"),
        ] {
            let new = NewUser {
                login: login.into(),
                name: "x".into(),
                password: password.clone(),
                role,
                language: "en".into(),
            };
            let mut tx = db.write().await.unwrap();
            let error = create_user(&mut tx, clock.now(), &Actor::System, new).await.unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        let demote = UserChange { role: Some(Role::Finance), ..UserChange::default() };
        let mut tx = db.write().await.unwrap();
        let error =
            change_user(&mut tx, clock.now(), &Actor::System, &root.id, demote).await.unwrap_err();
        assert!(matches!(error, AccessError::LastAdministrator), "{error}");
        drop(tx);
        let mut tx = db.write().await.unwrap();
        let error = set_user_disabled(&mut tx, clock.now(), &Actor::System, &root.id, true).await;
        assert!(matches!(error, Err(AccessError::LastAdministrator)));
    })
    .await;
    let passwords = Passwords::for_tests();
    assert!(matches!(passwords.hash("seven77").await, Err(AccessError::ShortPassword)));
    let long = "x".repeat(1_001);
    assert!(matches!(passwords.hash(&long).await, Err(AccessError::LongPassword)));
}

#[tokio::test]
async fn tokens_are_found_until_they_expire_or_are_revoked() {
    for_each_database(async |db| {
        let clock = clock();
        let now = clock.now();
        let root = with_user(&db, &clock, "root", Role::Administrator).await;
        let mut tx = db.write().await.unwrap();
        let new = NewToken {
            name: "till".into(),
            scopes: vec![Scope::Read, Scope::FactsWrite],
            partner_id: None,
            expires_at: Some(now + SignedDuration::from_hours(1)),
        };
        let (secret, token) = create_token(&mut tx, now, &root.actor(), new.clone()).await.unwrap();
        assert!(secret.starts_with("tkt_") && secret.starts_with(&token.shown));
        assert_eq!(find_token(&mut tx, now, &secret).await.unwrap(), Some(token.clone()));
        assert_eq!(find_token(&mut tx, now, &format!("{secret}0")).await.unwrap(), None);
        assert!(token.has(Scope::FactsWrite) && !token.has(Scope::PartnersWrite));
        touch_token(&mut tx, now, &token).await.unwrap();
        let listed = tokens(&mut tx).await.unwrap();
        assert_eq!(listed[0].used_at, Some(now));
        assert!(token.wants_touch(now) && !listed[0].wants_touch(now));

        let later = now + SignedDuration::from_hours(1);
        assert_eq!(find_token(&mut tx, later, &secret).await.unwrap(), None, "expired");
        revoke_token(&mut tx, now, &root.actor(), &token.id).await.unwrap();
        assert_eq!(find_token(&mut tx, now, &secret).await.unwrap(), None, "revoked");
        let again = revoke_token(&mut tx, now, &root.actor(), &token.id).await.unwrap_err();
        assert_eq!(again.to_string(), "there is no such token");
        let unknown = NewToken { partner_id: Some(5), ..new };
        let error = create_token(&mut tx, now, &root.actor(), unknown).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no partner with id 5");
    })
    .await;
}
