//! heliograph-conversation
