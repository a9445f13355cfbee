//! Tests of image identity, a file for each thing that is judged.

use super::Reference;

mod allow_list;
mod cover;
mod describe;
mod digest;
mod hostile;
mod patterns;
mod properties;
mod readings;
mod references;
mod tags;

/// The hash of nothing, as every tool prints it.
const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
