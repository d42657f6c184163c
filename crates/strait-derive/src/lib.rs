//! The macros of strait; use them from there.

#![forbid(unsafe_code)]

mod entry;
mod expand;
mod options;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a type usable in object graphs: its links are visited, and it is checked field by field
/// whether graphs with it may be moved and frozen.
///
/// Each field must be usable in graphs itself, or be marked `#[graph(leaf)]`: then it holds no
/// link, and must be `Send` and `Sync`. Marked on the type:
///
/// - `#[graph(no_freeze)]`: graphs with it are never frozen; leaves need not be `Sync`, and links
///   may stand in cells;
/// - `#[graph(no_transfer)]`: nor are they moved; leaves can be anything;
/// - `#[graph(crate = path)]`: where strait is, if not at `::strait`.
///
/// The type must not implement `Drop`: its value could reach nodes that are dead already. The
/// types of its leaves may.
#[proc_macro_derive(Graph, attributes(graph))]
pub fn derive_graph(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::graph(&input).unwrap_or_else(|error| error.into_compile_error()).into()
}

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
