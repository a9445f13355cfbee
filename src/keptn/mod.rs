//! keptn
