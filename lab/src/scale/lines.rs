//! The memory that cores share, as a discrete-event simulation of who has which cache line.
//!
//! A line is with one core that may write it, or with many that may read it. Who needs it
//! otherwise asks, and is served in the order of asking:
//!
//! ```text
//!   write:  half of the way for the request, during which the holder goes on with the line;
//!           half of the way for the line, from the farthest holder; then the operation itself,
//!           then it may leave for the next in the queue, though not before its `hold`
//!   read:   the same from the nearest holder, which keeps a copy; reads in a row go together
//! ```
//!
//! A store that misses does not stop its core. As on x86, the stores of a core are done in their
//! order, and a read-modify-write waits for all of them. Nothing else overlaps.
//!
//! Not modelled: bandwidth, the directory's own queue, prefetching, loads that overlap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::prices::{Prices, Time};

pub(super) type Core = usize;
pub(super) type Line = usize;

/// What a core does to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Load,
    Store,
    Rmw,
}

/// Something that a core waited for, or a store of it, is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done<T> {
    pub(super) core: Core,
    /// What the caller gave along with the access; none for a mere resumption.
    pub(super) tag: Option<T>,
    /// The core goes on now. It has already if this is the end of a store that missed.
    pub(super) resumes: bool,
}

#[derive(Clone, Copy, Debug)]
struct Request<T> {
    at: Time,
    core: Core,
    access: Access,
    tag: T,
    resumes: bool,
}

#[derive(Clone, Copy, Debug)]
enum Event<T> {
    Done(Done<T>),
    /// The line leaves for whoever is first in the queue.
    Leave(Line),
    Arrive(Line, Request<T>),
}

#[derive(Debug)]
struct Place<T> {
    holders: Vec<Core>,
    queue: VecDeque<Request<T>>,
    watchers: Vec<Core>,
    /// It is to leave, or on its way.
    is_booked: bool,
    /// Its holder cannot use it any more.
    is_leaving: bool,
    arriving: usize,
    /// An operation on it runs until then.
    busy: Time,
    /// When its holder got it for writing.
    since: Time,
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self {
            holders: Vec::new(),
            queue: VecDeque::new(),
            watchers: Vec::new(),
            is_booked: false,
            is_leaving: false,
            arriving: 0,
            busy: 0,
            since: 0,
        }
    }
}

/// Lines, cores and the clock.
#[derive(Debug)]
pub(super) struct Memory<T> {
    prices: Prices,
    now: Time,
    lines: Vec<Place<T>>,
    /// By time, then in the order of booking: runs repeat exactly.
    events: BinaryHeap<Reverse<(Time, usize, usize)>>,
    booked: Vec<Event<T>>,
    free: Vec<usize>,
    bookings: usize,
    /// Stores of each core, the first of which is under way, and what waits for their end.
    stores: Vec<VecDeque<(Line, T)>>,
    drains: Vec<Option<(Line, T)>>,
}

impl<T: Copy> Memory<T> {
    pub(super) fn new(prices: Prices, cores: usize, lines: usize) -> Self {
        Self {
            prices,
            now: 0,
            lines: (0..lines).map(|_| Place::default()).collect(),
            events: BinaryHeap::new(),
            booked: Vec::new(),
            free: Vec::new(),
            bookings: 0,
            stores: vec![VecDeque::new(); cores],
            drains: vec![None; cores],
        }
    }

    pub(super) fn now(&self) -> Time {
        self.now
    }

    fn book(&mut self, at: Time, event: Event<T>) {
        let slot = self.free.pop().unwrap_or(self.booked.len());
        if slot == self.booked.len() {
            self.booked.push(event);
        } else {
            self.booked[slot] = event;
        }
        self.bookings += 1;
        self.events.push(Reverse((at, self.bookings, slot)));
    }

    /// The core goes on after a while.
    pub(super) fn sleep(&mut self, core: Core, time: Time) {
        let done = Done { core, tag: None, resumes: true };
        self.book(self.now + time, Event::Done(done));
    }

    /// The core goes on when somebody else has written to a line that it has a copy of; at once if
    /// it has none any more.
    pub(super) fn watch(&mut self, core: Core, line: Line) {
        if self.lines[line].holders.contains(&core) {
            self.lines[line].watchers.push(core);
        } else {
            self.sleep(core, 0);
        }
    }

    /// A core begins an access; [`next`](Self::next) says when it is done.
    pub(super) fn access(&mut self, core: Core, line: Line, access: Access, tag: T) {
        let is_first = self.stores[core].is_empty();
        match access {
            Access::Rmw if !is_first => self.drains[core] = Some((line, tag)),
            Access::Store if !is_first || !self.has(core, line, access) => {
                self.stores[core].push_back((line, tag));
                if is_first {
                    self.request(core, line, access, tag, false);
                }
                self.sleep(core, self.prices.store);
            }
            _ => self.request(core, line, access, tag, true),
        }
    }

    /// Whether the core can do this to the line at once.
    fn has(&self, core: Core, line: Line, access: Access) -> bool {
        let place = &self.lines[line];
        match access {
            Access::Load => place.holders.contains(&core),
            _ => place.holders == [core] && !place.is_leaving,
        }
    }

    fn request(&mut self, core: Core, line: Line, access: Access, tag: T, resumes: bool) {
        let is_there = self.has(core, line, access);
        let place = &mut self.lines[line];
        if is_there {
            let end = self.now + self.prices.of(access);
            if access != Access::Load {
                place.busy = place.busy.max(end);
            }
            return self.book(end, Event::Done(Done { core, tag: Some(tag), resumes }));
        }
        let request = Request { at: self.now, core, access, tag, resumes };
        place.queue.push_back(request);
        if !place.is_booked {
            place.is_booked = true;
            self.book_leave(line, request);
        }
    }

    /// The next thing that is done; none if nobody does anything.
    pub(super) fn next(&mut self) -> Option<Done<T>> {
        loop {
            let Reverse((at, _, slot)) = self.events.pop()?;
            self.now = at;
            let event = self.booked[slot];
            self.free.push(slot);
            match event {
                Event::Leave(line) => self.leave(line),
                Event::Arrive(line, request) => self.arrive(line, request),
                Event::Done(done) => {
                    if !done.resumes {
                        self.stored(done.core);
                    }
                    return Some(done);
                }
            }
        }
    }

    fn stored(&mut self, core: Core) {
        self.stores[core].pop_front();
        if let Some(&(line, tag)) = self.stores[core].front() {
            self.request(core, line, Access::Store, tag, false);
        } else if let Some((line, tag)) = self.drains[core].take() {
            self.request(core, line, Access::Rmw, tag, true);
        }
    }

    /// The line leaves when the request is there, and the holder has done with it.
    fn book_leave(&mut self, line: Line, request: Request<T>) {
        let place = &self.lines[line];
        let reached = request.at + self.way(line, request) / 2;
        // The holder's own request need not wait for its leave.
        let hold = if place.holders == [request.core] { 0 } else { self.prices.hold };
        let at = self.now.max(reached).max(place.busy).max(place.since + hold);
        self.book(at, Event::Leave(line));
    }

    fn leave(&mut self, line: Line) {
        let place = &mut self.lines[line];
        place.is_leaving = true;
        if place.busy > self.now {
            let at = place.busy;
            return self.book(at, Event::Leave(line));
        }
        let Some(first) = place.queue.pop_front() else { unreachable!("booked for somebody") };
        let mut served = vec![first];
        if first.access == Access::Load {
            while place.queue.front().is_some_and(|next| next.access == Access::Load) {
                served.extend(place.queue.pop_front());
            }
        }
        place.arriving = served.len();
        for request in served {
            let way = self.way(line, request);
            self.book(self.now + way - way / 2, Event::Arrive(line, request));
        }
        if first.access != Access::Load {
            self.lines[line].holders.clear();
        }
    }

    /// How long it takes to ask for the line and get it.
    fn way(&self, line: Line, request: Request<T>) -> Time {
        let holders = &self.lines[line].holders;
        let ways = holders.iter().map(|&holder| self.prices.way(holder, request.core));
        match request.access {
            // From memory, or a cache beyond; where there is no holder there is no rush.
            _ if holders.is_empty() => self.prices.near,
            Access::Load => ways.min().unwrap_or(0),
            _ => ways.max().unwrap_or(0),
        }
    }

    fn arrive(&mut self, line: Line, request: Request<T>) {
        let Request { core, access, tag, resumes, .. } = request;
        let end = self.now + self.prices.of(access);
        let place = &mut self.lines[line];
        if !place.holders.contains(&core) {
            place.holders.push(core);
        }
        if access != Access::Load {
            place.busy = end;
            place.since = self.now;
            for watcher in std::mem::take(&mut place.watchers) {
                self.sleep(watcher, 0);
            }
        }
        let place = &mut self.lines[line];
        place.arriving -= 1;
        if place.arriving == 0 {
            place.is_leaving = false;
            place.is_booked = !place.queue.is_empty();
            // Before the end of the operation: who waits is faster than the holder's next one.
            if let Some(&next) = place.queue.front() {
                self.book_leave(line, next);
            }
        }
        self.book(end, Event::Done(Done { core, tag: Some(tag), resumes }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::prices::ns;

    /// Round figures: load 1, store 2, read-modify-write 5, near 40, far 100 and 200.
    fn prices() -> Prices {
        Prices::round()
    }

    /// Runs cores that repeat one access on line 0, until `times` are done in all; says when.
    fn repeat(prices: Prices, cores: usize, access: Access, times: usize) -> Time {
        let mut memory = Memory::new(prices, cores, 1);
        (0..cores).for_each(|core| memory.access(core, 0, access, ()));
        for _ in 0..times {
            let done = memory.next().unwrap();
            memory.access(done.core, 0, access, ());
        }
        memory.now()
    }

    #[test]
    fn one_core_pays_the_way_once_and_then_the_operations() {
        assert_eq!(repeat(prices(), 1, Access::Rmw, 100), ns(40.0) + 100 * ns(5.0));
        assert_eq!(repeat(prices(), 1, Access::Load, 100), ns(40.0) + 100 * ns(1.0));
    }

    #[test]
    fn two_cores_on_one_line_pay_transfer_and_operation_each_time() {
        // The request is there already: half of the way is left.
        assert_eq!(repeat(prices(), 2, Access::Rmw, 100), ns(20.0) + 100 * (ns(20.0) + ns(5.0)));
    }

    #[test]
    fn what_a_core_manages_before_the_line_leaves_is_free_of_transfers() {
        let prices = Prices { hold: ns(20.0), ..prices() };
        // Four operations of five a stay, then a way.
        assert_eq!(repeat(prices, 2, Access::Rmw, 100), ns(20.0) + 25 * (ns(20.0) + 4 * ns(5.0)));
    }

    #[test]
    fn readers_share() {
        let mut memory = Memory::new(prices(), 8, 1);
        memory.access(0, 0, Access::Rmw, ());
        let _ = memory.next();
        let start = memory.now();
        (1..8).for_each(|core| memory.access(core, 0, Access::Load, ()));
        (1..8).for_each(|_| assert!(memory.next().is_some()));
        assert_eq!(memory.now() - start, ns(40.0) + ns(1.0));
        // A writer takes the line from all of them.
        memory.access(0, 0, Access::Rmw, ());
        let _ = memory.next();
        assert_eq!(memory.now() - start, 2 * ns(40.0) + ns(1.0) + ns(5.0));
    }

    #[test]
    fn the_way_is_as_long_as_the_holder_is_far() {
        let way = |from: Core, to: Core| {
            let mut memory = Memory::new(prices(), 144, 1);
            memory.access(from, 0, Access::Rmw, ());
            let _ = memory.next();
            let start = memory.now();
            memory.access(to, 0, Access::Rmw, ());
            let _ = memory.next();
            memory.now() - start - ns(5.0)
        };
        assert_eq!(way(0, 0), 0);
        assert_eq!([way(0, 7), way(0, 8), way(0, 72)], [ns(40.0), ns(100.0), ns(200.0)]);
    }

    #[test]
    fn a_store_does_not_stop_its_core_but_a_read_modify_write_waits_for_it() {
        let mut memory = Memory::new(prices(), 2, 2);
        memory.access(0, 0, Access::Store, 'a');
        let resumed = memory.next().unwrap();
        assert_eq!((resumed.tag, resumed.resumes, memory.now()), (None, true, ns(2.0)));
        memory.access(0, 1, Access::Rmw, 'b');
        let stored = memory.next().unwrap();
        assert_eq!((stored.tag, stored.resumes, memory.now()), (Some('a'), false, ns(42.0)));
        assert_eq!(memory.next().unwrap().tag, Some('b'));
        assert_eq!(memory.now(), ns(42.0) + ns(45.0));
    }

    #[test]
    fn stores_of_a_core_are_done_in_their_order() {
        let mut memory = Memory::new(prices(), 2, 2);
        memory.access(0, 1, Access::Rmw, 'x');
        let _ = memory.next();
        // The first one misses, the second one would be done at once.
        memory.access(0, 0, Access::Store, 'a');
        let _ = memory.next();
        memory.access(0, 1, Access::Store, 'b');
        let order: Vec<Option<char>> = (0..3).map(|_| memory.next().unwrap().tag).collect();
        assert_eq!(order, [None, Some('a'), Some('b')]);
    }

    #[test]
    fn a_watcher_wakes_when_somebody_writes() {
        let mut memory = Memory::new(prices(), 2, 1);
        memory.access(0, 0, Access::Load, ());
        let _ = memory.next();
        memory.watch(0, 0);
        memory.access(1, 0, Access::Store, ());
        let order: Vec<Core> = (0..3).map(|_| memory.next().unwrap().core).collect();
        assert_eq!(order, [1, 0, 1]);
        assert!(memory.next().is_none());
        // Without a copy there is nothing to watch.
        memory.watch(0, 0);
        assert_eq!(memory.next().unwrap().core, 0);
    }
}
