//! Nodes own what they hold.

use strait::graph::Obj;

fn main() {
    let text = String::from("short-lived");
    let obj = Obj::new(Some(text.as_str()));
    drop(obj);
}
