//! Selects.

use strait::channel::arms::*;
use strait::channel::*;
use strait::select::hidden::*;
use strait::select::{After, ArmKey, Next, Ready, Select, Tick, Ticker};

use super::{Moves, Plain, Row, Stays, check};

type Got<T> = fn(Result<T, RecvError>) -> u8;
type Sent<T> = fn(Result<(), SendError<T>>) -> u8;
type Lone<T> = Join<Nil, One<RecvArm<'static, T>, Got<T>>>;
type Pair = Join<Lone<Plain>, One<SendArm<'static, Moves, Option<Moves>>, Sent<Moves>>>;

#[test]
fn selects() {
    check(&table! {
        Select<'static, Plain>: [y - y]
        Select<'static, Stays>: [y - y]
        Ready<'static, 'static, Plain>: [y - y]
        ArmKey: [y y y]
        After: [y y y]
        Ticker: [y y y]
        Tick<'static>: [y y y]
        Next<'static, Receiver<Plain>>: [y y y]
        Next<'static, Receiver<Stays>>: [- - y]
        Selection<u8, Pair>: [y - -]
        Selection<u8, Join<Nil, Pair>>: [y - -]
        Selection<u8, Lone<Plain>>: [y y -]
        Selection<u8, Lone<Stays>>: [- - -]
    });
}

/// What a select is made of.
#[test]
fn parts_of_selects() {
    check(&table! {
        RecvArm<'static, Plain>: [y y -]
        RecvArm<'static, Moves>: [y y -]
        RecvArm<'static, Stays>: [- - -]
        RecvManyArm<'static, Plain>: [y y -]
        RecvEach<Receiver<Plain>, Plain>: [y y -]
        RecvEach<Receiver<Stays>, Stays>: [- - -]
        SendArm<'static, Plain, Option<Plain>>: [y y -]
        SendArm<'static, Stays, Option<Stays>>: [- - -]
        Foreign<Plain>: [y y y]
        Foreign<Stays>: [- - y]
        One<Plain, Plain>: [y y y]
        Join<Nil, Foreign<Stays>>: [- - y]
        Nil: [y y y]
        Ballot: [y y -]
        Seat<'static>: [y y y]
        Round<'static>: [- - y]
        Order: [y y y]
        Progress<Stays>: [- - y]
        Step<'static>: [- - y]
    });
}
