//! There is no way to write to a frozen node.

use strait::graph::Obj;

fn main() {
    let frozen = Obj::new(String::new()).freeze().unwrap();
    frozen.push('a');
}
