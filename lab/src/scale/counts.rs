//! strait's operations as the model takes them: from the counts that `cargo x count` makes of its
//! code, with what each access means to the queue.

use serde::Deserialize;

use super::lines::Access;
use super::program::{Design, Effect, Place, Rest, Side, Step, check, load};
use super::worker::Patience;
use super::world::ENDLESS;

/// Pauses after a lost race for a ticket: `pause` in the kernel's `patience.rs`.
const RESTED: u64 = 32;
/// Bytes of a line.
const LINE: u64 = 64;

#[derive(Deserialize)]
struct Counts {
    cell_bytes: u64,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    capacity: String,
    name: String,
    paths: Vec<Path>,
}

#[derive(Deserialize)]
struct Path {
    times: u32,
    steps: Vec<String>,
}

/// The model of a channel of this capacity; there are counts for 0, 1, 64, 1024 and no limit.
pub(super) fn strait(capacity: u64) -> Design {
    let counts: Counts =
        serde_json::from_str(include_str!("strait-ops.json")).expect("the file is in its form");
    let bound = if capacity == ENDLESS { "unbounded".to_owned() } else { capacity.to_string() };
    let paths = |name: &str| {
        let wanted = |operation: &&Operation| operation.capacity == bound && operation.name == name;
        let operation = counts.operations.iter().find(wanted);
        &operation.unwrap_or_else(|| panic!("`{name}` at {bound} was counted")).paths
    };
    let first = |name: &str| steps(&paths(name)[0].steps);
    let ways = |name: &str, mean: fn(&mut [Step])| {
        let paths = paths(name);
        let all: u32 = paths.iter().map(|path| path.times).sum();
        let way = |path: &Path| {
            let mut steps = steps(&path.steps);
            mean(&mut steps);
            (f64::from(path.times) / f64::from(all), steps)
        };
        paths.iter().map(way).collect::<Vec<_>>()
    };

    let mut send = Side { ways: ways("send", mean_send), ..Side::default() };
    if capacity < ENDLESS {
        send.over = first("send-over");
        mean_send(&mut send.over);
        send.over.push(check(Place::Front, Effect::Admission));
        if capacity > 0 {
            // A send that was admitted while it waited says so.
            let settle = first("send-admitted").pop().expect("the last step is the settling one");
            send.over.push(Step { effect: Effect::Settle, ..settle });
        }
        send.idle = first("send-wait");
        mean_renewal(&mut send.idle);
    }

    let mut recv = Side { ways: ways("recv", mean_recv), ..Side::default() };
    let way = &recv.ways[0].1;
    recv.again = way.iter().position(|step| step.place == Place::Front).unwrap_or(0);
    // What the look in vain does after its look at the cell.
    let empty = first("recv-empty");
    recv.idle = after(&empty, Place::Cell).to_vec();
    recv.lost = recv.idle.clone();
    if capacity < ENDLESS {
        let met = counts.operations.iter().find(|operation| operation.name == "recv-over");
        recv.over = steps(&met.expect("it was counted").paths[0].steps);
        mean_recv(&mut recv.over);
        recv.over_at = recv.over.len() - after(&recv.over, Place::Cell).len();
    }
    if capacity < 2 {
        let announce = if capacity == 0 { first("announce") } else { Vec::new() };
        recv.idle.extend(announce.into_iter().map(|step| match step.access {
            Some(Access::Rmw) => Step { effect: Effect::Announce, ..step },
            _ => step,
        }));
    }
    let batch = (capacity / 4).min(64);
    let cells = LINE / counts.cell_bytes;
    Design {
        name: "strait",
        send,
        recv,
        cells,
        batch,
        patience: Patience::LEARNED,
        after_loss: if batch > 0 { Rest::Pauses(RESTED) } else { Rest::None },
    }
}

/// The steps behind the first one at `place`.
fn after(steps: &[Step], place: Place) -> &[Step] {
    let at = steps.iter().position(|step| step.place == place).map_or(0, |at| at + 1);
    &steps[at..]
}

/// `[count] kind place`, each.
fn steps(words: &[String]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut before = 0;
    for word in words {
        let mut parts: Vec<&str> = word.split(' ').collect();
        let count = if parts.len() == 3 { parts.remove(0).parse().expect("a count") } else { 1 };
        let [kind, place] = parts[..] else { panic!("`{word}` is no step") };
        for _ in 0..count {
            let place = place_of(place, &mut before);
            steps.push(Step { access: Some(access(kind)), place, effect: Effect::Nothing });
        }
    }
    steps
}

fn access(kind: &str) -> Access {
    match kind {
        "load" | "read" => Access::Load,
        "store" | "write" => Access::Store,
        // A lock of the system takes an exchange to lock and one to unlock.
        "rmw" | "lost" | "lock" | "unlock" => Access::Rmw,
        _ => panic!("`{kind}` is no access"),
    }
}

fn place_of(place: &str, before: &mut u16) -> Place {
    match place {
        // One line, if the allocator does not split it.
        "rear" | "rear.limit" => Place::Rear,
        "front" => Place::Front,
        "meta" => Place::Meta,
        "gate" | "directory" | "receivers" => Place::Lock,
        "segment" => Place::Segment,
        "cell" => Place::Cell,
        "others" => {
            *before += 1;
            Place::Before(*before)
        }
        _ => panic!("`{place}` is no place"),
    }
}

fn mean(steps: &mut [Step], last: bool, access: Access, place: Place, effect: Effect) -> usize {
    let wanted = |step: &Step| (step.access, step.place) == (Some(access), place);
    let found = match last {
        true => steps.iter().rposition(wanted),
        false => steps.iter().position(wanted),
    };
    let at = found.unwrap_or_else(|| panic!("no {access:?} of {place:?} for {effect:?}"));
    steps[at].effect = effect;
    at
}

fn mean_send(steps: &mut [Step]) {
    let take = mean(steps, false, Access::Rmw, Place::Rear, Effect::TakeRearRested);
    mean(&mut steps[..take], true, Access::Load, Place::Rear, Effect::SeeRear);
    mean(steps, true, Access::Store, Place::Cell, Effect::Publish);
    mean_renewal(steps);
}

/// The limit is the only thing that is stored to the line of the rear, but for the segment.
fn mean_renewal(steps: &mut [Step]) {
    if steps.iter().any(|step| *step == store_of_limit()) {
        mean(steps, true, Access::Store, Place::Rear, Effect::Renew);
    }
}

const fn store_of_limit() -> Step {
    super::program::store(Place::Rear, Effect::Nothing)
}

/// The claim; the look before it; and the counter that was read before that look.
fn mean_recv(steps: &mut [Step]) {
    let claim = mean(steps, false, Access::Rmw, Place::Front, Effect::ClaimFront);
    mean(steps, true, Access::Store, Place::Cell, Effect::Take);
    let look = mean(&mut steps[..claim], true, Access::Load, Place::Cell, Effect::Look);
    let see = mean(&mut steps[..look], true, Access::Load, Place::Front, Effect::Nothing);
    // The hint is read from the same line behind the counter.
    let is_pair = see > 0 && steps[see - 1] == load(Place::Front, Effect::Nothing);
    steps[if is_pair { see - 1 } else { see }].effect = Effect::SeeFront;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_ways_have_one_ticket_each() {
        for capacity in [1, 64, 1024, ENDLESS] {
            let strait = strait(capacity);
            for (side, effect) in
                [(&strait.send, Effect::TakeRearRested), (&strait.recv, Effect::ClaimFront)]
            {
                let (share, way) = &side.ways[0];
                assert!(*share > 0.9);
                let rmws = way.iter().filter(|step| step.access == Some(Access::Rmw));
                assert_eq!(rmws.map(|step| step.effect).collect::<Vec<_>>(), [effect]);
            }
        }
    }

    #[test]
    fn the_shares_of_the_ways_are_whole() {
        let strait = strait(64);
        for side in [&strait.send, &strait.recv] {
            let sum: f64 = side.ways.iter().map(|(share, _)| share).sum();
            assert!((sum - 1.0).abs() < 1e-9);
            assert!(side.ways.len() > 1);
        }
    }

    #[test]
    fn a_receive_sees_the_counter_before_it_looks_and_claims() {
        let strait = strait(64);
        for way in strait.recv.ways.iter().map(|(_, way)| way).chain([&strait.recv.over]) {
            let order: Vec<Effect> = way.iter().map(|step| step.effect).collect();
            let order: Vec<Effect> =
                order.into_iter().filter(|effect| *effect != Effect::Nothing).collect();
            let expected = [Effect::SeeFront, Effect::Look, Effect::ClaimFront, Effect::Take];
            assert_eq!(order, expected);
        }
        assert_eq!(strait.recv.ways[0].1[strait.recv.again].effect, Effect::SeeFront);
    }
}
