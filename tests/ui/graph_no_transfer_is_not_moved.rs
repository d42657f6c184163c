//! A type that said so stays on its thread.

use strait::graph::{Graph, Obj};

#[derive(Graph)]
#[graph(no_transfer)]
struct Stays {
    #[graph(leaf)]
    text: std::rc::Rc<str>,
}

fn main() {
    let stays = Obj::new(Stays { text: "here".into() });
    let _ = stays.detach();
}
