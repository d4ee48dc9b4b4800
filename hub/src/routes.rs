//! The table of routes, and the router made of it.

use axum::Router;
use axum::extract::State;
use serde_json::Value;

use crate::body::Json;
use crate::hub::SharedHub;
use crate::problem::{Kind, Problem};
use crate::route::{Caller, Route};
use crate::{locker_api, openapi, people_api};

/// Every route of the hub.
pub(crate) fn table() -> Vec<Route> {
    let mut table = vec![
        Route::get("/openapi.json", "getDocument", document)
            .about("document", "Gives this document")
            .by(Caller::Anyone)
            .answers::<serde_json::Map<String, Value>>(200, "The OpenAPI document."),
    ];
    table.extend(locker_api::routes());
    table.extend(people_api::routes());
    table
}

/// Method (lower case) and path of everything that the router takes, as the document writes them.
pub fn operations() -> Vec<(&'static str, &'static str)> {
    table().into_iter().map(|route| (route.method, route.path)).collect()
}

pub(crate) fn router(hub: &SharedHub) -> Router {
    let mut router = Router::new();
    for Route { path, handler, .. } in table() {
        router = router.route(path, handler);
    }
    router.fallback(unknown).method_not_allowed_fallback(not_allowed).with_state(SharedHub::clone(hub))
}

async fn document(State(_): State<SharedHub>) -> Json<Value> {
    Json(openapi::document())
}

async fn unknown() -> Problem {
    Problem::not_found("path")
}

async fn not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "see `Allow`, or /openapi.json, for what can be done with this")
}
