//! The grammar.
//!
//! `__select!` eats one arm after the other, with a name for each from a list of 64, and then
//! writes: a type with one variant an arm, the selection, and a match over what was chosen. The
//! selection is gone before a body runs.

#![forbid(unsafe_code)]

/// Reads the arms of a select. Not for direct use.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@begin $how:tt) => {
        ::core::compile_error!(
            "a select needs an arm: `pattern = operation => body`"
        )
    };
    (@begin $how:tt biased; $($rest:tt)*) => {
        ::core::compile_error!(
            "there is no `biased;` here: use `select_biased!` or `select_blocking_biased!`"
        )
    };
    (@begin $how:tt $($rest:tt)*) => {
        $crate::__select!(@arms $how [] [] [
            A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15
            A16 A17 A18 A19 A20 A21 A22 A23 A24 A25 A26 A27 A28 A29 A30 A31
            A32 A33 A34 A35 A36 A37 A38 A39 A40 A41 A42 A43 A44 A45 A46 A47
            A48 A49 A50 A51 A52 A53 A54 A55 A56 A57 A58 A59 A60 A61 A62 A63
        ] $($rest)*)
    };

    // The end.
    (@arms $how:tt [] [$($default:tt)+] $names:tt) => {
        ::core::compile_error!(
            "a select needs an arm besides `default`: `pattern = operation => body`"
        )
    };
    (@arms [$order:ident $wait:ident] [$(($name:ident $pattern:pat, $arm:expr, $body:expr))+] $default:tt $names:tt) => {{
        #[allow(non_camel_case_types, clippy::enum_variant_names)]
        enum __StraitChosen<$($name),+> {
            $($name($name)),+
        }
        #[allow(unused_imports)]
        let chosen = {
            use $crate::select::hidden::{
                GuessFuture as _, GuessNothing as _, GuessOperation as _, GuessOption as _,
            };
            $crate::__select!(@wait $wait $default $crate::select::hidden::Selection::new(
                $crate::select::hidden::Order::$order,
                $crate::__select!(@list [] $(($name $arm))+)
            ))
        };
        $crate::__select!(@match $default chosen {
            $(__StraitChosen::$name(given) => { let ($pattern) = given; $body })+
        })
    }};

    // The arms as lists of up to eight, joined if they are more.
    (@list [] $($a:tt $($b:tt $($c:tt $($d:tt $($e:tt $($f:tt $($g:tt $($h:tt)?)?)?)?)?)?)?)?) => {
        $crate::__select!(@chain $($a $($b $($c $($d $($e $($f $($g $($h)?)?)?)?)?)?)?)?)
    };
    (@list [$($lists:tt)*] $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt $($rest:tt)*) => {
        $crate::__select!(@list [$($lists)* ($a $b $c $d $e $f $g $h)] $($rest)*)
    };
    (@list [$(($($list:tt)+))+] $($rest:tt)*) => {
        $crate::select::hidden::Nil
            $(.join($crate::__select!(@chain $($list)+)))+
            .join($crate::__select!(@chain $($rest)*))
    };
    (@chain $(($name:ident $arm:expr))*) => {
        $crate::select::hidden::Nil$(.and($arm, __StraitChosen::$name))*
    };

    // How to wait.
    (@wait task [] $selection:expr) => {{ let chosen = $selection.await; chosen }};
    (@wait task [$($default:tt)+] $selection:expr) => {{ let chosen = $selection.now().await; chosen }};
    (@wait thread [] $selection:expr) => {{ let chosen = $selection.block(); chosen }};
    (@wait thread [$($default:tt)+] $selection:expr) => {{ let chosen = $selection.now_blocking(); chosen }};

    // What to do then.
    (@match [] $chosen:ident $arms:tt) => {
        match $chosen $arms
    };
    (@match [$default:expr] $chosen:ident $arms:tt) => {
        match $chosen {
            ::core::option::Option::Some($chosen) => match $chosen $arms,
            ::core::option::Option::None => $default,
        }
    };

    // The arm that does not wait.
    (@arms $how:tt $arms:tt [$($other:tt)+] $names:tt default => $($rest:tt)*) => {
        ::core::compile_error!("a select has one `default` at most")
    };
    (@arms $how:tt $arms:tt [] $names:tt default => $body:block $(, $($rest:tt)*)?) => {
        $crate::__select!(@arms $how $arms [$body] $names $($($rest)*)?)
    };
    (@arms $how:tt $arms:tt [] $names:tt default => $body:block $($rest:tt)*) => {
        $crate::__select!(@arms $how $arms [$body] $names $($rest)*)
    };
    (@arms $how:tt $arms:tt [] $names:tt default => $body:expr $(, $($rest:tt)*)?) => {
        $crate::__select!(@arms $how $arms [$body] $names $($($rest)*)?)
    };
    (@arms $how:tt $arms:tt $default:tt $names:tt default ($($time:tt)*) => $($rest:tt)*) => {
        ::core::compile_error!(
            "`default` takes no time: use an arm `_ = after(duration) => body`"
        )
    };
    (@arms $how:tt $arms:tt $default:tt $names:tt else => $($rest:tt)*) => {
        ::core::compile_error!(
            "there is no `else` in a select: `default => body` is chosen if no arm is ready"
        )
    };
    (@arms $how:tt $arms:tt $default:tt $names:tt recv($($operation:tt)*) -> $($rest:tt)*) => {
        ::core::compile_error!(
            "an arm is `pattern = operation => body`, like `message = rx.recv() => ..`"
        )
    };
    (@arms $how:tt $arms:tt $default:tt $names:tt send($($operation:tt)*) -> $($rest:tt)*) => {
        ::core::compile_error!(
            "an arm is `pattern = operation => body`, like `sent = tx.send(value) => ..`"
        )
    };

    // Too many.
    (@arms $how:tt $arms:tt $default:tt [] $($rest:tt)+) => {
        ::core::compile_error!(
            "a select has 64 arms at most; `strait::select::Select` takes any number"
        )
    };

    // An arm, with a guard or without, whose body is a block or another expression.
    (@arms $how:tt [$($arms:tt)*] $default:tt [$name:ident $($names:tt)*]
        $pattern:pat = $operation:expr, if $guard:expr => $body:block $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@arms $how [$($arms)* ($name $pattern, $crate::__select!(@arm $operation, $guard), $body)]
            $default [$($names)*] $($($rest)*)?)
    };
    (@arms $how:tt [$($arms:tt)*] $default:tt [$name:ident $($names:tt)*]
        $pattern:pat = $operation:expr, if $guard:expr => $body:block $($rest:tt)*
    ) => {
        $crate::__select!(@arms $how [$($arms)* ($name $pattern, $crate::__select!(@arm $operation, $guard), $body)]
            $default [$($names)*] $($rest)*)
    };
    (@arms $how:tt [$($arms:tt)*] $default:tt [$name:ident $($names:tt)*]
        $pattern:pat = $operation:expr, if $guard:expr => $body:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@arms $how [$($arms)* ($name $pattern, $crate::__select!(@arm $operation, $guard), $body)]
            $default [$($names)*] $($($rest)*)?)
    };
    (@arms $how:tt [$($arms:tt)*] $default:tt [$name:ident $($names:tt)*]
        $pattern:pat = $operation:expr => $body:block $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@arms $how [$($arms)* ($name $pattern, $crate::__select!(@arm $operation), $body)]
            $default [$($names)*] $($($rest)*)?)
    };
    (@arms $how:tt [$($arms:tt)*] $default:tt [$name:ident $($names:tt)*]
        $pattern:pat = $operation:expr => $body:block $($rest:tt)*
    ) => {
        $crate::__select!(@arms $how [$($arms)* ($name $pattern, $crate::__select!(@arm $operation), $body)]
            $default [$($names)*] $($rest)*)
    };
    (@arms $how:tt [$($arms:tt)*] $default:tt [$name:ident $($names:tt)*]
        $pattern:pat = $operation:expr => $body:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@arms $how [$($arms)* ($name $pattern, $crate::__select!(@arm $operation), $body)]
            $default [$($names)*] $($($rest)*)?)
    };
    (@arms $how:tt $arms:tt $default:tt $names:tt $($rest:tt)+) => {
        ::core::compile_error!(
            ::core::concat!(
                "an arm is `pattern = operation => body` or `pattern = operation, if guard => body`, found `",
                ::core::stringify!($($rest)+), "`"
            )
        )
    };

    // What an expression is as an arm.
    (@arm $operation:expr) => {
        match $operation {
            operation => {
                let kind = (&&&&$crate::select::hidden::Probe::of(&operation)).kind();
                kind.arm(operation)
            }
        }
    };
    (@arm $operation:expr, $guard:expr) => {
        if $guard {
            ::core::option::Option::Some($crate::__select!(@arm $operation))
        } else {
            ::core::option::Option::None
        }
    };
}

/// Waits in a task for the first of several operations, and does that one alone.
///
/// Which arm is looked at first is left to chance, so that none starves. The grammar, and what is
/// promised, is in [`select`](mod@crate::select).
///
/// # Cancel safety
/// A task that is dropped while it waits here leaves nothing behind: a message that was to be sent
/// is dropped with it, unless it has just been received.
///
/// # Panics
/// If an arm does; the others are let go first.
///
/// # Examples
/// A task is handed to whoever takes it, unless it is called off before:
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::{channel, select};
/// let (tasks, workers) = channel::rendezvous();
/// let (cancel, cancelled) = channel::oneshot::<()>();
/// let submit = async {
///     select! {
///         sent = tasks.send("task") => sent.is_ok(),
///         _ = cancelled => false,
///     }
/// };
/// let (submitted, task) = tokio::join!(submit, workers.recv());
/// assert_eq!((submitted, task), (true, Ok("task")));
/// # drop(cancel);
/// # });
/// ```
#[macro_export]
macro_rules! select {
    ($($arms:tt)*) => { $crate::__select!(@begin [Fair task] $($arms)*) };
}

/// [`select!`](crate::select!) that prefers arms in the order in which they are written.
///
/// If the first arms are always ready, the later ones starve.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::{channel::unbounded, select_biased};
/// let ((urgent, first), (usual, second)) = (unbounded(), unbounded());
/// usual.try_send("usual").unwrap();
/// urgent.try_send("urgent").unwrap();
/// let message = select_biased! {
///     message = first.recv() => message,
///     message = second.recv() => message,
/// };
/// assert_eq!(message, Ok("urgent"));
/// # });
/// ```
#[macro_export]
macro_rules! select_biased {
    ($($arms:tt)*) => { $crate::__select!(@begin [Biased task] $($arms)*) };
}

/// [`select!`](crate::select!) that blocks the thread.
///
/// The arms are the same; operations are written as they are for tasks, `rx.recv()` and not
/// `rx.recv_blocking()`. Futures that need a runtime need it here too.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use strait::{channel::bounded, select::after, select_blocking};
/// let (tx, rx) = bounded(1);
/// let (full, _kept) = bounded(1);
/// full.try_send(0).unwrap();
/// std::thread::spawn(move || tx.send_blocking("hello"));
/// let got = select_blocking! {
///     message = rx.recv() => message.ok(),
///     _ = full.send(1) => None,
///     _ = after(Duration::from_secs(10)) => None,
/// };
/// assert_eq!(got, Some("hello"));
/// ```
#[macro_export]
macro_rules! select_blocking {
    ($($arms:tt)*) => { $crate::__select!(@begin [Fair thread] $($arms)*) };
}

/// [`select_blocking!`](crate::select_blocking!) that prefers arms in the order in which they are
/// written.
///
/// # Examples
/// ```
/// use strait::{channel::rendezvous, select_blocking_biased};
/// let (tx, rx) = rendezvous();
/// let met = select_blocking_biased! {
///     _ = tx.send(1) => true,
///     _ = rx.recv() => true,
///     default => false,
/// };
/// assert!(!met, "a select does not meet itself");
/// ```
#[macro_export]
macro_rules! select_blocking_biased {
    ($($arms:tt)*) => { $crate::__select!(@begin [Biased thread] $($arms)*) };
}
