//! A place belongs to one region, and to one visit of it.

use strait::graph::{At, Family, Region};

struct Links;

impl Family for Links {
    type Node<'r> = Option<At<'r>>;

    fn links<'r>(node: &Option<At<'r>>, visit: &mut dyn FnMut(At<'r>)) {
        node.iter().copied().for_each(visit);
    }
}

fn main() {
    let one = Region::<Links>::new(|scope| scope.add(None));
    let two = Region::<Links>::new(|scope| scope.add(None));
    one.enter(|_, root| two.enter(|scope, _| scope[root].is_some()));
    let escaped = one.enter(|_, root| root);
    let _ = escaped;
}
