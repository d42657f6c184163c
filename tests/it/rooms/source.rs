//! The files of the library, read for the rules.

use std::slice;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, Visibility};

use super::strip::{Stripped, is_punct, is_test, strip};

/// One file below `src`.
pub(super) struct Source {
    /// Its path from there, with slashes.
    pub(super) path: String,
    /// The modules that it is, from the root of the crate.
    pub(super) module: Vec<String>,
    pub(super) file: syn::File,
    /// All that it holds.
    pub(super) tokens: TokenStream,
    /// What it gives to builds that are not for tests.
    pub(super) code: TokenStream,
    test_modules: Vec<String>,
}

/// The whole library.
pub(super) struct Library {
    pub(super) sources: Vec<Source>,
}

impl Source {
    fn parse(path: String, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let tokens = tokens(text).unwrap_or_else(|| panic!("{path} has no tokens"));
        let Stripped { code, modules, .. } = strip(tokens.clone());
        let code = if is_test_file(&tokens) { TokenStream::new() } else { code };
        let module = module(&path);
        Source { path, module, file, tokens, code, test_modules: modules }
    }

    /// The folder that it stands in; `None` for the front door.
    pub(super) fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// Does it hold `pub mod name`?
    fn publishes(&self, name: &str) -> bool {
        self.file.items.iter().any(|item| match item {
            Item::Mod(item) => item.ident == name && matches!(item.vis, Visibility::Public(_)),
            _ => false,
        })
    }

    pub(super) fn is_index(&self) -> bool {
        self.path == "lib.rs" || self.path.ends_with("/mod.rs")
    }
}

impl Library {
    pub(super) fn parse(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut sources: Vec<Source> =
            files.into_iter().map(|(path, text)| Source::parse(path, &text)).collect();
        let tests: Vec<Vec<String>> = sources.iter().flat_map(declared_tests).collect();
        for source in &mut sources {
            if tests.iter().any(|test| source.module.starts_with(test)) {
                source.code = TokenStream::new();
            }
        }
        Library { sources }
    }

    /// Can users name this module?
    pub(super) fn is_public(&self, module: &[String]) -> bool {
        let Some((name, parent)) = module.split_last() else { return true };
        let declared = |source: &Source| source.module == parent && source.publishes(name);
        self.is_public(parent) && self.sources.iter().any(declared)
    }

    /// Does some file of unsafe code lie below this one? Then it cannot forbid unsafe code, for
    /// modules inherit that.
    pub(super) fn shelters(&self, source: &Source, unsafe_files: &[&str]) -> bool {
        unsafe_files.iter().any(|path| {
            let inner = module(path);
            inner.len() > source.module.len() && inner.starts_with(&source.module)
        })
    }
}

fn declared_tests(source: &Source) -> Vec<Vec<String>> {
    let deeper = |name: &String| [source.module.as_slice(), slice::from_ref(name)].concat();
    source.test_modules.iter().map(deeper).collect()
}

/// `channel/mod.rs` and `channel.rs` are both `channel`.
fn module(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if stem == "lib" {
        return Vec::new();
    }
    stem.split('/').map(str::to_owned).collect()
}

/// Does the file open with `#![cfg(test)]` or the like?
fn is_test_file(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.windows(3).any(|window| match window {
        [hash, bang, TokenTree::Group(group)] => {
            is_punct(hash, '#') && is_punct(bang, '!') && is_test(group)
        }
        _ => false,
    })
}

fn tokens(text: &str) -> Option<TokenStream> {
    text.parse().ok()
}

/// How many lines a text has, and how many of them are code: comments, blank lines and tests in
/// place are left out.
pub(super) fn lines(text: &str) -> (usize, usize) {
    let tests = tokens(text).map(|tokens| strip(tokens).lines).unwrap_or_default();
    let is_tested =
        |line: usize| tests.iter().any(|(first, last)| (*first..=*last).contains(&line));
    let mut in_block = false;
    let code = text.lines().enumerate().filter(|(index, line)| {
        let line = line.trim();
        let opens = line.starts_with("/*");
        let comment = in_block || opens || line.starts_with("//");
        in_block = (in_block || opens) && !line.contains("*/");
        !comment && !line.is_empty() && !is_tested(index + 1)
    });
    let code = code.count();
    (text.lines().count(), code)
}
