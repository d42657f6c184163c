//! Does `strait::channel` keep its word? By phase; the letters and numbers (`C5`, `U11`, `X17`) are
//! those of the list of behaviours that the channel is held to.
//!
//! What of that list does not apply, and why:
//!
//! | behaviour | why not |
//! |---|---|
//! | C12 default capacity with a drop policy | there is no default capacity |
//! | C22, C26, C30, C31 a close with a cause | a close has no cause; a failed send gives its message back instead |
//! | C25 a consume helper that cancels | the last receiver's drop cancels; that is tested in `close` |
//! | C38 which error waiting senders see | there is one error; that they get the message back is tested in `close` |
//! | C40, C41 the close handler | there is none: [`Sender::closed`](strait::channel::Sender::closed) is a future, tested in `close` |
//! | C43 `is_empty` on a closed, drained channel | `is_empty` is `len() == 0`, whether closed or not; tested in `close` |
//! | U1 to U10 the undelivered callback | there is none: values come back (`send_ref`, `push`, `SendError`), and what cannot come back is dropped once. The rows are tested in that reading |
//! | U9, X15 select | tested with the select room |
//! | X8, X9, X10 poisoned cells, expansion, spin states | states of another algorithm; what they would break is seen by the model and the stress tests |
//! | X12 invariants of the structure | asserted inside the library; from outside, `settled` in `transfer` |

#![forbid(unsafe_code)]

mod allocs;
mod batch;
mod blocking;
mod bounded;
mod broadcast;
mod cancel;
mod close;
mod drop;
mod fair;
mod latest;
mod misuse;
mod oneshot;
mod overflow;
mod panic;
mod peers;
mod recv;
mod reentry;
mod rendezvous;
mod send;
mod sequential;
mod stream;
mod transfer;
mod unbounded;
mod waiters;
mod weak;
