use proptest::prelude::*;

use super::*;

const DEMO: &str = DEMO_24;

fn faults(text: &str) -> Vec<String> {
    parse(text, "cabinet.toml").unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn the_demo_cabinet_has_24_compartments_of_three_sizes_each_within_reach_somewhere() {
    let profile = parse(DEMO, "demo-24.toml").unwrap();
    assert_eq!(profile.compartments.len(), 24);
    for size in [Size::S, Size::M, Size::L] {
        assert!(
            profile.compartments.iter().any(|c| c.size == size && c.is_reachable()),
            "no {size:?} within reach"
        );
    }
    assert!(profile.compartments.iter().any(|c| !c.is_reachable()), "a tall cabinet has doors out of reach");
    assert_eq!(profile.banks[0].pulse_ms, 300);
    assert_eq!(profile.columns[2], Column { x_mm: 800, w_mm: 400 });
}

#[test]
fn all_faults_are_told_at_once_with_line_and_key() {
    let text = DEMO
        .replacen("channel = 4\n", "channel = 3\n", 1)
        .replacen("size = \"M\"", "size = \"XL\"", 1)
        .replacen("pulse_ms = 300", "pulse_ms = 900", 1)
        .replacen("evidence = \"door\"", "evidense = \"door\"", 1);
    let found = faults(&text);
    assert!(
        found.iter().any(|fault| fault.contains("compartment[4].channel: 3 is already used")),
        "{found:#?}"
    );
    let about = |part: &str| {
        found.iter().find(|fault| fault.contains(part)).unwrap_or_else(|| panic!("{part} in {found:#?}"))
    };
    assert!(about("bank[1].pulse_ms").contains("900 is not within 1 to 500"));
    assert!(about("compartment[1].size").contains("XL"));
    assert!(about("compartment[1].evidense").contains("no key"));
    assert!(about("compartment[1].evidence").contains("is missing"));
    let line = DEMO.lines().position(|line| line == "pulse_ms = 300").unwrap() + 1;
    assert!(about("pulse_ms").starts_with(&format!("cabinet.toml:{line}: ")));
}

#[test]
fn two_doors_on_one_channel_are_named() {
    let found = faults(&DEMO.replacen("channel = 2\n", "channel = 1\n", 1));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].ends_with("compartment[2].channel: 1 is already used by compartment 1 (bank \"main\")"),
        "{found:?}"
    );
}

#[test]
fn what_contradicts_itself_is_found_between_values() {
    for (from, to, expected) in [
        ("channel = 24", "channel = 25", "bank \"main\" has channels 1 to 24"),
        ("number = 24", "number = 23", "23 stands on another door"),
        ("bank = \"main\"", "bank = \"other\"", "there is no bank \"other\""),
        ("address = 1\n", "address = 33\n", "33 is not within 1 to 32"),
        ("height_mm = 2060", "height_mm = 2000", "the door's upper edge"),
        ("y_mm = 1120", "y_mm = 1600", "behind the screen"),
        ("x_mm = 810", "x_mm = 830", "lies in no one column"),
        ("handle_mm = 420", "handle_mm = 700", "is not on the door"),
        ("closed_is = \"11\"", "closed_is = \"12\"", "12"),
        ("family = \"shuoming\"", "family = \"unheard\"", "unheard"),
        ("evidence = \"door\"", "evidence = \"attested\"", "a door without a sensor proves nothing"),
    ] {
        let found = faults(&DEMO.replacen(from, to, 1));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{to}: {found:?}");
    }
}

/// The demo cabinet with one more bank.
fn with_bank(keys: &str) -> String {
    let at = DEMO.find("[[compartment]]").unwrap();
    format!(
        "{}[[bank]]\nid = \"b\"\nclosed_is = \"1\"\nsupply = \"12V\"\n{keys}\n{}",
        &DEMO[..at],
        &DEMO[at..]
    )
}

#[test]
fn inputs_on_a_board_of_their_own_have_an_address_that_no_bank_has() {
    let relays = |board: u8| {
        let keys = format!(
            "family = \"modbus-relay\"\nport = \"locks\"\naddress = 7\nchannels = 8\ninputs_board = {board}\n"
        );
        with_bank(&keys)
    };
    assert!(parse(&relays(9), "cabinet.toml").is_ok());
    assert!(parse(&relays(7), "cabinet.toml").is_ok(), "its own");
    let taken = faults(&relays(1));
    let expected = "bank[2]: its inputs_board 1 is the address of bank \"main\" on port \"locks\"";
    assert!(taken.len() == 1 && taken[0].ends_with(expected), "{taken:?}");
}

const GPIO: &str = "family = \"gpio\"\nport = \"pins\"\noutputs = [17, 27]\ninputs = [5, -1]\n";

#[test]
fn one_supply_may_feed_banks_on_several_ports() {
    let bank = "family = \"shuoming\"\nport = \"other\"\naddress = 1\nchannels = 8\n";
    let profile = parse(&with_bank(bank), "cabinet.toml").unwrap();
    assert_eq!(profile.banks[0].supply, profile.banks[1].supply);
    assert_ne!(profile.banks[0].port, profile.banks[1].port);
}

#[test]
fn a_bank_on_gpio_lines_says_which_line_is_which_channels() {
    let text = with_bank(&format!("{GPIO}active_low = true\npull = \"none\"\nenable = 22\n"));
    let profile = parse(&text, "cabinet.toml").unwrap();
    let bank = &profile.banks[1];
    assert_eq!((bank.family, bank.channels, bank.closed_is), (Family::Gpio, 2, ClosedIs::Eleven));
    let wiring = GpioWiring {
        outputs: vec![17, 27],
        inputs: vec![Some(5), None],
        active_low: true,
        pull: Pull::None,
        enable: Some(22),
    };
    assert_eq!(bank.gpio, Some(wiring));
}

#[test]
fn each_family_is_told_what_only_it_has() {
    let cu16 = "family = \"kerong-cu16\"\nport = \"b\"\naddress = 0\nchannels = 16\n";
    let bank = |keys: &str| parse(&with_bank(keys), "cabinet.toml").unwrap().banks[1].clone();
    let plain = bank(cu16);
    assert_eq!((plain.baud, plain.item_is), (19_200, None));
    let told = bank(&format!("{cu16}baud = 115200\nitem_is = \"0\"\n"));
    assert_eq!((told.baud, told.item_is), (115_200, Some(ItemIs::Zero)));
    let relays = "family = \"modbus-relay\"\nport = \"b\"\naddress = 7\nchannels = 8\n";
    let first = |by, first| Some(RelayInputs { by, first, board: None });
    assert_eq!(bank(relays).inputs, first(InputsBy::DiscreteInputs, 0));
    let eletechsup = format!("{relays}inputs = \"fc03-0081\"\n");
    assert_eq!(bank(&eletechsup).inputs, first(InputsBy::HoldingRegisters, 0x81));
    let moved = format!("{eletechsup}inputs_address = 4096\n");
    assert_eq!(bank(&moved).inputs, first(InputsBy::HoldingRegisters, 4096));
    let apart = bank(&format!("{eletechsup}inputs_board = 9\n"));
    assert_eq!(apart.inputs.and_then(|inputs| inputs.board), Some(9));
    for (keys, expected) in [
        (format!("{cu16}item_is = \"2\"\n"), "bank[2].item_is: unknown variant `2`"),
        (format!("{cu16}inputs = \"fc02\"\n"), "bank[2].inputs: is no key here"),
        (format!("{relays}item_is = \"1\"\n"), "bank[2].item_is: is no key here"),
        (format!("{relays}inputs = \"fc04\"\n"), "bank[2].inputs: unknown variant `fc04`"),
    ] {
        let found = faults(&with_bank(&keys));
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn several_families_share_a_line_at_one_speed() {
    let beside = |keys: &str| with_bank(&format!("port = \"locks\"\nchannels = 8\n{keys}"));
    assert!(parse(&beside("family = \"wkly\"\naddress = 2\n"), "cabinet.toml").is_ok());
    let found = faults(&beside("family = \"kerong-cu48\"\naddress = 2\n"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("bank[2].port: runs at 9600 Bd for bank \"main\", this one needs 19200"),
        "{found:?}"
    );
    let found = faults(&beside("family = \"winnsen\"\naddress = 1\n"));
    assert!(found[0].contains("bank[2].address: 1 is already used by bank \"main\""), "{found:?}");
}

#[test]
fn impossible_wiring_is_named_wherever_it_is() {
    let shuoming = "family = \"shuoming\"\nport = \"locks\"\nchannels = 8\n";
    for (keys, expected) in [
        (format!("{shuoming}address = 1\n"), vec!["bank[2].address: 1 is already used by bank \"main\""]),
        (
            format!("{}address = 0\nbaud = 4800\n", shuoming.replace("locks", "other")),
            vec!["bank[2].address: 0 is not within 1 to 32", "bank[2].baud: 4800 is not among 9600"],
        ),
        (format!("{shuoming}address = 2\nenable = 4\n"), vec!["bank[2].enable: is no key here"]),
        (format!("{GPIO}address = 1\n"), vec!["bank[2].address: is no key here"]),
        (
            GPIO.replace("pins", "locks"),
            vec!["bank[2].port: is the serial line of bank \"main\", no GPIO chip"],
        ),
        (
            GPIO.replace("27", "17"),
            vec!["bank[2].outputs: line 17 is already the output of channel 1 of bank \"b\""],
        ),
        (GPIO.replace("-1", "17"), vec!["bank[2].inputs: line 17 is already the output of channel 1"]),
        (format!("{GPIO}enable = 5\n"), vec!["bank[2].enable: line 5 is already the input of channel 1"]),
        (GPIO.replace("-1", "6, 7"), vec!["bank[2].inputs: there are 3 for 2 outputs"]),
        (GPIO.replace("27", "-1"), vec!["bank[2].outputs: 1 to 255 numbers of lines, each 0 to 1023"]),
        (format!("{GPIO}channels = 3\n"), vec!["bank[2].channels: 3, but there are 2 outputs"]),
        (format!("{GPIO}pull = \"sideways\"\n"), vec!["bank[2].pull: unknown variant `sideways`"]),
    ] {
        let found = faults(&with_bank(&keys));
        assert_eq!(found.len(), expected.len(), "{keys}: {found:#?}");
        for expected in expected {
            assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:#?}");
        }
    }
}

#[test]
fn each_family_has_its_own_limits_and_keys() {
    let bank = |family: &str, more: &str| {
        with_bank(&format!("family = \"{family}\"\nport = \"other\"\naddress = 1\nchannels = 8\n{more}"))
    };
    for (family, address, channels) in [
        ("kerong-cu16", 15, 17),
        ("kerong-cu48", 10, 49),
        ("wkly", 32, 65),
        ("winnsen", 255, 17),
        ("modbus-relay", 248, 33),
    ] {
        assert!(parse(&bank(family, ""), "cabinet.toml").is_ok(), "{family}");
        let beyond = bank(family, "")
            .replace("address = 1\nchannels = 8", &format!("address = {address}\nchannels = {channels}"));
        let found = faults(&beyond);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].contains(&format!("bank[2].address: {address} is not within")), "{found:?}");
        let most = channels - 1;
        assert!(
            found[1].contains(&format!("bank[2].channels: {channels} is not within 1 to {most}")),
            "{found:?}"
        );
    }
    for (family, key, expected) in [
        ("kerong-cu16", "item_is = \"2\"", "bank[2].item_is"),
        ("kerong-cu48", "item_is = \"1\"", "bank[2].item_is: is no key here"),
        ("kerong-cu16", "baud = 9600", "bank[2].baud: 9600 is not among 19200, 115200"),
        ("modbus-relay", "inputs = \"fc04\"", "bank[2].inputs"),
        ("modbus-relay", "pulse_ms = 50", "bank[2].pulse_ms: 50 is not within 100 to 500"),
        ("winnsen", "inputs_address = 1", "bank[2].inputs_address: is no key here"),
    ] {
        let found = faults(&bank(family, &format!("{key}\n")));
        assert_eq!(found.len(), 1, "{key}: {found:#?}");
        assert!(found[0].contains(expected), "{expected}: {found:#?}");
    }
}

#[test]
fn a_line_that_opens_two_doors_or_two_supplies_is_refused_over_banks_too() {
    let second = GPIO.replace("17, 27", "23, 24").replace("5, -1", "-1, -1");
    let two = |one: &str, other: &str| {
        with_bank(&format!("{GPIO}{one}\n[[bank]]\nid = \"c\"\nclosed_is = \"0\"\n{second}{other}"))
    };
    let both = "enable = 22\n";
    assert!(parse(&two(both, &format!("{both}supply = \"12V\"\n")), "cabinet.toml").is_ok());
    let found = faults(&two(both, &format!("{both}supply = \"24V\"\n")));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("bank[3].enable: line 22 is already the enable of bank \"b\""), "{found:?}");
    let found = faults(&two("", "supply = \"12V\"\n").replace("23", "27"));
    assert!(
        found[0].contains("bank[3].outputs: line 27 is already the output of channel 2 of bank \"b\""),
        "{found:?}"
    );
}

#[test]
fn a_door_that_its_bank_cannot_see_is_refused() {
    let found = faults(&DEMO.replacen("evidence = \"door\"", "evidence = \"item\"", 1));
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("compartment[1].evidence: bank \"main\" has no item sensors"), "{found:?}");
    let text = with_bank(GPIO).replacen("bank = \"main\"\nchannel = 2\n", "bank = \"b\"\nchannel = 2\n", 1);
    let found = faults(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("channel 2 of bank \"b\" has no input"), "{found:?}");
}

#[test]
fn a_family_that_is_unknown_is_one_fault_and_its_keys_are_not_blamed() {
    let found = faults(&with_bank(&GPIO.replace("gpio", "unheard")));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("bank[2].family"), "{found:?}");
}

#[test]
fn a_file_that_is_too_large_or_no_toml_is_one_clear_fault() {
    assert!(faults(&"#".repeat(MOST_BYTES + 1))[0].contains("at most"));
    assert!(faults("[cabinet\nname = 3")[0].starts_with("cabinet.toml:1: "));
    assert!(!faults("").is_empty());
    let many = format!("{DEMO}{}", "[[compartment]]\n".repeat(MOST_COMPARTMENTS));
    assert!(faults(&many).iter().any(|fault| fault.contains("1 to 410")));
}

const PARTS: &str = include_str!("../../tests/support/parts.toml");

#[test]
fn a_cabinet_may_have_sensors_a_buzzer_and_lights() {
    let parts = |text: &str| parse(&format!("{DEMO}{text}"), "cabinet.toml").unwrap().parts;
    let usual = parts(&PARTS.replacen("within_s = 600\n", "", 1));
    assert_eq!(usual.tampers[0].within_ms, 10_000);
    let parts = parts(PARTS);
    let ports: Vec<&str> = parts.ports().collect();
    assert_eq!(ports, ["gpio", "battery", "gpio", "cold", "gpio", "gpio", "gpio", "gpio"]);
    let power = parts.power.unwrap();
    assert_eq!((power.mains_lost.line, power.gauge.unwrap().address), (6, 0x36));
    assert_eq!((parts.tampers[0].edges, parts.tampers[0].within_ms), (3, 600_000));
    assert_eq!(parts.thermometers[0].range_tenths_c, (20, 75));
    assert_eq!(parts.lights[0].compartments, [1, 2]);
    assert_eq!(parse(DEMO, "cabinet.toml").unwrap().parts, Parts::default());
}

#[test]
fn what_contradicts_itself_among_sensors_and_lights_is_found() {
    for (from, to, expected) in [
        ("line = 17", "line = 6", "tamper[1].line: 6 of \"gpio\" is already used by power.mains_lost"),
        ("compartments = [3]", "compartments = [99]", "light[2].compartments: there is no compartment 99"),
        ("compartments = [3]", "compartments = []", "light[2].compartments: is to be 1 to 410"),
        ("high_c = 7.5", "high_c = 1", "temperature[1].high_c: is to be above low_c"),
        ("low_c = 2", "low_c = -80", "temperature[1].low_c: -80 is not within -55 to 125"),
        ("id = \"cold\"", "id = \"back wall\"", "temperature[1].id: \"back wall\" is already the id"),
        ("edges = 3", "edges = 0", "tamper[1].edges: 0 is not within 1 to 100"),
        ("gauge = \"battery\"", "gauge_adress = 54", "power.gauge_adress: is no key here"),
        ("mains_lost = 6", "mains_lost = 2000", "power.mains_lost: 2000 is not within 0 to 1023"),
    ] {
        assert!(PARTS.contains(from), "{from}");
        let found = faults(&format!("{DEMO}{}", PARTS.replacen(from, to, 1)));
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert!(found[0].contains(expected), "{to}: {found:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn cut_or_spoilt_profiles_never_panic(at in 0usize..4000, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = DEMO.as_bytes().to_vec();
        let at = at.min(bytes.len() - 1);
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(faults) = parse(&text, "cabinet.toml") {
            prop_assert!(!faults.is_empty());
        }
    }
}
