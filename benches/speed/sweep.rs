//! A sweep on one thread and on two: the first points of the quick start's grid. Items are replicates.

use divan::{Bencher, black_box, counter::ItemsCount};
use gapcast::study::sweep::{Journal, Plan, Shard, run};
use std::path::Path;

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn quick_start_grid(bencher: Bencher, threads: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/quickstart-grid.toml");
    let plan = Plan::read(&path).expect("a shipped study").0;
    let shard = Shard { index: 1, of: 32 };
    let replicates = shard.count(plan.points()) * u64::from(plan.study.replicates);
    bencher.counter(ItemsCount::new(replicates)).bench_local(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Journal::place(folder.path(), &plan, shard);
        let mut journal = Journal::open(&place, &plan, true).expect("a journal");
        run(&plan, shard, &mut journal, threads, &|_| ()).expect("it runs");
        black_box(journal.len())
    });
}
