//! strait's `Select`: any number of arms, added once and kept from one wait to the next.

use ::strait::channel::Receiver;
use ::strait::select::Select;

use super::Rival;
use super::strait::Strait;
use crate::shape::{TaskPick, ThreadPick, Turns};
use crate::workload::PickRuns;

pub(super) const DYNAMIC: Rival = Rival {
    own: true,
    thread_picks: |_, _| Some(PickRuns::of_threads::<Dynamic>()),
    task_picks: |_, _| Some(PickRuns::of_tasks::<Dynamic>()),
    ..Rival::new("strait-dynamic", "strait")
};

struct Dynamic;

fn over(rxs: &[Receiver<usize>]) -> Select<'_, Option<usize>> {
    let mut select = Select::new();
    for rx in rxs {
        select.recv(rx, |received| received.ok());
    }
    select
}

impl ThreadPick for Dynamic {
    type Channel = Strait<false, false>;

    fn serve<T: Turns>(rxs: &mut [Receiver<usize>], turns: &mut T) {
        let mut select = over(rxs);
        while turns.go_on() {
            let Some((_, Some(message))) = select.next_blocking() else { return };
            turns.take(message);
        }
    }
}

impl TaskPick for Dynamic {
    type Channel = Strait<false, false>;

    async fn serve<T: Turns + Send>(rxs: &mut [Receiver<usize>], turns: &mut T) {
        let mut select = over(rxs);
        while turns.go_on() {
            let Some((_, Some(message))) = select.next().await else { return };
            turns.take(message);
        }
    }
}
