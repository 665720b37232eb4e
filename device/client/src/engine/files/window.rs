//! How many chunks are under way at once: as many as a line carries quickly, so that a message beside them
//! does not wait long and no answer looks as if it were held back.

/// Most of all files together: a board takes 2,048 units at a time, and a large cell counts 24
/// (docs/protocol/wire.md).
const MOST: usize = 84;
const FIRST: usize = 16;
const FEWEST: usize = 4;
/// Answered within this there may be one more, milliseconds.
const QUICK_MS: i64 = 1_000;
/// Not answered within this there are half as many, milliseconds.
const SLOW_MS: i64 = 4_000;

/// See the module.
pub(super) struct Window(usize);

impl Default for Window {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Window {
    /// So many at once.
    pub(super) fn chunks(&self) -> usize {
        self.0
    }

    /// An answer came after so long.
    pub(super) fn answered(&mut self, after_ms: i64) {
        if after_ms <= QUICK_MS {
            self.0 = MOST.min(self.0 + 1);
        } else if after_ms >= SLOW_MS {
            self.0 = FEWEST.max(self.0 / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The age of the oldest answer on a line that carries a chunk in so many milliseconds.
    fn oldest_ms(chunk_ms: i64) -> i64 {
        let mut window = Window::default();
        let (mut now, mut asked, mut oldest) = (0, std::collections::VecDeque::new(), 0);
        for answer in 0..1_000 {
            while asked.len() < window.chunks() {
                asked.push_back(now);
            }
            now += chunk_ms;
            let after = now - asked.pop_front().unwrap();
            window.answered(after);
            if answer > 100 {
                oldest = oldest.max(after);
            }
        }
        oldest
    }

    #[test]
    fn a_fast_line_is_filled_and_a_slow_one_is_not_choked() {
        let mut window = Window::default();
        (0..1_000).for_each(|_| window.answered(3));
        assert_eq!(window.chunks(), MOST);
        // 100 Mbit/s, 1 Mbit/s, 70 kbit/s.
        for (chunk_ms, bound_ms) in [(6, 1_000), (550, 5_000), (7_800, 32_000)] {
            let oldest = oldest_ms(chunk_ms);
            assert!(oldest <= bound_ms, "{chunk_ms}: {oldest}");
        }
    }
}
