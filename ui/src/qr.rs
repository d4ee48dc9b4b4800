use qrcode::{Color, EcLevel, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// Light modules around the code, as ISO/IEC 18004 wants.
const QUIET: usize = 4;

/// A longer text has less to mend by, and modules that a phone can still tell apart on the smallest screen.
const MENDABLE: usize = 400;

/// A QR, one pixel a module, dark on white by day and by night. Empty where the text is too long for any QR.
pub(crate) fn image(text: &str) -> Image {
    let level = if text.len() > MENDABLE { EcLevel::L } else { EcLevel::M };
    let code = match QrCode::with_error_correction_level(text, level) {
        Ok(code) => code,
        Err(cause) => {
            log::warn!("no QR for a text of {} bytes: {cause}", text.len());
            return Image::default();
        }
    };
    let width = code.width();
    let side = width + 2 * QUIET;
    #[allow(clippy::cast_possible_truncation, reason = "a QR has at most 177 modules a side")]
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(side as u32, side as u32);
    let colors = code.to_colors();
    for (index, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (index % side, index / side);
        let inside = (QUIET..QUIET + width).contains(&x) && (QUIET..QUIET + width).contains(&y);
        let dark = inside && colors[(y - QUIET) * width + (x - QUIET)] == Color::Dark;
        let level = if dark { 0 } else { 255 };
        *pixel = Rgb8Pixel::new(level, level, level);
    }
    Image::from_rgb8(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 800 by 480 pixels of 7 inches give a receipt 318 pixels: with three a module, one is 0.58 mm wide.
    #[test]
    fn the_longest_receipt_has_modules_that_a_phone_can_tell_apart_on_the_smallest_screen() {
        let modules = image(&"7QZ.K4".repeat(175)).size().width;
        assert!((1..=318 / 3).contains(&modules), "{modules} modules");
    }
}
