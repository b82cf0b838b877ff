//! The JSON Schema of a scenario, and the commented list of all keys: both from `raw`.

use super::dist::LAWS;
use super::fields::{Field, Kind, Need, Section};
use super::raw;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The JSON Schema (draft 2020-12) of a scenario file.
pub fn json_schema() -> Value {
    schema_of(&raw::SCENARIO, "Gapcast scenario")
}

/// The JSON Schema (draft 2020-12) of a study file.
pub fn study_json_schema() -> Value {
    schema_of(&raw::study::STUDY, "Gapcast study")
}

fn schema_of(section: &'static Section, title: &str) -> Value {
    let mut definitions = Map::new();
    let mut root = object(section, false, &mut definitions);
    let head = root.as_object_mut().expect("a schema is an object");
    head.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    head.insert("title".into(), title.into());
    definitions.insert("distribution".into(), distribution());
    head.insert("$defs".into(), Value::Object(definitions));
    root
}

/// The schema of a table. A `partial` one changes what a preset says, so nothing in it is required.
fn object(section: &'static Section, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in section.fields {
        let below = partial || section.preset.is_some();
        properties.insert(field.key.into(), property(field, below, definitions));
        // What a preset can bring along may be missing from the table itself.
        let always = !below || field.key == "name" && !partial;
        if always && field.need == Need::Required && field.only.is_empty() {
            required.push(field.key);
        }
    }
    json!({
        "type": "object",
        "description": section.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A reference to the section's definition, which is made when first met.
fn definition(
    section: &'static Section,
    partial: bool,
    definitions: &mut Map<String, Value>,
) -> Value {
    let name: String =
        section.title.chars().filter(|c| c.is_ascii_alphanumeric() || " ._".contains(*c)).collect();
    let name = name.replace(' ', "_") + if partial { "_changes" } else { "" };
    if !definitions.contains_key(&name) {
        definitions.insert(name.clone(), Value::Null);
        let made = object(section, partial, definitions);
        definitions.insert(name.clone(), made);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn property(field: &Field, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = match field.kind {
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Count(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Kind::Number { low, high, closed: true } => {
            json!({ "type": "number", "minimum": low, "maximum": high })
        }
        Kind::Number { low, high, closed: false } => {
            json!({ "type": "number", "exclusiveMinimum": low, "maximum": high })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Scalar => json!({ "type": ["number", "string", "boolean", "object", "array"] }),
        Kind::Scalars => json!({ "type": "array", "minItems": 1 }),
        Kind::Settings => json!({ "type": "object" }),
        Kind::Names => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::LinkPart => json!({ "anyOf": [
            { "type": "string" },
            { "type": "number", "exclusiveMinimum": 0, "maximum": 1 },
        ]}),
        Kind::Limit => json!({ "anyOf": [
            { "type": "string" },
            { "type": "integer", "minimum": 1 },
        ]}),
        Kind::DistTime | Kind::DistBytes => json!({ "$ref": "#/$defs/distribution" }),
        Kind::Price(_) | Kind::Assumption(_) | Kind::Amount | Kind::AmountPair | Kind::Date => {
            of_money(field.kind, partial, definitions)
        }
        Kind::Dataset(section) => {
            json!({ "anyOf": [{ "type": "string" }, definition(section, partial, definitions)] })
        }
        Kind::Table(section) => {
            let table = definition(section, partial, definitions);
            match (section.preset, field.need) {
                (None, Need::Required | Need::Default(_)) => table,
                (None, Need::Optional) => json!({ "anyOf": [{ "const": "none" }, table] }),
                (Some(_), _) => json!({ "anyOf": [{ "type": "string" }, table] }),
            }
        }
        Kind::List(section) => {
            // Lists are replaced as a whole, so their entries are complete.
            json!({ "type": "array", "items": definition(section, false, definitions) })
        }
        Kind::Entries(section) if section.choice.is_some() => {
            let entry = definition(section, partial, definitions);
            json!({ "type": "object", "additionalProperties": entry })
        }
        Kind::Entries(section) => {
            // An entry of the catalogue need not be complete.
            let keys: Vec<&str> = section.fields.iter().map(|field| field.key).collect();
            json!({ "type": "object", "additionalProperties": {
                "type": "object",
                "propertyNames": { "enum": keys }
            }})
        }
        _ => json!({ "type": "string", "description": field.kind.expected() }),
    };
    if field.need == Need::Optional && matches!(field.kind, Kind::Count(..) | Kind::Number { .. }) {
        schema = json!({ "anyOf": [{ "const": "none" }, schema] });
    }
    let keys = schema.as_object_mut().expect("a schema is an object");
    keys.insert("description".into(), field.doc.into());
    if let Need::Default(text) = field.need
        && let Ok(value) = toml::from_str::<toml::Table>(&format!("v = {text}"))
        && let Ok(value) = serde_json::to_value(&value["v"])
    {
        keys.insert("default".into(), value);
    }
    schema
}

/// The schema of a number of money.
fn of_money(kind: Kind, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Price(_) => json!({ "anyOf": [
            { "type": "string" },
            definition(&raw::price::PRICE, partial, definitions),
        ]}),
        Kind::Assumption(_) => json!({ "anyOf": [
            { "type": ["number", "string"] },
            definition(&raw::price::ASSUMPTION, partial, definitions),
            { "$ref": "#/$defs/distribution" },
        ]}),
        Kind::AmountPair => json!({ "type": "array", "minItems": 2, "maxItems": 2 }),
        Kind::Date => json!({ "type": "string", "pattern": "^\\d{4}(-\\d\\d(-\\d\\d)?)?$" }),
        _ => json!({ "type": ["number", "string", "object"] }),
    }
}

fn distribution() -> Value {
    let laws: Map<String, Value> = LAWS
        .iter()
        .map(|(law, example)| (law.to_string(), json!({ "examples": [example] })))
        .collect();
    json!({
        "description": "A constant such as \"5 ms\", or a table with one law and its parameters.",
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": laws,
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": false,
            },
        ],
    })
}

/// Every key with its meaning, as TOML comments.
pub fn reference() -> String {
    let mut text = String::from(
        "# Every key. Quantities carry units; what is marked (distribution) may also be one of\n\
         # these tables:\n",
    );
    for (_, example) in LAWS {
        let _ = writeln!(text, "#   {example}");
    }
    describe(&raw::SCENARIO, "", false, &mut text);
    text
}

/// The JSON Schema (draft 2020-12) of a plan file.
pub fn brief_json_schema() -> Value {
    schema_of(&raw::brief::BRIEF, "Gapcast plan")
}

/// Every key of a plan with its meaning, as TOML comments.
pub fn brief_reference() -> String {
    let mut text = String::from("# Every key of a plan file.\n");
    describe(&raw::brief::BRIEF, "", false, &mut text);
    text
}

/// Every key of a study with its meaning, as TOML comments.
pub fn study_reference() -> String {
    let mut text = String::from("# Every key of a study file.\n");
    describe(&raw::study::STUDY, "", false, &mut text);
    text
}

fn describe(section: &'static Section, path: &str, list: bool, text: &mut String) {
    if !path.is_empty() {
        let header = if list { format!("[[{path}]]") } else { format!("[{path}]") };
        let _ = writeln!(text, "#\n# {header}  {}", section.doc);
    }
    let mut below = Vec::new();
    for field in section.fields {
        let inner = match field.kind {
            Kind::Table(inner) | Kind::Dataset(inner) => Some((inner, false)),
            Kind::List(inner) => Some((inner, true)),
            // A shelf's entries are described where they are used.
            Kind::Entries(inner) if inner.choice.is_some() => Some((inner, false)),
            Kind::Entries(_) => None,
            _ => {
                key(field, text);
                continue;
            }
        };
        if let Some(inner) = inner
            && field.key != "catalog"
        {
            let named = matches!(field.kind, Kind::Entries(_));
            below.push((
                if named { format!("{}.NAME", field.key) } else { field.key.into() },
                inner,
            ));
        }
    }
    for (key, (inner, list)) in below {
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        describe(inner, &path, list, text);
    }
}

fn key(field: &Field, text: &mut String) {
    let need = match field.need {
        Need::Required => "required".to_string(),
        Need::Optional => "optional".to_string(),
        Need::Default(default) => format!("default {default}"),
    };
    let only = match field.only {
        [] => String::new(),
        words => format!("; only with {}", words.join(", ")),
    };
    let law = matches!(field.kind, Kind::DistTime | Kind::DistBytes);
    let law = if law { " (distribution)" } else { "" };
    let _ = writeln!(text, "#   {}{law}: {} [{need}{only}]", field.key, field.doc);
}
