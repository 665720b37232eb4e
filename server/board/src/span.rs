//! Which ticks belong to which hour, and how that fades: single hours for a day, six-hour blocks
//! afterwards, nothing after a fortnight. Pure rules, shared by the back ends.

use std::collections::BTreeMap;

/// Hours of a coarse block; blocks start at multiples of this since 1970.
const BLOCK: u32 = 6;
/// Hours after which single hours are merged.
const FINE_FOR: u32 = 24;
/// Days a tick is kept beyond the day it was announced on: every moment of a fortnight and a bit.
const TICK_DAYS: u32 = 15;

/// Tick numbers announced in some hours of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first hour (since 1970).
    pub first_hour: u32,
    /// 1, or 6 once the hours are a day old.
    pub hours: u32,
    /// The first tick number.
    pub first: u64,
    /// One past the last tick number; equal to `first` when there is none.
    pub end: u64,
}

/// What is kept of one span; its first hour is the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) hours: u32,
    pub(crate) first: u64,
    pub(crate) end: u64,
}

/// The spans of a lane by first hour.
pub(crate) type Spans = BTreeMap<u32, Range>;

/// The day an hour is part of.
pub(crate) fn day_of(hour: u32) -> u32 {
    hour / 24
}

/// The day on which a tick announced in `hour` may be forgotten, if none of its cells lives longer.
pub(crate) fn tick_due(hour: u32) -> u32 {
    day_of(hour).saturating_add(TICK_DAYS)
}

/// The span entry that tick `number`, announced in `hour`, goes to: its first hour and new content.
/// `last` is the newest entry of the lane. Time never runs backwards, so a clock that was set back
/// adds to the newest entry.
pub(crate) fn grow(last: Option<(u32, Range)>, hour: u32, number: u64) -> (u32, Range) {
    match last {
        Some((first_hour, range)) if hour < first_hour.saturating_add(range.hours) => (
            first_hour,
            Range {
                end: number.saturating_add(1),
                ..range
            },
        ),
        _ => (
            hour,
            Range {
                hours: 1,
                first: number,
                end: number.saturating_add(1),
            },
        ),
    }
}

/// Merges hours older than a day and drops what is older than the ticks.
pub(crate) fn fade(spans: &Spans, now_hour: u32) -> Spans {
    let mut out = Spans::new();
    for (&first_hour, &range) in spans {
        let last_hour = first_hour.saturating_add(range.hours).saturating_sub(1);
        if tick_due(last_hour) <= day_of(now_hour) {
            continue;
        }
        let block = first_hour - first_hour % BLOCK;
        let old = block.saturating_add(BLOCK + FINE_FOR) <= now_hour;
        let (key, hours) = if old {
            (block, BLOCK)
        } else {
            (first_hour, range.hours)
        };
        out.entry(key)
            .and_modify(|merged| {
                merged.first = merged.first.min(range.first);
                merged.end = merged.end.max(range.end);
            })
            .or_insert(Range { hours, ..range });
    }
    out
}

/// What to answer for `hour`, given the newest entry that starts at or before it.
pub(crate) fn answer(at_or_before: Option<(u32, Range)>, hour: u32) -> Span {
    match at_or_before {
        Some((first_hour, range)) if hour < first_hour.saturating_add(range.hours) => Span {
            first_hour,
            hours: range.hours,
            first: range.first,
            end: range.end,
        },
        _ => Span {
            first_hour: hour,
            hours: 1,
            first: 0,
            end: 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(entries: &[(u32, u32, u64, u64)]) -> Spans {
        entries
            .iter()
            .map(|&(hour, hours, first, end)| (hour, Range { hours, first, end }))
            .collect()
    }

    #[test]
    fn hours_of_a_block_are_merged_only_when_the_whole_block_is_a_day_old() {
        let fine = spans(&[(601, 1, 1, 4), (605, 1, 4, 5), (606, 1, 5, 9)]);
        assert!(fade(&fine, 629) == fine);
        assert!(fade(&fine, 630) == spans(&[(600, 6, 1, 5), (606, 1, 5, 9)]));
        assert!(fade(&fine, 636) == spans(&[(600, 6, 1, 5), (606, 6, 5, 9)]));
    }

    #[test]
    fn a_clock_set_back_adds_to_the_newest_hour() {
        let last = (
            606,
            Range {
                hours: 1,
                first: 5,
                end: 9,
            },
        );
        assert!(
            grow(Some(last), 600, 9)
                == (
                    606,
                    Range {
                        hours: 1,
                        first: 5,
                        end: 10
                    }
                )
        );
        assert!(
            grow(Some(last), 607, 9)
                == (
                    607,
                    Range {
                        hours: 1,
                        first: 9,
                        end: 10
                    }
                )
        );
    }

    #[test]
    fn an_hour_inside_a_block_is_answered_with_the_block() {
        let block = (
            600,
            Range {
                hours: 6,
                first: 1,
                end: 5,
            },
        );
        assert_eq!(answer(Some(block), 604).hours, 6);
        assert_eq!(
            answer(Some(block), 606),
            Span {
                first_hour: 606,
                hours: 1,
                first: 0,
                end: 0
            }
        );
    }

    #[test]
    fn a_span_lives_as_long_as_its_ticks() {
        let one = spans(&[(600, 6, 1, 5)]);
        assert!(!fade(&one, 605 / 24 * 24 + 15 * 24 - 1).is_empty());
        assert!(fade(&one, (605 / 24 + 15) * 24).is_empty());
    }
}
