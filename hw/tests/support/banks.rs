//! Cabinets by what differs between families: the keys of their banks.

use std::fmt::Write as _;

use locker_hw::profile::{self, Profile};

pub const SHUOMING: &str = "family = \"shuoming\"\naddress = 1\nchannels = 24\nclosed_is = \"11\"\n";
pub const CU16: &str =
    "family = \"kerong-cu16\"\naddress = 0\nchannels = 16\nclosed_is = \"1\"\nitem_is = \"1\"\n";
pub const CU48: &str = "family = \"kerong-cu48\"\naddress = 1\nchannels = 48\nclosed_is = \"1\"\n";
pub const WKLY: &str = "family = \"wkly\"\naddress = 2\nchannels = 24\nclosed_is = \"1\"\n";
pub const WINNSEN: &str = "family = \"winnsen\"\naddress = 3\nchannels = 16\nclosed_is = \"0\"\n";
pub const RELAYS: &str = "family = \"modbus-relay\"\naddress = 4\nchannels = 16\nclosed_is = \"1\"\n";

/// The keys of a bank, on a port.
pub fn at(port: &str, keys: &str) -> String {
    format!("port = \"{port}\"\n{keys}")
}

/// A column of doors: banks by their keys, with how many doors each and what their sensors prove.
pub fn profile(banks: &[(&str, u8, &str)]) -> Profile {
    let mut text = String::from(
        "[cabinet]\nname = \"test\"\nheight_mm = 20000\ncolumn_widths_mm = [400, 400]\n[screen]\nx_mm = 500\ny_mm = 900\nw_mm = 200\nh_mm = 100\n",
    );
    for (id, (keys, ..)) in banks.iter().enumerate() {
        writeln!(text, "[[bank]]\nid = \"{id}\"\nsupply = \"12V\"\n{keys}").unwrap();
    }
    let mut number = 0;
    for (id, (_, doors, evidence)) in banks.iter().enumerate() {
        for channel in 1..=*doors {
            number += 1;
            writeln!(text, "[[compartment]]\nnumber = {number}\nsize = \"M\"\nbank = \"{id}\"\nchannel = {channel}\nx_mm = 10\ny_mm = {}\nw_mm = 380\nh_mm = 150\ndepth_mm = 600\nevidence = \"{evidence}\"", number * 160).unwrap();
        }
    }
    profile::parse(&text, "test.toml").unwrap()
}
