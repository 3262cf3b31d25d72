use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Every seventh row names a partner that is not there.
fn many(rows: usize) -> String {
    let rows: Vec<String> = (1..=rows)
        .map(|n| {
            let partner = if n % 7 == 0 { "P9" } else { "P1" };
            format!("K{n},sale,2026-04-{:02},,{partner},B1,1,1000,JPY,n{n}", n % 30 + 1)
        })
        .collect();
    lines(&rows.join("\n"))
}

#[tokio::test]
async fn an_import_that_was_stopped_goes_on_where_it_was() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let file = many(50);
        let mut stops = 0;
        let report = loop {
            let mut upload = request("long.csv", sales(), &file);
            upload.rows_per_batch = 8;
            let mut batches = 0;
            let report = run(&office, upload, &mut |progress| {
                batches += 1;
                assert_eq!(
                    progress.counts.read % 8,
                    if progress.counts.read == 50 { 2 } else { 0 }
                );
                if batches == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .await
            .unwrap();
            if report.import.status == Status::Done {
                break report;
            }
            assert_eq!(report.import.status, Status::Running);
            assert_eq!(report.resumed_after, stops * 16, "each run goes on after the last");
            stops += 1;
        };
        assert_eq!(counts(&report), "done: 50 read, 43 accepted, 0 known, 7 rejected");
        assert_eq!(refused(&office, &report.import).await.len(), 7);
        assert_eq!(figures(&office).await, (43, vec!["P1 2026Q1 860".to_owned()]));
        let mut reader = db.read().await.unwrap();
        for row in 2..=51 {
            let found = source_row(&mut reader, report.import.import_id, row).await.unwrap();
            assert_eq!(found.unwrap().cells[9], format!("n{}", row - 1));
        }
        assert_eq!(list(&mut reader, &Filter::default(), (0, 9)).await.unwrap().1, 3, "one import");
    })
    .await;
}

#[tokio::test]
async fn an_import_that_somebody_else_went_on_with_stops() {
    Box::pin(for_each_database(async |db| {
        let office = office(&db).await;
        let file = many(20);
        let upload = || Request { rows_per_batch: 4, ..request("long.csv", sales(), &file) };
        let (go, mut wait) = tokio::sync::mpsc::unbounded_channel();
        let other = Office::new(db.clone(), Arc::new(FixedClock::at(now())));
        let first = async {
            run(&office, upload(), &mut |_| {
                go.send(()).unwrap();
                ControlFlow::Continue(())
            })
            .await
        };
        let second = async {
            wait.recv().await;
            run(&other, upload(), &mut |_| ControlFlow::Continue(())).await
        };
        let ends = tokio::join!(first, second);
        let done = [&ends.0, &ends.1].into_iter().filter(|end| end.is_ok()).count();
        assert!(done >= 1, "{ends:?}");
        for end in [ends.0, ends.1] {
            if let Err(error) = end {
                assert!(matches!(error, ImportError::TakenOver { .. }), "{error}");
            }
        }
        assert_eq!(figures(&office).await.0, 18, "nothing came twice");
    }))
    .await;
}

#[tokio::test]
async fn an_import_that_somebody_stops_keeps_what_is_in_and_says_so() {
    Box::pin(for_each_database(async |db| {
        let office = office(&db).await;
        let file = many(400);
        let upload = || Request { rows_per_batch: 4, ..request("long.csv", sales(), &file) };
        let (go, mut wait) = tokio::sync::mpsc::unbounded_channel();
        let told = &mut |progress: &Progress| {
            let _ = go.send(progress.import_id);
            ControlFlow::Continue(())
        };
        let stopper = async {
            let import_id = wait.recv().await.expect("a batch");
            let mut tx = db.write().await.unwrap();
            let row = by_number(&mut tx, import_id).await.unwrap().expect("an import");
            stop(&mut tx, &Actor::System, now(), &row).await.unwrap();
            let twice = stop(&mut tx, &Actor::System, now(), &row).await;
            assert!(matches!(twice, Err(ImportError::NotRunning { .. })), "{twice:?}");
            tx.commit().await.unwrap();
        };
        let (report, ()) = tokio::join!(run(&office, upload(), told), stopper);
        let import = report.unwrap().import;
        assert_eq!(import.status, Status::Failed);
        assert!((4..400).contains(&import.counts.read), "{:?}", import.counts);
        let said = import.failure.expect("it says why");
        assert!(said.contains("was stopped by") && said.contains("go on from there"), "{said}");
        let whole = run(&office, upload(), &mut |_| ControlFlow::Continue(())).await.unwrap();
        assert_eq!((whole.import.status, whole.import.counts.read), (Status::Done, 400));
        assert_eq!(whole.resumed_after, import.counts.read, "it goes on from there");
    }))
    .await;
}

/// Fails with an error of the disk after some bytes.
struct Breaks {
    bytes: Cursor<Vec<u8>>,
    at: u64,
}

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.at - self.bytes.position()).unwrap();
        if left == 0 {
            return Err(std::io::Error::other("the disk does not answer"));
        }
        let length = buffer.len().min(left);
        self.bytes.read(&mut buffer[..length])
    }
}

impl Seek for Breaks {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[tokio::test]
async fn a_file_that_breaks_in_the_middle_fails_and_keeps_what_came_before() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let file = many(4_000);
        // Whole when its content is hashed, before and after; broken when it is read, twice.
        let times = Arc::new(AtomicUsize::new(0));
        let bytes = file.clone().into_bytes();
        let opener = Opener::new(move || {
            let at = match times.fetch_add(1, Ordering::SeqCst) {
                1 | 4 => 150_000,
                _ => u64::try_from(bytes.len()).unwrap() + 1,
            };
            Ok(Box::new(Breaks { bytes: Cursor::new(bytes.clone()), at }))
        });
        let upload = || Request {
            input: Input::With(opener.clone()),
            rows_per_batch: 1_000,
            ..request("broken.csv", sales(), "")
        };
        let first = import(&office, upload()).await;
        assert_eq!(first.import.status, Status::Failed);
        let read = first.import.counts.read;
        assert!((1_000..4_000).contains(&read), "{read}");
        let failure = first.import.failure.unwrap();
        assert!(failure.starts_with("cannot read the file: the disk does not answer. The "));
        assert!(failure.contains(&format!("The {read} rows before it are done")), "{failure}");
        assert!(failure.contains("import it again"), "{failure}");
        figures(&office).await;

        let second = import(&office, upload()).await;
        assert_eq!((second.import.status, second.resumed_after), (Status::Failed, read));
        let third = import(&office, upload()).await;
        assert_eq!(counts(&third), "done: 4000 read, 3429 accepted, 0 known, 571 rejected");
        assert_eq!(third.import.failure, None);

        // The mended file is another content: what is known adds nothing.
        let mended = file.replace(",P9,", ",P1,");
        let fourth = import(&office, request("mended.csv", sales(), mended)).await;
        assert_eq!(counts(&fourth), "done: 4000 read, 571 accepted, 3429 known, 0 rejected");
        assert_eq!(figures(&office).await, (4_000, vec!["P1 2026Q1 80000".to_owned()]));
    })
    .await;
}

/// A source that holds one content after the other, each time it is opened; the last one stays.
fn changing(contents: Vec<Vec<u8>>) -> Input {
    let times = AtomicUsize::new(0);
    Input::With(Opener::new(move || {
        let at = times.fetch_add(1, Ordering::SeqCst).min(contents.len() - 1);
        Ok(Box::new(Cursor::new(contents[at].clone())))
    }))
}

#[tokio::test]
async fn a_file_that_changes_between_hashing_and_reading_is_not_done() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let (first, second) = (many(10), many(20));
        let input = changing(vec![first.clone().into_bytes(), second.clone().into_bytes()]);
        let changed = import(&office, Request { input, ..request("a.csv", sales(), "") }).await;
        assert_eq!(counts(&changed), "failed: 20 read, 18 accepted, 0 known, 2 rejected");
        assert_eq!(
            changed.import.failure.as_deref().unwrap(),
            "the file changed while it was read; wait until it is written to its end. The 20 rows \
             before it are done (18 accepted): mend the file and import it again, what is known \
             already adds nothing"
        );
        // Neither content goes on behind rows that were another's.
        for (file, line) in [
            (&first, "done: 10 read, 0 accepted, 9 known, 1 rejected"),
            (&second, "done: 20 read, 0 accepted, 18 known, 2 rejected"),
        ] {
            let again = import(&office, request("a.csv", sales(), file)).await;
            assert_eq!((counts(&again).as_str(), again.resumed_after), (line, 0));
        }
        assert_eq!(figures(&office).await.0, 18);
    })
    .await;
}

#[tokio::test]
async fn an_import_that_was_stopped_does_not_end_with_another_content() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let (first, second) = (many(30), many(30).replace("n29", "other"));
        let mut upload = request("a.csv", sales(), &first);
        upload.rows_per_batch = 8;
        let stopped = run(&office, upload, &mut |_| ControlFlow::Break(())).await.unwrap();
        assert_eq!(stopped.import.counts.read, 8);
        let input = changing(vec![first.clone().into_bytes(), second.into_bytes()]);
        let changed = import(&office, Request { input, ..request("a.csv", sales(), "") }).await;
        assert_eq!((changed.resumed_after, changed.import.status), (8, Status::Failed));
        let again = import(&office, request("a.csv", sales(), &first)).await;
        assert_eq!((again.resumed_after, again.import.status), (0, Status::Done));
    })
    .await;
}
