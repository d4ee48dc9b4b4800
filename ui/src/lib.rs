//! The kiosk's screens: knows a view, sends intents, and nothing else.
