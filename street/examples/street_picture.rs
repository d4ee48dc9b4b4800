//! Draws the street without a display: `cargo run -p locker-street --example street_picture -- FOLDER [WIDTH HEIGHT]`.
#![allow(clippy::unwrap_used, missing_docs, reason = "an example for people who change the drawing")]

#[path = "../tests/scenes/mod.rs"]
mod scenes;

use std::path::PathBuf;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().unwrap_or_else(|| ".".to_owned()));
    let mut number = |otherwise| args.next().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (width, height): (u32, u32) = (number(716), number(692));
    let street = scenes::Drawn::open((width, height));
    for (name, scene) in scenes::scenes(&scenes::front()) {
        let pixels = street.draw(scene);
        let file = std::fs::File::create(folder.join(format!("{name}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    }
}
