//! Two people, one blind server, end to end.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{Fault, MessageState};
use heliograph_lab::{Scene, befriend};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_meet_by_card_and_talk() {
    let scene = Scene::start().await;
    let (anna, ben) = (scene.person("Anna").await, scene.person("Ben").await);
    let (anna_side, ben_side) = befriend(&anna, &ben).await;
    let hello = ben.say(&ben_side, "Hello Anna").await;
    ben.wait(&hello, MessageState::Delivered).await;
    let seen = anna.until(&anna_side, |m| !m.is_empty()).await;
    assert_eq!(
        (seen[0].text.as_str(), seen[0].from.as_str()),
        ("Hello Anna", "Ben")
    );
    let reply = anna.say(&anna_side, "Hello Ben").await;
    anna.wait(&reply, MessageState::Delivered).await;
    assert_eq!(
        ben.device.mark_read(&ben_side, (None, None)).await.unwrap(),
        1
    );
    anna.wait(&reply, MessageState::Read).await;
    let both = ben.until(&ben_side, |m| m.len() == 2).await;
    assert_eq!(both[1].text, "Hello Ben");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_back_before_a_request_is_accepted() {
    let scene = Scene::start().await;
    let (anna, ben) = (scene.person("Anna").await, scene.person("Ben").await);
    let card = anna.device.card(false).await.unwrap();
    let ben_side = ben.device.add(&card.link).await.unwrap().conversation;
    let hello = ben.say(&ben_side, "Do you read me?").await;
    ben.wait(&hello, MessageState::Sent).await;
    let request = anna.request().await;
    anna.until(&request, |m| m.len() == 1).await;
    let listed = anna.device.requests().await.unwrap();
    assert_eq!(
        (listed[0].name.as_str(), listed[0].level.as_str()),
        ("Ben", "self-declared")
    );
    anna.device
        .sync(true, std::time::Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(ben.messages(&ben_side).await[0].state, MessageState::Sent);
    let refused = anna
        .device
        .send(&request, vec!["hm".into()])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.fault),
        ("conversation-closed", Fault::User)
    );
    anna.device.accept(&request).await.unwrap();
    ben.wait(&hello, MessageState::Delivered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn talk_goes_on_when_the_server_and_both_devices_stop_and_start_again() {
    let mut scene = Scene::start().await;
    let (anna, ben) = (scene.person("Anna").await, scene.person("Ben").await);
    let (anna_side, ben_side) = befriend(&anna, &ben).await;
    let first = ben.say(&ben_side, "one").await;
    ben.wait(&first, MessageState::Delivered).await;
    scene.stop().await;
    let second = ben.say(&ben_side, "two").await;
    let (anna, ben) = (anna.restart().await, ben.restart().await);
    scene.resume().await;
    ben.wait(&second, MessageState::Delivered).await;
    let seen = anna.until(&anna_side, |m| m.len() == 2).await;
    let texts: Vec<_> = seen.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert!(anna.device.status().await.unwrap().alarms.is_empty());
    assert!(ben.device.status().await.unwrap().alarms.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_cannot_be_used_says_why_and_changes_nothing() {
    let scene = Scene::start().await;
    let other = Scene::start().await;
    let (anna, ben) = (scene.person("Anna").await, scene.person("Ben").await);
    let carl = scene.person("Carl").await;
    let stranger = other.person("Dora").await;
    let once = anna.device.card(true).await.unwrap().link;
    let kind = |r: Result<_, heliograph_client::Refusal>| {
        r.map(|_: heliograph_client::Added| ()).unwrap_err().kind
    };
    assert_eq!(kind(ben.device.add("hello").await), "not-a-card");
    assert_eq!(kind(ben.device.add(&once[..80]).await), "card-truncated");
    let mut altered = once.clone();
    let last = if altered.pop() == Some('a') { 'b' } else { 'a' };
    altered.push(last);
    assert_eq!(kind(ben.device.add(&altered).await), "card-altered");
    assert_eq!(kind(stranger.device.add(&once).await), "foreign-card");
    assert_eq!(kind(anna.device.add(&once).await), "own-card");
    assert!(ben.device.conversations().await.unwrap().is_empty());
    ben.device.add(&once).await.unwrap();
    assert_eq!(kind(ben.device.add(&once).await), "known-contact");
    assert_eq!(kind(carl.device.add(&once).await), "card-spent");
}
