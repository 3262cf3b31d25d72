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
    for_each_database(async |db| {
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
    })
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
        // Whole when its content is hashed, then broken twice, then whole again.
        let times = Arc::new(AtomicUsize::new(0));
        let bytes = file.clone().into_bytes();
        let opener = Opener::new(move || {
            let at = match times.fetch_add(1, Ordering::SeqCst) {
                1 | 3 => 150_000,
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
