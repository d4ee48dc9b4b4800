//! A cabinet of 24 doors.

use locker_ui::{Cabinet, DoorPlace, Rectangle};

/// Three columns of doors at either side of the screen's column: small ones on top, large ones below.
pub fn cabinet() -> Cabinet {
    let (column_mm, heights_mm) = (450.0, [400.0, 400.0, 400.0, 200.0, 200.0, 200.0]);
    let mut doors = vec![];
    for column in [0, 1, 3, 4] {
        let mut y_mm = 0.0;
        for height_mm in heights_mm.iter().rev() {
            let place = Rectangle {
                x_mm: column_mm * column as f32,
                y_mm,
                width_mm: column_mm,
                height_mm: *height_mm,
            };
            doors.push(DoorPlace { number: doors.len() as u32 + 1, place });
            y_mm += height_mm;
        }
    }
    let screen = Rectangle { x_mm: column_mm * 2.0 + 75.0, y_mm: 500.0, width_mm: 300.0, height_mm: 220.0 };
    Cabinet { width_mm: column_mm * 5.0, height_mm: 1800.0, screen, doors }
}
