//! heliographd
