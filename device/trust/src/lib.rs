//! heliograph-trust
