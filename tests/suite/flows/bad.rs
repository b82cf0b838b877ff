//! Lists and flags that cannot be meant: exit code 2, all that is wrong, each with its place and a way
//! out; no folder.

use super::lab::{INCAST, LEAF_SPINE, flows};
use tempfile::TempDir;

fn complaints(scenario: &str, list: &str, more: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let (path, out) = (folder.path().join("list.csv"), folder.path().join("out"));
    std::fs::write(&path, list).unwrap();
    let output = flows(scenario, &path, more, &out);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty() && !out.exists(), "{said}");
    said
}

fn says(said: &str, words: &[&str]) {
    for words in words {
        assert!(said.contains(words), "\"{words}\" is not in:\n{said}");
    }
}

/// Everything that is wrong with the rows is told at once.
#[test]
fn rows_that_cannot_be_meant() {
    let list = "src,dst,bytes,slot,order\n\
                hst-3,2,8 MiB,0,0\n\
                5,5,100,0,1\n\
                1,64000,0,0,x\n\
                1,2,100,4,0\n\
                2,3,100,4,0\n\
                1,2\n";
    says(
        &complaints(LEAF_SPINE, list, &[]),
        &[
            "list.csv:2:1",
            "no host is called \"hst-3\"",
            "did you mean `host-3`?",
            "list.csv:2:9",
            "write 8388608",
            "a flow from host-5 to itself",
            "--destinations",
            "there is no host 64000",
            "numbers go from 0 to 64: host-0 … host-63",
            "a flow of no bytes",
            "list.csv:4:13",
            "\"x\" is no number",
            "slot 4 has two flows with `order` 0",
            "first here",
            "the header has 5, this row 2 cells",
        ],
    );
}

/// A list says in one way when flows start, and every column is known.
#[test]
fn columns_that_cannot_be_meant() {
    let said = complaints(LEAF_SPINE, "src,dst,byts,start_s,slot\n0,1,5,0,0\n", &[]);
    says(
        &said,
        &["did you mean `bytes`?", "a list is either open or a closed loop", "list.csv:1:14"],
    );
    let said = complaints(LEAF_SPINE, "src,dst,bytes\n0,1,5\n", &[]);
    says(&said, &["nothing says when flows start", "an open list has `start_s`"]);
    let said = complaints(LEAF_SPINE, "src,dst,bytes,slot\n0,1,5,0\n", &[]);
    says(&said, &["there is no column `order`"]);
    let said = complaints(LEAF_SPINE, "src,dst,bytes,start_s\n0,1,5,-1\n0,1,5,soon\n", &[]);
    says(&said, &["\"-1\" is no time in seconds", "\"soon\" is no time in seconds"]);
    says(&complaints(LEAF_SPINE, "", &[]), &["holds no rows"]);
    says(&complaints(LEAF_SPINE, "src,dst,bytes,start_s\n", &[]), &["there are no flows"]);
}

/// Flags are underlined as files are, together with what is wrong with the list.
#[test]
fn flags_that_cannot_be_meant() {
    let links = ["--link", "leaf-0->spin-3=40 Gb/s", "--link", "host-3=40", "--link", "host-3"];
    let more: Vec<&str> = links.into_iter().chain(["--sources", "contoller"]).collect();
    says(
        &complaints(INCAST, "src,dst,bytes,start_s\n0,clint-1,5,0\n", &more),
        &[
            "no cable is called \"leaf-0->spin-3\"",
            "\"40\" has no unit",
            "there is no rate",
            "there is no group of hosts \"contoller\"",
            "did you mean \"controller\"?",
            "did you mean `client-1`?",
        ],
    );
    says(
        &complaints(LEAF_SPINE, "# nothing\n", &["--link", "x=1 b/s"]),
        &["holds no rows", "\"x\""],
    );
    let list = "src,dst,bytes,start_s\n0,1,5,0\n";
    let said = complaints(LEAF_SPINE, list, &["--fabric", "storge"]);
    says(&said, &["the scenario has no network \"storge\"", "did you mean `storage`?"]);
    let set = "fabric.storage.routing.policy=adaptive";
    let said = complaints(LEAF_SPINE, list, &["--set", set]);
    says(&said, &["cannot be routed by load", "destination-modulo"]);
}

/// What would take longer than a clock of picoseconds tells is an error, not a panic.
#[test]
fn a_list_without_end_fails() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("list.csv");
    let list = "src,dst,bytes,start_s\n0,1,18446744073709551615,0\n2,3,1,1\n";
    std::fs::write(&path, list).unwrap();
    let more = ["--link", "host-0=1 Mb/s"];
    let output = flows(LEAF_SPINE, &path, &more, &folder.path().join("out"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    says(&said, &["longer than 213 days", "row 1 (host-0 to host-1)"]);
}
