//! Which crate may depend on which, and what every manifest says: proved from `cargo metadata`, and from `cargo tree`
//! where it matters what a crate reaches alone (metadata mixes the features of all members).
//!
//! The arrows speak of normal dependencies; dev-dependencies may point anywhere.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

const VOCAB: &str = "fixedops-vocab";
const CONSENT: &str = "fixedops-consent";
const CONNECTORS: &str = "fixedops-connectors-traits";
const LOOP: &str = "fixedops-closed-loop";
const FIVE: [&str; 5] =
    ["fixedops-odometer-core", "fixedops-mpi-score", "fixedops-recovery", CONSENT, "fixedops-attribution"];

/// The packages of the workspace that `package` may depend on; `None` for a package nobody has thought about.
fn allowed(package: &str) -> Option<BTreeSet<&'static str>> {
    let five_and_vocab = FIVE.into_iter().chain([VOCAB]);
    Some(match package {
        VOCAB | "fixedops-xtask" | "fixedops-benches" => BTreeSet::new(),
        _ if FIVE.contains(&package) => BTreeSet::from([VOCAB]),
        CONNECTORS => BTreeSet::from([VOCAB, CONSENT]),
        LOOP => five_and_vocab.chain([CONNECTORS]).collect(),
        "fixedops-journal-sqlite" => BTreeSet::from([VOCAB, CONNECTORS]),
        // Its experts rank with the score's own form, under weights of their own (docs/DESIGN.md).
        "fixedops-world" => BTreeSet::from([VOCAB, CONNECTORS, "fixedops-mpi-score"]),
        "fixedops-cli" => {
            five_and_vocab.chain([CONNECTORS, LOOP, "fixedops-journal-sqlite", "fixedops-world"]).collect()
        }
        _ => return None,
    })
}

/// No clock, no randomness, no I/O, no runtime.
fn is_pure(package: &str) -> bool {
    FIVE.contains(&package) || [VOCAB, CONNECTORS, LOOP].contains(&package)
}

/// What a pure crate does not depend on, directly or through others: runtimes, sockets, databases, randomness, the
/// machine's time zone.
const IMPURE: [&str; 19] = [
    "async-std",
    "clap",
    "curl",
    "getrandom",
    "hyper",
    "iana-time-zone",
    "indicatif",
    "libsqlite3-sys",
    "mio",
    "postgres",
    "rand",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tempfile",
    "tokio",
    "ureq",
];

/// Every breach of the rules, in words.
fn breaches(
    metadata: &Value,
    manifest: impl Fn(&str) -> String,
    reached: impl Fn(&str) -> BTreeSet<String>,
) -> Vec<String> {
    let members: BTreeSet<&str> = list(metadata, "workspace_members").filter_map(Value::as_str).collect();
    let packages: Vec<&Value> =
        list(metadata, "packages").filter(|package| members.contains(text(package, "id"))).collect();
    let names: BTreeSet<&str> = packages.iter().map(|package| text(package, "name")).collect();

    let mut breaches = Vec::new();
    for package in &packages {
        let name = text(package, "name");
        breaches.extend(arrows(package, &names));
        breaches.extend(manifest_gaps(package).into_iter().map(|gap| format!("{name}: {gap}")));
        if !inherits_lints(&manifest(text(package, "manifest_path"))) {
            breaches.push(format!("{name}: does not inherit the lints of the workspace"));
        }
        if is_pure(name) {
            let reached = reached(name);
            let impure = IMPURE.iter().filter(|impure| reached.contains::<str>(impure));
            breaches.extend(impure.map(|impure| format!("{name}: pure, but reaches {impure}")));
        }
    }
    for field in ["version", "edition", "license", "rust_version"] {
        let values: BTreeSet<&str> = packages.iter().map(|package| text(package, field)).collect();
        if values.len() != 1 || values.contains("") {
            breaches.push(format!("not one {field} for all: {values:?}"));
        }
    }
    breaches
}

fn arrows(package: &Value, members: &BTreeSet<&str>) -> Vec<String> {
    let name = text(package, "name");
    let Some(allowed) = allowed(name) else {
        return vec![format!("{name}: which packages it may depend on is not written down")];
    };
    let mut breaches = Vec::new();
    let normal = list(package, "dependencies").filter(|dependency| dependency["kind"].is_null());
    for dependency in normal {
        let on = text(dependency, "name");
        if members.contains(on) && !allowed.contains(on) {
            breaches.push(format!("{name}: must not depend on {on}"));
        }
        let more =
            dependency["uses_default_features"] != json!(false) || list(dependency, "features").count() > 0;
        if (name, on) == (CONNECTORS, CONSENT) && more {
            breaches.push(format!("{name}: takes more of {on} than the clearance"));
        }
    }
    breaches
}

/// What a published package lacks for its page.
fn manifest_gaps(package: &Value) -> Vec<String> {
    let published = package["publish"].as_array().is_none_or(|registries| !registries.is_empty());
    let missing = |field: &&str| match &package[*field] {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(words) => words.is_empty() || words.len() > 5,
        _ => true,
    };
    let mut fields = vec!["description"];
    if published {
        fields.extend(["readme", "keywords", "categories"]);
    }
    fields.into_iter().filter(missing).map(|field| format!("{field} is missing")).collect()
}

/// Whether the manifest says `workspace = true` under `[lints]`.
fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.by_ref().take_while(|line| !line.starts_with('[')).any(|line| line == "workspace = true")
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn cargo(args: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let said = Command::new(cargo).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// Names of all that `package` links when it is built alone, with every feature of its own.
fn reached_from(package: &str) -> BTreeSet<String> {
    let tree = [
        "tree",
        "--edges",
        "normal,no-proc-macro",
        "--all-features",
        "--prefix",
        "none",
        "--package",
        package,
    ];
    cargo(&tree).lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_workspace_keeps_its_arrows() {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();

    let found = breaches(&metadata, |path| std::fs::read_to_string(path).unwrap(), reached_from);
    assert_eq!(found, Vec::<String>::new());
    assert!(
        reached_from("fixedops-cli").contains("libsqlite3-sys"),
        "what is reached through others is seen"
    );
}

/// A small workspace that keeps every rule: vocab, attribution, consent, connectors-traits, and tokio outside it.
fn a_good_workspace() -> Value {
    let package = |name: &str, dependencies: Value| {
        json!({
            "id": name, "name": name, "version": "0.1.0", "edition": "2024", "license": "MIT", "rust_version": "1.95",
            "description": "d", "readme": "README.md", "keywords": ["k"], "categories": ["c"], "publish": null,
            "manifest_path": "good", "dependencies": dependencies,
        })
    };
    let on =
        |name: &str| json!({ "name": name, "kind": null, "uses_default_features": false, "features": [] });
    let names = [VOCAB, "fixedops-attribution", CONSENT, CONNECTORS];
    json!({
        "workspace_members": names,
        "packages": [
            package(VOCAB, json!([])),
            package("fixedops-attribution", json!([on(VOCAB)])),
            package(CONSENT, json!([on(VOCAB)])),
            package(CONNECTORS, json!([on(VOCAB), on(CONSENT)])),
            { "id": "tokio", "name": "tokio" },
        ],
    })
}

fn breaches_of(metadata: &Value) -> Vec<String> {
    let manifest = |path: &str| {
        let lints = if path == "good" { "[lints]\nworkspace = true\n" } else { "[lints.clippy]\n" };
        format!("[package]\nname = \"x\"\n\n{lints}")
    };
    // The fixture says what each package reaches under a key of its own.
    breaches(metadata, manifest, |name| {
        list(&metadata["reached"], name).filter_map(Value::as_str).map(str::to_owned).collect()
    })
}

#[test]
fn every_rule_is_seen_broken() {
    type Plant = (&'static str, fn(&mut Value), &'static str);
    let plants: [Plant; 12] = [
        (
            "a domain crate that knows another",
            |m| {
                m["packages"][1]["dependencies"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({ "name": CONSENT, "kind": null }))
            },
            "fixedops-attribution: must not depend on fixedops-consent",
        ),
        (
            "vocab that knows anything",
            |m| m["packages"][0]["dependencies"] = json!([{ "name": CONNECTORS, "kind": null }]),
            "fixedops-vocab: must not depend on fixedops-connectors-traits",
        ),
        (
            "all of consent for the connectors",
            |m| m["packages"][3]["dependencies"][1]["uses_default_features"] = json!(true),
            "fixedops-connectors-traits: takes more of fixedops-consent than the clearance",
        ),
        (
            "the decision for the connectors",
            |m| m["packages"][3]["dependencies"][1]["features"] = json!(["decide"]),
            "fixedops-connectors-traits: takes more of fixedops-consent than the clearance",
        ),
        (
            "a crate nobody thought about",
            |m| {
                m["packages"][2]["name"] = json!("fixedops-common");
                m["packages"][3]["dependencies"] = json!([]);
            },
            "fixedops-common: which packages it may depend on is not written down",
        ),
        (
            "a runtime two steps away",
            |m| m["reached"] = json!({ "fixedops-attribution": ["serde", "tokio"] }),
            "fixedops-attribution: pure, but reaches tokio",
        ),
        (
            "another version",
            |m| m["packages"][1]["version"] = json!("0.2.0"),
            "not one version for all: {\"0.1.0\", \"0.2.0\"}",
        ),
        (
            "another edition",
            |m| m["packages"][1]["edition"] = json!("2021"),
            "not one edition for all: {\"2021\", \"2024\"}",
        ),
        (
            "no licence",
            |m| m["packages"][1]["license"] = Value::Null,
            "not one license for all: {\"\", \"MIT\"}",
        ),
        (
            "another rust",
            |m| m["packages"][1]["rust_version"] = json!("1.80"),
            "not one rust_version for all: {\"1.80\", \"1.95\"}",
        ),
        (
            "no keywords on a published crate",
            |m| m["packages"][1]["keywords"] = json!([]),
            "fixedops-attribution: keywords is missing",
        ),
        (
            "lints of its own",
            |m| m["packages"][1]["manifest_path"] = json!("bad"),
            "fixedops-attribution: does not inherit the lints of the workspace",
        ),
    ];
    assert_eq!(breaches_of(&a_good_workspace()), Vec::<String>::new(), "nothing planted, nothing found");
    for (case, plant, expected) in plants {
        let mut metadata = a_good_workspace();
        plant(&mut metadata);
        assert_eq!(breaches_of(&metadata), [expected], "{case}");
    }
}

#[test]
fn dev_dependencies_may_point_anywhere() {
    let mut metadata = a_good_workspace();
    metadata["packages"][1]["dependencies"] = json!([{ "name": CONSENT, "kind": "dev" }]);
    assert_eq!(breaches_of(&metadata), Vec::<String>::new());
}
