//! What docs/reliability.md and docs/security.md call shown is shown: each test that they name is there.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENTS: [&str; 2] = ["docs/reliability.md", "docs/security.md"];
const ROOMS: [&str; 10] = ["core", "protocol", "crypto", "engine", "hw", "ui", "hub", "sim", "src", "tests"];

#[test]
fn every_test_that_the_documents_name_is_there() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut functions = BTreeSet::new();
    for room in ROOMS {
        collect_functions(&house.join(room), &mut functions);
    }
    for document in DOCUMENTS {
        let text = fs::read_to_string(house.join(document)).unwrap();
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|code| is_test_name(code)).collect();
        assert!(named.len() > 20, "{document} names {} tests", named.len());
        let missing: Vec<&&str> = named.iter().filter(|name| !functions.contains(**name)).collect();
        assert!(missing.is_empty(), "{document} names what is not there: {missing:?}");
    }
}

/// Tests are sentences; nothing else between backquotes is.
fn is_test_name(code: &str) -> bool {
    code.matches('_').count() >= 2
        && code.chars().all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn collect_functions(folder: &Path, functions: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_functions(&path, functions);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = fs::read_to_string(&path).unwrap();
            let starts = code.split("fn ").skip(1);
            functions.extend(starts.filter_map(|rest| Some(rest.split(['(', '<']).next()?.to_owned())));
        }
    }
}
