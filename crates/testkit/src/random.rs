//! A small generator of random numbers (splitmix64): the same seed, the same numbers, everywhere.

/// A source of numbers that depends on its seed alone.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `below`, which is not zero.
    pub fn below(&mut self, below: u64) -> u64 {
        self.draw() % below.max(1)
    }

    /// True `of` times out of `out_of`.
    pub fn chance(&mut self, of: u64, out_of: u64) -> bool {
        self.below(out_of) < of
    }

    /// A position in a list of that length, which is not empty.
    pub fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("a list fits into memory");
        usize::try_from(self.below(length)).expect("below the length of a list")
    }

    /// A number from one up to and with another.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to - from + 1).expect("from is not above to");
        from + i64::try_from(self.below(span)).expect("smaller than the span")
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.index(of.len())]
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let other = self.index(at + 1);
            list.swap(at, other);
        }
    }
}
