//! heliograph-board
