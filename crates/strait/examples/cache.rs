//! A cache under load: readers take frozen pages from atomic references, and send drafts of those
//! that are missing, as detached graphs, to the one thread that finishes and publishes them.
//!
//! `cargo run --release -p strait --features graph --example cache`

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use strait::channel::{self, Receiver, Sender};
use strait::graph::{AtomicRef, Detached, Graph, Obj};

const READERS: u64 = 4;
const LOOKUPS: u64 = 100_000;
const KEYS: u64 = 1024;
const PLACES: u64 = 256;

static ALIVE: AtomicI64 = AtomicI64::new(0);

/// Counts the pages of the process.
struct Counted;

impl Counted {
    fn new() -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
    }
}

/// A page and its index refer to each other, so neither is ever freed by counting alone.
#[derive(Graph)]
struct Page {
    key: u64,
    text: String,
    peer: Option<Obj<Page>>,
    #[graph(leaf)]
    _counted: Counted,
}

fn page(key: u64, text: String) -> Obj<Page> {
    Obj::new(Page { key, text, peer: None, _counted: Counted::new() })
}

/// Two pages that refer to each other, which nobody else has.
fn draft(key: u64) -> Detached<Page> {
    let (first, index) = (page(key, format!("page {key}")), page(key, String::new()));
    first.borrow_mut().peer = Some(index.clone());
    index.borrow_mut().peer = Some(first.clone());
    drop(index);
    first.detach().expect("nothing else leads into the draft")
}

/// Finishes drafts on this thread, freezes them, and puts them where all find them.
fn publish(cache: &[AtomicRef<Page>], drafts: &Receiver<Detached<Page>>) -> u64 {
    let mut published = 0;
    while let Ok(draft) = drafts.recv_blocking() {
        let page = draft.attach();
        let text = format!("index of {}", page.borrow().text);
        if let Some(index) = &page.borrow().peer {
            index.borrow_mut().text = text;
        }
        let place = (page.borrow().key % PLACES) as usize;
        cache[place].store(page.freeze().expect("nothing is borrowed"));
        published += 1;
    }
    published
}

/// Looks up keys, most of them from a few; gives the number of hits.
fn read(cache: &[AtomicRef<Page>], drafts: &Sender<Detached<Page>>, seed: u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut hits = 0;
    for _ in 0..LOOKUPS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let few = !state.is_multiple_of(16);
        let key = (state >> 8) % if few { PLACES / 2 } else { KEYS };
        match cache[(key % PLACES) as usize].load() {
            Some(page) if page.key == key => {
                // By plain references, around the cycle and back.
                let index = page.peer.as_ref().and_then(Obj::get).expect("frozen with the page");
                let back = index.peer.as_ref().and_then(Obj::get).expect("frozen with the page");
                assert!(index.text.ends_with(&page.text) && std::ptr::eq(back, &raw const *page));
                hits += 1;
            }
            // When the publisher is behind, this waits.
            _ => drafts.send_blocking(draft(key)).expect("the publisher is there"),
        }
    }
    hits
}

fn main() -> ExitCode {
    let cache: Vec<AtomicRef<Page>> = (0..PLACES).map(|_| AtomicRef::empty()).collect();
    let (drafts, queue) = channel::bounded(64);
    let hits = AtomicU64::new(0);
    let begin = Instant::now();
    let published = thread::scope(|s| {
        let publisher = s.spawn(|| publish(&cache, &queue));
        let readers: Vec<_> = (1..=READERS)
            .map(|seed| {
                let (cache, drafts, hits) = (&cache, drafts.clone(), &hits);
                s.spawn(move || hits.fetch_add(read(cache, &drafts, seed), Relaxed))
            })
            .collect();
        drop(drafts);
        for reader in readers {
            reader.join().expect("no reader panics");
        }
        publisher.join().expect("the publisher does not panic")
    });
    let took = begin.elapsed();
    let (all, hits) = (READERS * LOOKUPS, hits.into_inner());
    println!(
        "{all} lookups by {READERS} threads in {took:.1?}: {hits} hits, {published} published"
    );
    let cached = ALIVE.load(Relaxed);
    drop((cache, queue));
    println!("{cached} pages in the cache, {} after it", ALIVE.load(Relaxed));
    let is_right = ALIVE.load(Relaxed) == 0 && hits > 0 && published > 0;
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
