//! The implementations that the derive emits.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Fields, Generics, Ident, Result, Type, TypeParam, parse_quote,
};

use crate::options::{Options, is_leaf, refuse};

/// A field, as a pattern binds it.
struct Part {
    /// The member in a pattern: `name` or `0`.
    member: TokenStream,
    binding: Ident,
    name: String,
    ty: Type,
    is_leaf: bool,
}

/// A struct is its only variant.
struct Variant {
    path: TokenStream,
    parts: Vec<Part>,
}

pub(crate) fn graph(input: &DeriveInput) -> Result<TokenStream> {
    let options = Options::of(input)?;
    let variants = variants(input)?;
    let trace = trace(input, &options, &variants);
    let checks = checks(input, &options, &variants);
    let no_drop = no_drop(input);
    Ok(quote! {
        const _: () = {
            #trace
            #checks
            #no_drop
        };
    })
}

fn variants(input: &DeriveInput) -> Result<Vec<Variant>> {
    let name = &input.ident;
    match &input.data {
        Data::Struct(data) => {
            Ok(vec![Variant { path: quote!(#name), parts: parts(&data.fields)? }])
        }
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                refuse(&variant.attrs)?;
                let own = &variant.ident;
                Ok(Variant { path: quote!(#name::#own), parts: parts(&variant.fields)? })
            })
            .collect(),
        Data::Union(data) => {
            Err(Error::new_spanned(data.union_token, "the links of a union are not known"))
        }
    }
}

fn parts(fields: &Fields) -> Result<Vec<Part>> {
    fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let number = syn::Index::from(index);
            let member = match &field.ident {
                Some(name) => name.to_token_stream(),
                None => number.to_token_stream(),
            };
            let name = member.to_string();
            let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
            let binding = format_ident!("part_{index}", span = Span::mixed_site());
            Ok(Part { member, binding, name, ty: field.ty.clone(), is_leaf: is_leaf(field)? })
        })
        .collect()
}

/// The arms of a match that does something with each field that is no leaf.
fn arms(variants: &[Variant], act: impl Fn(&Part) -> TokenStream) -> TokenStream {
    variants
        .iter()
        .map(|Variant { path, parts }| {
            let seen = || parts.iter().filter(|part| !part.is_leaf);
            let bindings = seen().map(|Part { member, binding, .. }| quote!(#member: #binding));
            let acts = seen().map(&act);
            quote!(#path { #(#bindings,)* .. } => { #(#acts)* })
        })
        .collect()
}

fn trace(input: &DeriveInput, options: &Options, variants: &[Variant]) -> TokenStream {
    let strait = &options.strait;
    let name = &input.ident;
    let generics = bounded(input, variants, &parse_quote!(#strait::graph::Trace), &[]);
    let (impls, types, wheres) = generics.split_for_impl();
    let (traces, names) = if variants.is_empty() {
        (quote!(match *self {}), quote!(match *self {}))
    } else {
        let traces = arms(
            variants,
            |Part { binding, .. }| quote!(#strait::graph::Trace::trace(#binding, tracer);),
        );
        let names = arms(
            variants,
            |Part { binding, name, .. }| quote!(#strait::graph::Namer::field(namer, #name, #binding);),
        );
        (quote!(match self { #traces }), quote!(match self { #names }))
    };
    let links = variants.iter().flat_map(|variant| &variant.parts).filter(|part| !part.is_leaf);
    let links = links.map(|Part { ty, .. }| {
        quote_spanned!(ty.span()=> || <#ty as #strait::graph::Trace>::has_links())
    });
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, clippy::all)]
        unsafe impl #impls #strait::graph::Trace for #name #types #wheres {
            #[inline]
            fn trace(&self, tracer: &mut #strait::graph::Tracer) {
                #traces
            }

            fn name(&self, namer: &mut #strait::graph::Namer<'_>) {
                #names
            }

            fn has_links() -> bool {
                false #(#links)*
            }
        }
    }
}

/// `Transfer` and `Freeze`, and for each a function that does not compile unless all fields are
/// fit for it. Not bounds of the implementation: those of a recursive type would never end.
fn checks(input: &DeriveInput, options: &Options, variants: &[Variant]) -> TokenStream {
    let Options { transfers, freezes, strait } = options;
    let leaf_transfer: &[Type] = &[parse_quote!(::core::marker::Send)];
    let leaf_freeze: &[Type] =
        &[parse_quote!(::core::marker::Send), parse_quote!(::core::marker::Sync)];
    let transfer = transfers
        .then(|| check(input, variants, &parse_quote!(#strait::graph::Transfer), leaf_transfer));
    let freeze =
        freezes.then(|| check(input, variants, &parse_quote!(#strait::graph::Freeze), leaf_freeze));
    quote!(#transfer #freeze)
}

fn check(
    input: &DeriveInput,
    variants: &[Variant],
    marker: &Type,
    of_leaves: &[Type],
) -> TokenStream {
    let name = &input.ident;
    let generics = bounded(input, variants, marker, of_leaves);
    let (impls, types, wheres) = generics.split_for_impl();
    let fields = variants.iter().flat_map(|variant| &variant.parts).map(|part| {
        let Part { ty, is_leaf, .. } = part;
        let check = if *is_leaf { quote!(leaf) } else { quote!(part) };
        quote_spanned!(ty.span()=> #check::<#ty>();)
    });
    let leaves = of_leaves.iter();
    quote! {
        #[automatically_derived]
        unsafe impl #impls #marker for #name #types #wheres {}

        const _: () = {
            #[allow(dead_code)]
            fn part<Part: #marker + ?Sized>() {}
            #[allow(dead_code)]
            fn leaf<Leaf: #(#leaves +)* 'static>() {}
            #[allow(dead_code, clippy::all)]
            fn fields #impls () #wheres {
                #(#fields)*
            }
        };
    }
}

/// The generics of the type, with each parameter bound by what the fields that name it need.
fn bounded(
    input: &DeriveInput,
    variants: &[Variant],
    of_parts: &Type,
    of_leaves: &[Type],
) -> Generics {
    let mut generics = input.generics.clone();
    let parts = || variants.iter().flat_map(|variant| &variant.parts);
    // A link to the type itself needs no more than the other fields do.
    let own = |part: &Part| names(&part.ty, &input.ident);
    for TypeParam { ident, bounds, .. } in generics.type_params_mut() {
        let in_leaves = parts().any(|part| part.is_leaf && names(&part.ty, ident));
        let in_parts = parts().any(|part| !part.is_leaf && !own(part) && names(&part.ty, ident));
        if in_parts || !in_leaves {
            bounds.push(parse_quote!(#of_parts));
        }
        if in_leaves {
            bounds.push(parse_quote!('static));
            bounds.extend(
                of_leaves.iter().map(|bound| -> syn::TypeParamBound { parse_quote!(#bound) }),
            );
        }
    }
    generics
}

/// Does the type mention the parameter?
fn names(ty: &Type, parameter: &Ident) -> bool {
    fn within(tokens: TokenStream, parameter: &Ident) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(ident) => ident == *parameter,
            TokenTree::Group(group) => within(group.stream(), parameter),
            _ => false,
        })
    }
    within(ty.to_token_stream(), parameter)
}

/// A type with `Drop` would implement the trait twice.
fn no_drop(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let (impls, types, wheres) = input.generics.split_for_impl();
    quote! {
        #[allow(non_camel_case_types, dead_code)]
        trait a_type_with_links_must_not_implement_Drop {}
        #[allow(drop_bounds)]
        impl<Any: ::core::ops::Drop> a_type_with_links_must_not_implement_Drop for Any {}
        impl #impls a_type_with_links_must_not_implement_Drop for #name #types #wheres {}
    }
}
