//! A mailer that keeps what it is handed, and answers as it was told: for tests of what happens
//! around letters.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use engine::mail::delivery::Came;

use super::{Mailer, Outgoing};

/// What came, and what is said to what comes next; after that everything is taken.
#[derive(Debug, Default)]
pub struct Kept {
    came: Mutex<Vec<Outgoing>>,
    says: Mutex<VecDeque<Came>>,
}

impl Kept {
    pub fn saying(says: impl IntoIterator<Item = Came>) -> Arc<Kept> {
        let says = Mutex::new(says.into_iter().collect());
        Arc::new(Kept { says, ..Kept::default() })
    }

    pub fn came(&self) -> Vec<Outgoing> {
        self.came.lock().expect("kept").clone()
    }
}

impl Mailer for Kept {
    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Came> + Send + 'a>> {
        self.came.lock().expect("kept").push(message.clone());
        let says = self.says.lock().expect("kept").pop_front();
        Box::pin(async move { says.unwrap_or_else(|| Came::Taken(250, "taken".into())) })
    }
}
