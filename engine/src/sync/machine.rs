//! Three lanes run side by side: control (enrol, token, hello), up (batches) and down (changes). Each has one request
//! under way at most, and its own back-off.

use locker_core::faults::{self, Fault};
use locker_protocol::link::{ToKiosk, ToSync};
use locker_protocol::seal::{from_bytes, seal, to_bytes};
use locker_protocol::uplink::{Changes, SealedBytes, TokenAnswer, TokenProof, TokenRequest};
use locker_protocol::{LockerId, Nonce, Sign};

use super::BackOff;

/// How long the hub may hold a question for changes, in seconds.
const LONG_POLL_S: u64 = 20;
/// A request that is not a long poll has this long, in milliseconds.
const REQUEST_MS: u64 = 15_000;
/// An unclaimed locker asks again after this, in milliseconds.
const CLAIM_AGAIN_MS: u64 = 2_000;
/// Between two questions for changes that bring none lies at least this, in milliseconds.
const ASK_AGAIN_MS: u64 = 1_000;
/// A kiosk that believes the answer to its hello says within this where it is, in milliseconds.
const GREETED_WITHIN_MS: u64 = 30_000;
/// No token counts for less than this here, in seconds: renewing has a pace.
const SHORTEST_TOKEN_S: u32 = 60;
/// A token is renewed when less than this is left of it, in milliseconds.
const RENEW_BEFORE_MS: u64 = 30_000;

/// A lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Enrolment, token, hello.
    Control,
    /// Batches.
    Up,
    /// Changes.
    Down,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The kiosk's socket is connected.
    Linked,
    /// The kiosk's socket is gone.
    Unlinked,
    /// The kiosk said something.
    Kiosk(ToSync),
    /// The hub answered, or did not.
    Hub {
        /// To the request of which lane.
        lane: Lane,
        /// What.
        answer: Answer,
    },
    /// Time passed.
    Tick,
}

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// It was done.
    Ok(Vec<u8>),
    /// There is no such thing (HTTP 404).
    NotFound,
    /// The token does not count, or no longer (HTTP 401 or 403).
    NotAllowed,
    /// Refused for another reason (any other HTTP status of 400 to 499): the same again would be refused again.
    Refused(u16),
    /// No answer, or one that says to try later.
    Failed,
}

/// What to do.
#[derive(Debug)]
pub enum Output {
    /// Say it to the kiosk.
    Kiosk(ToKiosk),
    /// Ask the hub; at most one request of a lane is under way.
    Ask {
        /// For which lane.
        lane: Lane,
        /// What.
        ask: Ask,
    },
    /// Keep it on disk: before the batch that follows is sent.
    Keep(SealedBytes),
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// The path and query, from the hub's address.
    pub path: String,
    /// The bearer token.
    pub bearer: Option<String>,
    /// The body: CBOR.
    pub body: Vec<u8>,
    /// How long it may take, in milliseconds.
    pub within_ms: u64,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// What the control lane is about.
#[derive(Default, Debug, PartialEq)]
enum Control {
    #[default]
    Idle,
    Enrolling,
    FetchingNonce,
    FetchingToken,
    Greeting,
}

struct Token {
    text: String,
    until_ms: u64,
}

/// The state machine.
pub struct Machine<K> {
    key: K,
    witness: Option<SealedBytes>,
    chance: u64,
    linked: bool,
    told_offline: bool,
    control: Control,
    control_wait: BackOff,
    up_wait: BackOff,
    down_wait: BackOff,
    /// The enrolment request, while there is no owner.
    claim: Option<Vec<u8>>,
    ask_claim_at_ms: u64,
    identity: Option<(LockerId, SealedBytes)>,
    nonce: Option<Nonce>,
    token: Option<Token>,
    hello: Option<Vec<u8>>,
    /// The kiosk has the answer to its hello, and has to say where it is by then: otherwise it was not the hub that
    /// answered (a captive portal says 200 to everything), and the session is worth nothing.
    greeted_by_ms: Option<u64>,
    batch: Option<(Vec<u8>, SealedBytes)>,
    /// The batch that is being asked: said again when that fails, unless the kiosk has said another.
    asked_batch: Option<(Vec<u8>, SealedBytes)>,
    up_busy: bool,
    cursor: Option<u64>,
    down_busy: bool,
    /// Changes are not asked for again before this: a hub that does not hold the question must not be hammered.
    down_again_ms: u64,
    outputs: Vec<Output>,
}

impl<K: Sign> Machine<K> {
    /// At the start of the program. `chance` seeds the back-off's jitter.
    pub fn new(key: K, witness: Option<SealedBytes>, chance: u64) -> Self {
        Self {
            key,
            witness,
            chance,
            linked: false,
            told_offline: false,
            control: Control::Idle,
            control_wait: BackOff::default(),
            up_wait: BackOff::default(),
            down_wait: BackOff::default(),
            claim: None,
            ask_claim_at_ms: 0,
            identity: None,
            nonce: None,
            token: None,
            hello: None,
            greeted_by_ms: None,
            batch: None,
            asked_batch: None,
            up_busy: false,
            cursor: None,
            down_busy: false,
            down_again_ms: 0,
            outputs: Vec::new(),
        }
    }

    /// Takes what happened at `now_ms` (monotonic) and says what to do, in order.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Output> {
        match input {
            Input::Linked => {
                self.linked = true;
                let ready =
                    ToKiosk::Ready { transport_key: self.key.public_key(), witness: self.witness.clone() };
                self.outputs.push(Output::Kiosk(ready));
            }
            Input::Unlinked => self.unlinked(),
            Input::Kiosk(message) => self.kiosk(message),
            Input::Hub { lane, answer } => self.hub(now_ms, lane, answer),
            Input::Tick => {}
        }
        self.ask(now_ms);
        std::mem::take(&mut self.outputs)
    }

    /// When [`Input::Tick`] is due, in monotonic milliseconds.
    pub fn next_trigger_ms(&self) -> Option<u64> {
        if !self.linked {
            return None;
        }
        let control = match self.control {
            Control::Idle if self.claim.is_some() => {
                Some(self.ask_claim_at_ms.max(self.control_wait.until_ms()))
            }
            Control::Idle if self.identity.is_some() => match &self.token {
                None => Some(self.control_wait.until_ms()),
                Some(_) if self.hello.is_some() => Some(self.control_wait.until_ms()),
                Some(token) => {
                    Some(token.until_ms.saturating_sub(RENEW_BEFORE_MS).max(self.control_wait.until_ms()))
                }
            },
            _ => None,
        };
        let ready = self.token.is_some();
        let up = (ready && self.batch.is_some() && !self.up_busy).then(|| self.up_wait.until_ms());
        let down = (ready && self.cursor.is_some() && !self.down_busy)
            .then(|| self.down_wait.until_ms().max(self.down_again_ms));
        [control, up, down, self.greeted_by_ms].into_iter().flatten().min()
    }

    fn unlinked(&mut self) {
        self.linked = false;
        self.claim = None;
        self.identity = None;
        self.end_session();
    }

    /// Whatever belonged to a token. An answer that is still on its way is ignored when it comes.
    fn end_session(&mut self) {
        self.token = None;
        self.nonce = None;
        self.hello = None;
        self.greeted_by_ms = None;
        self.batch = None;
        self.cursor = None;
    }

    fn kiosk(&mut self, message: ToSync) {
        match message {
            ToSync::Enrol { request } => self.claim = Some(request.0),
            ToSync::Identity { locker, certificate } => {
                self.claim = None;
                self.identity = Some((locker, certificate));
                self.end_session();
            }
            ToSync::Hello { hello } => self.hello = Some(hello.0),
            ToSync::Batch { batch, witness } => self.batch = Some((batch.0, witness)),
            ToSync::Cursor { number } => {
                if self.cursor != Some(number) {
                    self.down_again_ms = 0;
                }
                self.cursor = Some(number);
                self.greeted_by_ms = None;
            }
        }
    }

    fn hub(&mut self, now_ms: u64, lane: Lane, answer: Answer) {
        if matches!(answer, Answer::Failed) {
            self.offline();
        } else if std::mem::take(&mut self.told_offline) && self.linked {
            self.outputs.push(Output::Kiosk(ToKiosk::Online));
        }
        match lane {
            Lane::Control => self.control_answer(now_ms, answer),
            Lane::Up => self.up_answer(now_ms, answer),
            Lane::Down => self.down_answer(now_ms, answer),
        }
    }

    fn control_answer(&mut self, now_ms: u64, answer: Answer) {
        let control = std::mem::take(&mut self.control);
        match (control, answer) {
            (Control::Enrolling, Answer::Ok(answer)) => {
                self.control_wait.succeeded();
                self.ask_claim_at_ms = now_ms + CLAIM_AGAIN_MS;
                self.outputs.push(Output::Kiosk(ToKiosk::Enrolled { answer: SealedBytes(answer) }));
            }
            (Control::Enrolling, Answer::NotFound) => {
                self.control_wait.succeeded();
                self.ask_claim_at_ms = now_ms + CLAIM_AGAIN_MS;
            }
            (Control::FetchingNonce, Answer::Ok(body)) => match from_bytes::<Nonce>(&body) {
                Ok(nonce) => self.nonce = Some(nonce),
                Err(_) => self.control_failed(now_ms),
            },
            (Control::FetchingToken, Answer::Ok(body)) => match from_bytes::<TokenAnswer>(&body) {
                Ok(token) => {
                    self.control_wait.succeeded();
                    self.nonce = None;
                    self.token = Some(Token {
                        text: token.token,
                        until_ms: now_ms + u64::from(token.lives_s.max(SHORTEST_TOKEN_S)) * 1_000,
                    });
                    let session = ToKiosk::Session { hub_nonce: token.hub_nonce };
                    self.outputs.push(Output::Kiosk(session));
                }
                Err(_) => self.control_failed(now_ms),
            },
            (Control::Greeting, Answer::Ok(answer)) => {
                self.control_wait.succeeded();
                self.greeted_by_ms = Some(now_ms + GREETED_WITHIN_MS);
                self.outputs.push(Output::Kiosk(ToKiosk::HelloAnswer { answer: SealedBytes(answer) }));
            }
            (Control::Idle, _) => {}
            (_, Answer::NotAllowed) => {
                self.end_session();
                self.control_failed(now_ms);
            }
            (control, _) => {
                if control == Control::Greeting {
                    // That hello is spent: a new session asks the kiosk for another.
                    self.end_session();
                }
                self.nonce = None;
                self.control_failed(now_ms);
            }
        }
    }

    fn control_failed(&mut self, now_ms: u64) {
        let chance = self.draw();
        self.control_wait.failed(now_ms, chance);
    }

    fn up_answer(&mut self, now_ms: u64, answer: Answer) {
        self.up_busy = false;
        let asked = self.asked_batch.take();
        match answer {
            Answer::Ok(held) => {
                self.up_wait.succeeded();
                self.outputs.push(Output::Kiosk(ToKiosk::Held { held: SealedBytes(held) }));
            }
            Answer::NotAllowed => {
                self.end_session();
                let chance = self.draw();
                self.control_wait.failed(now_ms, chance);
            }
            // The kiosk says it again, perhaps otherwise.
            Answer::Refused(status) => {
                log::warn!("the hub refused a batch with status {status}");
            }
            Answer::NotFound | Answer::Failed => {
                if self.token.is_some() {
                    self.batch = self.batch.take().or(asked);
                }
                let chance = self.draw();
                self.up_wait.failed(now_ms, chance);
            }
        }
    }

    fn down_answer(&mut self, now_ms: u64, answer: Answer) {
        self.down_busy = false;
        match answer {
            Answer::Ok(body) => match from_bytes::<Changes>(&body) {
                // Nothing new: the question is asked again.
                Ok(changes) if changes.changes.is_empty() => self.down_wait.succeeded(),
                Ok(changes) => {
                    self.down_wait.succeeded();
                    self.down_again_ms = 0;
                    // The kiosk says where it is when it has taken them.
                    self.cursor = None;
                    self.outputs.push(Output::Kiosk(ToKiosk::Changes { changes: changes.changes }));
                }
                Err(_) => {
                    let chance = self.draw();
                    self.down_wait.failed(now_ms, chance);
                }
            },
            Answer::NotAllowed => {
                self.end_session();
                let chance = self.draw();
                self.control_wait.failed(now_ms, chance);
            }
            Answer::NotFound | Answer::Refused(_) | Answer::Failed => {
                let chance = self.draw();
                self.down_wait.failed(now_ms, chance);
            }
        }
    }

    /// Asks whatever can be asked.
    fn ask(&mut self, now_ms: u64) {
        if !self.linked {
            return;
        }
        if self.greeted_by_ms.is_some_and(|by_ms| now_ms >= by_ms) {
            self.end_session();
            self.control_failed(now_ms);
        }
        if self.control == Control::Idle && self.control_wait.is_over(now_ms) {
            self.ask_control(now_ms);
        }
        let Some(token) = &self.token else { return };
        let bearer = Some(token.text.clone());
        if (!self.up_busy || faults::is(Fault::SyncAsksTwice))
            && self.up_wait.is_over(now_ms)
            && let Some((batch, witness)) = self.batch.take()
        {
            self.up_busy = true;
            self.asked_batch = Some((batch.clone(), witness.clone()));
            self.witness = Some(witness.clone());
            self.outputs.push(Output::Keep(witness));
            let path = "/locker/v1/events".to_owned();
            let ask = Ask {
                method: Method::Post,
                path,
                bearer: bearer.clone(),
                body: batch,
                within_ms: REQUEST_MS,
            };
            self.outputs.push(Output::Ask { lane: Lane::Up, ask });
        }
        if !self.down_busy
            && self.down_wait.is_over(now_ms)
            && now_ms >= self.down_again_ms
            && let Some(cursor) = self.cursor
        {
            self.down_busy = true;
            self.down_again_ms = now_ms + ASK_AGAIN_MS;
            let path = format!("/locker/v1/changes?after={cursor}&wait_s={LONG_POLL_S}");
            let within_ms = REQUEST_MS + LONG_POLL_S * 1_000;
            let ask = Ask { method: Method::Get, path, bearer, body: Vec::new(), within_ms };
            self.outputs.push(Output::Ask { lane: Lane::Down, ask });
        }
    }

    fn ask_control(&mut self, now_ms: u64) {
        let post = |path: &str, bearer: Option<String>, body: Vec<u8>| Ask {
            method: Method::Post,
            path: path.to_owned(),
            bearer,
            body,
            within_ms: REQUEST_MS,
        };
        let (control, ask) = if let Some(claim) = &self.claim {
            if now_ms < self.ask_claim_at_ms {
                return;
            }
            (Control::Enrolling, post("/locker/v1/enrol", None, claim.clone()))
        } else if let Some((locker, certificate)) = &self.identity {
            let renews = self.token.as_ref().is_none_or(|token| now_ms + RENEW_BEFORE_MS >= token.until_ms);
            match (&self.token, self.nonce, &self.hello) {
                (Some(token), _, Some(_)) if !renews => {
                    let bearer = Some(token.text.clone());
                    let Some(hello) = self.hello.take() else { return };
                    (Control::Greeting, post("/locker/v1/hello", bearer, hello))
                }
                _ if !renews => return,
                (_, Some(hub_nonce), _) => {
                    let proof = TokenProof { locker: *locker, hub_nonce };
                    let proof = SealedBytes(seal(&proof, &self.key));
                    let request = TokenRequest { certificate: certificate.clone(), proof };
                    (Control::FetchingToken, post("/locker/v1/token", None, to_bytes(&request)))
                }
                (_, None, _) => {
                    let path = "/locker/v1/nonce".to_owned();
                    let ask = Ask {
                        method: Method::Get,
                        path,
                        bearer: None,
                        body: Vec::new(),
                        within_ms: REQUEST_MS,
                    };
                    (Control::FetchingNonce, ask)
                }
            }
        } else {
            return;
        };
        self.control = control;
        self.outputs.push(Output::Ask { lane: Lane::Control, ask });
    }

    fn offline(&mut self) {
        if self.linked && !self.told_offline {
            self.told_offline = true;
            self.outputs.push(Output::Kiosk(ToKiosk::Offline));
        }
    }

    /// A linear congruential step (Knuth's MMIX constants): enough for jitter, and the same for the same seed.
    fn draw(&mut self) -> u64 {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance >> 16
    }
}
