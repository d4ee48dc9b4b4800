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
