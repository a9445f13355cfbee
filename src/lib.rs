//! job-executor-service, the gatekeeper edition.

pub mod admission;
pub mod cluster;
pub mod config;
pub mod event;
pub mod gather;
pub mod image;
pub mod init;
pub mod keptn;
pub mod lint;
pub mod manifest;
pub mod matching;
pub mod network;
pub mod outcome;
pub mod plan;
pub mod policy;
pub mod report;
pub mod service;
pub mod settings;
pub mod sink;
pub mod source;
pub mod store;
pub mod telemetry;
pub mod yaml;
