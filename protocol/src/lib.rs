//! What passes between locker, hub and phone: ids, events, changes, passes and their bytes.
