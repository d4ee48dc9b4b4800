//! The reference central network of parcel lockers: an HTTP API on SQLite.
//!
//! Two sides: people and their systems announce parcels, follow them and are told by webhooks (`/v1`, JSON); lockers
//! enrol, fetch signed changes and hand in their journals (`/locker/v1`, CBOR). The hub never decides what a door does:
//! it mirrors what the lockers' events say. It stores no plain code and no pass, and no word for a person.

mod auth;
mod bells;
mod body;
mod books;
mod cases;
mod changes;
mod codes;
mod database;
mod delivery;
mod evidence;
mod facts;
mod housekeeping;
mod hub;
mod journal;
mod labels;
#[cfg(feature = "ledger")]
mod ledger;
mod locker_api;
mod nonce;
mod openapi;
mod options;
mod pace;
mod parcels;
mod people_api;
mod problem;
mod proxies;
mod receipts;
mod recipients;
mod route;
mod routes;
mod seen;
mod server;
mod service;
mod sessions;
mod signing;
mod staff;
mod story;
mod user_key;
mod words;

pub use database::DatabaseError;
#[cfg(feature = "ledger")]
pub use ledger::{Brought, Ledger, LedgerError, Whereabouts};
pub use openapi::document;
pub use options::{HubOptions, NowUnixS, WebhookOptions};
pub use routes::operations;
pub use service::{HubError, serve};
pub use signing::SigningKeyError;
pub use user_key::{Scope, UserKeyError, create_user_key};
