//! One line of the table of routes: what is called, what it takes and what it answers. The router and the OpenAPI
//! document are made from the same lines.

use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::hub::SharedHub;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Anyone.
    Anyone,
    /// A user with a key; what a tenant's key sees is its own tenant's.
    User,
    /// A user with an operator's key.
    Operator,
    /// A locker's sync with a token.
    Locker,
}

/// What a body or an answer is.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// JSON of this schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// CBOR; the text names the message.
    Cbor(&'static str),
    /// No body.
    Nothing,
}

/// A number, or a text, that a query may hold.
pub(crate) struct QueryItem {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) required: bool,
    pub(crate) is_text: bool,
}

/// One line.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) handler: MethodRouter<SharedHub>,
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) caller: Caller,
    pub(crate) query: Vec<QueryItem>,
    pub(crate) takes: Option<Content>,
    pub(crate) answers: Vec<(u16, &'static str, Content)>,
}

impl Route {
    pub(crate) fn get<H: Handler<T, SharedHub>, T: 'static>(
        path: &'static str,
        id: &'static str,
        handler: H,
    ) -> Self {
        Self::new("get", path, id, get(handler))
    }

    pub(crate) fn post<H: Handler<T, SharedHub>, T: 'static>(
        path: &'static str,
        id: &'static str,
        handler: H,
    ) -> Self {
        Self::new("post", path, id, post(handler))
    }

    pub(crate) fn delete<H: Handler<T, SharedHub>, T: 'static>(
        path: &'static str,
        id: &'static str,
        handler: H,
    ) -> Self {
        Self::new("delete", path, id, delete(handler))
    }

    fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        handler: MethodRouter<SharedHub>,
    ) -> Self {
        Self {
            method,
            path,
            handler,
            id,
            tag: "hub",
            summary: "",
            caller: Caller::User,
            query: Vec::new(),
            takes: None,
            answers: Vec::new(),
        }
    }

    pub(crate) fn about(mut self, tag: &'static str, summary: &'static str) -> Self {
        self.tag = tag;
        self.summary = summary;
        self
    }

    pub(crate) fn by(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    pub(crate) fn query(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push(QueryItem { name, meaning, required: false, is_text: false });
        self
    }

    pub(crate) fn query_text(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push(QueryItem { name, meaning, required: false, is_text: true });
        self
    }

    pub(crate) fn query_required(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push(QueryItem { name, meaning, required: true, is_text: false });
        self
    }

    pub(crate) fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Some(Content::Json(SchemaGenerator::subschema_for::<T>));
        self
    }

    pub(crate) fn takes_cbor(mut self, message: &'static str) -> Self {
        self.takes = Some(Content::Cbor(message));
        self
    }

    pub(crate) fn answers<T: JsonSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        self.answers.push((status, meaning, Content::Json(SchemaGenerator::subschema_for::<T>)));
        self
    }

    pub(crate) fn answers_cbor(mut self, meaning: &'static str) -> Self {
        self.answers.push((200, meaning, Content::Cbor(meaning)));
        self
    }

    pub(crate) fn answers_nothing(mut self, meaning: &'static str) -> Self {
        self.answers.push((204, meaning, Content::Nothing));
        self
    }
}
