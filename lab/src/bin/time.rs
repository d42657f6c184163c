//! `strait-lab`, on the system's allocator: see the library beside it.

#![forbid(unsafe_code)]

use std::io;
use std::process::ExitCode;

fn main() -> io::Result<ExitCode> {
    strait_lab::main()
}
