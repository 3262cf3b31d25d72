use super::*;

const FILE: &str = "
    U1,sale,2026-04-11,,P1,B1,4,400000,JPY,
    U2,sale,2026-04-11,,P2,B1,1,100000,JPY,
";

fn partner(partner_id: i64) -> Actor {
    let role = Role::Partner { partner_id };
    Actor::User { id: Id::new(Kind::User, now()), name: "Aoki".to_owned(), role }
}

async fn own(office: &Office) -> i64 {
    let mut reader = office.db().read().await.unwrap();
    office.master(&mut reader).await.unwrap().partner_id("P1").unwrap()
}

async fn send(office: &Office, mapping: &Mapping, file: &str) -> ImportReport {
    let mut upload = request("report.csv", mapping.clone(), file);
    upload.actor = partner(own(office).await);
    import(office, upload).await
}

async fn take(office: &Office, import: &ImportRow) -> Result<ImportReport, ImportError> {
    let done = &mut |_: &Progress| ControlFlow::Continue(());
    take_report(office, &Actor::System, import, Some("thank you"), done).await
}

#[tokio::test]
async fn a_report_that_waits_counts_once_it_is_taken() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let asks = Mapping { review: true, ..sales() };
        let report = send(&office, &asks, &lines(FILE)).await;
        assert_eq!(counts(&report), "review: 0 read, 0 accepted, 0 known, 0 rejected");
        assert_eq!(figures(&office).await, (0, vec![]));
        let again = send(&office, &asks, &lines(FILE)).await;
        assert_eq!(again.import, report.import, "the same file is the same report");
        let mut reader = office.db().read().await.unwrap();
        let waiting = in_review(&mut reader, 10).await.unwrap();
        assert_eq!(waiting, std::slice::from_ref(&report.import));
        let held = held_file(&mut reader, report.import.import_id).await.unwrap();
        assert_eq!(held, Some(lines(FILE).into_bytes()), "what is taken is what was sent");
        assert!(unfinished_imports(&mut reader).await.unwrap().is_empty(), "it is not under way");
        drop(reader);

        let taken = take(&office, &report.import).await.unwrap();
        assert_eq!(counts(&taken), "done: 2 read, 1 accepted, 0 known, 1 rejected");
        assert_eq!(refused(&office, &taken.import).await, ["3 unknown_partner partner P2"]);
        assert_eq!(taken.import.actor_name, "Aoki", "who sent it stays");
        let word = taken.import.reviewed.clone().unwrap();
        assert_eq!((word.by.as_str(), word.comment.as_deref()), ("system", Some("thank you")));
        assert_eq!(figures(&office).await, (1, vec!["P1 2026Q1 4000".to_owned()]));

        // A second word is not heard, and the file is not kept a second time.
        let late = take(&office, &taken.import).await;
        assert!(matches!(late, Err(ImportError::NotInReview { .. })), "{late:?}");
        let mut tx = office.db().write().await.unwrap();
        let late = return_report(&mut tx, now(), &Actor::System, &report.import, "no").await;
        assert!(matches!(late, Err(ImportError::NotInReview { .. })), "{late:?}");
        assert_eq!(held_file(&mut tx, report.import.import_id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_report_that_was_returned_counts_never_and_may_come_again() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let asks = Mapping { review: true, ..sales() };
        let report = send(&office, &asks, &lines(FILE)).await;
        let mut tx = office.db().write().await.unwrap();
        let mute = return_report(&mut tx, now(), &Actor::System, &report.import, "  ").await;
        assert!(matches!(mute, Err(ImportError::NoComment)), "{mute:?}");
        let done = return_report(&mut tx, now(), &Actor::System, &report.import, "wrong month");
        done.await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = office.db().read().await.unwrap();
        let returned = get(&mut reader, &report.import.id).await.unwrap().unwrap();
        drop(reader);
        assert_eq!(returned.status, Status::Returned);
        assert_eq!(returned.reviewed.clone().unwrap().comment.as_deref(), Some("wrong month"));
        let late = take(&office, &returned).await;
        assert!(matches!(late, Err(ImportError::NotInReview { .. })), "{late:?}");
        let again = send(&office, &asks, &lines(FILE)).await;
        assert_eq!(again.import.status, Status::Review);
        assert_ne!(again.import.id, returned.id, "it is another report");
        assert_eq!(figures(&office).await, (0, vec![]));
    })
    .await;
}

/// `asks` of a saved mapping, and what then becomes of a report by which mapping.
#[tokio::test]
async fn leaving_the_mapping_out_leads_around_no_review() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let named = |name: &str, review| Mapping { name: name.into(), review, ..sales() };
        let mut nth = 0;
        let mut status = async |mapping: Mapping| {
            nth += 1;
            let row = format!("U{nth},sale,2026-04-11,,P1,B1,4,400000,JPY,");
            send(&office, &mapping, &lines(&row)).await.import.status
        };
        assert_eq!(status(named("suggested", false)).await, Status::Done);
        let mut tx = office.db().write().await.unwrap();
        for (name, review) in [("strict", true), ("free", false)] {
            let body = serde_json::Value::String(named(name, review).write());
            let target = crate::catalog::MappingTarget::Facts;
            let saved =
                crate::catalog::save_mapping(&mut tx, now(), &Actor::System, name, target, body);
            saved.await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(status(named("strict", true)).await, Status::Review);
        assert_eq!(status(named("free", false)).await, Status::Done);
        assert_eq!(status(named("suggested", false)).await, Status::Review);
        // What the vendor brings waits for nobody.
        let row = lines("V1,sale,2026-04-11,,P1,B1,4,400000,JPY,");
        let vendors = import(&office, request("v.csv", named("strict", true), row)).await;
        assert_eq!(vendors.import.status, Status::Done);
    })
    .await;
}

#[tokio::test]
async fn rows_that_were_there_before_are_given_back_as_a_file() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let (first, second) =
            ("S1,sale,2026-04-10,,P1,B1,4,400000,JPY,a", "S2,sale,2026-04-10,,P1,B1,1,1,JPY,b");
        import(&office, request("a.csv", sales(), lines(first))).await;
        let both = lines(&format!("{second}\n{first}"));
        let report = import(&office, request("b.csv", sales(), both)).await;
        assert_eq!(counts(&report), "done: 2 read, 1 accepted, 1 known, 0 rejected");
        let mut reader = office.db().read().await.unwrap();
        assert_eq!(known_kept(&mut reader, report.import.import_id).await.unwrap(), 1);
        let file = write_known(&mut reader, &report.import, Vec::new()).await.unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, format!("\u{FEFF}{HEADER}\r\n{first}\r\n"));
    })
    .await;
}
