//! Requests that mean nothing, so that silence and speech look less different on the wire.

use heliograph_wire::Op;

use super::core::Core;
use super::flights::Flight;
use super::timers::CHAFF_MEAN_MS;

impl Core {
    /// Sends one and picks the time of the next: a Poisson process, mean 1 in 120 s.
    pub(crate) fn chaff(&mut self) {
        self.request(Flight::Nothing, Op::Noop);
        let pause = self.exponential_ms(CHAFF_MEAN_MS);
        self.timers.chaff = self.now + pause.max(1);
    }
}
