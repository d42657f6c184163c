//! The attributes `#[graph(..)]`.

use syn::{Attribute, DeriveInput, Error, Field, Path, Result, parse_quote};

/// What is said of the type.
pub(crate) struct Options {
    pub(crate) transfers: bool,
    pub(crate) freezes: bool,
    pub(crate) strait: Path,
}

impl Options {
    pub(crate) fn of(input: &DeriveInput) -> Result<Self> {
        let mut options =
            Options { transfers: true, freezes: true, strait: parse_quote!(::strait) };
        for attribute in graph(&input.attrs) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("no_transfer") {
                    options.transfers = false;
                    options.freezes = false;
                } else if meta.path.is_ident("no_freeze") {
                    options.freezes = false;
                } else if meta.path.is_ident("crate") {
                    options.strait = meta.value()?.parse()?;
                } else {
                    let known = "expected `no_transfer`, `no_freeze` or `crate = path`";
                    return Err(meta.error(known));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// Is the field marked as one without links?
pub(crate) fn is_leaf(field: &Field) -> Result<bool> {
    let mut leaf = false;
    for attribute in graph(&field.attrs) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("leaf") {
                return Err(meta.error("expected `leaf`"));
            }
            leaf = true;
            Ok(())
        })?;
    }
    Ok(leaf)
}

/// Variants have no options of their own.
pub(crate) fn refuse(attributes: &[Attribute]) -> Result<()> {
    graph(attributes).next().map_or(Ok(()), |attribute| {
        Err(Error::new_spanned(attribute, "this belongs on the type or on a field"))
    })
}

fn graph(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("graph"))
}
