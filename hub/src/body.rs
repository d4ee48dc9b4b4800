//! What a request brings: its body, its path and its query, bounded in size and time, each with problems for errors.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use locker_protocol::seal::MAX_SEALED_BYTES;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// The most bytes of a JSON body.
pub(crate) const MAX_JSON_BYTES: usize = 16 * 1024;
/// The most bytes of a locker's body.
pub(crate) const MAX_CBOR_BYTES: usize = MAX_SEALED_BYTES;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);
/// How lockers' bodies travel.
pub(crate) const CBOR: &str = "application/cbor";
/// How people's bodies travel.
pub(crate) const JSON: &str = "application/json";

/// A JSON body, or a JSON answer.
pub(crate) struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = body_of(request, JSON, MAX_JSON_BYTES).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let kind = if error.is_data() { Kind::Invalid } else { Kind::BadRequest };
            Problem::new(kind, error.to_string())
        })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => ([(CONTENT_TYPE, HeaderValue::from_static(JSON))], bytes).into_response(),
            Err(error) => {
                log::error!("an answer cannot be written as JSON: {error}");
                Problem::new(Kind::Internal, "the answer cannot be written").into_response()
            }
        }
    }
}

/// The bytes of a CBOR body, not yet decoded, or of a CBOR answer.
pub(crate) struct Cbor(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for Cbor {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self(body_of(request, CBOR, MAX_CBOR_BYTES).await?.to_vec()))
    }
}

impl IntoResponse for Cbor {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, HeaderValue::from_static(CBOR))], self.0).into_response()
    }
}

async fn body_of(request: Request, media_type: &str, limit: usize) -> Result<Bytes, Problem> {
    if !is_of(request.headers(), media_type) {
        return Err(Problem::new(Kind::WrongMediaType, format!("expected {media_type}")));
    }
    let collected = tokio::time::timeout(BODY_TIME, axum::body::to_bytes(request.into_body(), limit)).await;
    match collected {
        Err(_) => {
            Err(Problem::new(Kind::TooSlow, format!("the body has {} s to arrive", BODY_TIME.as_secs())))
        }
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(match Limited::of(&error) {
            Limited::Yes => Problem::new(Kind::TooLarge, format!("at most {limit} bytes are taken here")),
            Limited::No => Problem::new(Kind::BadRequest, "the body ended early"),
        }),
    }
}

/// Whether a body failed for its size: axum wraps the reason in its own error.
enum Limited {
    Yes,
    No,
}

impl Limited {
    fn of(error: &axum::Error) -> Self {
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            if error.is::<http_body_util::LengthLimitError>() {
                return Self::Yes;
            }
            cause = error.source();
        }
        Self::No
    }
}

fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(media_type))
}

/// What a path names. A name that cannot be one names nothing.
pub(crate) struct AtPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for AtPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(_) => Err(Problem::not_found("name in this path")),
        }
    }
}

/// What a query asks for.
pub(crate) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Problem::new(Kind::BadRequest, error.body_text())),
        }
    }
}

/// A JSON answer with "created".
pub(crate) fn created<T: Serialize>(body: T) -> Response {
    (StatusCode::CREATED, Json(body)).into_response()
}
