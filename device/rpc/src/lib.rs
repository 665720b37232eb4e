//! heliograph-rpc
