//! `strait-lab-memory`: one measurement of memory, in a process of its own, with an allocator that
//! counts. `strait-lab memory` calls it.

#![forbid(unsafe_code)]

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use strait_lab::memory::{Heap, measure};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    measure(|| Heap::of(ALLOCATOR.stats()))
}
