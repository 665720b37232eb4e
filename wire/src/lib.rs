//! heliograph-wire
