//! What stands of a message after all that was said about it: a function of what counted, in board
//! order, and so the same for every member (docs/protocol/content.md, What stands).

use std::collections::HashMap;

use heliograph_conversation::content::{Content, Kind};
use heliograph_store::{AnnotationRow, MessageRow, Step};

use super::detail::{kind, state};
use super::errors::EngineError;
use super::rule::Rule;
use super::rules::holds;

/// Most texts of a message that are kept beside the first one.
pub(crate) const EDITS_KEPT: usize = 20;

/// See the module's words.
#[derive(Default)]
pub(super) struct Standing {
    /// The author took it back.
    pub(super) deleted: bool,
    /// The newest text, if it is not the first one.
    pub(super) text: Option<String>,
    /// Rows that mean nothing any more.
    gone: Vec<i64>,
    /// How many of them never meant anything: of somebody who may not.
    void: u64,
}

/// Whether something said about a message may be said by whoever said it.
fn may(message: &MessageRow, row: &AnnotationRow) -> bool {
    row.kind == kind::REACTION || row.person == message.person || !holds(Rule::AuthorsOnly)
}

/// `rows` are in board order, those without a place last.
pub(super) fn judge(message: &MessageRow, rows: &[AnnotationRow]) -> Standing {
    let mut standing = Standing::default();
    let mut counts: Vec<&AnnotationRow> = Vec::with_capacity(rows.len());
    for row in rows {
        if may(message, row) {
            counts.push(row);
        } else if message.order.is_some() {
            standing.gone.push(row.seq);
            standing.void += 1;
        }
    }
    let alive = |row: &&&AnnotationRow| row.state != state::UNSENT;
    standing.deleted = message.fate.deleted
        || counts
            .iter()
            .filter(alive)
            .any(|row| row.kind == kind::DELETION);
    if standing.deleted || message.fate.hidden {
        // One's own deletion stays, to tell how far it has come.
        let needless =
            |row: &&&AnnotationRow| message.fate.hidden || row.kind != kind::DELETION || !row.mine;
        let needless = counts.iter().filter(needless).map(|row| row.seq);
        standing.gone.extend(needless);
        return standing;
    }
    let edits = || counts.iter().filter(|row| row.kind == kind::EDIT);
    let newest = if holds(Rule::LatestCounts) {
        edits().filter(alive).next_back()
    } else {
        edits().find(|row| row.state != state::UNSENT)
    };
    standing.text = newest.map(|row| row.body.clone());
    let placed: Vec<i64> = edits()
        .filter(|row| row.order.is_some())
        .map(|row| row.seq)
        .collect();
    let old = placed.len().saturating_sub(EDITS_KEPT);
    standing.gone.extend(placed.into_iter().take(old));
    let mut latest: HashMap<[u8; 32], i64> = HashMap::new();
    let reactions = counts
        .iter()
        .filter(|row| row.kind == kind::REACTION && row.order.is_some());
    for row in reactions.filter(|_| holds(Rule::LatestCounts)) {
        standing.gone.extend(latest.insert(row.person, row.seq));
    }
    standing
}

/// The reactions to show: of each person the latest, unless it took the one before back.
pub(super) fn reactions(rows: Vec<AnnotationRow>) -> Vec<AnnotationRow> {
    let mut out: Vec<AnnotationRow> = Vec::new();
    for row in rows {
        if row.kind != kind::REACTION || row.state == state::UNSENT {
            continue;
        }
        match out.iter_mut().find(|known| known.person == row.person) {
            Some(known) if holds(Rule::LatestCounts) => *known = row,
            Some(_) => {}
            None => out.push(row),
        }
    }
    out.retain(|row| !row.body.is_empty());
    out
}

/// The text a message had at first; `None` if it has gone.
pub(super) fn first_text(message: &MessageRow) -> Option<String> {
    match Content::decode(&message.content).ok()?.kind {
        Kind::Text { text, .. } => Some(text),
        _ => None,
    }
}

/// Brings a message up to all that is said about it; gives how much of that was void. Does nothing
/// while the message is not here.
pub(super) fn settle(
    tx: &Step<'_>,
    conversation: i64,
    target: &[u8; 16],
) -> Result<u64, EngineError> {
    let Some(message) = tx.message(conversation, target)? else {
        return Ok(0);
    };
    let rows = tx.annotations(conversation, target)?;
    let standing = judge(&message, &rows);
    for seq in &standing.gone {
        tx.remove_annotation(*seq)?;
    }
    if message.fate.deleted || message.fate.hidden {
        return Ok(standing.void);
    }
    if standing.deleted {
        tx.erase_message(conversation, target, true)?;
    } else if message.kind == kind::TEXT {
        let edited = standing.text.is_some();
        let text = standing.text.or_else(|| first_text(&message));
        if (edited, &text) != (message.fate.edited, &message.text) {
            tx.set_text(conversation, target, (text.as_deref(), edited))?;
        }
    }
    Ok(standing.void)
}
