//! A borrow ends before its handle.

use strait::graph::Obj;

fn main() {
    let guard = {
        let obj = Obj::new(7);
        obj.borrow()
    };
    assert_eq!(*guard, 7);
}
