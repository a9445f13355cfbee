//! The platform team's policy files: text in, [`PolicySet`] out. Refuses what is vacuous; judges nothing.

mod types;

pub use types::*;
