//! Who sends how much to whom in the lists: draws by PCG32, the same wherever they are made.

/// One flow: number of the sender, number of the receiver, bytes.
pub struct Demand {
    /// Sender.
    pub src: usize,
    /// Receiver.
    pub dst: usize,
    /// Bytes.
    pub bytes: u64,
}

/// The flows of every slot, in order.
pub type Slots = Vec<Vec<Demand>>;

/// PCG32 (XSH-RR 64/32; O'Neill, HMC-CS-2014-0905), seed 42, sequence 54.
struct Pcg32(u64);

impl Pcg32 {
    const STEP: u64 = 54 << 1 | 1;

    fn new() -> Pcg32 {
        let mut draws = Pcg32(0);
        draws.next();
        draws.0 = draws.0.wrapping_add(42);
        draws.next();
        draws
    }

    fn next(&mut self) -> u64 {
        let old = self.0;
        self.0 = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(Pcg32::STEP);
        let x = (((old >> 18) ^ old) >> 27) as u32;
        x.rotate_right((old >> 59) as u32).into()
    }
}

/// `hosts` with `slots` each, in which `rounds` flows of 64 KiB to 16 MiB go to random other hosts.
pub fn leaf_spine(hosts: usize, slots: usize, rounds: usize) -> Slots {
    let mut draws = Pcg32::new();
    let mut flow = |src: usize| {
        let other = draws.next() as usize % (hosts - 1);
        let dst = other + usize::from(other >= src);
        Demand { src, dst, bytes: 65_536 + draws.next() % 16_777_216 }
    };
    (0..hosts * slots).map(|slot| (0..rounds).map(|_| flow(slot / slots)).collect()).collect()
}

/// `clients` with `slots` each, in which they read 8 MiB `rounds` times from random ones of `servers`.
/// Senders count servers, receivers clients.
pub fn incast(clients: usize, servers: usize, slots: usize, rounds: usize) -> Slots {
    let mut draws = Pcg32::new();
    let mut flow = |dst| Demand { src: draws.next() as usize % servers, dst, bytes: 8_388_608 };
    (0..clients * slots).map(|slot| (0..rounds).map(|_| flow(slot / slots)).collect()).collect()
}
