//! Messages that are accounted for: each is made once, ends in one way, and is dropped once.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicUsize, Ordering::SeqCst};

const MADE: u8 = 1;
const RECEIVED: u8 = 2;
const DROPPED: u8 = 4;
const SENT: u8 = 8;
const RETURNED: u8 = 16;

/// The book in which the messages are written.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Book>);

#[derive(Debug)]
struct Book {
    state: Vec<AtomicU8>,
    live: AtomicI64,
    twice: AtomicUsize,
}

/// A message with a number. Dropping it is written in the book.
#[derive(Debug)]
pub struct Item {
    id: usize,
    book: Arc<Book>,
}

/// What became of the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Made at all.
    pub made: usize,
    /// Of which a send said that they were sent.
    pub sent: usize,
    /// Received.
    pub received: usize,
    /// Given back to the sender.
    pub returned: usize,
    /// Dropped with a future or with the channel.
    pub vanished: usize,
}

impl Ledger {
    /// A book with room for `n` messages.
    pub fn new(n: usize) -> Self {
        let state = (0..n).map(|_| AtomicU8::new(0)).collect();
        Self(Arc::new(Book { state, live: AtomicI64::new(0), twice: AtomicUsize::new(0) }))
    }

    /// Makes message `id`.
    pub fn item(&self, id: usize) -> Item {
        self.0.note(id, MADE);
        self.0.live.fetch_add(1, SeqCst);
        Item { id, book: self.0.clone() }
    }

    /// A send has said that `id` was sent.
    pub fn sent(&self, id: usize) {
        self.0.note(id, SENT);
    }

    /// The call that was to send `id` has done something else: nobody may receive it. Its message,
    /// if it is there.
    pub fn unsent(&self, id: usize, item: Option<Item>) {
        self.0.note(id, RETURNED);
        drop(item);
    }

    /// Messages made and not dropped.
    pub fn live(&self) -> i64 {
        self.0.live.load(SeqCst)
    }

    /// Checks that every message ended once and is gone; a message that was given back was not
    /// received. `lossless`: also that every message that was said to be sent was received, as it
    /// must be when nobody cancels the channel.
    #[track_caller]
    pub fn settle(&self, lossless: bool) -> Summary {
        assert_eq!(self.live(), 0, "messages are still alive");
        assert_eq!(self.0.twice.load(SeqCst), 0, "something happened twice to a message");
        let mut sum = Summary::default();
        for (id, state) in self.0.state.iter().enumerate() {
            let bits = state.load(SeqCst);
            let has = |bit| usize::from(bits & bit != 0);
            sum.made += has(MADE);
            sum.sent += has(SENT);
            sum.received += has(RECEIVED);
            sum.returned += has(RETURNED);
            sum.vanished += usize::from(bits & MADE != 0 && bits & (RECEIVED | RETURNED) == 0);
            assert_eq!(has(MADE), has(DROPPED), "message {id} was not dropped: {bits:#b}");
            assert!(has(RECEIVED) + has(RETURNED) < 2, "message {id} was received and given back");
            assert!(has(SENT) + has(RETURNED) < 2, "message {id} was sent and given back");
            if lossless {
                assert!(has(SENT) <= has(RECEIVED), "message {id} was sent and is lost");
            }
        }
        sum
    }
}

impl Book {
    fn note(&self, id: usize, bit: u8) {
        if self.state[id].fetch_or(bit, SeqCst) & bit != 0 {
            self.twice.fetch_add(1, SeqCst);
        }
    }
}

impl Item {
    /// Its number.
    pub fn id(&self) -> usize {
        self.id
    }

    /// Notes that it came out of the channel.
    pub fn receive(self) -> usize {
        self.book.note(self.id, RECEIVED);
        self.id
    }

    /// Notes that the sender has it again.
    pub fn take_back(self) -> usize {
        self.book.note(self.id, RETURNED);
        self.id
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        self.book.note(self.id, DROPPED);
        self.book.live.fetch_sub(1, SeqCst);
    }
}

/// A message whose drop panics when it is armed. It is accounted for all the same.
#[derive(Debug)]
pub struct Bomb {
    /// The message itself.
    pub item: Item,
    /// Whether the drop panics.
    pub armed: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.armed && !std::thread::panicking() {
            panic!("bomb {}", self.item.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_finds_every_fault() {
        let fails = |wrong: fn(&Ledger)| {
            let book = Ledger::new(4);
            wrong(&book);
            assert!(std::panic::catch_unwind(|| book.settle(true)).is_err());
        };
        fails(|book| std::mem::forget(book.item(0)));
        fails(|book| {
            book.item(0).receive();
            book.item(0).receive();
        });
        fails(|book| {
            book.sent(book.item(1).id());
        });
        fails(|book| {
            book.item(2).receive();
            book.0.note(2, RETURNED);
        });
        let book = Ledger::new(4);
        book.item(0).receive();
        book.sent(0);
        book.item(1).take_back();
        drop(book.item(2));
        let whole = Summary { made: 3, sent: 1, received: 1, returned: 1, vanished: 1 };
        assert_eq!(book.settle(true), whole);
    }
}
