//! The OpenAPI 3.1 document, made from the table of routes and the types of bodies.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::body::{CBOR, JSON};
use crate::facts::WebhookMessage;
use crate::problem::{Kind, MEDIA_TYPE, ProblemBody, TYPE_PREFIX};
use crate::route::{Caller, Content, Route};
use crate::routes::table;

/// Where schemas lie in the document.
const SCHEMAS: &str = "/components/schemas";

/// The document.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = SCHEMAS.into())
        .into_generator();
    let problem = problem_answer(&mut generator);
    let mut paths: Map<String, Value> = Map::new();
    for route in table() {
        let operation = operation(&route, &mut generator);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(route.method.to_owned(), operation);
        }
    }
    let message = WebhookMessage::json_schema_in(&mut generator);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "locker hub",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "The reference central network of parcel lockers. Times are seconds since 1970, UTC. \
                Numbers of parcels are texts of decimal digits, because some need 64 bits. Every error is a problem \
                by RFC 9457. Plain codes and passes are answered once, when they are made, and never stored.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "webhooks": {
            "fact": {
                "post": {
                    "operationId": "fact",
                    "summary": "Tells a registered address what happened; tried again until it answers 2xx.",
                    "parameters": [{
                        "name": "Locker-Signature",
                        "in": "header",
                        "required": true,
                        "description": "`sha256=` and the lower-case hexadecimal HMAC-SHA256 of the body by the \
                            webhook's secret (its bytes as written).",
                        "schema": { "type": "string" },
                    }],
                    "requestBody": { "required": true, "content": { JSON: { "schema": message } } },
                    "responses": { "2XX": { "description": "Taken." } },
                }
            }
        },
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": { "Problem": problem },
            "securitySchemes": {
                "userKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A user's key: an operator's acts on everything, a tenant's on its own parcels.",
                },
                "lockerToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that a locker's sync got for its certificate.",
                },
            },
        },
    })
}

/// A schema by reference, once it is among the definitions.
trait InDocument {
    fn json_schema_in(generator: &mut SchemaGenerator) -> Value;
}

impl<T: JsonSchema> InDocument for T {
    fn json_schema_in(generator: &mut SchemaGenerator) -> Value {
        generator.subschema_for::<T>().to_value()
    }
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for (status, meaning, content) in &route.answers {
        let mut response = json!({ "description": meaning });
        if let Some(content) = content_of(*content, generator) {
            response["content"] = content;
        }
        responses.insert(status.to_string(), response);
    }
    for errors in ["4XX", "5XX"] {
        responses.insert(errors.to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    let mut operation = json!({
        "operationId": route.id,
        "tags": [route.tag],
        "summary": route.summary,
        "security": security(route.caller),
        "responses": responses,
    });
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(content) = route.takes.and_then(|content| content_of(content, generator)) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn content_of(content: Content, generator: &mut SchemaGenerator) -> Option<Value> {
    match content {
        Content::Json(schema) => Some(json!({ JSON: { "schema": schema(generator).to_value() } })),
        Content::Cbor(message) => Some(json!({ CBOR: { "schema": { "description": message } } })),
        Content::Nothing => None,
    }
}

fn security(caller: Caller) -> Value {
    match caller {
        Caller::Anyone => json!([]),
        Caller::User | Caller::Operator => json!([{ "userKey": [] }]),
        Caller::Locker => json!([{ "lockerToken": [] }]),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path =
        route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).map(|name| {
            let schema = if name == "parcel" {
                json!({ "type": "string", "pattern": "^[0-9]{1,20}$" })
            } else {
                json!({ "type": "integer", "minimum": 0 })
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        });
    let in_query = route.query.iter().map(|item| {
        let schema = if item.is_text {
            json!({ "type": "string" })
        } else {
            json!({ "type": "integer", "minimum": 0 })
        };
        json!({
            "name": item.name,
            "in": "query",
            "required": item.required,
            "description": item.meaning,
            "schema": schema,
        })
    });
    in_path.chain(in_query).collect()
}

fn problem_answer(generator: &mut SchemaGenerator) -> Value {
    let mut kinds = String::from("A problem (RFC 9457). Its `type` is one of:");
    for kind in Kind::ALL {
        let (status, name, title) = kind.particulars();
        kinds.push_str(&format!(" `{TYPE_PREFIX}{name}` ({}, {title});", status.as_u16()));
    }
    kinds.pop();
    kinds.push('.');
    json!({
        "description": kinds,
        "content": { MEDIA_TYPE: { "schema": ProblemBody::json_schema_in(generator) } },
    })
}
