//! The sizes of screen that are supported.

/// A size of screen that is supported.
pub struct Form {
    /// As the measures are named.
    pub name: &'static str,
    /// Across and down.
    pub pixels: (u32, u32),
    /// Of the lit area.
    pub width_mm: f32,
}

/// 10.1 inches, 7 inches twice, and 7 inches that stand.
pub const FORMS: [Form; 4] = [
    Form { name: "A", pixels: (1280, 800), width_mm: 218.0 },
    Form { name: "B", pixels: (1024, 600), width_mm: 153.3 },
    Form { name: "C", pixels: (800, 480), width_mm: 154.1 },
    Form { name: "D", pixels: (720, 1280), width_mm: 88.0 },
];
