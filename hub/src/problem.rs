//! What the hub answers when it does not do what it was asked: problem details by RFC 9457, for every error.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use locker_crypto::RandomError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::database::DatabaseError;

/// Begins the `type` of every problem.
pub(crate) const TYPE_PREFIX: &str = "urn:problem-type:locker:";
/// How problems travel.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";
/// When to come back, in seconds, after "busy" or "too many".
const BUSY_RETRY_S: &str = "2";

/// A kind of problem: its `type`, its status and its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    Conflict,
    ClaimUsed,
    TooLarge,
    WrongMediaType,
    Invalid,
    Forged,
    Stale,
    Full,
    TooMany,
    Internal,
    Busy,
}

impl Kind {
    /// All of them, for the document.
    pub(crate) const ALL: [Self; 17] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::Conflict,
        Self::ClaimUsed,
        Self::TooLarge,
        Self::WrongMediaType,
        Self::Invalid,
        Self::Forged,
        Self::Stale,
        Self::Full,
        Self::TooMany,
        Self::Internal,
        Self::Busy,
    ];

    /// Status, the end of its `type`, and title.
    pub(crate) fn particulars(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read"),
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "unauthorized", "A valid key or token is needed")
            }
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This key or token may not do that"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is no such thing here"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This cannot be done with that")
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long to arrive"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "The state of things does not allow it"),
            Self::ClaimUsed => (StatusCode::CONFLICT, "claim-used", "The claim was used by another request"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::WrongMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-media-type", "The body has another media type")
            }
            Self::Invalid => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The body is not what is expected here")
            }
            Self::Forged => (StatusCode::FORBIDDEN, "forged", "The signature does not hold"),
            Self::Stale => (StatusCode::CONFLICT, "stale", "The message is not of this session"),
            Self::Full => (StatusCode::CONFLICT, "full", "A limit is reached"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests came at once"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The hub failed"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "The hub is busy"),
        }
    }
}

/// A problem: its kind, and what the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("no such {what}"))
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, detail)
    }

    /// The database holds what this program never wrote.
    pub(crate) fn corrupt(what: &'static str) -> Self {
        log::error!("the database holds something that is not understood: {what}");
        Self::new(Kind::Internal, "the hub's own records are not understood; its log says which")
    }
}

/// The body of a problem (RFC 9457).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody {
    /// Which kind: a URN that does not change.
    #[serde(rename = "type")]
    kind: String,
    /// The kind, for people.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What was wrong this time, for people.
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, name, title) = self.kind.particulars();
        let body = ProblemBody {
            kind: format!("{TYPE_PREFIX}{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail,
        };
        // Four plain fields are always serialisable.
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self.kind {
            Kind::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Kind::Busy | Kind::TooMany => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(BUSY_RETRY_S));
            }
            _ => {}
        }
        response
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        if let DatabaseError::Busy = error {
            log::warn!("{error}");
            return Self::new(Kind::Busy, "too many requests wait for the database");
        }
        log::error!("{error}");
        Self::new(Kind::Internal, "the database failed; the hub's log says how")
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<RandomError> for Problem {
    fn from(error: RandomError) -> Self {
        log::error!("{error}");
        Self::new(Kind::Internal, "the hub has no random bytes")
    }
}
