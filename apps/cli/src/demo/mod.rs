//! A server and two people on this machine: a scripted exchange, then a prompt to go on with.
//! Everything lives in a temporary directory and is gone at the end.

mod board;
mod friend;
mod prompt;

use std::io::IsTerminal;
use std::path::Path;

use heliograph_rpc::{RpcError, interrupted};

use crate::output::{Ink, Output};
use board::Board;
use friend::Friend;

pub(crate) async fn run(output: Output) -> Result<(), RpcError> {
    let stop = interrupted()?;
    let place = tempfile::Builder::new()
        .prefix("heliograph-demo-")
        .tempdir()
        .map_err(|error| RpcError::file(&std::env::temp_dir(), &error))?;
    let done = Box::pin(stage(output, place.path(), stop)).await;
    let path = place.path().to_owned();
    place
        .close()
        .map_err(|error| RpcError::file(&path, &error))?;
    if done.is_ok() {
        say(output, "end", "Server stopped, everything removed.")?;
    }
    done
}

/// A step of the demonstration, aligned.
fn say(output: Output, what: &str, text: &str) -> Result<(), RpcError> {
    if output.json {
        return output.line(&serde_json::json!({"step": what, "text": text}).to_string());
    }
    output.line(&format!(
        "{} {text}",
        output.ink(Ink::Bold, &format!("{what:<8}"))
    ))
}

async fn stage(
    output: Output,
    place: &Path,
    stop: impl Future<Output = ()>,
) -> Result<(), RpcError> {
    let board = Board::start(place).await?;
    let done = tokio::select! {
        () = stop => Ok(()),
        done = Box::pin(play(output, place, &board)) => done,
    };
    board.stop().await;
    done
}

async fn play(output: Output, place: &Path, board: &Board) -> Result<(), RpcError> {
    say(
        output,
        "server",
        &format!("listening on {}, data in {}", board.listen, place.display()),
    )?;
    let anna = Friend::make(place, "Anna", &board.link).await?;
    let ben = Friend::make(place, "Ben", &board.link).await?;
    for friend in [&anna, &ben] {
        say(
            output,
            "profile",
            &format!(
                "{:<4}  passphrase generated, in {} (mode 0600)",
                friend.name,
                friend.passphrase_file.display()
            ),
        )?;
    }
    let done = Box::pin(talk(output, [&anna, &ben])).await;
    anna.close().await;
    ben.close().await;
    done
}

async fn talk(output: Output, [anna, ben]: [&Friend; 2]) -> Result<(), RpcError> {
    let card = ben.card().await?;
    say(
        output,
        "card",
        &format!("Ben   {}…", card.chars().take(60).collect::<String>()),
    )?;
    let from_anna = anna.add(&card).await?;
    say(
        output,
        "add",
        "Anna  uses the card: Ben gets a request, and nothing goes back yet",
    )?;
    let request = ben.request().await?;
    say(
        output,
        "request",
        &format!("Ben   sees {} ({})", request.name, request.level),
    )?;
    ben.accept(&request.id).await?;
    say(output, "accept", "Ben   accepts")?;
    for (from, to, text) in [
        (anna, ben, "Can you see the light from the ridge?"),
        (ben, anna, "Clear as day. Nobody else can."),
    ] {
        let id = if from.name == "Anna" {
            &from_anna
        } else {
            &request.id
        };
        from.say(id, text).await?;
        let other = if from.name == "Anna" {
            &request.id
        } else {
            &from_anna
        };
        let heard = to.hear(other, text).await?;
        say(
            output,
            "message",
            &format!("{:<4}  → {:<4}  {heard}", from.name, to.name),
        )?;
    }
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !output.json {
        Box::pin(prompt::run(
            output,
            [(anna, &from_anna), (ben, &request.id)],
        ))
        .await?;
    }
    Ok(())
}
