//! A problem and the policy file it is in.

use std::fmt;

use crate::yaml::Problem;

/// Something wrong in a policy file, or with the files as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// Name of the file as it was handed in; empty when no single file is to blame.
    pub file: String,
    /// What is wrong, and where.
    pub problem: Problem,
}

impl fmt::Display for FileProblem {
    /// `FILE:LINE:COLUMN: FIELD: MESSAGE; HELP`, as compilers write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.file.is_empty() { "policies" } else { &self.file };
        f.write_str(&self.problem.in_file(name))
    }
}
