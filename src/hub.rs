//! `locker hub`: the reference hub as a process of the demo, or for a first trial of a network.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use locker_hub::{HubOptions, Scope, WebhookOptions, create_user_key};

use crate::clock::Clock;

#[derive(Args)]
pub struct HubArgs {
    /// The hub's SQLite file; its signing key lies beside it.
    #[arg(long, default_value = "hub.sqlite")]
    database: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8460")]
    listen: SocketAddr,
    /// Webhooks may lie on this machine and in private networks.
    #[arg(long)]
    allow_private_webhooks: bool,
    /// A reverse proxy before the hub, by its address: it is believed when it says for whom it asks, in `Forwarded` or
    /// `X-Forwarded-For`. Several are given by several of these.
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxy: Vec<IpAddr>,
    /// Take the time from a file that moves it.
    #[arg(long, value_name = "FILE")]
    clock: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Create a key for a user of the hub, and print it: it is shown this once.
    Key {
        /// Whose it is.
        name: String,
        /// For the parcels of this tenant only; an operator's without.
        #[arg(long)]
        tenant: Option<u32>,
    },
}

/// Runs the hub until it is ended, or creates a key.
pub fn run(args: HubArgs) -> ExitCode {
    if let Some(Command::Key { name, tenant }) = &args.command {
        return create_key(&args.database, name, *tenant, Clock::new(args.clock.clone()).unix_s());
    }
    let clock = Clock::new(args.clock);
    let now_unix_s = Arc::new(move || clock.unix_s());
    let (bound, listens) = tokio::sync::oneshot::channel();
    let mut options = HubOptions::new(args.database, args.listen, now_unix_s);
    options.bound = Some(bound);
    options.trusted_proxies = args.trusted_proxy;
    options.webhooks =
        WebhookOptions { allow_private: args.allow_private_webhooks, ..WebhookOptions::default() };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no event loop: {error}")),
    };
    let served = runtime.block_on(async {
        tokio::spawn(async move {
            if let Ok(address) = listens.await {
                say(&format!("listening on http://{address}"));
            }
        });
        let interrupted = async {
            // Without signals it simply runs until it is killed.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        locker_hub::serve(options, interrupted).await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn create_key(database: &std::path::Path, name: &str, tenant: Option<u32>, now_unix_s: u64) -> ExitCode {
    match create_user_key(database, name, Scope::of(tenant), now_unix_s) {
        Ok(key) => {
            say(&key);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(why: &str) -> ExitCode {
    log::error!("the hub: {why}");
    ExitCode::FAILURE
}

#[allow(
    clippy::print_stdout,
    reason = "the answer to a command of a person, or of a script that reads the address"
)]
fn say(line: &str) {
    println!("{line}");
}
