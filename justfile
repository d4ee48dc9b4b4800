# The recipes are what CI runs, one at a time. `just --list` names them; `.ci/run` runs everything.

# Name the recipes.
default:
    @just --list

# Format, lints, and what may come in from outside.
check: format lints deny

# Is everything formatted?
format:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check

# Clippy, with warnings as errors.
lints:
    cargo clippy --locked --workspace --all-targets -- -D warnings

# Crates, licences and sources from outside, by deny.toml.
deny:
    cargo deny --locked check bans licenses sources

# Known faults in crates from outside. Fetches the advisory database.
advisories:
    cargo deny --locked check advisories

# Cut the fonts of Cyrillic, Chinese and Arabic to the letters of the translations. Needs npm, and python3 with fonttools 4.68.
fonts:
    #!/usr/bin/env bash
    set -euo pipefail
    sources=$(mktemp -d)
    trap 'rm -r "$sources"' EXIT
    for package in noto-sans@0.4.2 noto-sans-sc@0.4.3 noto-sans-arabic@0.4.3; do
        archive=$(npm pack --silent --pack-destination "$sources" "@expo-google-fonts/$package")
        mkdir "$sources/${package%@*}"
        tar -xzf "$sources/$archive" -C "$sources/${package%@*}" --strip-components 1
    done
    python3 ui/fonts/subset.py "$sources"

# Every screen in every size, light, text size and language, as pictures with a page that shows them; `--size C --language de` draws fewer.
gallery folder="target/gallery" *choices:
    cargo run --locked --release -p locker-ui --features glass --example gallery -- {{ folder }} {{ choices }}
    @echo "look at {{ folder }}/index.html"

# Every test.
test:
    cargo test --locked --workspace

# A whole locker on this computer: the street where there is a display, a tour where there is none.
demo *arguments:
    cargo run --locked -- demo {{ arguments }}

# The demo's tour with every cabinet of the collection: a minute and a half each.
cabinets:
    for cabinet in hw/cabinets/*.toml; do \
        cargo run --locked -- demo --headless --cabinet "$cabinet" || exit 1; \
    done

# The budgets, figure beside budget: a whole locker, the journal's start, a touch, the rules, the hub, the lock boards' lines.
bench:
    cargo run --locked --release -- bench
    cargo run --locked --release -p locker-engine --example journal_open
    cargo run --locked --release -p locker-ui --features glass --example touch
    cargo bench --locked -p locker-core
    cargo run --locked --release -p locker-hub --example connections
    cargo run --locked --release -p locker-hw --features emulate --example bus_figures

# Fresh simulated histories for so many minutes; from the same first seed they are the same.
simulate minutes="10" from="":
    cargo run --locked --profile sim -p locker-sim -- --minutes {{ minutes }} {{ if from == "" { "" } else { "--from " + from } }}

# Sow each fault of the catalogue into the code, and look for it; writes the table of docs/reliability.md and sim/faults.txt.
faults within="200":
    cargo run --locked --profile sim -p locker-sim --features seeded-faults --bin locker-sim-faults -- --within {{ within }} --table docs/reliability.md --seeds sim/faults.txt

# The power is cut at every write of everything that the journal goes through, again during the starts that follow, and on bad cards.
cuts:
    cargo test --locked --profile sim -p locker-sim --test power_cuts -- --ignored --nocapture

# Who may open what, looked at far further than in CI: minutes.
authority:
    cargo test --locked --profile sim -p locker-sim --test authority -- --ignored --nocapture

# Invented bytes for whatever comes from outside, so many seconds for each target; 0 tries once more what broke something.
fuzz seconds="60" *targets:
    fuzz/run {{ seconds }} {{ targets }}

# The GPIO driver on a chip that the kernel simulates, in a small virtual machine; what is fetched for it stays in the folder.
gpio-sim folder="target/gpio-sim":
    hw/tests/gpio-sim/run {{ folder }}

# The Modbus driver against pymodbus, a server that others wrote. Needs the network once, for a Python environment in target/.
pymodbus:
    python3 -m venv target/pymodbus
    target/pymodbus/bin/pip install --quiet --require-hashes -r .ci/pymodbus.txt
    LOCKER_PYMODBUS=$PWD/target/pymodbus/bin/python cargo test --locked --workspace --test pymodbus -- --ignored

# Everything that CI does.
ci:
    .ci/run

# The rules under arbitrary sequences from a fresh seed, which is printed; for nights and weekends.
rules:
    cargo test --locked -p locker-core --test behaviour -- --ignored --nocapture fresh_seed

# Kill kiosk, sync and hub at random moments, while people go on using the locker; the same seed does the same again.
chaos kills="1000" seed="":
    cargo run --locked -- demo --headless --chaos {{ kills }} {{ if seed == "" { "" } else { "--seed " + seed } }}

# So many minutes, and months by the locker's clock: do memory, descriptors, threads and disk stay flat?
soak minutes="60":
    cargo run --locked -- demo --headless --soak {{ minutes }}
