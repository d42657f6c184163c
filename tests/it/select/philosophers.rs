//! Dining philosophers. Each takes whichever fork comes first by a select, and the other one by a
//! select with a time limit; when the time has come it puts the first one back, and tries again. Forks
//! are tokens in channels with room for one, or tasks that lend them out over rendezvous channels.

#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::channel::{Receiver, Sender, bounded, rendezvous};
use strait::select::after;
use strait::{select, select_blocking};
use tokio::runtime::Builder;

use crate::support::rng::Rng;
use crate::support::watch::{scaled, thread, within_or};

/// How one of them gets forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forks {
    /// Each is a token in a channel.
    Tokens,
    /// Each is somebody who lends it out.
    Servants,
}

#[derive(Debug)]
struct Fork(AtomicBool);

type Token = Arc<Fork>;

/// Where a fork comes from, and where it goes back to.
#[derive(Debug)]
struct Side {
    take: Receiver<Token>,
    back: Sender<Token>,
}

struct Table {
    meals: Vec<AtomicUsize>,
    puts: AtomicUsize,
    each: usize,
}

/// Two hands on two forks: nobody else has them.
struct Meal(Token, Token);

impl Meal {
    fn begin(one: Token, two: Token) -> Self {
        assert!(!Arc::ptr_eq(&one, &two), "the same fork twice");
        for fork in [&one, &two] {
            assert!(!fork.0.swap(true, SeqCst), "another one eats with it");
        }
        Self(one, two)
    }

    fn end(self) -> (Token, Token) {
        assert!(self.0.0.swap(false, SeqCst) && self.1.0.swap(false, SeqCst));
        (self.0, self.1)
    }
}

/// A philosopher's dinner, in a task or on a thread: the macro is the only difference.
macro_rules! dine {
    ($select:ident, $table:expr, $me:expr, $sides:expr, $give:expr, $breathe:expr) => {{
        let (table, [left, right]) = ($table, $sides);
        let rng = Rng::new($me as u64);
        while table.meals[$me].load(SeqCst) < table.each {
            let (first, from_left) = $select! {
                fork = left.take.recv() => (fork.unwrap(), true),
                fork = right.take.recv() => (fork.unwrap(), false),
            };
            let (near, far) = if from_left { (&left, &right) } else { (&right, &left) };
            // Not all have the same patience, or they would put back and take in step for ever.
            let patience = Duration::from_micros(20 + rng.next() % 400);
            let second = $select! {
                fork = far.take.recv() => Some(fork.unwrap()),
                _ = after(patience) => None,
            };
            let Some(second) = second else {
                table.puts.fetch_add(1, SeqCst);
                $give(near, first);
                $breathe;
                continue;
            };
            let meal = Meal::begin(first, second);
            table.meals[$me].fetch_add(1, SeqCst);
            $breathe;
            let (first, second) = meal.end();
            $give(near, first);
            $give(far, second);
        }
    }};
}

async fn dine(table: Arc<Table>, me: usize, sides: [Side; 2]) {
    dine!(select, table, me, sides, give, tokio::task::yield_now().await);
}

fn dine_blocking(table: &Table, me: usize, sides: [Side; 2]) {
    dine!(select_blocking, table, me, sides, give, std::thread::yield_now());
}

/// There is room for it, or somebody who waits for it or is about to: never a long wait.
fn give(side: &Side, fork: Token) {
    side.back.send_blocking(fork).unwrap();
}

/// Lends a fork to one or the other until both are gone. In tasks, giving back must not block the
/// worker, so the way back has room.
async fn serve(fork: Token, mut lend: [Option<Sender<Token>>; 2], back: Receiver<Token>) {
    while lend.iter().any(Option::is_some) {
        let [one, two] = &lend;
        let (side, lent) = select! {
            lent = one.as_ref().map(|tx| tx.send(fork.clone())) => (0, lent.is_ok()),
            lent = two.as_ref().map(|tx| tx.send(fork.clone())) => (1, lent.is_ok()),
        };
        if lent {
            // The last one to go takes the way back with it: then the fork is on the table again.
            let _ = back.recv().await;
        } else {
            lend[side] = None;
        }
    }
}

fn serve_blocking(fork: &Token, mut lend: [Option<Sender<Token>>; 2], back: &Receiver<Token>) {
    while lend.iter().any(Option::is_some) {
        let [one, two] = &lend;
        let (side, lent) = select_blocking! {
            lent = one.as_ref().map(|tx| tx.send(fork.clone())) => (0, lent.is_ok()),
            lent = two.as_ref().map(|tx| tx.send(fork.clone())) => (1, lent.is_ok()),
        };
        if lent {
            let _ = back.recv_blocking();
        } else {
            lend[side] = None;
        }
    }
}

type Servant = (Token, [Option<Sender<Token>>; 2], Receiver<Token>);

/// The places at the table, and whoever serves there.
fn lay(size: usize, forks: Forks) -> (Vec<[Side; 2]>, Vec<Servant>) {
    let mut sides: Vec<[Option<Side>; 2]> = (0..size).map(|_| [None, None]).collect();
    let mut servants = Vec::new();
    for i in 0..size {
        let fork = Arc::new(Fork(AtomicBool::new(false)));
        let next = (i + 1) % size;
        let (back, take) = bounded(1);
        match forks {
            Forks::Tokens => {
                back.try_send(fork).unwrap();
                sides[i][1] = Some(Side { take: take.clone(), back: back.clone() });
                sides[next][0] = Some(Side { take, back });
            }
            Forks::Servants => {
                let ((one, to_one), (two, to_two)) = (rendezvous(), rendezvous());
                sides[i][1] = Some(Side { take: to_one, back: back.clone() });
                sides[next][0] = Some(Side { take: to_two, back });
                servants.push((fork, [Some(one), Some(two)], take));
            }
        }
    }
    let whole = |side: [Option<Side>; 2]| side.map(|side| side.expect("a fork on each side"));
    (sides.into_iter().map(whole).collect(), servants)
}

/// Everybody eats so often. `workers`: as tasks on so many, or on threads. Says how often a fork was
/// put back.
pub fn dinner(size: usize, each: usize, forks: Forks, workers: Option<usize>) -> usize {
    let meals = (0..size).map(|_| AtomicUsize::new(0)).collect();
    let table = Arc::new(Table { meals, puts: AtomicUsize::new(0), each });
    let shown = table.clone();
    let run = move || {
        let (sides, servants) = lay(size, forks);
        let seats = sides.into_iter().enumerate();
        if let Some(workers) = workers {
            let runtime = Builder::new_multi_thread().worker_threads(workers).build().unwrap();
            let serves =
                servants.into_iter().map(|(f, to, back)| runtime.spawn(serve(f, to, back)));
            let mut all: Vec<_> = serves.collect();
            all.extend(seats.map(|(me, side)| runtime.spawn(dine(table.clone(), me, side))));
            all.into_iter().for_each(|task| runtime.block_on(task).unwrap());
        } else {
            let mut all = Vec::new();
            for (fork, to, back) in servants {
                all.push(thread(move || serve_blocking(&fork, to, &back)));
            }
            for (me, side) in seats {
                let table = table.clone();
                all.push(thread(move || dine_blocking(&table, me, side)));
            }
            all.into_iter().for_each(|thread| thread.join().unwrap());
        }
        table.puts.load(SeqCst)
    };
    within_or(60, run, move || format!("{size}, {forks:?}, {workers:?}: {:?}", shown.meals))
}

#[test]
fn nobody_starves() {
    for forks in [Forks::Tokens, Forks::Servants] {
        for (size, each) in [(2, 200), (5, 100), (100, 10)] {
            for workers in [Some(1), Some(2), None] {
                let start = std::time::Instant::now();
                let each = scaled(if workers.is_none() { each / 5 } else { each });
                let puts = dinner(size, each, forks, workers);
                let time = start.elapsed();
                println!("{size} x {each}, {forks:?}, {workers:?}: {puts} put back, {time:?}");
            }
        }
    }
}
