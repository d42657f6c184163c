//! What an object must tell about itself: its links, and whether it may cross threads.

use super::header::Header;
use super::slot::Slot;
use super::weak::WeakSlot;
use std::ptr::NonNull;

/// A type whose values can be nodes of a graph, or parts of nodes.
///
/// Derive it: `#[derive(Graph)]`. Implementing it by hand is rarely needed, and unsafe.
///
/// # Safety
/// [`trace`](Self::trace) passes on each [`Obj`](super::Obj), [`Weak`](super::Weak) and
/// [`FreezableLink`](super::FreezableLink) that the value owns, each at most once, by calling
/// `trace` of its parts; it does nothing else that could be observed, and does not panic. What it
/// visits is what it would visit again, if nobody has written to the value in between. The type
/// does not implement `Drop` in a way that reaches an `Obj` that `trace` visits.
///
/// Leaving a link out is allowed here (what it leads to is then never found to be garbage), but
/// not if the type also implements [`Transfer`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of an object graph",
    label = "`{Self}` does not say which links it holds",
    note = "derive `Graph` for it, or, if it holds no link, mark the field with `#[graph(leaf)]`"
)]
pub unsafe trait Trace: 'static {
    /// Visits the links of this value.
    fn trace(&self, tracer: &mut Tracer);

    /// Visits the fields with their names, for error messages and drawings.
    fn name(&self, namer: &mut Namer<'_>) {
        namer.field("", self);
    }

    /// Whether values of this type can hold links at all; if not, they are never looked at when
    /// cycles are sought.
    fn has_links() -> bool
    where
        Self: Sized,
    {
        true
    }
}

/// A type whose values may be moved to another thread with the graph that they are part of.
///
/// # Safety
/// All that the value owns is [`Send`], but for the links that [`Trace::trace`] visits, and it
/// visits them all; what they lead to is `Transfer` too.
#[diagnostic::on_unimplemented(
    message = "graphs with `{Self}` cannot be moved to another thread",
    label = "`{Self}` is not `Transfer`",
    note = "fields that are no links must be `Send`; types with `#[graph(no_transfer)]` stay on their thread"
)]
pub unsafe trait Transfer: Trace {}

/// A type whose values may be read by many threads at once, when nobody writes to them any more.
///
/// # Safety
/// As for [`Transfer`]; what is no link is [`Sync`] too, links can be changed through `&mut` only,
/// and what they lead to is `Freeze`.
#[diagnostic::on_unimplemented(
    message = "graphs with `{Self}` cannot be frozen",
    label = "`{Self}` is not `Freeze`",
    note = "fields that are no links must be `Send` and `Sync`, and links may not stand in cells; types with `#[graph(no_freeze)]` are never frozen"
)]
pub unsafe trait Freeze: Transfer {}

/// Takes the links of a value; made by the library, passed on by implementations of [`Trace`].
#[derive(Debug, Default)]
pub struct Tracer {
    pub(super) links: Vec<NonNull<Header>>,
    pub(super) weaks: Vec<NonNull<WeakSlot>>,
    pub(super) slots: Vec<NonNull<Slot>>,
    wants: Wants,
    /// Something could not be looked into: a cell is borrowed mutably.
    pub(super) is_blocked: bool,
}

/// What a pass asks for besides links. Local slots that it does not ask for are links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wants {
    #[default]
    Links,
    Weaks,
    WeaksAndSlots,
}

impl Tracer {
    pub(super) fn of(wants: Wants) -> Self {
        Self { wants, ..Self::default() }
    }

    #[inline]
    pub(super) fn link(&mut self, node: NonNull<Header>) {
        self.links.push(node);
    }

    pub(super) fn weak(&mut self, slot: &WeakSlot) {
        if self.wants != Wants::Links {
            self.weaks.push(NonNull::from(slot));
        }
    }

    pub(super) fn slot(&mut self, slot: &Slot) {
        if self.wants == Wants::WeaksAndSlots {
            self.slots.push(NonNull::from(slot));
        } else if let Some(node) = slot.local() {
            self.links.push(node);
        }
    }

    /// The slots that were passed on. They stand in the value that is being visited.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        // SAFETY: as above; values are not dropped or moved while they are visited.
        self.slots.iter().map(|slot| unsafe { slot.as_ref() })
    }

    /// Says that a part cannot be looked into now.
    pub(super) fn block(&mut self) {
        self.is_blocked = true;
    }

    pub(super) fn clear(&mut self) {
        self.links.clear();
        self.weaks.clear();
        self.slots.clear();
        self.is_blocked = false;
    }
}

/// Takes the fields of a value with their names.
pub struct Namer<'a> {
    tracer: Tracer,
    field: &'a mut dyn FnMut(&'static str, &Tracer),
}

impl std::fmt::Debug for Namer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namer").finish_non_exhaustive()
    }
}

impl<'a> Namer<'a> {
    pub(super) fn new(field: &'a mut dyn FnMut(&'static str, &Tracer)) -> Self {
        Self::of(Wants::Weaks, field)
    }

    pub(super) fn of(wants: Wants, field: &'a mut dyn FnMut(&'static str, &Tracer)) -> Self {
        Self { tracer: Tracer::of(wants), field }
    }

    /// One field, or another part that has a name.
    pub fn field<T: Trace + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.tracer.clear();
        value.trace(&mut self.tracer);
        (self.field)(name, &self.tracer);
    }
}
