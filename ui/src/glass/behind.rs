use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::Seen;
use crate::kiosk::Shared;
use crate::presenter::Presenter;

/// What stands behind the glass: whose pixels it shows.
pub(crate) trait Behind {
    /// The screen without its pixels; the glass counts its revisions.
    fn seen(&self) -> Seen;
    /// The screen's time.
    fn now(&self) -> Duration;
    /// Another thread has said something.
    fn take_news(&self);
}

/// The kiosk's scenes.
pub(crate) struct Scenes {
    pub(crate) presenter: Rc<Presenter>,
    pub(crate) shared: Arc<Shared>,
}

impl Behind for Scenes {
    fn seen(&self) -> Seen {
        self.presenter.seen()
    }

    fn now(&self) -> Duration {
        self.presenter.now()
    }

    fn take_news(&self) {
        self.presenter.take(self.shared.take());
    }
}
