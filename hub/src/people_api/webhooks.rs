//! Addresses that are told what happens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use data_encoding::HEXLOWER;
use locker_crypto::random;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Page;
use crate::auth::User;
use crate::body::{Asked, AtPath, Json, created};
use crate::database::{signed, unsigned};
use crate::delivery::address_of;
use crate::hub::SharedHub;
use crate::people_api::Paging;
use crate::problem::{Kind, Problem};
use crate::route::Route;

/// How many a tenant, or the operators, may have.
const MAX_WEBHOOKS: u32 = 20;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/webhooks", "addWebhook", add)
            .about(
                "webhooks",
                "Registers an address: a tenant's hears of its own parcels, an operator's of everything",
            )
            .takes::<WebhookRequest>()
            .answers::<WebhookAdded>(201, "From now on it is told. The secret is shown this once."),
        Route::get("/v1/webhooks", "listWebhooks", list)
            .about("webhooks", "Lists the registered addresses")
            .query("after", "Those after this one.")
            .query("limit", "How many at most: 1 to 200, otherwise 50.")
            .answers::<Page<WebhookView>>(200, "Webhooks."),
        Route::delete("/v1/webhooks/{webhook}", "deleteWebhook", delete)
            .about("webhooks", "Forgets an address, with what waits for it")
            .answers_nothing("It is told nothing more."),
    ]
}

/// An address that is to be told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookRequest {
    /// An `http` or `https` address of at most 500 characters.
    url: String,
}

/// A webhook, registered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WebhookAdded {
    /// Its number.
    webhook: u64,
    /// Under which its messages are signed: see `Locker-Signature`. Shown this once.
    secret: String,
}

/// A webhook.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WebhookView {
    /// Its number.
    webhook: u64,
    /// The tenant whose parcels it hears of; none for an operator's.
    tenant: Option<u32>,
    /// Its address.
    url: String,
    /// When it was registered.
    created_unix_s: u64,
    /// How many messages wait for it.
    waiting: u64,
    /// How many messages it never got: given up after the last try, or for want of room.
    lost: u64,
}

async fn add(
    State(hub): State<SharedHub>,
    user: User,
    Json(request): Json<WebhookRequest>,
) -> Result<Response, Problem> {
    address_of(&request.url, hub.webhooks.allow_private).map_err(Problem::invalid)?;
    let secret = HEXLOWER.encode(&random::<32>()?);
    let tenant = user.scope.tenant().map(|tenant| tenant.0);
    let now_unix_s = hub.now();
    let added = hub
        .database
        .write(move |transaction| {
            let count: u32 = transaction.query_row(
                "SELECT COUNT(*) FROM webhooks WHERE tenant IS ?1",
                [tenant],
                |row| row.get(0),
            )?;
            if count >= MAX_WEBHOOKS {
                return Err(Problem::new(Kind::Full, format!("there are {MAX_WEBHOOKS} webhooks already")));
            }
            transaction.execute(
                "INSERT INTO webhooks (tenant, url, secret, created_unix_s) VALUES (?1, ?2, ?3, ?4)",
                (tenant, &request.url, secret.as_bytes(), signed(now_unix_s)),
            )?;
            Ok(WebhookAdded { webhook: unsigned(transaction.last_insert_rowid()), secret })
        })
        .await?;
    Ok(created(added))
}

async fn list(
    State(hub): State<SharedHub>,
    user: User,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<WebhookView>>, Problem> {
    let limit = paging.limit();
    let tenant = user.scope.tenant().map(|tenant| tenant.0);
    let items = hub
        .database
        .read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, tenant, url, created_unix_s,
                 (SELECT COUNT(*) FROM deliveries WHERE deliveries.webhook = webhooks.id), lost
                 FROM webhooks WHERE id > ?1 AND (?2 IS NULL OR tenant = ?2) ORDER BY id LIMIT ?3",
            )?;
            let rows = select.query_map((paging.after().unwrap_or(0), tenant, limit + 1), |row| {
                Ok(WebhookView {
                    webhook: unsigned(row.get(0)?),
                    tenant: row.get(1)?,
                    url: row.get(2)?,
                    created_unix_s: unsigned(row.get(3)?),
                    waiting: unsigned(row.get(4)?),
                    lost: unsigned(row.get(5)?),
                })
            })?;
            Ok::<_, Problem>(rows.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(Json(Page::of(items, limit, |webhook| webhook.webhook)))
}

async fn delete(
    State(hub): State<SharedHub>,
    user: User,
    AtPath(webhook): AtPath<u32>,
) -> Result<StatusCode, Problem> {
    let tenant = user.scope.tenant().map(|tenant| tenant.0);
    hub.database
        .write(move |transaction| {
            let known = transaction.execute(
                "DELETE FROM webhooks WHERE id = ?1 AND (?2 IS NULL OR tenant = ?2)",
                (webhook, tenant),
            )?;
            if known == 0 { Err(Problem::not_found("webhook")) } else { Ok(()) }
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
