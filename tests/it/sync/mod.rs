//! Does `strait::sync` keep its word? By phase; the letters and numbers (`M8`) are those of the list
//! of behaviours that the locks are held to.
//!
//! What of that list does not apply, and why:
//!
//! | behaviour | why not |
//! |---|---|
//! | M5 owner checks | there are no owners to name: a guard is the proof, and it cannot unlock twice or another mutex |
//! | M10 waking 10,000 waiters without deep recursion | an unlock wakes one waiter and runs none of its code; tested all the same in `mutex` |

#![forbid(unsafe_code)]

mod allocs;
mod cancel;
mod fairness;
mod model;
mod mutex;
mod rwlock;
mod select;
mod semaphore;
mod signals;
mod threads;
