//! `strait_list.h` says what `src/lib.rs` says. `STRAIT_HEADER=write` writes it anew.

#![forbid(unsafe_code)]

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use quote::ToTokens;
use syn::{Attribute, Expr, FnArg, Item, Lit, Meta, Pat, ReturnType, Type};

const SOURCE: &str = "src/lib.rs";
const HEADER: &str = "strait_list.h";

#[test]
fn the_header_is_that_of_the_library() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(folder.join(SOURCE)).unwrap();
    let made = header(&source);
    if env::var_os("STRAIT_HEADER").is_some_and(|what| what == "write") {
        fs::write(folder.join(HEADER), &made).unwrap();
    }
    let there = fs::read_to_string(folder.join(HEADER)).unwrap_or_default();
    assert!(there == made, "{HEADER} is out of date: run `cargo x c --write`\n{made}");
}

#[test]
fn what_c_cannot_say_is_refused() {
    let fails = |source: &str| std::panic::catch_unwind(|| header(source)).is_err();
    assert!(!fails("#[unsafe(no_mangle)] pub extern \"C\" fn f(n: u64) {}"));
    assert!(fails("#[unsafe(no_mangle)] pub extern \"C\" fn f(n: String) {}"));
    assert!(fails("#[unsafe(no_mangle)] pub extern \"C\" fn f() -> Vec<u8> { vec![] }"));
}

/// The header for the public constants and the exported functions of a file.
fn header(source: &str) -> String {
    let file = syn::parse_file(source).unwrap();
    let mut out =
        String::from("/* Made from src/lib.rs by `cargo x c --write`; do not edit. */\n\n");
    out.push_str("#ifndef STRAIT_LIST_H\n#define STRAIT_LIST_H\n\n");
    out.push_str("#include <stddef.h>\n#include <stdint.h>\n\n");
    out.push_str("#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for item in &file.items {
        match item {
            Item::Const(item) if matches!(item.vis, syn::Visibility::Public(_)) => {
                let Expr::Lit(value) = &*item.expr else { panic!("`{}` is no number", item.ident) };
                let Lit::Int(value) = &value.lit else { panic!("`{}` is no number", item.ident) };
                comment(&mut out, &item.attrs);
                writeln!(out, "#define {} {}", item.ident, value.base10_digits()).unwrap();
            }
            Item::Fn(item) if is_exported(&item.attrs) => {
                comment(&mut out, &item.attrs);
                function(&mut out, &item.sig);
            }
            _ => {}
        }
    }
    out.push_str("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    out
}

fn is_exported(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().contains("no_mangle"))
}

/// The documentation, without Markdown's backquotes.
fn comment(out: &mut String, attributes: &[Attribute]) {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(meta) = &attribute.meta else { return None };
        let Expr::Lit(text) = &meta.value else { return None };
        let Lit::Str(text) = &text.lit else { return None };
        meta.path.is_ident("doc").then(|| text.value().trim().replace('`', "").replace("# ", ""))
    });
    out.push_str("\n/*");
    for (index, line) in lines.enumerate() {
        let star = if index == 0 { " " } else { "\n * " };
        out.push_str(if line.is_empty() { "\n *" } else { star });
        out.push_str(&line);
    }
    out.push_str(" */\n");
}

fn function(out: &mut String, signature: &syn::Signature) {
    let parameters: Vec<String> = signature
        .inputs
        .iter()
        .map(|input| {
            let FnArg::Typed(input) = input else { panic!("methods are not exported") };
            let Pat::Ident(name) = &*input.pat else { panic!("parameters have names") };
            declared(&input.ty, &name.ident.to_string())
        })
        .collect();
    let parameters = if parameters.is_empty() { "void".into() } else { parameters.join(", ") };
    let declaration = format!("{}({parameters})", signature.ident);
    let declaration = match &signature.output {
        ReturnType::Default => format!("void {declaration}"),
        ReturnType::Type(_, result) => declared(result, &declaration),
    };
    writeln!(out, "{declaration};").unwrap();
}

/// A C declaration of `name` with a Rust type.
fn declared(rust: &Type, name: &str) -> String {
    match rust {
        Type::Ptr(pointer) => {
            // `*mut *const T` is `const T **`: the inner star comes first.
            let target = declared(&pointer.elem, &format!("*{name}"));
            let is_nested = matches!(&*pointer.elem, Type::Ptr(_));
            let is_const = pointer.to_token_stream().to_string().starts_with("* const");
            if is_const && !is_nested { format!("const {target}") } else { target }
        }
        Type::Path(path) => {
            let rust = path.path.segments.last().map(|last| last.ident.to_string());
            let c = match rust.as_deref() {
                Some("c_void") => "void",
                Some("c_char") => "char",
                Some("u8") => "uint8_t",
                Some("i32") => "int32_t",
                Some("i64") => "int64_t",
                Some("u64") => "uint64_t",
                Some("usize") => "size_t",
                other => panic!("no C type for `{other:?}`"),
            };
            format!("{c} {name}")
        }
        other => panic!("no C type for `{}`", other.to_token_stream()),
    }
}
