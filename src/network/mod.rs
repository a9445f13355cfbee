//! Plan and policy in, the task's fence (its NetworkPolicy) out.

mod cidr;
mod fence;
mod generate;
mod rule;

pub use cidr::{Cidr, CidrError};
pub use fence::{Fence, base_manifest, base_spec};
pub use generate::{DNS, fence};
pub use rule::{EgressRule, Peer, Port, Protocol};
