//! The demo's own generator of numbers: splitmix64, so that a seed means the same data on every
//! machine and with every version of every library. Not for anything that must be hard to guess.

/// A stream of numbers that its seed decides.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// A stream of its own for one purpose: what one part draws never moves another part.
    pub fn branch(&self, purpose: u64) -> Random {
        let mut branch = Random { state: self.state ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03) };
        branch.next();
        branch
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound` less one; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let scaled = (u128::from(self.next()) * u128::from(bound)) >> 64;
        u64::try_from(scaled).expect("a product shifted by 64 bits fits 64 bits")
    }

    /// Both ends inclusive.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn happens(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One of a table, which is not empty.
    pub fn pick<'a, T>(&mut self, table: &'a [T]) -> &'a T {
        &table[self.index(table.len())]
    }

    /// One of a table, which is not empty, each as often as its weight says.
    pub fn weighted<'a, T>(&mut self, table: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(table.iter().map(&weight).sum());
        for item in table {
            let share = weight(item);
            if left < share {
                return item;
            }
            left -= share;
        }
        &table[table.len() - 1]
    }

    fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("a table's length fits 64 bits");
        usize::try_from(self.below(length)).expect("an index is below the table's length")
    }
}
