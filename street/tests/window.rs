//! What the street's window does without a display.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod scenes;

use locker_street::Scene;
use scenes::Drawn;

/// The smallest desk that the demo takes, and a small laptop. A thread has one window, so each size has a thread.
#[test]
fn every_text_has_room_in_the_smallest_street_and_on_a_small_laptop() {
    for size in [(669, 644), (714, 692)] {
        let drawn = std::thread::spawn(move || {
            let street = Drawn::open(size);
            let mut all = scenes::scenes(&scenes::front());
            let (_, first) = all[0].clone();
            all.push((
                "longest",
                Scene {
                    line: "The kiosk takes Cleo’s parcel for stored. Touch “Not in there” on it: the door opens to show."
                        .to_owned(),
                    ..first
                },
            ));
            let clipped: Vec<(&str, String)> = all
                .into_iter()
                .flat_map(|(name, scene)| {
                    street.draw(scene);
                    street.window.clipped().into_iter().map(move |text| (name, text))
                })
                .collect();
            assert!(clipped.is_empty(), "at {size:?}: {clipped:#?}");
            let too_long =
                Scene { line: "Too long. ".repeat(40), ..scenes::scenes(&scenes::front())[0].1.clone() };
            street.draw(too_long);
            assert_eq!(street.window.clipped().len(), 1, "a line without room is noticed");
        });
        drawn.join().unwrap();
    }
}
