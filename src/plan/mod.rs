//! Event, action and settings in; [`TaskPlan`]s out, with every default resolved.
//!
//! Must never ask a clock, a cluster or the environment: all of that is in the settings.

mod env;
mod names;
mod origin;
mod quantity;
mod resolve;
mod security;
mod storable;
mod types;

pub use names::{job_name, label_value};
pub use quantity::{Quantity, QuantityError};
pub use resolve::{Values, plan};
pub use security::capability_name;
pub use types::*;
