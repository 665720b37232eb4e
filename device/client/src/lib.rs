//! heliograph-client
