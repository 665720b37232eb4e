//! Faults that are planted on purpose. The model is worth what it finds of them.

/// One rule broken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// A reader uses a label up in one transaction and keeps the message in the next.
    LabelInAnotherStep,
    /// The feed position is written before the tick is judged.
    PositionInAnotherStep,
    /// The sender's chain is written down after the cell it was drawn for has left.
    ChainInAnotherStep,
    /// A retry seals anew under the same label.
    FreshSealOnRetry,
    /// *Sent* is shown when the board answers *Stored*.
    SentAtStored,
    /// At the end of an epoch what is stored is taken for counted.
    StoredIsCounted,
    /// What did not count is not sealed anew.
    NoReseal,
    /// What was put once is not put again.
    NoRetry,
    /// A message is shown as often as it comes.
    NoDedup,
    /// The next place is drawn before the one before is stored.
    DrawAhead,
    /// Whatever stands under an own label is taken for one's own.
    CountedByLabel,
    /// An own commit is applied at *Stored*.
    OwnCommitAtStored,
}
