//! The walker, the workers and the collector, and the channels between them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use strait::channel::{Receiver, SendError, Sender};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{self, JoinHandle};

use crate::tally::{Tally, count_file};

/// What the collector is told.
pub(crate) enum Found {
    /// A worker is done with a file.
    File { path: PathBuf, outcome: io::Result<Tally> },
    /// The walker cannot look into a folder.
    Folder { path: PathBuf, error: io::Error },
    /// The walker has ended. Its last word, so that who has all of this has missed nothing.
    Walked(Walk),
}

/// What the walker knows at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walk {
    /// Paths sent to the workers.
    pub(crate) sent: u64,
    /// Symbolic links passed over.
    pub(crate) symlinks: u64,
    /// Pipes, sockets and devices passed over.
    pub(crate) special: u64,
    /// Whether the walk went to its end.
    pub(crate) finished: bool,
}

/// Goes through the folders and sends the files.
pub(crate) struct Walker {
    roots: Vec<PathBuf>,
    all: bool,
    paths: Sender<PathBuf>,
    found: Sender<Found>,
    walk: Walk,
}

/// The other end wants no more.
struct Stopped;

impl<T> From<SendError<T>> for Stopped {
    fn from(_: SendError<T>) -> Self {
        Self
    }
}

impl Walker {
    pub(crate) fn new(
        roots: Vec<PathBuf>,
        all: bool,
        paths: Sender<PathBuf>,
        found: Sender<Found>,
    ) -> Self {
        Self { roots, all, paths, found, walk: Walk::default() }
    }

    /// Walks on the calling thread: listing folders blocks, whoever reads the files.
    fn run(mut self) {
        self.walk.finished = self.roots().is_ok();
        // Fails if nobody wants to know, which is fine.
        let _ = self.found.send_blocking(Found::Walked(self.walk));
    }

    /// What was given by name is followed if it is a link, and read whatever it is.
    fn roots(&mut self) -> Result<(), Stopped> {
        for root in std::mem::take(&mut self.roots) {
            if root.is_dir() {
                self.folder(root)?;
            } else {
                self.file(root)?;
            }
        }
        Ok(())
    }

    fn folder(&mut self, root: PathBuf) -> Result<(), Stopped> {
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            match fs::read_dir(&folder) {
                Ok(entries) => {
                    for entry in entries {
                        let entry = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
                        match entry {
                            Ok((_, entry)) if self.is_left_out(&entry) => {}
                            Ok((kind, entry)) if kind.is_dir() => folders.push(entry.path()),
                            Ok((kind, entry)) if kind.is_file() => self.file(entry.path())?,
                            Ok((kind, _)) if kind.is_symlink() => self.walk.symlinks += 1,
                            Ok(_) => self.walk.special += 1,
                            Err(error) => self.failed(&folder, error)?,
                        }
                    }
                }
                Err(error) => self.failed(&folder, error)?,
            }
        }
        Ok(())
    }

    fn is_left_out(&self, entry: &DirEntry) -> bool {
        !self.all && entry.file_name() == ".git"
    }

    fn file(&mut self, path: PathBuf) -> Result<(), Stopped> {
        self.paths.send_blocking(path)?;
        self.walk.sent += 1;
        Ok(())
    }

    fn failed(&mut self, folder: &Path, error: io::Error) -> Result<(), Stopped> {
        Ok(self.found.send_blocking(Found::Folder { path: folder.to_owned(), error })?)
    }
}

/// The work on one path, the same for threads and tasks.
fn examine(path: PathBuf) -> Found {
    let outcome = count_file(&path);
    Found::File { path, outcome }
}

fn worker_thread(paths: &Receiver<PathBuf>, found: &Sender<Found>) {
    while let Ok(path) = paths.recv_blocking() {
        if found.send_blocking(examine(path)).is_err() {
            return;
        }
    }
}

/// Files have no asynchronous form that is more than a thread behind a curtain, so each goes to
/// tokio's threads for blocking work. Reading right here would be a few microseconds cheaper a
/// file, but a slow disk would then hold up the threads that run the tasks, and `--tasks 100`
/// would read no more files at once than there are cores.
async fn worker_task(paths: Receiver<PathBuf>, found: Sender<Found>) {
    while let Ok(path) = paths.recv().await {
        let examined = match task::spawn_blocking(|| examine(path)).await {
            Ok(examined) => examined,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is shutting down.
                Err(_) => return,
            },
        };
        if found.send(examined).await.is_err() {
            return;
        }
    }
}

/// Who reads the files.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Threads(NonZero<usize>),
    Tasks(NonZero<usize>),
}

/// The walker and the workers at work.
pub(crate) enum Crew {
    Threads(Vec<thread::JoinHandle<()>>),
    Tasks(Runtime, Vec<JoinHandle<()>>),
}

impl Crew {
    /// Sets everybody to work. The handles of the channels go with them, so that each channel
    /// closes by itself when the last who sends is done.
    pub(crate) fn start(
        mode: Mode,
        walker: Walker,
        paths: Receiver<PathBuf>,
        found: Sender<Found>,
    ) -> io::Result<Self> {
        match mode {
            Mode::Threads(n) => {
                let mut crew = vec![thread::Builder::new().spawn(|| walker.run())?];
                for _ in 0..n.get() {
                    let (paths, found) = (paths.clone(), found.clone());
                    crew.push(thread::Builder::new().spawn(move || worker_thread(&paths, &found))?);
                }
                Ok(Self::Threads(crew))
            }
            Mode::Tasks(n) => {
                let runtime = Builder::new_multi_thread().build()?;
                let mut crew = vec![runtime.spawn_blocking(|| walker.run())];
                for _ in 0..n.get() {
                    crew.push(runtime.spawn(worker_task(paths.clone(), found.clone())));
                }
                Ok(Self::Tasks(runtime, crew))
            }
        }
    }

    /// Waits for everybody; a panic of one of them goes on here.
    pub(crate) fn join(self) {
        match self {
            Self::Threads(crew) => {
                for thread in crew {
                    if let Err(panic) = thread.join() {
                        resume_unwind(panic);
                    }
                }
            }
            Self::Tasks(runtime, crew) => {
                for task in crew {
                    if let Err(error) = runtime.block_on(task) {
                        resume_unwind(error.into_panic());
                    }
                }
            }
        }
    }

    /// Leaves them to the end of the process: one may be in a read that never returns.
    pub(crate) fn abandon(self) {
        match self {
            Self::Threads(crew) => drop(crew),
            Self::Tasks(runtime, _) => runtime.shutdown_background(),
        }
    }
}

/// What the collector has heard.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) types: BTreeMap<String, Tally>,
    pub(crate) errors: Vec<(PathBuf, io::Error)>,
    /// `None` if the walker was cut off before it could say.
    pub(crate) walk: Option<Walk>,
    total: Tally,
    seen: u64,
}

impl Summary {
    /// All types together.
    pub(crate) fn total(&self) -> Tally {
        self.total
    }

    /// Files looked at, readable or not.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether something was not looked at.
    pub(crate) fn is_partial(&self) -> bool {
        !self.walk.is_some_and(|walk| walk.finished && walk.sent == self.seen)
    }

    fn add(&mut self, found: Found) {
        match found {
            Found::File { path, outcome } => {
                self.seen += 1;
                match outcome {
                    Ok(tally) => {
                        *self.types.entry(file_type(&path)).or_default() += tally;
                        self.total += tally;
                    }
                    Err(error) => self.errors.push((path, error)),
                }
            }
            Found::Folder { path, error } => self.errors.push((path, error)),
            Found::Walked(walk) => self.walk = Some(walk),
        }
    }
}

/// Adds up until the channel is closed and empty, or cancelled.
pub(crate) fn collect(found: &Receiver<Found>, mut progress: impl FnMut(&Summary)) -> Summary {
    let mut summary = Summary::default();
    for found in found.iter_blocking() {
        summary.add(found);
        progress(&summary);
    }
    summary
}

/// The extension in lower case, fit to be printed.
fn file_type(path: &Path) -> String {
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    match path.extension().map(OsStr::to_string_lossy) {
        Some(name) if !name.is_empty() => {
            name.to_ascii_lowercase().chars().map(printable).collect()
        }
        _ => String::from("(none)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_the_extension() {
        let of = |name: &str| file_type(Path::new(name));
        assert_eq!(of("src/main.rs"), "rs");
        assert_eq!(of("README.MD"), "md");
        assert_eq!(of("archive.tar.gz"), "gz");
        assert_eq!(of("Makefile"), "(none)");
        assert_eq!(of(".gitignore"), "(none)");
        assert_eq!(of("odd."), "(none)");
        assert_eq!(of("odd.a\nb"), "a\u{fffd}b");
    }
}
