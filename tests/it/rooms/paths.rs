//! The paths that a token stream mentions, wherever they stand: imports with groups, types,
//! expressions, the insides of macros.

use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One path as it is written, and where.
pub(super) struct Mention {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    /// The modules that the mention stands in, from the root of the crate.
    pub(super) module: Vec<String>,
}

impl Mention {
    /// Does it begin with `prefix`, or import something around it whole?
    pub(super) fn reaches(&self, prefix: &[&str]) -> bool {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let (stem, is_whole) = match segments.split_last() {
            Some((&("*" | "self"), stem)) => (stem, !stem.is_empty()),
            _ => (segments.as_slice(), segments.len() > 1),
        };
        stem.starts_with(prefix) || (is_whole && prefix.starts_with(stem))
    }

    /// The path from the root of the crate, if it is written in a way that shows it.
    pub(super) fn absolute(&self) -> Option<Vec<String>> {
        let mut base = self.module.clone();
        let mut rest = self.segments.as_slice();
        match rest.split_first() {
            Some((first, tail)) if first == "crate" => {
                base.clear();
                rest = tail;
            }
            Some((first, tail)) if first == "self" && !tail.is_empty() => rest = tail,
            Some((first, _)) if first == "super" => {
                while let Some((_, tail)) = rest.split_first().filter(|(word, _)| *word == "super")
                {
                    base.pop();
                    rest = tail;
                }
            }
            _ => return None,
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// Where an exported item comes from: its module, and its name there.
    pub(super) fn origin(&self) -> (Vec<String>, String) {
        let relative = || [self.module.as_slice(), &self.segments].concat();
        let mut path = self.absolute().unwrap_or_else(relative);
        let leaf = path.pop().unwrap_or_default();
        (path, leaf)
    }
}

/// All mentions in the tokens of a module.
pub(super) fn mentions(tokens: TokenStream, module: &[String]) -> Vec<Mention> {
    let mut reader = Reader { module: module.to_vec(), found: Vec::new() };
    reader.walk(tokens);
    reader.found
}

/// The paths of each `pub use`.
pub(super) fn exports(tokens: TokenStream, module: &[String]) -> Vec<Mention> {
    let mut reader = Reader { module: module.to_vec(), found: Vec::new() };
    let mut rest = tokens.into_iter().peekable();
    while let Some(tree) = rest.next() {
        let exported =
            is_word(&tree, "pub") && rest.peek().is_some_and(|next| is_word(next, "use"));
        if exported {
            rest.next();
            reader.tree(&[], &mut rest);
        }
    }
    reader.found
}

struct Reader {
    module: Vec<String>,
    found: Vec<Mention>,
}

impl Reader {
    fn walk(&mut self, tokens: TokenStream) {
        let mut rest = tokens.into_iter().peekable();
        while let Some(tree) = rest.next() {
            match tree {
                TokenTree::Group(group) => self.walk(group.stream()),
                TokenTree::Ident(word) if word == "mod" => self.inline_module(&mut rest),
                TokenTree::Ident(word) => {
                    self.path(vec![word.to_string()], word.span().start().line, &mut rest);
                }
                _ => {}
            }
        }
    }

    /// `mod name { .. }`: what stands inside is one module deeper.
    fn inline_module(&mut self, rest: &mut Peekable<IntoIter>) {
        let Some(TokenTree::Ident(name)) = rest.next() else { return };
        let body = rest.next_if(|tree| matches!(tree, TokenTree::Group(_)));
        if let Some(TokenTree::Group(body)) = body {
            self.module.push(name.to_string());
            self.walk(body.stream());
            self.module.pop();
        }
    }

    /// Reads on behind the first segments of a path.
    fn path(&mut self, mut segments: Vec<String>, line: usize, rest: &mut Peekable<IntoIter>) {
        while separator(rest) {
            match rest.peek() {
                Some(TokenTree::Ident(word)) => {
                    segments.push(word.to_string());
                    rest.next();
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    let mut inner = group.stream().into_iter().peekable();
                    rest.next();
                    return self.tree(&segments, &mut inner);
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
                    segments.push("*".to_owned());
                    rest.next();
                }
                _ => break,
            }
        }
        self.found.push(Mention { segments, line, module: self.module.clone() });
    }

    /// The branches of a use tree, up to the semicolon if there is one.
    fn tree(&mut self, prefix: &[String], rest: &mut Peekable<IntoIter>) {
        while let Some(tree) = rest.next() {
            let line = tree.span().start().line;
            let mut segments = prefix.to_vec();
            match tree {
                TokenTree::Ident(word) if word == "as" => {
                    rest.next();
                }
                TokenTree::Ident(word) => {
                    segments.push(word.to_string());
                    self.path(segments, line, rest);
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    segments.push("*".to_owned());
                    self.path(segments, line, rest);
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => return,
                _ => {}
            }
        }
    }
}

/// Takes `::` if it is next.
fn separator(rest: &mut Peekable<IntoIter>) -> bool {
    let joint = |tree: &TokenTree| {
        matches!(tree, TokenTree::Punct(punct)
            if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
    };
    if rest.next_if(joint).is_none() {
        return false;
    }
    rest.next();
    true
}

pub(super) fn is_word(tree: &TokenTree, expected: &str) -> bool {
    matches!(tree, TokenTree::Ident(word) if word == expected)
}
