//! The rules themselves. Each gives the breaches of one file, or of all.

use std::collections::BTreeSet;
use std::fmt;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{AttrStyle, Block, Meta};

use super::paths::{Mention, exports, is_word, mentions};
use super::source::{Library, Source};

/// The most lines that a function of a `mod.rs` may have: enough for a constructor.
const CONSTRUCTOR: usize = 15;

/// What only the shim may name.
const PRIMITIVES: [&[&str]; 6] = [
    &["std", "sync", "atomic"],
    &["core", "sync", "atomic"],
    &["std", "cell", "UnsafeCell"],
    &["core", "cell", "UnsafeCell"],
    &["std", "thread"],
    &["loom"],
];

/// What the rules speak of.
pub(super) struct Rules {
    pub(super) rooms: &'static [(&'static str, &'static [&'static str])],
    pub(super) unsafe_files: &'static [&'static str],
    /// The one file between std and loom.
    pub(super) shim: &'static str,
    /// The one file that names tokio.
    pub(super) runtime: &'static str,
    /// What the front door may export.
    pub(super) root_exports: &'static [&'static str],
    /// Macros, which stand at the root, and the room of each.
    pub(super) macros: &'static [(&'static str, &'static str)],
}

/// A rule was not kept.
pub(super) struct Breach {
    pub(super) rule: u8,
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breach { rule, path, line, what } = self;
        write!(f, "{path}:{line}: rule {rule}: {what}")
    }
}

impl Source {
    fn breach(&self, rule: u8, line: usize, what: impl Into<String>) -> Breach {
        Breach { rule, path: self.path.clone(), line, what: what.into() }
    }
}

impl Rules {
    pub(super) fn breaches(&self, library: &Library) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for source in &library.sources {
            breaches.extend(self.direction(source));
            breaches.extend(visibility(source));
            breaches.extend(self.primitives(source));
            breaches.extend(self.runtime(source));
            breaches.extend(self.unsafety(library, source));
            breaches.extend(index(source));
        }
        breaches.extend(self.stale(library));
        breaches.extend(self.exports(library));
        breaches
    }

    /// Rule 1: a room names only rooms that it points at.
    fn direction(&self, source: &Source) -> Vec<Breach> {
        let Some(room) = source.room() else { return Vec::new() };
        let Some((_, allowed)) = self.rooms.iter().find(|(name, _)| *name == room) else {
            return vec![source.breach(1, 1, format!("`{room}` is not a room"))];
        };
        let foreign = |mention: &Mention| {
            let path = mention.absolute().filter(|path| !path.is_empty())?;
            let own = path.first().is_some_and(|first| first == room);
            let path = path.join("::");
            let own = own || self.macros.contains(&(room, path.as_str()));
            let below = |name: &&str| path == **name || path.starts_with(&format!("{name}::"));
            (!own && !allowed.iter().any(below)).then_some(path)
        };
        mentions(source.tokens.clone(), &source.module)
            .iter()
            .filter_map(|mention| {
                let path = foreign(mention)?;
                let what = format!("`{room}` does not point at `crate::{path}`");
                Some(source.breach(1, mention.line, what))
            })
            .collect()
    }

    /// Rule 3: atomics, threads, unsafe cells and loom come from the shim.
    fn primitives(&self, source: &Source) -> Vec<Breach> {
        if source.path == self.shim {
            return Vec::new();
        }
        named(source, &PRIMITIVES, |path| {
            (3, format!("`{path}` is named; take it from `kernel::prim`"))
        })
    }

    /// Rule 4: one file names tokio.
    fn runtime(&self, source: &Source) -> Vec<Breach> {
        if source.path == self.runtime {
            return Vec::new();
        }
        named(source, &[&["tokio"]], |path| {
            (4, format!("`{path}` is named; rooms need no runtime"))
        })
    }

    /// Rule 5: unsafe code only in listed files; every other file forbids it.
    fn unsafety(&self, library: &Library, source: &Source) -> Vec<Breach> {
        if self.unsafe_files.contains(&source.path.as_str()) {
            return Vec::new();
        }
        let mut breaches = Vec::new();
        if let Some(line) = word(source.tokens.clone(), "unsafe") {
            breaches.push(source.breach(5, line, "unsafe code in a file that is not listed"));
        }
        if !library.shelters(source, self.unsafe_files) && !forbids_unsafe(source) {
            breaches.push(source.breach(5, 1, "does not open with #![forbid(unsafe_code)]"));
        }
        breaches
    }

    /// Rule 5, the other half: a listed file that needs no unsafe code leaves the list.
    fn stale(&self, library: &Library) -> Vec<Breach> {
        let is_used = |path: &str| {
            library.sources.iter().any(|source| {
                source.path == path && word(source.tokens.clone(), "unsafe").is_some()
            })
        };
        let what = "listed for unsafe code, of which it has none";
        self.unsafe_files
            .iter()
            .filter(|path| !is_used(path))
            .map(|path| Breach { rule: 5, path: (*path).into(), line: 1, what: what.into() })
            .collect()
    }

    /// Rule 6: one public path per item: rooms export from private modules, the front door not at
    /// all.
    fn exports(&self, library: &Library) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut seen = BTreeSet::new();
        for source in library.sources.iter().filter(|source| library.is_public(&source.module)) {
            for export in exports(source.code.clone(), &source.module) {
                let (parent, leaf) = export.origin();
                let is_room = source.room().is_some();
                let what = if !is_room && !self.root_exports.contains(&leaf.as_str()) {
                    format!("the front door exports `{leaf}` a second time")
                } else if leaf == "*" {
                    "exports whatever is there".to_owned()
                } else if is_room && library.is_public(&parent) {
                    format!("`{leaf}` has a public path already")
                } else if !seen.insert((source.room(), leaf.clone())) {
                    format!("`{leaf}` is exported elsewhere in the room as well")
                } else {
                    continue;
                };
                breaches.push(source.breach(6, export.line, what));
            }
        }
        breaches
    }
}

/// Rule 2: outside the kernel nothing is visible to the whole crate.
fn visibility(source: &Source) -> Vec<Breach> {
    if source.room() == Some("kernel") {
        return Vec::new();
    }
    let mut found = Vec::new();
    crate_visible(source.tokens.clone(), &mut found);
    let what = "`pub(crate)` outside the kernel; use `pub(super)` or `pub(in crate::room)`";
    found.into_iter().map(|line| source.breach(2, line, what)).collect()
}

/// The lines of each `pub(crate)` and `pub(in crate)`.
fn crate_visible(tokens: TokenStream, found: &mut Vec<usize>) {
    let mut rest = tokens.into_iter().peekable();
    while let Some(tree) = rest.next() {
        if let TokenTree::Group(group) = &tree {
            crate_visible(group.stream(), found);
        }
        let Some(TokenTree::Group(scope)) = rest.peek() else { continue };
        let to_crate = matches!(scope.stream().to_string().as_str(), "crate" | "in crate");
        if is_word(&tree, "pub") && scope.delimiter() == Delimiter::Parenthesis && to_crate {
            found.push(tree.span().start().line);
        }
    }
}

/// Rule 7: a `mod.rs` holds docs, module lines, exports and constructors.
fn index(source: &Source) -> Vec<Breach> {
    if !source.is_index() {
        return Vec::new();
    }
    let mut finder = Algorithms { found: Vec::new() };
    finder.visit_file(&source.file);
    finder.found.into_iter().map(|(line, what)| source.breach(7, line, what)).collect()
}

struct Algorithms {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Algorithms {
    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        use syn::Expr::{ForLoop, Loop, While};
        if matches!(expr, ForLoop(_) | Loop(_) | While(_)) {
            let line = expr.span().start().line;
            self.found.push((line, "a loop; a mod.rs holds no algorithm".into()));
        }
        visit::visit_expr(self, expr);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.block);
        visit::visit_impl_item_fn(self, item);
    }
}

impl Algorithms {
    fn function(&mut self, block: &Block) {
        let (first, last) = (block.span().start().line, block.span().end().line);
        let lines = last + 1 - first;
        if lines > CONSTRUCTOR {
            self.found.push((first, format!("a function of {lines} lines is not a constructor")));
        }
    }
}

/// Breaches by the paths that reach one of the prefixes, tests left out.
fn named(
    source: &Source,
    prefixes: &[&[&str]],
    judge: impl Fn(&str) -> (u8, String),
) -> Vec<Breach> {
    mentions(source.code.clone(), &source.module)
        .iter()
        .filter(|mention| prefixes.iter().any(|prefix| mention.reaches(prefix)))
        .map(|mention| {
            let (rule, what) = judge(&mention.segments.join("::"));
            source.breach(rule, mention.line, what)
        })
        .collect()
}

/// The line where a word first stands.
fn word(tokens: TokenStream, expected: &str) -> Option<usize> {
    tokens.into_iter().find_map(|tree| match &tree {
        TokenTree::Group(group) => word(group.stream(), expected),
        tree => is_word(tree, expected).then(|| tree.span().start().line),
    })
}

fn forbids_unsafe(source: &Source) -> bool {
    source.file.attrs.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        matches!(attribute.style, AttrStyle::Inner(_))
            && list.path.is_ident("forbid")
            && list.parse_args::<syn::Path>().is_ok_and(|lint| lint.is_ident("unsafe_code"))
    })
}
