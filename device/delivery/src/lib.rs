//! heliograph-delivery
