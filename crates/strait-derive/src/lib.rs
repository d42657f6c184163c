//! The macros of strait; use them from there.

#![forbid(unsafe_code)]

mod entry;

use proc_macro::TokenStream;

/// Makes a program of an `async fn main`: it runs as the body of a scope, by
/// `strait::task::run_program`.
///
/// The function takes the scope, or nothing. It may be given the limit of an orderly shutdown, in
/// seconds: `#[strait::main(shutdown = 10)]`. If the scope fails, the failure is printed and the
/// program ends with status 1.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::main(options.into(), item.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Makes a test of an `async fn`: it runs as the body of a scope, on one thread, in virtual time,
/// by `strait::task::test::run`.
///
/// The function takes the scope, or nothing. Options: `#[strait::test(seed = 7, limit = 60)]`, the
/// order in which ready jobs run, and how many seconds of real time it may take.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::test(options.into(), item.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
