//! Lists that have more lines than a screen has room for: the screen turns their pages by itself.

use crate::Scene;
use crate::scene::MOST_PICKS;

/// Which lines of a list are on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The first of them, from 0.
    pub(crate) first: usize,
    /// As many as have room, at least 1.
    pub(crate) most: usize,
}

impl Shown {
    /// Those of all.
    pub(crate) fn of<T>(self, all: &[T]) -> &[T] {
        let rest = all.get(self.first..).unwrap_or_default();
        &rest[..rest.len().min(self.most)]
    }

    /// How many of so many come after those.
    pub(crate) fn after(self, all: usize) -> usize {
        all.saturating_sub(self.first + self.most)
    }

    /// Where the next lines of so many begin, if there are any.
    pub(crate) fn next(self, all: usize) -> Option<usize> {
        let next = self.first + self.most;
        (next < all).then_some(next)
    }
}

impl Scene {
    /// How many lines of a list this scene holds.
    pub(crate) fn lines(&self) -> usize {
        match self {
            Self::TakeOut { doors, .. } => doors.len().min(MOST_PICKS),
            Self::TechnicianDoors { doors, .. } => doors.len(),
            Self::InventoryDone { troubles, .. } => troubles.len(),
            Self::TechnicianCases { cases, .. } => cases.len(),
            _ => 0,
        }
    }

    /// Which page of a list this scene is, and of how many.
    pub(crate) fn page(&self) -> (u32, u32) {
        match self {
            Self::TechnicianDoors { page, pages, .. } | Self::TechnicianCases { page, pages, .. } => {
                (*page, *pages)
            }
            _ => (1, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_room_come_on_the_next_page_and_none_is_left_out() {
        let all = [1, 2, 3, 4, 5];
        let mut shown = Shown { first: 0, most: 2 };
        let mut seen = shown.of(&all).to_vec();
        while let Some(first) = shown.next(all.len()) {
            shown.first = first;
            seen.extend(shown.of(&all));
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_list_that_has_become_shorter_shows_nothing_that_is_not_there() {
        assert_eq!(Shown { first: 4, most: 4 }.of(&[1, 2]), &[] as &[i32]);
    }
}
