//! SQLite's locks on a database file, among the connections of one simulated computer.

/// Who has locked a file, and how.
#[derive(Default, Debug)]
pub(super) struct FileLocks {
    shared: u32,
    reserved: bool,
    pending: bool,
    exclusive: bool,
}

/// What one connection holds, in SQLite's order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Level {
    #[default]
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

impl Level {
    /// SQLite's number for it (`SQLITE_LOCK_*`).
    pub(super) fn of(number: i32) -> Self {
        match number {
            i32::MIN..=0 => Self::None,
            1 => Self::Shared,
            2 => Self::Reserved,
            3 => Self::Pending,
            4.. => Self::Exclusive,
        }
    }
}

impl FileLocks {
    /// Raises what one connection holds. Returns whether it has what it wanted.
    pub(super) fn raise(&mut self, held: &mut Level, wanted: Level) -> bool {
        if *held >= wanted {
            return true;
        }
        if *held == Level::None {
            if self.pending || self.exclusive {
                return false;
            }
            self.shared += 1;
            *held = Level::Shared;
        }
        if wanted == Level::Shared {
            return true;
        }
        if *held == Level::Shared {
            if self.reserved || self.pending || self.exclusive {
                return false;
            }
            self.reserved = true;
            *held = Level::Reserved;
        }
        if wanted == Level::Reserved {
            return true;
        }
        self.pending = true;
        *held = Level::Pending;
        if self.shared > 1 {
            return false;
        }
        self.exclusive = true;
        *held = Level::Exclusive;
        true
    }

    /// Lowers what one connection holds.
    pub(super) fn lower(&mut self, held: &mut Level, to: Level) {
        if *held <= to {
            return;
        }
        if *held > Level::Shared {
            (self.reserved, self.pending, self.exclusive) = (false, false, false);
        }
        if to == Level::None {
            self.shared = self.shared.saturating_sub(1);
        }
        *held = to;
    }

    /// Whether some connection is about to write.
    pub(super) fn is_reserved(&self) -> bool {
        self.reserved || self.pending || self.exclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_while_others_read_and_nobody_reads_while_one_is_alone() {
        let mut locks = FileLocks::default();
        let (mut one, mut two) = (Level::None, Level::None);
        assert!(locks.raise(&mut one, Level::Shared) && locks.raise(&mut two, Level::Shared));
        assert!(locks.raise(&mut one, Level::Reserved));
        assert!(!locks.raise(&mut two, Level::Reserved));
        assert!(!locks.raise(&mut one, Level::Exclusive), "another reads");
        locks.lower(&mut two, Level::None);
        assert!(!locks.raise(&mut two, Level::Shared), "one waits to be alone");
        assert!(locks.raise(&mut one, Level::Exclusive));
        locks.lower(&mut one, Level::None);
        assert!(!locks.is_reserved() && locks.raise(&mut two, Level::Exclusive));
    }
}
