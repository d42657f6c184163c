//! The derive macro of strait's object graphs; use it as `strait::graph::Graph`.

#![forbid(unsafe_code)]

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
