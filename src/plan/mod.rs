//! Event, action and settings in; [`TaskPlan`]s out, with every default resolved.
//!
//! Must never ask a clock, a cluster or the environment: all of that is in the settings.

mod quantity;
mod types;

pub use quantity::{Quantity, QuantityError};
pub use types::*;
