//! The displays that the kernel sees, and what they say of themselves.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// An output that a display is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Its name in the kernel, as in `card1-HDMI-A-1`.
    pub output: String,
    /// The pixels that the display has, across and down; none where it does not say.
    pub own_pixels: Option<(u32, u32)>,
    /// How large its picture is, in millimetres across and down; none where it does not say.
    pub picture_mm: Option<(u32, u32)>,
}

/// The outputs that a display is connected to.
pub fn connected(sys: &Path) -> Vec<Output> {
    let Ok(outputs) = fs::read_dir(sys.join("class/drm")) else { return Vec::new() };
    let mut paths: Vec<_> = outputs.filter_map(|output| Some(output.ok()?.path())).collect();
    paths.sort();
    let outputs = paths.into_iter().filter_map(|path| {
        let status = fs::read_to_string(path.join("status")).ok()?;
        if status.trim() != "connected" {
            return None;
        }
        let timing = fs::read(path.join("edid")).ok().and_then(|edid| preferred_timing(&edid));
        Some(Output {
            output: path.file_name()?.to_string_lossy().into_owned(),
            own_pixels: timing.map(|timing| timing.pixels),
            picture_mm: timing.and_then(|timing| timing.picture_mm),
        })
    });
    outputs.collect()
}

/// What a display prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Timing {
    pixels: (u32, u32),
    picture_mm: Option<(u32, u32)>,
}

/// The first detailed timing of an EDID, which is the display's preferred one (VESA E-EDID 1.4, 3.10.2: 18 bytes from byte 54;
/// pixels in its bytes 2, 4, 5 and 7, millimetres in 12 to 14, each with its upper four bits apart).
fn preferred_timing(edid: &[u8]) -> Option<Timing> {
    const HEADER: [u8; 8] = [0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00];
    let block = edid.get(..128)?;
    let sum = block.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    let timing = block.get(54..72)?;
    // Without a pixel clock it is text, not a timing.
    if !block.starts_with(&HEADER) || sum != 0 || timing.get(..2)? == [0, 0] {
        return None;
    }
    let byte = |at: usize| timing.get(at).copied().map(u32::from);
    let pair = |low: (usize, usize), high: usize| {
        let high = byte(high)?;
        Some((byte(low.0)? | (high >> 4) << 8, byte(low.1)? | (high & 0x0F) << 8))
    };
    let across = pair((2, 2), 4)?.0;
    let down = pair((5, 5), 7)?.0;
    // A display that does not know says 0, or the ratio of its sides (1.4: 16 by 9).
    let picture_mm = pair((12, 13), 14).filter(|(width, height)| *width >= 50 && *height >= 30);
    Some(Timing { pixels: (across, down), picture_mm })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A display of 1024 x 600 pixels, 154 x 90 mm: a header, and the timing that says so.
    fn edid(picture_mm: (u8, u8)) -> Vec<u8> {
        let mut edid = vec![0u8; 128];
        edid[..8].copy_from_slice(&[0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00]);
        edid[54..56].copy_from_slice(&[0xEC, 0x13]);
        // 0x400 across and 0x258 down.
        edid[56..59].copy_from_slice(&[0x00, 0x40, 0x41]);
        edid[59..62].copy_from_slice(&[0x58, 0x1A, 0x20]);
        (edid[66], edid[67]) = picture_mm;
        let sum = edid.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        edid[127] = sum.wrapping_neg();
        edid
    }

    fn displays(status: &str, edid: &[u8]) -> Vec<Output> {
        let sys = tempfile::tempdir().unwrap();
        let folder = sys.path().join("class/drm/card1-HDMI-A-1");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("status"), status).unwrap();
        fs::write(folder.join("edid"), edid).unwrap();
        connected(sys.path())
    }

    fn display(own_pixels: Option<(u32, u32)>, picture_mm: Option<(u32, u32)>) -> Vec<Output> {
        vec![Output { output: "card1-HDMI-A-1".to_owned(), own_pixels, picture_mm }]
    }

    #[test]
    fn a_connected_display_says_its_pixels_and_millimetres() {
        assert_eq!(displays("connected\n", &edid((154, 90))), display(Some((1024, 600)), Some((154, 90))));
        assert_eq!(displays("disconnected\n", &edid((154, 90))), []);
    }

    #[test]
    fn a_display_that_knows_no_millimetres_or_nothing_of_itself_is_a_display() {
        assert_eq!(displays("connected\n", &edid((16, 9))), display(Some((1024, 600)), None));
        assert_eq!(displays("connected\n", &[]), display(None, None));
        let mut broken = edid((154, 90));
        broken[60] ^= 1;
        assert_eq!(displays("connected\n", &broken), display(None, None), "its checksum is wrong");
        assert_eq!(displays("connected\n", &edid((154, 90))[..100]), display(None, None));
    }
}
