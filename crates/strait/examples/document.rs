//! A document: a tree with links to the parents, which is written on one thread, moved to a second
//! one that numbers it, and then frozen and read by eight at once.
//!
//! `cargo run --release -p strait --features graph --example document`

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use strait::channel;
use strait::graph::{Detached, Frozen, Graph, Obj, Weak, heap_stats};

const CHAPTERS: usize = 20;
const SECTIONS: usize = 50;
const PARAGRAPHS: usize = 10;
const READERS: usize = 8;

#[derive(Graph)]
struct Part {
    number: String,
    text: String,
    parent: Weak<Part>,
    parts: Vec<Obj<Part>>,
}

fn part(text: impl Into<String>) -> Obj<Part> {
    let (number, text) = (String::new(), text.into());
    Obj::new(Part { number, text, parent: Weak::new(), parts: Vec::new() })
}

fn add(parent: &Obj<Part>, text: impl Into<String>) -> Obj<Part> {
    let part = part(text);
    part.borrow_mut().parent = parent.downgrade();
    parent.borrow_mut().parts.push(part.clone());
    part
}

/// The first thread: writes, and changes its mind.
fn write() -> Detached<Part> {
    let document = part("document");
    for chapter in 0..CHAPTERS {
        let chapter = add(&document, format!("chapter about {chapter}"));
        for section in 0..=SECTIONS {
            let section = add(&chapter, format!("section on {section}"));
            for _ in 0..PARAGRAPHS {
                add(&section, "some words");
            }
        }
        // The last section goes, with its paragraphs.
        chapter.borrow_mut().parts.pop();
    }
    document.detach().expect("no other handle of any part is left")
}

/// The second thread: numbers the parts, each after its parent.
fn number(document: &Obj<Part>) {
    let mut queue = vec![document.clone()];
    while let Some(part) = queue.pop() {
        let prefix = part.borrow().number.clone();
        for (index, child) in part.borrow().parts.iter().enumerate() {
            let dot = if prefix.is_empty() { "" } else { "." };
            child.borrow_mut().number = format!("{prefix}{dot}{}", index + 1);
            queue.push(child.clone());
        }
    }
}

/// A reader: walks down by plain references, and up from each leaf by the links to the parents.
fn read(document: &Frozen<Part>) -> (usize, usize) {
    let (mut words, mut parts) = (0, 0);
    let mut queue: Vec<&Part> = vec![document];
    while let Some(part) = queue.pop() {
        parts += 1;
        words += part.text.split_whitespace().count();
        queue.extend(part.parts.iter().filter_map(Obj::get));
        if part.parts.is_empty() {
            let mut level = part.number.split('.').count();
            let mut above = part.parent.upgrade();
            while let Some(parent) = above {
                level -= 1;
                let parent = parent.get().expect("frozen with its parts");
                assert!(part.number.starts_with(&parent.number));
                above = parent.parent.upgrade();
            }
            assert_eq!(level, 0, "the way up ends at the document");
        }
    }
    (parts, words)
}

fn timed<R>(f: impl FnOnce() -> R) -> (R, Duration) {
    let begin = Instant::now();
    (f(), begin.elapsed())
}

fn main() -> ExitCode {
    let (post, desk) = channel::rendezvous();
    let writer = thread::spawn(move || post.send_blocking(write()).is_ok());
    let editor = thread::spawn(move || {
        let document = desk.recv_blocking().expect("the writer sends one").attach();
        number(&document);
        timed(|| document.freeze().expect("nothing is borrowed"))
    });
    let sent = writer.join().expect("the writer does not panic");
    let (document, froze) = editor.join().expect("the editor does not panic");
    println!("numbered on the second thread, frozen in {froze:.1?}");
    let (read, took) = timed(|| {
        thread::scope(|s| {
            let readers: Vec<_> = (0..READERS).map(|_| s.spawn(|| read(&document))).collect();
            readers.into_iter().map(|reader| reader.join().expect("no reader panics")).collect()
        })
    });
    let read: Vec<(usize, usize)> = read;
    let expected = 1 + CHAPTERS * (1 + SECTIONS * (1 + PARAGRAPHS));
    let (parts, words) = read[0];
    println!("{parts} parts with {words} words, read {READERS} times in {took:.1?}");
    drop(document);
    let freed = heap_stats().freed;
    println!("{freed} parts freed by the last one");
    let is_right = sent
        && read.iter().all(|&seen| seen == read[0])
        && parts == expected
        && freed == expected as u64;
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
