//! The Keptn control plane: its event shapes, its URLs and its small HTTP interfaces.
//!
//! [`events`] is pure (ids and times are passed in). [`http`] and [`log`] are rim: they call the control
//! plane over HTTP. This module never decides anything about a task, and never writes a token, a password or a query
//! string with a secret into a log line or an error.

pub mod events;
pub mod http;
pub mod log;
pub mod uri;
