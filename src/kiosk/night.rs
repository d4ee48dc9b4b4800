//! Night by the clock on the wall: a dark screen and, as set, no sounds. It decides nothing else.

use jiff::Timestamp;

use crate::config::NightConfig;

/// Whether it is night at this second since 1970, UTC. A machine that does not know the time has day.
pub fn is_night(config: &NightConfig, unix_s: u64) -> bool {
    if unix_s < crate::config::built_unix_s() {
        return false;
    }
    let Some(at) = i64::try_from(unix_s).ok().and_then(|unix_s| Timestamp::from_second(unix_s).ok()) else {
        return false;
    };
    let now = at.to_zoned(config.zone.clone()).time();
    if config.from < config.to {
        config.from <= now && now < config.to
    } else {
        now >= config.from || now < config.to
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    use super::*;

    fn at(text: &str) -> u64 {
        text.parse::<Timestamp>().unwrap().as_second().try_into().unwrap()
    }

    #[test]
    fn night_in_madrid_goes_past_midnight_and_follows_summer_time() {
        let config = NightConfig {
            from: time(22, 0, 0, 0),
            to: time(6, 0, 0, 0),
            zone: TimeZone::get("Europe/Madrid").unwrap(),
        };
        for (moment, night) in [
            ("2030-01-15T20:59:59Z", false),
            ("2030-01-15T21:00:00Z", true),
            ("2030-01-16T04:59:59Z", true),
            ("2030-01-16T05:00:00Z", false),
            ("2030-07-15T20:00:00Z", true),
            ("2030-07-16T04:00:00Z", false),
        ] {
            assert_eq!(is_night(&config, at(moment)), night, "{moment}");
        }
    }

    #[test]
    fn a_machine_that_does_not_know_the_time_has_day() {
        let config = NightConfig { from: time(22, 0, 0, 0), to: time(21, 59, 0, 0), zone: TimeZone::UTC };
        assert!(!is_night(&config, 60));
    }
}
