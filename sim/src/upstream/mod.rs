//! What is above the locker: sync, network, hub.
