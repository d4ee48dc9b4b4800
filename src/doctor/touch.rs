//! What touches on the test picture prove. Pure.
//!
//! The marks stand in three rows of three, numbered from the upper left as on a telephone.

use locker_ui::{MARKS, Touches};

use super::diagnosis::{Finding, Severity};

const ACROSS: u8 = 3;
/// So many marks in another order are no slip of a hand.
const TELLING: usize = 4;

/// A line of marks that may be dead together.
const LINES: [([u8; 3], &str); 6] = [
    ([1, 4, 7], "the left edge"),
    ([3, 6, 9], "the right edge"),
    ([1, 2, 3], "the upper edge"),
    ([7, 8, 9], "the lower edge"),
    ([2, 5, 8], "the middle from top to bottom"),
    ([4, 5, 6], "the middle from left to right"),
];

const PLACES: [&str; MARKS as usize] = [
    "the upper left corner",
    "the middle of the upper edge",
    "the upper right corner",
    "the middle of the left edge",
    "the centre",
    "the middle of the right edge",
    "the lower left corner",
    "the middle of the lower edge",
    "the lower right corner",
];

/// The marks that nobody was felt to touch.
pub fn untouched(touches: &Touches) -> Vec<u8> {
    (1..=MARKS).filter(|mark| !touches.marks.contains(mark)).collect()
}

/// What is wrong with a touch panel by what it felt of somebody who was to touch the marks in the order of their numbers.
pub fn diagnose(touches: &Touches) -> Vec<Finding> {
    let untouched = untouched(touches);
    let mut findings = Vec::new();
    if touches.marks.is_empty() && touches.beside == 0 {
        findings.push(fault(
            "felt no touch at all",
            "if somebody touched it: see the touch panel's plug, and whether it is among \"Touch and keys\"",
        ));
    } else if touches.marks.is_empty() {
        findings.push(fault(
            format!("felt {} touches, none of them at a mark: they land elsewhere", touches.beside),
            "see where the picture shows them; then give the panel its ENV{LIBINPUT_CALIBRATION_MATRIX} in a rule of udev",
        ));
    } else if !untouched.is_empty() {
        findings.push(fault(
            format!("felt no touch at {}", places(&untouched)),
            "if those marks were touched: wipe the panel, see that its frame does not press on it, then its cable",
        ));
    }
    if let Some(Turned { how, mend, .. }) = turned(&touches.marks) {
        findings.push(fault(
            format!("feels touches {how}"),
            format!(
                "if the marks were touched in the order of their numbers: ENV{{LIBINPUT_CALIBRATION_MATRIX}}=\"{mend}\" for this panel in a rule of udev"
            ),
        ));
    }
    findings
}

/// As people say it, as in "the left edge (marks 1, 4, 7) and the centre (mark 5)".
fn places(untouched: &[u8]) -> String {
    let whole: Vec<&([u8; 3], &str)> =
        LINES.iter().filter(|(line, _)| line.iter().all(|mark| untouched.contains(mark))).collect();
    let mut named: Vec<String> =
        whole.iter().map(|([a, b, c], name)| format!("{name} (marks {a}, {b}, {c})")).collect();
    let alone = untouched.iter().filter(|mark| !whole.iter().any(|(line, _)| line.contains(mark)));
    named.extend(alone.map(|mark| {
        let place = PLACES.get(usize::from(*mark) - 1).copied().unwrap_or_default();
        format!("{place} (mark {mark})")
    }));
    match named.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => named.join(""),
    }
}

/// A panel that does not lie beneath the picture as it should.
#[derive(Clone, Copy)]
struct Turned {
    /// Where it feels a finger: row and column from row and column, each 0 to [`LAST`].
    felt: fn(u8, u8) -> (u8, u8),
    how: &'static str,
    /// What turns it back: `x = a x + b y + c`, `y = d x + e y + f` on a screen of 1 by 1, as libinput reads it.
    mend: &'static str,
}

/// The last row, and the last column.
const LAST: u8 = ACROSS - 1;

const TURNED: [Turned; 7] = [
    Turned {
        felt: |row, column| (row, LAST - column),
        how: "mirrored from left to right",
        mend: "-1 0 1 0 1 0",
    },
    Turned { felt: |row, column| (LAST - row, column), how: "upside down", mend: "1 0 0 0 -1 1" },
    Turned {
        felt: |row, column| (LAST - row, LAST - column),
        how: "turned by half a turn",
        mend: "-1 0 1 0 -1 1",
    },
    Turned {
        felt: |row, column| (column, LAST - row),
        how: "turned by a quarter to the right",
        mend: "0 1 0 -1 0 1",
    },
    Turned {
        felt: |row, column| (LAST - column, row),
        how: "turned by a quarter to the left",
        mend: "0 -1 1 1 0 0",
    },
    Turned { felt: |row, column| (column, row), how: "with rows and columns exchanged", mend: "0 1 0 1 0 0" },
    Turned {
        felt: |row, column| (LAST - column, LAST - row),
        how: "with rows and columns exchanged, and by half a turn",
        mend: "0 -1 1 -1 0 1",
    },
];

/// How the panel lies beneath the picture, if not as it should: somebody who goes 1, 2, 3 is felt at other marks.
fn turned(felt: &[u8]) -> Option<Turned> {
    // The order in which marks are felt, but for those that are not felt at all.
    let order = |turn: fn(u8, u8) -> (u8, u8)| -> Vec<u8> {
        let marks = (0..MARKS).map(|mark| turn(mark / ACROSS, mark % ACROSS));
        marks.map(|(row, column)| row * ACROSS + column + 1).filter(|mark| felt.contains(mark)).collect()
    };
    if felt.len() < TELLING || order(|row, column| (row, column)) == felt {
        return None;
    }
    let mut fitting = TURNED.into_iter().filter(|turned| order(turned.felt) == felt);
    // Of two that fit, neither is proven.
    fitting.next().filter(|_| fitting.next().is_none())
}

fn fault(what: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { severity: Severity::Fault, part: "screen".to_owned(), what: what.into(), mend: mend.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(marks: &[u8], beside: u32) -> Vec<String> {
        let touches = Touches { marks: marks.to_vec(), beside };
        diagnose(&touches).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_panel_that_feels_every_mark_is_well_also_after_a_slip_or_in_an_order_of_ones_own() {
        assert_eq!(of(&[1, 2, 3, 4, 5, 6, 7, 8, 9], 2), [""; 0]);
        assert_eq!(of(&[5, 1, 2, 3, 4, 6, 9, 8, 7], 0), [""; 0]);
    }

    #[test]
    fn dead_stripes_are_named_as_stripes_and_dead_spots_as_spots() {
        assert_eq!(of(&[2, 3, 5, 6, 8, 9], 0), ["felt no touch at the left edge (marks 1, 4, 7)"]);
        assert_eq!(
            of(&[2, 3, 5, 6, 9], 0),
            ["felt no touch at the left edge (marks 1, 4, 7) and the middle of the lower edge (mark 8)"]
        );
        assert_eq!(of(&[1, 2, 3, 4, 6, 7, 8, 9], 0), ["felt no touch at the centre (mark 5)"]);
        assert_eq!(
            of(&[1, 2, 3], 0),
            [
                "felt no touch at the lower edge (marks 7, 8, 9) and the middle from left to right (marks 4, 5, 6)"
            ]
        );
    }

    #[test]
    fn no_touch_at_all_is_told_from_touches_that_land_elsewhere() {
        assert_eq!(of(&[], 0), ["felt no touch at all"]);
        assert_eq!(of(&[], 12), ["felt 12 touches, none of them at a mark: they land elsewhere"]);
    }

    #[test]
    fn a_panel_that_lies_the_wrong_way_round_is_seen_by_the_order() {
        for (felt, how) in [
            ([3, 2, 1, 6, 5, 4, 9, 8, 7], "mirrored from left to right"),
            ([7, 8, 9, 4, 5, 6, 1, 2, 3], "upside down"),
            ([9, 8, 7, 6, 5, 4, 3, 2, 1], "turned by half a turn"),
            ([3, 6, 9, 2, 5, 8, 1, 4, 7], "turned by a quarter to the right"),
            ([7, 4, 1, 8, 5, 2, 9, 6, 3], "turned by a quarter to the left"),
            ([1, 4, 7, 2, 5, 8, 3, 6, 9], "with rows and columns exchanged"),
            ([9, 6, 3, 8, 5, 2, 7, 4, 1], "with rows and columns exchanged, and by half a turn"),
        ] {
            assert_eq!(of(&felt, 0), [format!("feels touches {how}")]);
        }
        // With a dead edge besides.
        assert_eq!(
            of(&[3, 2, 6, 5, 9, 8], 0),
            ["felt no touch at the left edge (marks 1, 4, 7)", "feels touches mirrored from left to right"]
        );
    }

    #[test]
    fn what_is_said_to_turn_a_panel_back_does() {
        for turned in TURNED {
            let matrix: Vec<f32> = turned.mend.split(' ').map(|number| number.parse().unwrap()).collect();
            for (row, column) in (0..MARKS).map(|mark| (mark / ACROSS, mark % ACROSS)) {
                let of = |cell: u8| f32::from(cell) / f32::from(LAST);
                let (felt_row, felt_column) = (turned.felt)(row, column);
                let (x, y) = (of(felt_column), of(felt_row));
                let back = |at: usize| matrix[at] * x + matrix[at + 1] * y + matrix[at + 2];
                assert_eq!((back(0), back(3)), (of(column), of(row)), "{}", turned.how);
            }
        }
    }

    #[test]
    fn too_few_marks_tell_nothing_of_their_order() {
        assert_eq!(of(&[3, 2, 1], 0).len(), 1);
        assert!(!of(&[3, 2, 1], 0)[0].starts_with("feels touches"));
    }
}
