//! In step with the board.

use std::time::Duration;

use serde_json::{Value, json};

use super::Door;
use crate::parameters::{self, Nothing, Sync};
use crate::{RpcError, shown};

const PATIENCE: Duration = Duration::from_secs(30);

impl Door {
    pub(super) async fn status(&self, params: Value) -> Result<Value, RpcError> {
        let Nothing {} = parameters::read(params)?;
        Ok(shown::status(&self.device().status().await?))
    }

    pub(super) async fn sync(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Sync = parameters::read(params)?;
        let within = parameters::within(asked.within_ms, PATIENCE);
        let done = self.device().sync(asked.until_idle, within).await?;
        Ok(json!({"position": done.position, "waiting": done.waiting}))
    }

    pub(super) async fn follow_board(&self, params: Value) -> Result<Value, RpcError> {
        let Nothing {} = parameters::read(params)?;
        let frozen = self.device().follow_anew(PATIENCE).await?;
        Ok(json!({"frozen": frozen}))
    }
}
