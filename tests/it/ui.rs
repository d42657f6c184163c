//! Misuse that must not compile, with the text of the error.

use std::env;
use std::process::Command;

/// The compiler whose messages `ui/*.stderr` hold. Others word them in their own way.
const COMPILER: &str = "rustc 1.95.";

/// After a change of compiler or of the library, `TRYBUILD=overwrite` writes the texts anew: read
/// what changed before it is kept.
#[test]
fn misuse_does_not_compile() {
    let version = version();
    if !version.starts_with(COMPILER) {
        println!("skipped: the texts are those of {COMPILER}, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

fn version() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("a compiler is installed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
