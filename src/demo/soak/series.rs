//! One figure over time: does it stay where it was?

/// What a figure may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// Stay: its median may grow by so many in a hundred, and so much more for what comes and goes.
    Stay { percent: u64, more: u64 },
    /// Swing between a low and a high: its highest may grow so.
    Swing { percent: u64, more: u64 },
    /// Grow as it must; told, and judged elsewhere.
    Told,
}

/// A figure over time.
pub struct Series {
    /// What it is, with its unit.
    pub name: String,
    /// What it may do.
    pub bound: Bound,
    /// When, in seconds since the start, and how much.
    pub points: Vec<(f64, u64)>,
}

/// How it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// What was compared of the first quarter after the warm-up: median or highest.
    pub first: u64,
    /// The same of the last quarter.
    pub last: u64,
    /// The straight line that fits best, an hour.
    pub slope: f64,
    /// Whether it kept its bound.
    pub is_flat: bool,
}

impl Series {
    /// A figure that nobody has looked at yet.
    pub fn new(name: impl Into<String>, bound: Bound) -> Self {
        Self { name: name.into(), bound, points: Vec::new() }
    }

    /// How it went from then on. Nothing for too few points.
    pub fn trend(&self, from_s: f64) -> Option<Trend> {
        let points: Vec<(f64, u64)> =
            self.points.iter().copied().filter(|(at_s, _)| *at_s >= from_s).collect();
        let quarter = points.len() / 4;
        if quarter == 0 {
            return None;
        }
        let of = |points: &[(f64, u64)]| {
            let mut values: Vec<u64> = points.iter().map(|(_, value)| *value).collect();
            values.sort_unstable();
            match self.bound {
                Bound::Swing { .. } | Bound::Told => values.last().copied().unwrap_or(0),
                Bound::Stay { .. } => values[values.len() / 2],
            }
        };
        let (first, last) = (of(&points[..quarter]), of(&points[points.len() - quarter..]));
        let is_flat = match self.bound {
            Bound::Told => true,
            Bound::Stay { percent, more } | Bound::Swing { percent, more } => {
                last <= first + first * percent / 100 + more
            }
        };
        Some(Trend { first, last, slope: slope(&points) * 3_600.0, is_flat })
    }
}

/// By least squares, a second.
#[allow(clippy::cast_precision_loss, reason = "figures of a process are far below 2^52")]
fn slope(points: &[(f64, u64)]) -> f64 {
    let count = points.len() as f64;
    let mean_at = points.iter().map(|(at, _)| at).sum::<f64>() / count;
    let mean = points.iter().map(|(_, value)| *value as f64).sum::<f64>() / count;
    let (mut across, mut along) = (0.0, 0.0);
    for (at, value) in points {
        across += (at - mean_at) * (*value as f64 - mean);
        along += (at - mean_at) * (at - mean_at);
    }
    if along == 0.0 { 0.0 } else { across / along }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(bound: Bound, value: impl Fn(u32) -> u64) -> Series {
        let points = (0..120).map(|n| (f64::from(n) * 30.0, value(n))).collect();
        Series { name: String::new(), bound, points }
    }

    #[test]
    fn what_leaks_is_seen_and_what_warms_up_is_not_taken_for_a_leak() {
        let stay = Bound::Stay { percent: 3, more: 256 };
        let leak = series(stay, |n| 20_000 + u64::from(n) * 20).trend(600.0).unwrap();
        assert!(!leak.is_flat, "{leak:?}");
        assert!((leak.slope - 2_400.0).abs() < 1.0, "{leak:?}");
        let warm = series(stay, |n| 20_000 + u64::from(n.min(19)) * 500).trend(600.0).unwrap();
        assert!(warm.is_flat, "{warm:?}");
    }

    #[test]
    fn what_swings_is_judged_by_its_highest() {
        let swing = Bound::Swing { percent: 10, more: 0 };
        let saw = series(swing, |n| 1_000 + u64::from(n % 10) * 100).trend(0.0).unwrap();
        assert!(saw.is_flat && saw.first == 1_900, "{saw:?}");
        let growing =
            series(swing, |n| 1_000 + u64::from(n % 10) * 100 + u64::from(n) * 5).trend(0.0).unwrap();
        assert!(!growing.is_flat, "{growing:?}");
    }

    #[test]
    fn too_little_is_no_trend() {
        let few = Series { name: String::new(), bound: Bound::Told, points: vec![(0.0, 1), (1.0, 1)] };
        assert_eq!(few.trend(0.0), None);
    }
}
