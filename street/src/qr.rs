use qrcode::{Color, EcLevel, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// Light modules around the code, as ISO/IEC 18004 wants.
const QUIET: usize = 4;

/// A QR as small as it can be, one pixel a module; empty where the text is too long for any QR.
pub(crate) fn image(text: &str) -> Image {
    // Nothing scratches a drawn phone: the lowest correction leaves room for larger modules.
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::L) else {
        log::warn!("no QR for a text of {} bytes", text.len());
        return Image::default();
    };
    let width = code.width();
    let side = u32::try_from(width + 2 * QUIET).unwrap_or(u32::MAX);
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(side, side);
    pixels.make_mut_slice().fill(Rgb8Pixel::new(255, 255, 255));
    let rows = pixels.make_mut_slice().chunks_exact_mut(width + 2 * QUIET).skip(QUIET);
    for (row, modules) in rows.zip(code.to_colors().chunks_exact(width)) {
        for (pixel, module) in row.iter_mut().skip(QUIET).zip(modules) {
            if *module == Color::Dark {
                *pixel = Rgb8Pixel::new(0, 0, 0);
            }
        }
    }
    Image::from_rgb8(pixels)
}
