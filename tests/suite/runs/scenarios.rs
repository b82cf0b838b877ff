//! Every shipped scenario is valid, every number of the catalogue says where it comes from, and
//! the schema knows every key that scenarios use.

use gapcast::spec::{self, Loaded};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = Vec::new();
    let folders = ["mlperf", "topologies", "cost"].map(|folder| root.join(folder));
    for folder in std::iter::once(root.clone()).chain(folders) {
        let entries = fs::read_dir(folder).expect("scenarios");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "toml")));
    }
    files.sort();
    files
}

fn load(path: &Path) -> Loaded {
    spec::load(path).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn every_shipped_scenario_is_valid_without_a_warning() {
    for path in scenarios() {
        let loaded = load(&path);
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        assert!(!loaded.scenario.description.is_empty(), "{} says nothing", path.display());
    }
}

#[test]
fn every_template_is_a_shipped_scenario_and_passes_check() {
    let program = env!("CARGO_BIN_EXE_gapcast");
    let list = Command::new(program).args(["new", "--list"]).output().expect("it starts");
    let list = String::from_utf8(list.stdout).expect("text");
    let names: Vec<&str> = list.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(names.len(), scenarios().len(), "a scenario is no template, or the reverse");
    for name in names {
        let new = Command::new(program).args(["new", "--from", name]).output().expect("it starts");
        let text = String::from_utf8(new.stdout).expect("text");
        spec::parse_str(name, &text, None).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
}

#[test]
fn every_catalogue_entry_says_where_its_numbers_come_from() {
    for (file, text) in spec::EMBEDDED_CATALOG {
        let table: toml::Table = text.parse().expect("the catalogue is TOML");
        let catalog = table["catalog"].as_table().expect("a [catalog]");
        for (shelf, entries) in catalog {
            for (name, entry) in entries.as_table().expect("entries") {
                let source = entry.get("source").and_then(|s| s.as_str()).unwrap_or_default();
                assert!(source.len() >= 10, "{file}: {shelf}.{name} has no source");
            }
        }
    }
}

/// Every entry of every shelf, used once: a wrong or incomplete one is found here, not by a user.
#[test]
fn every_catalogue_entry_can_be_used() {
    let plain = include_str!("../../../scenarios/quickstart.toml");
    let money = include_str!("../../../scenarios/cost/cluster-512.toml");
    for (_, text) in spec::EMBEDDED_CATALOG {
        let table: toml::Table = text.parse().expect("the catalogue is TOML");
        for (shelf, entries) in table["catalog"].as_table().expect("a [catalog]") {
            for (name, entry) in entries.as_table().expect("entries") {
                let is_money = ["prices", "tariffs"].contains(&shelf.as_str());
                let base = if is_money { money } else { plain };
                let field = match shelf.as_str() {
                    "prices" | "tariffs" => money_field(name, entry),
                    "gpus" => "nodes.train.gpu",
                    "nics" => "nodes.train.storage_nic",
                    "nodes" => "nodes.train.node",
                    "switches" => "fabric.storage.switch",
                    "devices" => "store.media.device",
                    "stores" => "store.preset",
                    "clients" => "nodes.train.client",
                    "transports" => "fabric.storage.transport",
                    "workloads" => "training.unet3d.workload",
                    other => panic!("a shelf without a test: {other}"),
                };
                let folder = tempfile::tempdir().expect("a folder");
                let path = folder.path().join("base.toml");
                // A node without GPUs cannot train; a job that reads little has no such steps.
                fs::write(&path, base.replace("steps = 60", "")).expect("written");
                let mut fields = vec![(field.to_string(), name.clone())];
                if field == "price.rent_on_demand" {
                    fields.push(("finance.wacc".into(), "0.1".into()));
                }
                if shelf == "nodes" && name == "cpu-100g" {
                    fields.push(("nodes.train.gpus".into(), "8".into()));
                    fields.push(("nodes.train.gpu".into(), "h100-sxm".into()));
                }
                if let Err(wrong) = spec::load_with(&path, &fields) {
                    panic!("{shelf}.{name}: {wrong}");
                }
            }
        }
    }
}

/// The key that a price or tariff of the catalogue is of, by its unit or name.
fn money_field(name: &str, entry: &toml::Value) -> &'static str {
    let amount = entry.get("amount").and_then(|amount| amount.as_str()).unwrap_or_default();
    match amount.rsplit(' ').next().unwrap_or_default() {
        "USD/GPU-h" => "price.rent_on_demand",
        "USD/kWh" => "price.electricity",
        "USD/kW/month" => "price.colocation",
        "USD" if name.contains("switch") => "price.switch",
        "USD" => "price.node",
        _ if name.contains("egress") => "price.egress",
        _ => "price.storage",
    }
}

#[test]
fn fields_are_set_from_outside() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let with = |field: &str, value: &str| {
        spec::load_with(&path, &[(field.to_string(), value.to_string())])
    };
    assert_eq!(with("store.controllers", "9").unwrap().scenario.store.controllers, 9);
    assert_eq!(with("training.unet3d.batch", "14").unwrap().scenario.training[0].batch, 14);
    assert_eq!(with("training.0.workers", "8").unwrap().scenario.training[0].workers, 8);
    let faster = with("fabric.storage.uplink", "800 Gb/s").unwrap();
    assert!(faster.canonical.contains("800000000000"));
    let lossy = with("fabric.storage.transport.loss", "1e-4").unwrap();
    assert!(lossy.canonical.contains("0.0001"));

    let wrong = with("store.controlers", "9").unwrap_err().to_string();
    assert!(wrong.contains("<set>:1:7") && wrong.contains("controlers"), "{wrong}");
    let wrong = with("store.controllers", "many").unwrap_err().to_string();
    assert!(wrong.contains("<set>:1:21"), "{wrong}");
    assert!(with("training.other.batch", "9").is_err());
    assert!(with("training", "9").is_err());
    assert!(with("", "9").is_err());
}

#[test]
fn the_canonical_form_does_not_depend_on_the_writing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let plain = load(&path).canonical;
    let text = fs::read_to_string(&path).expect("readable");
    let spelt = text.replace("\"400 Gb/s\"", "\"0.4 Tb/s\"").replace("seed = 1 ", "seed = 0x1 ");
    assert_ne!(spelt, text);
    let other = spec::parse_str("quickstart.toml", &spelt, None).expect("valid").canonical;
    assert_eq!(plain, other);
}

/// Walks a scenario along the schema: every key is known to both.
#[test]
fn the_schema_knows_every_key_that_scenarios_use() {
    let schema = spec::json_schema();
    for path in scenarios() {
        let text = fs::read_to_string(&path).expect("readable");
        let table: toml::Table = text.parse().expect("TOML");
        let value = serde_json::to_value(table).expect("plain data");
        known(&schema, &schema, &value, &path.display().to_string());
    }
}

fn known(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
    at: &str,
) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(&reference[1..]).expect("a definition"),
        None => schema,
    };
    if let Some(choices) = schema["anyOf"].as_array() {
        let fitting = choices.iter().find(|choice| {
            let target = match choice["$ref"].as_str() {
                Some(reference) => root.pointer(&reference[1..]).expect("a definition"),
                None => choice,
            };
            let tables = target["type"] == "object" || target.get("anyOf").is_some();
            tables == (value.is_object() || value.is_array())
        });
        return known(root, fitting.expect("a choice that fits"), value, at);
    }
    match value {
        serde_json::Value::Object(table) if schema["properties"].is_object() => {
            for key in schema["required"].as_array().into_iter().flatten() {
                let key = key.as_str().expect("a key");
                assert!(table.contains_key(key), "{at}: the schema requires `{key}`");
            }
            for (key, inner) in table {
                let inner_schema = schema["properties"].get(key);
                let inner_schema = inner_schema.unwrap_or_else(|| panic!("{at}: `{key}` unknown"));
                known(root, inner_schema, inner, &format!("{at}.{key}"));
            }
        }
        serde_json::Value::Array(items) if schema["items"].is_object() => {
            for item in items {
                known(root, &schema["items"], item, at);
            }
        }
        _ => {}
    }
}
