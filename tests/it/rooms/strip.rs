//! Takes what is under `cfg(test)` out of a token stream.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Meta, Token};

/// A token stream without its tests.
#[derive(Default)]
pub(super) struct Stripped {
    pub(super) code: TokenStream,
    /// The first and last line of each stretch that was taken out.
    pub(super) lines: Vec<(usize, usize)>,
    /// The modules that were declared there and live in files of their own.
    pub(super) modules: Vec<String>,
}

pub(super) fn strip(tokens: TokenStream) -> Stripped {
    let mut stripped = Stripped::default();
    let mut rest = tokens.into_iter().peekable();
    while let Some(tree) = rest.next() {
        let attribute = is_punct(&tree, '#')
            .then(|| rest.peek())
            .flatten()
            .is_some_and(|next| matches!(next, TokenTree::Group(group) if is_test(group)));
        if attribute {
            let first = tree.span().start().line;
            let (item, last) = item(&mut rest);
            stripped.lines.push((first, last));
            stripped.modules.extend(declared(&item));
        } else {
            stripped.keep(tree);
        }
    }
    stripped
}

impl Stripped {
    fn keep(&mut self, tree: TokenTree) {
        let TokenTree::Group(group) = tree else {
            return self.code.extend([tree]);
        };
        let inner = strip(group.stream());
        self.lines.extend(inner.lines);
        self.modules.extend(inner.modules);
        let mut kept = Group::new(group.delimiter(), inner.code);
        kept.set_span(group.span());
        self.code.extend([TokenTree::Group(kept)]);
    }
}

/// The item, field or statement behind an attribute, and its last line.
fn item(rest: &mut impl Iterator<Item = TokenTree>) -> (Vec<TokenTree>, usize) {
    let mut trees: Vec<TokenTree> = Vec::new();
    let mut last = 0;
    let mut is_item = false;
    for tree in rest {
        last = tree.span().end().line;
        is_item |= matches!(&tree, TokenTree::Ident(word) if ITEMS.contains(&&*word.to_string()));
        let ends = match &tree {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => {
                punct.as_char() == ';' || (punct.as_char() == ',' && !is_item)
            }
            _ => false,
        };
        trees.push(tree);
        if ends {
            break;
        }
    }
    (trees, last)
}

/// What begins an item; commas do not end it.
const ITEMS: [&str; 9] = ["fn", "mod", "use", "impl", "struct", "enum", "trait", "const", "static"];

/// `mod name;`
fn declared(item: &[TokenTree]) -> Option<String> {
    let [.., TokenTree::Ident(keyword), TokenTree::Ident(name), end] = item else { return None };
    (keyword == "mod" && is_punct(end, ';')).then(|| name.to_string())
}

/// Is this the bracket of an attribute that leaves the item to test builds alone?
pub(super) fn is_test(bracket: &Group) -> bool {
    match syn::parse2::<Meta>(bracket.stream()) {
        Ok(Meta::List(list)) if list.path.is_ident("cfg") => {
            list.parse_args::<Meta>().is_ok_and(|condition| implies_test(&condition))
        }
        _ => false,
    }
}

fn implies_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let Ok(parts) = parts else { return false };
    if list.path.is_ident("all") {
        parts.iter().any(implies_test)
    } else {
        list.path.is_ident("any") && !parts.is_empty() && parts.iter().all(implies_test)
    }
}

pub(super) fn is_punct(tree: &TokenTree, character: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == character)
}
