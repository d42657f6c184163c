//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

use crate::step::{Failure, Step};

/// The folder of the root manifest.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A target folder of its own, so that builds with other flags do not undo each other.
pub(crate) fn target(name: &str) -> PathBuf {
    let base = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(base).join(name)
}

/// The host triple: sanitizers need an explicit `--target`.
pub(crate) fn host() -> Result<String, Failure> {
    let version = Step::new("host triple", "rustc").arg("-vV").output()?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("host triple", "`rustc -vV` printed no host line"))
}
