use crate::scene::number;
use crate::screens::{Side, Whereabouts};

/// A rectangle on the cabinet's front, in millimetres from its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rectangle {
    /// From the left edge.
    pub x_mm: f32,
    /// From the top edge.
    pub y_mm: f32,
    /// Across.
    pub width_mm: f32,
    /// Down.
    pub height_mm: f32,
}

/// A door on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DoorPlace {
    /// The number painted on it.
    pub number: u32,
    /// Where it is.
    pub place: Rectangle,
}

/// The front of the cabinet, as the map draws it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cabinet {
    /// Across, in millimetres.
    pub width_mm: f32,
    /// Down, in millimetres.
    pub height_mm: f32,
    /// Where the screen is.
    pub screen: Rectangle,
    /// All doors.
    pub doors: Vec<DoorPlace>,
}

/// Doors whose left edges differ by less stand in one column.
const SAME_COLUMN_MM: f32 = 20.0;

impl Cabinet {
    /// Where a door is, for people who cannot see the map.
    pub(crate) fn whereabouts(&self, door: u32) -> Whereabouts {
        let nowhere = Whereabouts { side: Side::Unknown, column: 0, row: 0, rows: 0 };
        let Some(place) = self.doors.iter().find(|known| known.number == door).map(|known| known.place)
        else {
            return nowhere;
        };
        let same_column = |other: f32| (other - place.x_mm).abs() < SAME_COLUMN_MM;
        let screen_right = self.screen.x_mm + self.screen.width_mm;
        let middle = place.x_mm + place.width_mm / 2.0;
        let screen_middle = self.screen.y_mm + self.screen.height_mm / 2.0;
        let above = place.y_mm + place.height_mm / 2.0 < screen_middle;
        let side = if middle < self.screen.x_mm {
            Side::Left
        } else if middle > screen_right {
            Side::Right
        } else if above {
            Side::Above
        } else {
            Side::Below
        };

        // Columns between the screen and the door, the door's own included.
        let mut columns: Vec<f32> = self
            .doors
            .iter()
            .map(|known| known.place)
            .filter(|other| {
                let other_middle = other.x_mm + other.width_mm / 2.0;
                match side {
                    Side::Left => {
                        other_middle < self.screen.x_mm && other.x_mm >= place.x_mm - SAME_COLUMN_MM
                    }
                    Side::Right => other_middle > screen_right && other.x_mm <= place.x_mm + SAME_COLUMN_MM,
                    _ => same_column(other.x_mm),
                }
            })
            .map(|other| other.x_mm)
            .collect();
        columns.sort_by(f32::total_cmp);
        columns.dedup_by(|one, other| (*one - *other).abs() < SAME_COLUMN_MM);

        // Rows of this column; above or below the screen, only those on the same side of it.
        let mut rows: Vec<f32> = self
            .doors
            .iter()
            .map(|known| known.place)
            .filter(|other| {
                let other_above = other.y_mm + other.height_mm / 2.0 < screen_middle;
                same_column(other.x_mm) && (matches!(side, Side::Left | Side::Right) || other_above == above)
            })
            .map(|other| other.y_mm)
            .collect();
        rows.sort_by(f32::total_cmp);
        let row = rows.iter().filter(|top| **top <= place.y_mm).count();

        #[allow(clippy::cast_possible_truncation, reason = "a cabinet has a few hundred doors")]
        let count = |length: usize| number(length as u32);
        Whereabouts { side, column: count(columns.len()), row: count(row), rows: count(rows.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two columns of four at each side of a column with the screen, a door above it and two below.
    fn cabinet() -> Cabinet {
        let mut doors = vec![];
        let mut add = |x: f32, y: f32| {
            let place = Rectangle { x_mm: x, y_mm: y, width_mm: 400.0, height_mm: 200.0 };
            doors.push(DoorPlace { number: doors.len() as u32 + 1, place });
        };
        for x in [0.0, 400.0, 1200.0, 1600.0] {
            for y in [0.0, 200.0, 400.0, 600.0] {
                add(x, y);
            }
        }
        add(800.0, 0.0);
        add(800.0, 500.0);
        add(800.0, 700.0);
        let screen = Rectangle { x_mm: 850.0, y_mm: 250.0, width_mm: 300.0, height_mm: 200.0 };
        Cabinet { width_mm: 2000.0, height_mm: 900.0, screen, doors }
    }

    fn told(door: u32) -> (Side, i32, i32, i32) {
        let place = cabinet().whereabouts(door);
        (place.side, place.column, place.row, place.rows)
    }

    #[test]
    fn columns_are_counted_from_the_screen_outwards() {
        assert_eq!(told(1), (Side::Left, 2, 1, 4));
        assert_eq!(told(5), (Side::Left, 1, 1, 4));
        assert_eq!(told(9), (Side::Right, 1, 1, 4));
        assert_eq!(told(16), (Side::Right, 2, 4, 4));
    }

    #[test]
    fn a_door_in_the_screens_column_is_above_or_below_it() {
        assert_eq!(told(17), (Side::Above, 1, 1, 1));
        assert_eq!(told(19), (Side::Below, 1, 2, 2));
    }

    #[test]
    fn a_door_that_the_map_does_not_know_is_nowhere() {
        assert_eq!(told(99).0, Side::Unknown);
    }
}
