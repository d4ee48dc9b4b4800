//! The pixels of a picture, to be looked at one by one.

#![allow(dead_code, reason = "each test looks at them in its own way")]

use locker_ui::Picture;

/// Red, green, blue.
pub type Color = [u8; 3];

pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pixels: Vec<Color>,
}

impl Pixels {
    pub fn of(picture: &Picture) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(&picture.png)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Self { width: picture.width as usize, height: picture.height as usize, pixels }
    }

    pub fn at(&self, x: usize, y: usize) -> Color {
        self.pixels[y * self.width + x]
    }

    /// All places but those at the edge, so that each has four neighbours.
    pub fn inner(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (1..self.height - 1).flat_map(move |y| (1..self.width - 1).map(move |x| (x, y)))
    }

    /// How many pixels are not the same.
    pub fn differing(&self, other: &Self) -> usize {
        self.pixels.iter().zip(&other.pixels).filter(|(one, other)| one != other).count()
    }
}
