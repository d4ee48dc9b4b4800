//! The network: the real hub, its users with their keys, and phones without any.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::cabinet::{PATIENCE, Process};
use crate::phones::News;

/// The carrier.
const TENANT: u32 = 7;
const LOCKER: u32 = 1;

pub struct Network {
    _hub: Process,
    _folder: tempfile::TempDir,
    pub url: String,
    operator: String,
    news: News,
    runtime: Runtime,
    client: Client,
}

/// A parcel's deposit pass, on the courier's phone.
pub struct OnPhone {
    pub parcel: String,
    pub pass: String,
}

impl Network {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (database, log) = (folder.path().join("hub.sqlite"), folder.path().join("hub.log"));
        let database = database.to_str().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_locker"))
            .args(["hub", "--database", database, "key", "test"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let operator = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let args = ["hub", "--database", database, "--listen", "127.0.0.1:0", "--allow-private-webhooks"];
        let hub = Process::start(&args, &log);
        let url = until("the hub to listen", || {
            let said = fs::read_to_string(&log).unwrap();
            let whole = &said[..said.rfind('\n')?];
            whole.lines().find_map(|line| line.strip_prefix("listening on ")).map(str::to_owned)
        });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let news = News::default();
        let network = Self { _hub: hub, _folder: folder, url, operator, news, runtime, client };
        let webhook = json!({ "url": network.news.listen() });
        network.post("/v1/webhooks", &webhook);
        network
    }

    fn ask(&self, method: Method, path: &str, key: Option<&str>, body: Option<(&str, Vec<u8>)>) -> Vec<u8> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        if let Some((media_type, body)) = body {
            request = request.header("content-type", media_type).body(body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let bytes = answer.bytes().await.unwrap();
            assert!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&bytes));
            bytes.to_vec()
        })
    }

    fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.ask(Method::GET, path, Some(&self.operator), None)).unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let body = ("application/json", body.to_string().into_bytes());
        serde_json::from_slice(&self.ask(Method::POST, path, Some(&self.operator), Some(body))).unwrap()
    }

    /// An operator gives the hub the claim that the kiosk shows.
    pub fn claim(&self, claim: &str) {
        self.post("/v1/lockers", &json!({ "claim": claim, "name": "Main Street" }));
    }

    /// What sync would carry.
    pub fn enrol(&self, request: Vec<u8>) -> Vec<u8> {
        self.ask(Method::POST, "/locker/v1/enrol", None, Some(("application/cbor", request)))
    }

    pub fn badge(&self) -> String {
        let staff =
            self.post("/v1/staff", &json!({ "role": "courier", "tenant": TENANT, "lockers": [LOCKER] }));
        text(&staff["passes"][0]["pass"])
    }

    pub fn deposit_pass(&self, label: &str, recipient: &str) -> OnPhone {
        let made = self.post(
            "/v1/deposit-passes",
            &json!({
                "locker": LOCKER, "tenant": TENANT, "label": label, "recipient": recipient, "size": "S",
                "retention_s": 86_400,
            }),
        );
        OnPhone { parcel: text(&made["parcel"]), pass: text(&made["deposit_pass"]) }
    }

    pub fn pass_of(&self, recipient: &str) -> String {
        let body = json!({ "locker": LOCKER, "tenant": TENANT, "recipient": recipient });
        text(&self.post("/v1/passes", &body)["pass"])
    }

    /// A phone, which has no key, brings a receipt.
    pub fn bring(&self, receipt: &str) -> Value {
        let body = ("application/json", json!({ "receipt": receipt }).to_string().into_bytes());
        serde_json::from_slice(&self.ask(Method::POST, "/v1/receipts", None, Some(body))).unwrap()
    }

    /// The cases that a locker shows by this number.
    pub fn cases(&self, number: &str) -> Vec<Value> {
        let list = self.get(&format!("/v1/cases?number={number}"));
        list["items"].as_array().unwrap().clone()
    }

    /// A case, its story and its answers.
    pub fn case(&self, case: &Value) -> Value {
        self.get(&format!("/v1/cases/{}", case["case"]))
    }

    pub fn answer(&self, case: &Value, answer: &Value) {
        self.post(&format!("/v1/cases/{}/answer", case["case"]), answer);
    }

    pub fn parcel(&self, parcel: &str) -> Value {
        self.get(&format!("/v1/parcels/{parcel}"))
    }

    /// What people see of a parcel, but for when and from whom it is known.
    pub fn seen(&self, parcel: &str) -> Value {
        let mut seen = self.parcel(parcel);
        for name in ["changed_unix_s", "by_receipt"] {
            seen.as_object_mut().unwrap().remove(name);
        }
        seen
    }

    /// How the receipts stand.
    pub fn receipts(&self) -> Vec<String> {
        let list = self.get(&format!("/v1/lockers/{LOCKER}/receipts"));
        list["items"].as_array().unwrap().iter().map(|item| text(&item["standing"])).collect()
    }

    /// How many entries of the locker's journal the hub holds.
    pub fn held(&self) -> u64 {
        self.get(&format!("/v1/lockers/{LOCKER}"))["held"].as_u64().unwrap()
    }

    pub fn set_aside(&self) -> usize {
        self.get(&format!("/v1/lockers/{LOCKER}/set-aside"))["items"].as_array().unwrap().len()
    }

    /// How many parcels are behind each door that has any, by the hub's books.
    pub fn books(&self) -> BTreeMap<u64, usize> {
        let mut inside = BTreeMap::new();
        for parcel in self.get("/v1/parcels")["items"].as_array().unwrap() {
            if parcel["state"] == "inside" {
                *inside.entry(parcel["compartment"].as_u64().unwrap()).or_default() += 1;
            }
        }
        inside
    }

    /// What phones were told so far.
    pub fn told(&self) -> Vec<String> {
        self.news.kinds()
    }

    /// Waits until the hub has told everything, which is this, in any order.
    pub fn wait_told(&self, expected: &[&str]) {
        self.wait_for("everything to be told", |network| {
            network.get("/v1/webhooks")["items"][0]["waiting"] == 0
        });
        let mut told = self.told();
        told.sort();
        assert_eq!(told, expected);
    }

    pub fn wait_for(&self, what: &str, is: impl Fn(&Self) -> bool) {
        until(what, || is(self).then_some(()));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text but {value}")).to_owned()
}

/// Looks again and again until there is something to see.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited for {what} in vain");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
