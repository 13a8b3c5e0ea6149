//! The one place where chance, or the search, decides.

/// Decides between alternatives.
#[derive(Debug, Clone)]
pub enum Chooser {
    /// By a seeded generator: the same seed, the same decisions.
    Seeded(Generator),
    /// By a path through the tree of all decisions.
    Walking(Path),
}

/// A seeded generator (xorshift64*; Vigna, "An experimental exploration of Marsaglia's xorshift generators").
#[derive(Debug, Clone)]
pub struct Generator(u64);

/// One path through the tree of decisions, and where the walk stands on it.
#[derive(Debug, Clone, Default)]
pub struct Path {
    steps: Vec<Step>,
    position: usize,
    /// How many steps at the beginning stay as they are: the walk is over when all paths that begin with them are walked.
    fixed: usize,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    chosen: usize,
    alternatives: usize,
}

impl Chooser {
    /// A chooser for a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        // Neighbouring seeds must not look alike, and the state must not be 0 (splitmix64's finalizer).
        let mut state = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self::Seeded(Generator((state ^ (state >> 31)) | 1))
    }

    /// Whether all alternatives are walked, so that time has no meaning.
    #[must_use]
    pub const fn is_walking(&self) -> bool {
        matches!(self, Self::Walking(_))
    }

    /// A number below `bound`; 0 when `bound` is 0 or 1.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound <= 1 {
            return 0;
        }
        match self {
            Self::Seeded(generator) => generator.below(bound),
            Self::Walking(path) => path.next(bound),
        }
    }

    /// One of several alternatives by weight; weight 0 never happens. When walking, every weight above 0 is as good.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        match self {
            Self::Seeded(generator) => {
                let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
                let mut left = generator.next().checked_rem(total).unwrap_or(0);
                for (index, weight) in weights.iter().enumerate() {
                    match left.checked_sub(u64::from(*weight)) {
                        Some(rest) => left = rest,
                        None => return index,
                    }
                }
                0
            }
            Self::Walking(path) => {
                let possible: Vec<usize> =
                    weights.iter().enumerate().filter(|(_, weight)| **weight > 0).map(|(index, _)| index).collect();
                let choice = if possible.len() > 1 { path.next(possible.len()) } else { 0 };
                possible.get(choice).copied().unwrap_or(0)
            }
        }
    }

    /// True in so many of 1,000 cases; never when walking.
    pub fn chance(&mut self, per_thousand: u32) -> bool {
        match self {
            Self::Seeded(_) => self.weighted(&[per_thousand, 1000_u32.saturating_sub(per_thousand)]) == 0,
            Self::Walking(_) => false,
        }
    }
}

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let number = (self.next() >> 11).checked_rem(bound).unwrap_or(0);
        usize::try_from(number).unwrap_or(0)
    }
}

impl Path {
    fn next(&mut self, alternatives: usize) -> usize {
        if self.position == self.steps.len() {
            self.steps.push(Step { chosen: 0, alternatives });
        }
        let step = self.steps.get(self.position).copied().unwrap_or(Step { chosen: 0, alternatives });
        assert!(step.alternatives == alternatives, "the same decisions must lead to the same place");
        self.position = self.position.saturating_add(1);
        step.chosen
    }

    /// The part of the tree below the first steps of the path that was walked last.
    #[must_use]
    pub fn below(&self, depth: usize) -> Self {
        let steps: Vec<Step> = self.steps.iter().take(depth.min(self.position)).copied().collect();
        Self { fixed: steps.len(), steps, position: 0 }
    }

    /// Goes on to the next path of the tree that differs within the first steps; false when all are walked.
    #[must_use]
    pub fn advance_within(&mut self, depth: usize) -> bool {
        self.position = self.position.min(depth);
        self.advance()
    }

    /// Goes on to the next path of the tree; false when all are walked.
    #[must_use]
    pub fn advance(&mut self) -> bool {
        self.steps.truncate(self.position);
        self.position = 0;
        while self.steps.len() > self.fixed
            && let Some(step) = self.steps.last_mut()
        {
            step.chosen = step.chosen.saturating_add(1);
            if step.chosen < step.alternatives {
                return true;
            }
            self.steps.pop();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_visits_every_path_once() {
        let mut path = Path::default();
        let mut seen = Vec::new();
        loop {
            let mut chooser = Chooser::Walking(path);
            let first = chooser.below(2);
            let second = if first == 0 { chooser.weighted(&[1, 0, 1]) } else { chooser.below(3) };
            seen.push((first, second));
            let Chooser::Walking(walked) = chooser else { unreachable!("it was walking") };
            path = walked;
            if !path.advance() {
                break;
            }
        }
        assert_eq!(seen, [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2)]);
    }

    #[test]
    fn a_seed_decides_everything() {
        let draw = |seed| {
            let mut chooser = Chooser::seeded(seed);
            (0..100).map(|_| chooser.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
