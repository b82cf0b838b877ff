//! The reader's names of cables against the wired network: a pattern that fits no cable is an error,
//! one that fits any is not.

use gapcast::fabric::Graph;
use gapcast::spec;
use std::collections::BTreeSet;

/// Findings are kept up to a hundred.
const AT_ONCE: usize = 60;

fn scenario(fabric: &str, production: &str) -> String {
    format!(
        r#"
        [[nodes]]
        name = "train"
        node = "dgx-a100"
        count = 5
        [[nodes]]
        name = "cpu"
        node = "dgx-a100"
        count = 2
        {fabric}
        [store]
        preset = "onprem-nvme"
        controllers = 3
        [[training]]
        name = "unet3d"
        workload = "mlperf/unet3d-a100"
        dataset = {{ objects = 2400 }}
        nodes = "train"
        {production}
        "#
    )
}

const ONE: &str =
    "[fabric.storage]\ntopology = \"one-switch\"\nswitch = \"sn4700\"\ntransport = \"roce-v2\"";
const LEAF_SPINE: &str = "[fabric.storage]\ntopology = \"leaf-spine\"\nleaves = 3\nspines = 2\n\
    switch = \"sn4700\"\ntransport = \"roce-v2\"";
const OWN_LEAVES: &str = "[fabric.storage]\ntopology = \"leaf-spine\"\nleaves = 2\n\
    storage_leaves = 2\nspines = 2\nuplinks = 2\nswitch = \"sn4700\"\ntransport = \"roce-v2\"";
const FAT_TREE: &str = "[fabric.storage]\ntopology = \"fat-tree\"\nk = 6\nswitch = \"sn4700\"\n\
    transport = \"roce-v2\"";
const CUSTOM: &str = r#"
    [fabric.storage]
    topology = "custom"
    switch = "sn4700"
    transport = "roce-v2"
    switches = ["a", "b", "c"]
    [[fabric.storage.links]]
    a = "a"
    b = "b"
    rate = "100 Gb/s"
    [[fabric.storage.links]]
    a = "b"
    b = "c"
    rate = "100 Gb/s"
    [[fabric.storage.attach]]
    hosts = "train-*"
    switches = ["a", "b"]
    [[fabric.storage.attach]]
    hosts = "*"
    switches = ["c"]
"#;

fn patterns(pairs: &[(String, String)]) -> String {
    let list: Vec<String> = pairs.iter().map(|(a, b)| format!("\"{a} -> {b}\"")).collect();
    format!(
        "[production.link_faults]\ninterval = \"1 s\"\nduration = \"1 s\"\nlinks = [{}]",
        list.join(", ")
    )
}

/// Every pair of names in every topology, cable or not. Exact: no false alarms.
#[test]
fn a_pattern_is_an_error_just_when_it_fits_no_cable() {
    for fabric in [ONE, LEAF_SPINE, OWN_LEAVES, FAT_TREE, CUSTOM] {
        let plain = spec::parse_str("x.toml", &scenario(fabric, ""), None);
        let plain = plain.unwrap_or_else(|found| panic!("{fabric}: {found}")).scenario;
        let graph = Graph::wire(&plain, &plain.fabrics[plain.storage_fabric], false, true);
        let name = |vertex| graph.vertices[vertex].clone();
        let joined: BTreeSet<(String, String)> =
            graph.links.rows().iter().map(|link| (name(link.from), name(link.to))).collect();
        let names: Vec<String> = graph.vertices.rows().to_vec();
        let all = names.iter().flat_map(|a| names.iter().map(|b| (a.clone(), b.clone())));
        let (cables, others): (Vec<_>, Vec<_>) = all.partition(|pair| joined.contains(pair));
        assert_eq!(cables.len(), joined.len());
        let production = patterns(&cables);
        let read = spec::parse_str("x.toml", &scenario(fabric, &production), None);
        assert!(read.is_ok(), "{fabric}: {}", read.unwrap_err());
        for part in others.chunks(AT_ONCE) {
            let text = scenario(fabric, &patterns(part));
            let found = spec::parse_str("x.toml", &text, None).expect_err("no such cables");
            let said: Vec<String> = found.iter().map(|d| d.message.clone()).collect();
            let wanted =
                |(a, b): &(String, String)| format!("no cable leads from \"{a}\" to \"{b}\"");
            assert_eq!(said, part.iter().map(wanted).collect::<Vec<_>>(), "{fabric}");
        }
    }
}
