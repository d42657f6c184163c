//! How much memory the system has given to this process.

use std::fs;
use std::io;

/// Resident bytes, counted page by page: the short figures of `statm` may lag by some hundred.
///
/// # Errors
/// Where the system does not tell.
/// Without the pages of the program itself, which come in whenever more of it is used.
pub(super) fn resident() -> io::Result<f64> {
    let text = fs::read_to_string("/proc/self/smaps_rollup")?;
    kilobytes(&text, "Anonymous:").map(|kilobytes| kilobytes * 1024.0).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, "no anonymous memory in /proc/self/smaps_rollup")
    })
}

fn kilobytes(text: &str, field: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_found() {
        let text = "559a-7ffd ---p 0 00:00 0   [rollup]\nRss:        2044 kB\nPss:    612 kB\n";
        assert_eq!(kilobytes(text, "Rss:"), Some(2044.0));
        assert_eq!(kilobytes(text, "Swap:"), None);
    }

    #[test]
    fn what_is_touched_is_resident() {
        let before = resident().unwrap();
        let block = vec![1_u8; 64 << 20];
        let grown = resident().unwrap() - before;
        drop(block);
        assert!((60e6..100e6).contains(&grown), "{grown}");
    }
}
