//! The health log of a run: what is watched in a world, and what fired by its end.

use super::finish::Measured;
use super::world::{Job, World};
use crate::kernel::time::Time;
use crate::metrics::health::{Alert, Log, Monitor, Watched, level_watch};
use crate::model::Rule;
use crate::probe::Probe;

impl<P: Probe> World<P> {
    /// A monitor of this world.
    pub(super) fn monitor(&self) -> Monitor {
        let mut job_of_gpu = vec![None; self.plant.gpus() as usize];
        for (id, job) in self.jobs.iter() {
            let Job::Training(job) = job else { continue };
            for rank in 0..job.spec().gpus {
                job_of_gpu[job.gpu(rank).0 as usize] = Some(id);
            }
        }
        let slots = vec![self.scenario.store.controller.slots; self.plant.controllers.len()];
        let watched = Watched { job_of_gpu, jobs: self.own_jobs, slots };
        Monitor::new(&self.scenario.health, watched)
    }

    /// Has all resources watched: for being used too much, and for the trace.
    pub(super) fn watch_resources(&mut self) {
        if P::TRACES {
            self.fabric.log_changes();
        }
        let health = &self.scenario.health;
        if let Some(bound) = health.bound(Rule::Utilisation) {
            self.fabric.watch(health.interval, |units| level_watch(&bound, health.interval, units));
        }
    }
}

impl World<Measured> {
    /// Every alert of the run.
    pub(super) fn close_health(&mut self, end: Time) -> Vec<Alert> {
        let mut jobs = self.job_names();
        jobs.truncate(self.own_jobs);
        let stations = self.plant.stations.rows().iter().map(|info| info.name.clone());
        let stations: Vec<String> = stations.collect();
        let scenario = self.scenario.clone();
        let mut log = Log::new(&scenario.health, end, &jobs, &stations);
        for (id, info) in self.plant.resources.iter() {
            log.add(Rule::Utilisation, &info.name, self.fabric.episodes(id, end));
        }
        if let Some(bound) = scenario.health.bound(Rule::Down) {
            for (who, spells) in self.outages(end) {
                let mut watch = level_watch(&bound, scenario.health.interval, 1);
                for (from, until) in spells {
                    watch.set(from, 1);
                    watch.set(until, 0);
                }
                log.add(Rule::Down, &who, watch.episodes(end));
            }
        }
        self.probe.1.health.close(end, &mut log);
        log.finish()
    }
}
