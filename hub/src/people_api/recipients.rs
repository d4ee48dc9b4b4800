//! Tells the hub that words of several tenants mean one person.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use locker_protocol::TenantId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::text_within;
use crate::auth::User;
use crate::body::Json;
use crate::hub::SharedHub;
use crate::problem::Problem;
use crate::recipients::{MAX_REFERENCE, link};
use crate::route::{Caller, Route};

const MAX_LINKED: usize = 50;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/recipients/link", "linkRecipients", link_recipients)
            .about(
                "recipients",
                "Makes words of several tenants mean one person: one code then opens all of their parcels",
            )
            .by(Caller::Operator)
            .takes::<LinkRequest>()
            .answers_nothing("From now on they mean whom the first one means."),
    ]
}

/// Which words mean one person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRequest {
    /// 2 to 50 of them.
    references: Vec<Reference>,
}

/// A tenant's word for a person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// Whose word.
    tenant: u32,
    /// The word: 1 to 200 characters.
    recipient: String,
}

async fn link_recipients(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<LinkRequest>,
) -> Result<StatusCode, Problem> {
    user.operator()?;
    if !(2..=MAX_LINKED).contains(&request.references.len()) {
        return Err(Problem::invalid(format!("`references` has 2 to {MAX_LINKED} items")));
    }
    for reference in &request.references {
        text_within("recipient", &reference.recipient, MAX_REFERENCE)?;
    }
    let references: Vec<_> = request
        .references
        .into_iter()
        .map(|reference| (TenantId(reference.tenant), reference.recipient))
        .collect();
    let keys = Arc::clone(&hub.keys);
    hub.database.write(move |transaction| link(transaction, &keys.references, &references)).await?;
    Ok(StatusCode::NO_CONTENT)
}
