//! What a channel must offer of which every receiver sees every message, or the latest value.

/// A broadcast channel whose operations block the thread. A send that would overwrite what a
/// receiver has not seen waits, or the rows see to it that none does.
pub(crate) trait ThreadBroadcast: 'static {
    type Tx: Clone + Send + 'static;
    type Rx: Send + 'static;

    /// With so many receivers, which are all there from the first message on.
    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>);
    fn send(tx: &mut Self::Tx, message: usize) -> bool;
    /// `None` at the end, and where messages were missed.
    fn recv(rx: &mut Self::Rx) -> Option<usize>;
}

/// The same with futures.
pub(crate) trait TaskBroadcast: 'static {
    type Tx: Clone + Send + 'static;
    type Rx: Send + 'static;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>);
    fn send(tx: &mut Self::Tx, message: usize) -> impl Future<Output = bool> + Send;
    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<usize>> + Send;
}

/// A channel that holds one value, which replaces the one before.
pub(crate) trait Latest: 'static {
    type Tx: Send + 'static;
    type Rx: Send + 'static;

    /// With so many receivers, who have seen the first value, which is 0.
    fn make(receivers: usize) -> (Self::Tx, Vec<Self::Rx>);
    fn send(tx: &mut Self::Tx, value: usize) -> bool;
    /// What is there now, without waiting.
    fn read(rx: &mut Self::Rx) -> usize;
    /// Waits for a value that this receiver has not seen; `None` at the end.
    fn changed(rx: &mut Self::Rx) -> impl Future<Output = Option<usize>> + Send;
}
