//! Sharing by traffic class: max-min inside a class, and between classes what each link's scheduler
//! gives them.
//!
//! **Entitlement.** A link of capacity C that honours classes gives class c at *level* h the rate
//! T_c(h), nondecreasing in h. The level first runs through stage 0, in which all guarantees g_c
//! grow alike from 0 to their full size; then through one stage a priority, lowest number first, in
//! which T_c = min(cap_c, g_c + x·w_c) with x rising from 0 until all classes of the priority are at
//! their caps. A class that wants only U_c takes min(U_c, T_c(h)). What class c may take if it wants
//! everything is R_c = T_c(h) at the level where Σ_{c'≠c} min(U_c', T_c'(h)) + T_c(h) = C. With all
//! classes backlogged on one priority that is g_c + (C − Σg)·w_c/Σw: generalised processor sharing
//! (Parekh & Gallager, IEEE/ACM Trans. Networking 1(3), 1993, doi:10.1109/90.234856), which weighted
//! fair queueing approximates packet by packet; excess shared by weight beyond a guarantee as in
//! hierarchical token buckets; priorities and weights side by side as in IEEE 802.1Q-2018 §8.6.8.
//!
//! **The equilibrium.** Rates are fair if every flow f of class c is at its cap, or crosses a
//! resource that is full for it and on which no flow it shares with has a higher rate per weight:
//! either one that does not know classes, saturated by all flows alike; or a link on which U_c = R_c,
//! so that
//! 1. the link is full, or c is at its cap there,
//! 2. no other class takes more than the level at which c stands entitles it to: with h_c the least
//!    level of T_c(h_c) = U_c, every other U_c' ≤ T_c'(h_c).
//!
//! Proof of 1 and 2: U_c = R_c = T_c(h) at the level h of the definition. If h is the end of all
//! stages, c is at its cap. If not, Σ_{c'≠c} min(U_c', T_c'(h)) + U_c = C, and since loads sum to at
//! most C, no U_c' is cut by its T_c'(h): the link is full and 2 holds.
//!
//! **Why not by one filling.** One might fill as in single-class max-min: always the (link, class) of
//! the smallest rate per weight first. That is wrong: of two classes of equal weight on a link of 10,
//! let one have ten flows and the other a single flow, which another link of 2 holds. The ten come
//! first, at ½ each, and stay there although the single flow leaves 8 to them. A share may be fixed
//! only when the other classes on the link are known, and these may depend on it in turn on another
//! link: the equilibrium is a system of equations that holds together, not a list of fillings.
//!
//! **The update.** Every link becomes one resource a class in a plain [`MaxMin`], with capacity R_c;
//! what does not know classes stays one resource. So inside a class, and on what classes share
//! alike, rates are max-min for given R by that module's proof. Then, class by class in order of
//! priority, R is set anew on links where another class's use has changed, and the rates are solved
//! again where that matters, until nothing changes. At the end R_c are the entitlements, and the
//! conditions hold.
//!
//! *Loads fit.* Suppose ΣU > C at the end. Let c be the class whose h_c is highest. Then at h_c no
//! other U_c' is cut, the sum in the definition of R_c is ΣU > C, so R_c was found below h_c and
//! U_c ≤ R_c < U_c: a contradiction. That needs only U_c ≤ R_c, so decreases of R are always applied,
//! while later in a solve increases are damped, and left out below 2^-28 of the capacity.
//!
//! *It is exact and ends after one pass a class* where entitlements do not depend on each other in a
//! circle: one class; strict priorities without guarantees (R_c depends on lower numbers alone: it is
//! solving class by class on what is left); one link. Where weighted or guaranteed classes hold each
//! other on different links in turn, an equilibrium still exists: max-min rates and T are continuous
//! in the capacities, so Brouwer's theorem applies. It need not be the only one: of a flow of high
//! and one of low priority that share a link and then a drive, which knows no classes, the low one may
//! hold the drive at anything up to its half (priority inversion). The passes reach the one nearest
//! to the rates before, the same in every run. That they settle is tested on thousands of
//! random histories, not proven. Should [`PASSES`] not do, classes are
//! placed in order of priority on what those before them use, which fits always, and the next solve
//! tries again.

mod entitle;
mod read;

use super::{FlowId, Hop, MaxMin, ResourceId, share};
use crate::kernel::id::Table;
pub use entitle::{Claim, Class, Portion, entitlement};

/// Most classes: IEEE 802.1Q has eight priorities.
pub const MOST_CLASSES: usize = 8;

/// Passes over the classes in one solve, at most.
pub const PASSES: u32 = 512;

/// Passes after which increases of an entitlement below 2^-28 of the capacity are left out.
const EXACT_PASSES: u32 = 12;
const TOLERANCE: u32 = 28;

/// By how many bits an increase is cut in a pass. Halves stop classes that give way to each other in
/// turn from overshooting, whole steps those that make way for each other from creeping.
fn damping(pass: u32) -> u32 {
    match pass {
        0..EXACT_PASSES => 0,
        EXACT_PASSES..128 => 1,
        128..256 => 0,
        _ => 3,
    }
}

#[derive(Debug, Clone, Copy)]
struct Link {
    capacity: u64,
    /// Its resource in the plain problem, the first of one a class if it honours them.
    first: ResourceId,
    honours: bool,
    /// Classes, by bit, whose entitlement may have changed.
    stale: u16,
    /// Whether it is in the list of stale links.
    listed: bool,
}

/// The sharing problem with classes and its current solution; without classes it is the plain one.
#[derive(Debug, Clone, Default)]
pub struct ClassMaxMin {
    net: MaxMin,
    classes: Vec<Class>,
    /// Classes in order of priority.
    order: Vec<u8>,
    links: Table<ResourceId, Link>,
    /// The link of each resource of the plain problem, and its class there.
    of: Table<ResourceId, (ResourceId, u8)>,
    /// Links with stale classes.
    stale: Vec<ResourceId>,
    /// Load of each resource of the plain problem, as of the last solution of it.
    loads: Table<ResourceId, u64>,
    class_of: Table<FlowId, usize>,
    /// What the last solve changed.
    moved: Vec<FlowId>,
    levels: Vec<ResourceId>,
    reloaded: Vec<ResourceId>,
    hops: Vec<Hop>,
    passes: u64,
    unsettled: u64,
}

impl ClassMaxMin {
    /// No resources, no flows; with an empty list of classes, plain max-min sharing.
    ///
    /// # Panics
    /// If there are more than [`MOST_CLASSES`] and one, or a weight is 0.
    pub fn new(classes: Vec<Class>) -> Self {
        assert!(classes.len() <= MOST_CLASSES + 1, "more classes than switches have");
        assert!(classes.iter().all(|class| class.weight > 0), "a class without weight");
        let mut order: Vec<u8> = (0..classes.len() as u8).collect();
        order.sort_by_key(|&c| classes[usize::from(c)].priority);
        let net = if classes.is_empty() { MaxMin::new() } else { MaxMin::attentive() };
        ClassMaxMin { net, classes, order, ..Default::default() }
    }

    /// From now on, [`reloaded`](Self::reloaded) tells of every load that changes.
    ///
    /// # Panics
    /// If there are flows already.
    pub fn attend(&mut self) {
        self.net.attend();
    }

    /// Lets rates be off, see [`MaxMin::tolerate`].
    ///
    /// # Panics
    /// If there are classes: their equilibrium is found by exact rates.
    pub fn tolerate(&mut self, tolerance: f64) {
        assert!(self.is_plain() || tolerance == 0.0, "classes need exact rates");
        self.net.tolerate(tolerance);
    }

    fn is_plain(&self) -> bool {
        self.classes.is_empty()
    }

    /// Adds a resource of `capacity` units; if it `honours` classes, they share it as they say, if
    /// not, all flows are alike there.
    pub fn add_resource(&mut self, capacity: u64, honours: bool) -> ResourceId {
        if self.is_plain() {
            return self.net.add_resource(capacity);
        }
        let first = ResourceId(self.of.len() as u32);
        let id = self.links.push(Link { capacity, first, honours, stale: 0, listed: false });
        let copies = if honours { self.classes.len() } else { 1 };
        for class in 0..copies {
            self.net.add_resource(capacity);
            self.loads.push(0);
            self.of.push((id, class as u8));
        }
        id
    }

    /// Adds a flow of `class`; it has rate 0 until the next [`solve`](Self::solve).
    ///
    /// # Panics
    /// If it has neither a hop nor a cap, or the class does not exist.
    pub fn add(&mut self, hops: &[Hop], weight: u32, cap: Option<u64>, class: usize) -> FlowId {
        if self.is_plain() {
            return self.net.add(hops, weight, cap);
        }
        assert!(class < self.classes.len(), "a flow is of one of the classes");
        self.translate(hops, class);
        let id = self.net.add(&self.hops, weight, cap);
        while self.class_of.len() <= id.0 as usize {
            self.class_of.push(0);
        }
        self.class_of[id] = class;
        id
    }

    /// The way of a flow of `class` in the plain problem; it may now ask for its part of the links.
    fn translate(&mut self, hops: &[Hop], class: usize) {
        self.hops.clear();
        for hop in hops {
            let link = self.links[hop.resource];
            let offset = if link.honours { class as u32 } else { 0 };
            let resource = ResourceId(link.first.0 + offset);
            self.hops.push(Hop { resource, divisor: hop.divisor });
            if link.honours {
                self.mark(hop.resource, 1 << class);
            }
        }
    }

    /// Sends a flow over other resources, with its number, class, weight and cap. Its rate is 0 until
    /// the next [`solve`](Self::solve).
    pub fn reroute(&mut self, id: FlowId, hops: &[Hop]) {
        if self.is_plain() {
            return self.net.reroute(id, hops);
        }
        self.used_otherwise(id);
        self.translate(hops, self.class_of[id]);
        self.net.reroute(id, &self.hops);
    }

    /// Removes a flow.
    pub fn remove(&mut self, id: FlowId) {
        if !self.is_plain() {
            self.used_otherwise(id);
        }
        self.net.remove(id);
    }

    /// Changes a flow's cap.
    pub fn set_cap(&mut self, id: FlowId, cap: Option<u64>) {
        self.net.set_cap(id, cap);
    }

    /// Changes a resource's capacity.
    pub fn set_capacity(&mut self, id: ResourceId, capacity: u64) {
        if self.is_plain() {
            return self.net.set_capacity(id, capacity);
        }
        self.links[id].capacity = capacity;
        if self.links[id].honours {
            self.mark(id, self.everybody());
        } else {
            self.net.set_capacity(self.links[id].first, capacity);
        }
    }

    fn everybody(&self) -> u16 {
        (1 << self.classes.len()) - 1
    }

    fn mark(&mut self, id: ResourceId, classes: u16) {
        let link = &mut self.links[id];
        if !link.listed {
            link.listed = true;
            self.stale.push(id);
        }
        link.stale |= classes;
    }

    /// A flow uses its links no longer: the other classes there may take more.
    fn used_otherwise(&mut self, id: FlowId) {
        let rate = self.net.rate(id);
        self.hops.clear();
        self.hops.extend(self.net.hops(id));
        for i in 0..self.hops.len() {
            let hop = self.hops[i];
            self.loads[hop.resource] -= share(rate, hop.divisor);
            self.mark_others(hop.resource);
        }
    }

    /// The load of a resource of the plain problem is another: what of its link the other classes may
    /// take is to be found anew.
    fn mark_others(&mut self, inner: ResourceId) {
        let (link, class) = self.of[inner];
        if self.links[link].honours {
            self.mark(link, self.everybody() & !(1 << class));
        }
    }

    /// Brings the rates to the equilibrium after any number of changes. Returns whether anything was
    /// to be done; [`moved`](Self::moved) and [`levels`](Self::levels) then tell what is other.
    pub fn solve(&mut self) -> bool {
        if self.is_plain() {
            return self.net.solve();
        }
        self.moved.clear();
        self.levels.clear();
        self.reloaded.clear();
        // New flows and old ones of all classes at once; then each on what the others are found to
        // use.
        let mut moved = (0..self.order.len()).fold(0, |n, i| n + self.entitle(i, 0));
        moved += usize::from(self.resolve());
        self.strike_settled();
        let mut pass = 0;
        while !self.stale.is_empty() {
            for i in 0..self.order.len() {
                if self.entitle(i, pass) > 0 {
                    self.resolve();
                }
            }
            self.strike_settled();
            pass += 1;
            if pass == PASSES {
                self.place();
                break;
            }
        }
        self.passes += u64::from(pass);
        moved > 0
    }

    fn strike_settled(&mut self) {
        let links = &mut self.links;
        self.stale.retain(|&id| {
            links[id].listed = links[id].stale != 0;
            links[id].listed
        });
    }

    /// Sets what the class at `place` in the order may take wherever that may have changed; how many
    /// of its entitlements are others that matter.
    fn entitle(&mut self, place: usize, pass: u32) -> usize {
        let class = self.order[place];
        let mut changed = 0;
        for i in 0..self.stale.len() {
            let id = self.stale[i];
            if self.links[id].stale & (1 << class) == 0 {
                continue;
            }
            self.links[id].stale &= !(1 << class);
            let link = self.links[id];
            let inner = ResourceId(link.first.0 + u32::from(class));
            if self.net.members(inner) == 0 {
                continue;
            }
            let mut entitled = self.entitlement(&link, usize::from(class));
            let now = self.net.capacity(inner);
            if entitled == now {
                continue;
            }
            if entitled > now && pass >= EXACT_PASSES {
                if entitled - now <= link.capacity >> TOLERANCE {
                    continue;
                }
                let shift = damping(pass);
                entitled = now + ((entitled - now) >> shift);
                self.mark(id, 1 << class);
            }
            if self.net.owned(inner) == 0 && self.loads[inner] <= entitled {
                self.net.set_spare_capacity(inner, entitled);
            } else {
                self.net.set_capacity(inner, entitled);
                changed += 1;
            }
        }
        changed
    }

    fn entitlement(&self, link: &Link, class: usize) -> u64 {
        let mut claims = [Claim { priority: 0, weight: 1, guarantee: 0, cap: 0, used: 0 }; 9];
        for (c, (claim, spec)) in claims.iter_mut().zip(&self.classes).enumerate() {
            let used = self.loads[ResourceId(link.first.0 + c as u32)];
            *claim = spec.claim(link.capacity, used);
        }
        entitlement(link.capacity, &claims[..self.classes.len()], class)
    }

    /// Solves the plain problem and notes whose use of links has changed by it.
    fn resolve(&mut self) -> bool {
        let any = self.net.solve();
        self.moved.extend_from_slice(self.net.moved());
        self.levels.extend_from_slice(self.net.levels());
        for i in 0..self.net.reloaded().len() {
            let inner = self.net.reloaded()[i];
            let load = self.net.load(inner);
            if self.loads[inner] != load {
                self.loads[inner] = load;
                self.reloaded.push(self.of[inner].0);
                self.mark_others(inner);
            }
        }
        any
    }

    /// Class by class, nobody takes more than those placed before leave.
    fn place(&mut self) {
        self.unsettled += 1;
        let shared: Vec<ResourceId> =
            self.links.iter().filter(|(_, link)| link.honours).map(|(id, _)| id).collect();
        for place in 0..self.order.len() {
            let class = u32::from(self.order[place]);
            for &id in &shared {
                let link = self.links[id];
                let load = |c: u8| self.loads[ResourceId(link.first.0 + u32::from(c))];
                let placed: u64 = self.order[..place].iter().map(|&c| load(c)).sum();
                let entitled = self.entitlement(&link, class as usize);
                let left = link.capacity.saturating_sub(placed).min(entitled);
                self.net.set_capacity(ResourceId(link.first.0 + class), left);
            }
            self.resolve();
            // Those placed keep what they have, whatever those after them set free elsewhere.
            for &id in &shared {
                let inner = ResourceId(self.links[id].first.0 + class);
                self.net.set_capacity(inner, self.loads[inner]);
            }
        }
        self.resolve();
        for id in shared {
            self.mark(id, self.everybody());
        }
    }

    /// Flow visits that all solves so far have cost: the work measure of benchmarks.
    pub fn visits(&self) -> u64 {
        self.net.visits()
    }

    /// Passes over the classes that all solves so far have cost, and solves that were cut off at
    /// [`PASSES`] of them.
    pub fn passes(&self) -> (u64, u64) {
        (self.passes, self.unsettled)
    }
}

#[cfg(test)]
mod tests;
