//! The gate. [`judge`] decides from request and facts alone; see `gate.rs` for the one way to a Job.
//!
//! Must never read a clock, the environment, a file or the network: what it needs it asks for as [`Query`].

mod accepted;
mod check;
pub mod checks;
mod facts;
mod finding;
mod gate;
mod pinned;
mod pod;
mod request;
mod signed;

pub use accepted::Accepted;
pub use check::{Check, Kind, RuleView, TaskView};
pub use checks::fence_widened::widened;
pub use facts::{
    ChildImage, Fact, Facts, FileFact, FolderListing, ForeignPolicy, PullAs, Query, ResolvedImage, SignatureQuery,
    TaskFiles,
};
pub use finding::{Class, Finding, Findings, Raw, Refuses};
pub use gate::{ActionVerdict, Admitted, AdmittedTask, Judgement, Verdict, judge};
pub use pinned::PinnedImage;
pub use pod::{ContainerKind, ContainerView, PodView};
pub use request::{ActionPlan, PlannedTask, Reporting, Request, Unplannable};
