//! The locker joins the network: its claim is read off the kiosk's picture and given to the hub.

use std::time::Duration;

use serde_json::json;

use super::super::error::DemoError;
use super::super::hub_client::number;
use super::super::screen::PATIENCE;
use super::super::stage::Stage;

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    if stage.screen.facts().starts_with("Ready to join") {
        stage.timeline.chapter("The locker joins the network");
        join(stage)?;
    } else {
        stage.timeline.chapter("The locker is known to the network already");
        if stage.people.locker().is_none() {
            // The power failed between the hub's answer and our note of it.
            let lockers = stage.api.list(&stage.operator, "/v1/lockers")?;
            let enrolled = lockers.iter().rev().find(|locker| locker["standing"] != "claimed");
            let enrolled = enrolled.ok_or_else(|| DemoError::Odd("the hub knows no locker".to_owned()))?;
            stage.people.learn_locker(locker_number(enrolled)?);
        }
    }
    stage.subscribe_carrier()?;
    stage.hire_courier()
}

fn join(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let png = stage.screen.pixels()?;
    let claim = read_qr(&png)?;
    stage.says(
        "operator",
        format!("reads the claim off the kiosk's picture: {}...", &claim[..4.min(claim.len())]),
    );
    let body = json!({ "claim": claim, "name": "The demo's locker" });
    let answer = stage.api.post(&stage.operator, "/v1/lockers", &body)?;
    let locker = locker_number(&answer)?;
    stage.people.learn_locker(locker);
    stage.says("hub", format!("takes the claim: this is locker {locker}"));
    stage.wait_home()?;
    let path = format!("/v1/lockers/{locker}");
    stage.wait_for("the hub to see the locker in step", PATIENCE.max(Duration::from_secs(30)), |stage| {
        let view = stage.api.get(&stage.operator, &path)?;
        Ok((view["standing"] == "in_step").then_some(()))
    })?;
    stage.says("hub", format!("locker {locker} is enrolled; kiosk and hub have made their keys"));
    Ok(())
}

fn locker_number(view: &serde_json::Value) -> Result<u32, DemoError> {
    u32::try_from(number(view, "locker")?)
        .map_err(|_| DemoError::Odd("a locker's number is too large".to_owned()))
}

/// The text of the one QR code in a picture.
fn read_qr(png: &[u8]) -> Result<String, DemoError> {
    let odd = |why: String| DemoError::Odd(format!("the claim's QR code: {why}"));
    let picture = image::load_from_memory_with_format(png, image::ImageFormat::Png)
        .map_err(|error| odd(error.to_string()))?
        .into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.into_raw();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = prepared.detect_grids();
    let grid = grids.first().ok_or_else(|| odd("none is to be seen".to_owned()))?;
    let (_, text) = grid.decode().map_err(|error| odd(error.to_string()))?;
    Ok(text)
}
