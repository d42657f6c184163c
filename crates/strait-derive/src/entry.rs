//! `#[strait::main]` and `#[strait::test]`: a function around the function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ItemFn, MetaNameValue, Token, parse::Parser};

/// What stands in the brackets of the attribute.
struct Options {
    krate: TokenStream,
    values: Vec<(String, Expr)>,
}

impl Options {
    fn parse(tokens: TokenStream, allowed: &[&str]) -> syn::Result<Self> {
        let list = Punctuated::<MetaNameValue, Token![,]>::parse_terminated.parse2(tokens)?;
        let mut options = Self { krate: quote!(::strait), values: Vec::new() };
        for option in list {
            let Some(name) = option.path.get_ident().map(ToString::to_string) else {
                return Err(Error::new_spanned(option.path, "an option is one word"));
            };
            if name == "krate" {
                let path = &option.value;
                options.krate = quote!(#path);
            } else if allowed.contains(&name.as_str()) {
                options.values.push((name, option.value));
            } else {
                let allowed = allowed.join("`, `");
                let text = format!("unknown option `{name}`; there are `{allowed}` and `krate`");
                return Err(Error::new_spanned(option.path, text));
            }
        }
        Ok(options)
    }

    fn get(&self, name: &str) -> Option<&Expr> {
        self.values.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

/// The function, and how to call it with a scope.
fn function(item: TokenStream) -> syn::Result<(ItemFn, TokenStream)> {
    let function: ItemFn = syn::parse2(item)?;
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(signature.fn_token, "an `async fn` is expected"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "it cannot be generic"));
    }
    let name = &signature.ident;
    let call = match signature.inputs.len() {
        0 => quote!(|_| #name()),
        1 => quote!(|scope| #name(scope)),
        _ => return Err(Error::new_spanned(&signature.inputs, "it takes the scope, or nothing")),
    };
    Ok((function, call))
}

pub(crate) fn main(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let options = Options::parse(options, &["shutdown"])?;
    let (function, call) = function(item)?;
    let (krate, output, attributes) = (&options.krate, &function.sig.output, &function.attrs);
    let (visibility, name) = (&function.vis, &function.sig.ident);
    let limit = options.get("shutdown").map_or_else(|| quote!(10), |limit| quote!(#limit));
    let inner = inner(&function);
    Ok(quote! {
        #(#attributes)*
        #visibility fn #name() #output {
            #inner
            #krate::task::hidden::main(::core::time::Duration::from_secs(#limit), #call)
        }
    })
}

pub(crate) fn test(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let options = Options::parse(options, &["seed", "limit"])?;
    let (function, call) = function(item)?;
    let (krate, output, attributes) = (&options.krate, &function.sig.output, &function.attrs);
    let (visibility, name) = (&function.vis, &function.sig.ident);
    let seed = options.get("seed").map_or_else(|| quote!(0), |seed| quote!(#seed));
    let limit = options.get("limit").map_or_else(|| quote!(60), |limit| quote!(#limit));
    let inner = inner(&function);
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #name() #output {
            #inner
            #krate::task::test::run(#seed, ::core::time::Duration::from_secs(#limit), #call)
        }
    })
}

/// The function as it was written, without what goes to the outer one.
fn inner(function: &ItemFn) -> TokenStream {
    let (signature, block) = (&function.sig, &function.block);
    quote!(#signature #block)
}
