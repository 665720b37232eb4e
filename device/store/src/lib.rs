//! heliograph-store
