//! What is held before the scanner is hostile.

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::must;

/// A code of 4 kB takes 4.3 s at 9600 Bd.
const LONG_CODE_BYTES: usize = 4_096;

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.timeline.chapter("Codes of 4 kB, of control bytes, and of nothing that is text");
    let pid = stage.kiosk.pid();
    let mut long = vec![b'A'; LONG_CODE_BYTES];
    long.push(b'\r');
    let hostile: [(&str, &[u8]); 4] = [
        ("a code of 4 kB", &long),
        ("a code of control bytes", b"\x00\x01\x02\x1b[2J\x7f\x03\r"),
        ("a code that is no text", b"\xff\xfe\x80\x81\xc0\xaf\r"),
        ("a code that looks like SQL and like a format", b"'; DROP TABLE parcel; --%s%n{}\r"),
    ];
    for (what, bytes) in hostile {
        stage.go_home()?;
        stage.says("somebody", format!("holds {what} before the scanner"));
        stage.world.scanner.scan_bytes(bytes);
        stage.screen.wait("word that it cannot be read", |facts| {
            facts.starts_with("We could not read that code") || facts.starts_with("We cannot check")
        })?;
        stage.look_after()?;
    }
    stage.go_home()?;
    stage.courier_signs_in()?;
    stage.says("courier", "holds a code of 4 kB before the scanner");
    stage.world.scanner.scan_bytes(&long);
    stage
        .screen
        .wait("word that it is no label", |facts| facts.starts_with("We could not read that label"))?;
    let label = stage.announce("Ana", "S")?;
    stage.deposit(&label)?;
    stage.courier_leaves()?;
    stage.collect_by_code(&label)?;
    must(stage.kiosk.pid() == pid, "the kiosk never ended")
}
