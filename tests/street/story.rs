use crate::visitor::Visitor;

/// The courier brings Ana's parcel, and Ana takes it home; saved as pictures, one a click.
#[test]
fn whoever_clicks_only_what_pulses_collects_a_parcel_in_at_most_eight_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    let clicks = visitor.collects("Ana");
    println!("{clicks} clicks");
    assert!(clicks <= 8, "{clicks} clicks:\n{}", visitor.said());
    let next = visitor.pulse();
    assert_eq!(next.what, "the badge", "the story goes on with the next parcel");
    visitor.picture("collected");

    // Both windows fit a small laptop, and neither hides the other.
    let [(left, top, kiosk_wide, kiosk_high), (street_left, street_top, street_wide, street_high)] =
        visitor.windows();
    assert!(left >= 0 && top >= 0 && left + kiosk_wide as i16 <= street_left);
    assert!(street_left + street_wide as i16 <= 1366);
    assert!(top + kiosk_high.max(street_high) as i16 <= 768 && street_top >= 0);

    visitor.loses_nothing("3 parcels, 0 crashes");
}

/// Three parcels and three people, then the next van: the pulse never ends in a dead end.
#[test]
fn the_story_goes_on_with_the_next_parcels_and_the_next_van() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    for who in ["Ana", "Ben", "Cleo"] {
        visitor.collects(who);
    }
    let next = visitor.pulse();
    assert_eq!(next.what, "the van");
    visitor.click(&next);
    visitor.wait_says("Ana's next parcel", |line| line.contains("announces RB") && line.contains("for Ana"));
    visitor.collects_again("Ana");
    visitor.loses_nothing("6 parcels, 0 crashes");
}

#[test]
fn closing_the_kiosks_window_ends_the_demo_with_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down(folder.path());
    visitor.follow_to(|what| what == "Ana's phone");
    visitor.closes_the_kiosk();
    visitor.sees_the_end("3 parcels, 0 crashes");
}

/// Whoever compares must notice.
#[test]
fn a_parcel_that_vanishes_through_the_back_wall_of_the_street_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::sits_down_with(folder.path(), &["--thief"]);
    visitor.follow_to(|what| what == "Ana's phone");
    let (status, said) = visitor.leaves();
    let all = said.join("\n");
    assert_eq!(status.code(), Some(1), "{all}");
    assert!(all.contains("3 parcels, 0 crashes, 1 lost."), "{all}");
}
