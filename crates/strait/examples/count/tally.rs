//! One file, counted.

use std::fs::File;
use std::io::{ErrorKind, Read, Result};
use std::ops::AddAssign;
use std::path::Path;

use serde::Serialize;

/// A NUL in this many bytes at the head makes a file binary.
const HEAD: usize = 8 * 1024;

/// What a file, or many, add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) files: u64,
    /// Of which binary: without lines and words.
    pub(crate) binary: u64,
    /// A last line without its newline is one.
    pub(crate) lines: u64,
    /// Of which empty, or nothing but white space.
    pub(crate) blank: u64,
    /// Longest runs of bytes that are not white space.
    pub(crate) words: u64,
    pub(crate) bytes: u64,
    /// The bytes that had to be read for it.
    #[serde(skip)]
    pub(crate) read: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.binary += other.binary;
        self.lines += other.lines;
        self.blank += other.blank;
        self.words += other.words;
        self.bytes += other.bytes;
        self.read += other.read;
    }
}

/// Counts the file of that name.
pub(crate) fn count_file(path: &Path) -> Result<Tally> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // Only a regular file has a size that can be believed.
    count(file, metadata.is_file().then_some(metadata.len()))
}

/// Counts what a reader yields; `size` spares reading a binary file to its end.
pub(crate) fn count(mut reader: impl Read, size: Option<u64>) -> Result<Tally> {
    let mut buffer = [0; 64 * 1024];
    let mut tally = Tally { files: 1, ..Tally::default() };
    let mut scan = Scan::default();

    // The head in full, however short the reads are: from it we tell what the file is.
    let mut filled = 0;
    let mut ended = false;
    while filled < HEAD && !ended {
        let n = read(&mut reader, &mut buffer[filled..])?;
        filled += n;
        ended = n == 0;
    }
    if buffer[..filled.min(HEAD)].contains(&0) {
        tally.binary = 1;
        tally.read = filled as u64;
        if let Some(size) = size {
            tally.bytes = size;
            return Ok(tally);
        }
    }
    while filled > 0 {
        tally.bytes += filled as u64;
        if tally.binary == 0 {
            scan.feed(&buffer[..filled], &mut tally);
        }
        filled = read(&mut reader, &mut buffer)?;
    }
    if tally.binary == 0 {
        scan.finish(&mut tally);
    }
    tally.read = tally.bytes;
    Ok(tally)
}

/// Reads once; a signal that comes in between is no error.
fn read(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Where the last chunk left off.
#[derive(Default)]
struct Scan {
    in_word: bool,
    /// The line has begun: bytes since the last newline.
    in_line: bool,
    /// The line has shown something other than white space.
    in_text: bool,
}

impl Scan {
    fn feed(&mut self, chunk: &[u8], tally: &mut Tally) {
        for &byte in chunk {
            if byte == b'\n' {
                self.end_line(tally);
            } else {
                self.in_line = true;
                let space = byte.is_ascii_whitespace();
                tally.words += u64::from(!space && !self.in_word);
                self.in_word = !space;
                self.in_text |= !space;
            }
        }
    }

    fn end_line(&mut self, tally: &mut Tally) {
        tally.lines += 1;
        tally.blank += u64::from(!self.in_text);
        *self = Self::default();
    }

    fn finish(mut self, tally: &mut Tally) {
        if self.in_line {
            self.end_line(tally);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn text(text: impl AsRef<[u8]>) -> (u64, u64, u64, u64) {
        let tally = count(text.as_ref(), None).unwrap();
        assert_eq!((tally.files, tally.binary), (1, 0));
        assert_eq!(tally.read, tally.bytes);
        (tally.lines, tally.blank, tally.words, tally.bytes)
    }

    #[test]
    fn lines_blanks_words_bytes() {
        assert_eq!(text(""), (0, 0, 0, 0));
        assert_eq!(text("\n"), (1, 1, 0, 1));
        assert_eq!(text("one"), (1, 0, 1, 3));
        assert_eq!(text("one two\n"), (1, 0, 2, 8));
        assert_eq!(text("one\n\n \t\nfour"), (4, 2, 2, 12));
        assert_eq!(text("crlf\r\n\r\n"), (2, 1, 1, 8));
        assert_eq!(text("  "), (1, 1, 0, 2));
        assert_eq!(text("naïve \u{fffd}"), (1, 0, 2, 10));
    }

    /// Yields one byte at a time, with a signal before each.
    struct Drip<'a>(&'a [u8], bool);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let n = self.0.len().min(buffer.len()).min(1);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn the_size_of_reads_does_not_matter() {
        let text = "a line of words\n\n".repeat(10_000);
        let whole = count(text.as_bytes(), None).unwrap();
        assert_eq!((whole.lines, whole.blank, whole.words), (20_000, 10_000, 40_000));
        assert_eq!(count(Drip(text.as_bytes(), false), None).unwrap(), whole);
    }

    #[test]
    fn a_nul_at_the_head_makes_a_file_binary() {
        let mut bytes = b"text\n".repeat(10_000);
        bytes[HEAD - 1] = 0;
        let tally = count(bytes.as_slice(), None).unwrap();
        let expected = Tally { files: 1, binary: 1, bytes: 50_000, ..Tally::default() };
        assert_eq!(tally, Tally { read: 50_000, ..expected });
        // With a size that is known, the rest is not read; drop by drop it is still seen in time.
        let tally = count(Drip(&bytes, false), Some(50_000)).unwrap();
        assert_eq!(tally, Tally { read: HEAD as u64, ..expected });
    }

    #[test]
    fn a_nul_further_down_does_not() {
        let mut bytes = b"text\n".repeat(10_000);
        bytes[HEAD] = 0;
        assert_eq!(text(bytes), (10_000, 0, 10_000, 50_000));
    }

    #[test]
    fn an_error_half_way_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let error = count("text".as_bytes().chain(Broken), None).unwrap_err();
        assert_eq!(error.to_string(), "broken");
        assert!(count_file(Path::new("/nowhere/at/all")).is_err());
    }
}
