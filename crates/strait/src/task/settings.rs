//! What a scope keeps that does not change.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::kernel::prim::Global;

use super::dispatcher::Dispatcher;
use super::error::{Failed, Reason};
use super::frame::{self, Frame};
use super::keys::{self, List};
use super::place;
use super::policy::Policy;
use super::port::Port;
use super::tree::{End, Fault, Node};

/// The tree of scopes.
pub(super) type Tree = Node<Settings>;

/// Who hears of failures that nobody else takes.
pub(super) type Hook = Arc<dyn Fn(&Failed) + Send + Sync>;

/// What a scope keeps that does not change.
#[derive(Clone, Default)]
pub(super) struct Settings {
    /// Where its children run. `None` in the root alone.
    pub(super) dispatcher: Option<Dispatcher>,
    pub(super) name: Option<Box<str>>,
    pub(super) place: u32,
    pub(super) deadline: Option<Instant>,
    pub(super) catch_panics: bool,
    pub(super) hook: Option<Hook>,
    /// The queue of the thread that runs the program.
    pub(super) main: Option<Port>,
    /// The values that its jobs inherit.
    pub(super) keys: Option<Arc<List>>,
}

impl Settings {
    /// Takes what it does not say from the frame in which the scope is opened.
    pub(super) fn inherit(&mut self, above: Option<&Frame>) {
        let from = above.map(Frame::settings);
        if self.dispatcher.is_none() {
            self.dispatcher = from.and_then(|from| from.dispatcher.clone());
        }
        self.dispatcher.get_or_insert_default();
        if self.main.is_none() {
            self.main = from.and_then(|from| from.main.clone());
        }
        self.keys = keys::inherited();
        self.deadline = self.deadline.into_iter().chain(frame::deadline()).min();
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The scope above all that are opened outside of any job: what is dropped there is waited for by
/// nobody, but seen in dumps.
pub(super) fn root() -> &'static Arc<Tree> {
    static ROOT: Global<Arc<Tree>> = Global::new();
    ROOT.get_or_init(|| {
        let settings = Settings { name: Some("root".into()), ..Settings::default() };
        Node::root(Policy::Supervise, settings)
    })
}

/// Tells of a failure that its scope does not keep.
pub(super) fn report(node: &Tree, fault: Fault) {
    let Some(failed) = failed(fault) else { return };
    match &node.settings.hook {
        Some(hook) => hook(&failed),
        // The panic hook has told already.
        None if matches!(failed.reason(), Reason::Panicked(_)) => {}
        None => eprintln!("{failed}"),
    }
}

/// A fault as users see it.
pub(super) fn failed(fault: Fault) -> Option<Failed> {
    let reason = match fault.end {
        End::Error(error) => Reason::Error(error),
        End::Panic(payload) => Reason::Panicked(message(&*payload)),
        End::Done | End::Cancelled | End::Noted => return None,
    };
    Some(Failed::of(reason, fault.name, place::place(fault.place)))
}

/// What a panic says.
pub(super) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("something that is not a text").to_owned()
}
