//! The rules of this code base as tests: headers, sizes, no orphan files, a core that knows nothing of the rim.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// Modules that decide. They use nothing of the rim, no clock, no environment, no file.
const CORE: [&str; 15] = [
    "admission",
    "canonical",
    "config",
    "event",
    "image",
    "manifest",
    "matching",
    "network",
    "outcome",
    "plan",
    "policy",
    "report",
    "settings",
    "signature",
    "yaml",
];
/// Modules that touch the world.
const RIM: [&str; 11] = [
    "cluster",
    "gather",
    "init",
    "keptn",
    "lint",
    "retry",
    "service",
    "sink",
    "source",
    "store",
    "telemetry",
];
/// What a core module must not name, beside the rim.
const WORLD: [&str; 17] = [
    "async_nats",
    "axum",
    "hyper",
    "kube",
    "k8s_openapi",
    "rand",
    "reqwest",
    "rustls",
    "rustls_native_certs",
    "tokio",
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::time",
];
/// The only places that may name workload types and the writing methods of the Kubernetes client.
const MAY_WRITE: [&str; 1] = ["src/cluster/"];
/// Longest file.
const MAX_LINES: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn every_file_says_what_it_is() {
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no `//!` header", shown(&path));
        assert!(
            text.lines().count() <= MAX_LINES,
            "{} is longer than {MAX_LINES} lines",
            shown(&path)
        );
    }
}

#[test]
fn every_file_is_part_of_the_crate() {
    let mut reached = BTreeSet::new();
    reach(&root().join("src/lib.rs"), &root().join("src"), &mut reached);
    for path in rust_files(&root().join("src")) {
        let binary = path.starts_with(root().join("src/bin"));
        assert!(
            binary || reached.contains(&path),
            "{} is in no `mod` list: it is never built",
            shown(&path)
        );
    }
}

/// Follows the `mod` items of a file. `folder` is where its submodules stand.
fn reach(file: &Path, folder: &Path, reached: &mut BTreeSet<PathBuf>) {
    reached.insert(file.to_path_buf());
    let parsed = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
    for item in parsed.items {
        let syn::Item::Mod(module) = item else { continue };
        // Inline, or a support module of the tests that lies outside of `src`.
        if module.content.is_some() || module.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            continue;
        }
        let name = module.ident.to_string();
        let (flat, nested) = (folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs"));
        if flat.exists() {
            reach(&flat, &folder.join(&name), reached);
        } else {
            reach(&nested, &folder.join(&name), reached);
        }
    }
}

/// Collects every path of a file, `use` trees included.
#[derive(Default)]
struct Paths(BTreeSet<String>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.insert(
            path.segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect::<Vec<_>>()
                .join("::"),
        );
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(String::new(), &item.tree);
    }
}

impl Paths {
    fn tree(&mut self, prefix: String, tree: &syn::UseTree) {
        let join = |name: &syn::Ident| {
            if prefix.is_empty() {
                name.to_string()
            } else {
                format!("{prefix}::{name}")
            }
        };
        match tree {
            syn::UseTree::Path(path) => self.tree(join(&path.ident), &path.tree),
            syn::UseTree::Name(name) => {
                self.0.insert(join(&name.ident));
            }
            syn::UseTree::Rename(rename) => {
                self.0.insert(join(&rename.ident));
            }
            syn::UseTree::Glob(_) => {
                self.0.insert(prefix);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(prefix.clone(), tree)),
        }
    }
}

fn paths(file: &Path) -> BTreeSet<String> {
    let mut paths = Paths::default();
    paths.visit_file(&syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap());
    paths.0
}

#[test]
fn the_core_knows_nothing_of_the_rim() {
    let mut faults = Vec::new();
    for module in CORE {
        for file in files_of(module) {
            // Tests may look at a clock; what they test may not.
            let name = shown(&file);
            if name.contains("/tests/") || name.ends_with("tests.rs") || name.ends_with("testing.rs") {
                continue;
            }
            for path in paths(&file) {
                let rim = RIM.iter().any(|rim| begins(&path, &format!("crate::{rim}")));
                let world = WORLD.iter().any(|world| begins(&path, world)) || path.ends_with("Timestamp::now");
                if rim || world {
                    faults.push(format!("{} uses {path}", shown(&file)));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A module is a folder or, when it is small, one file.
fn files_of(module: &str) -> Vec<PathBuf> {
    let file = root().join("src").join(module).with_extension("rs");
    if file.is_file() {
        vec![file]
    } else {
        rust_files(&root().join("src").join(module))
    }
}

fn begins(path: &str, prefix: &str) -> bool {
    path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn every_module_is_core_or_rim() {
    let mut named: Vec<&str> = CORE.iter().chain(&RIM).copied().collect();
    named.sort_unstable();
    let library = syn::parse_file(&fs::read_to_string(root().join("src/lib.rs")).unwrap()).unwrap();
    let mut modules: Vec<String> = library
        .items
        .iter()
        .filter_map(|item| {
            if let syn::Item::Mod(module) = item {
                Some(module.ident.to_string())
            } else {
                None
            }
        })
        .collect();
    modules.sort();
    assert_eq!(modules, named);
}

#[test]
fn only_the_cluster_module_lifts_the_lint_on_workloads() {
    for file in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let lifts = text.contains("clippy::disallowed_types") || text.contains("clippy::disallowed_methods");
        let name = shown(&file);
        let may = MAY_WRITE.iter().any(|place| name.starts_with(place));
        assert!(
            !lifts || may,
            "{name} lifts the lint on workload types or writing methods"
        );
    }
}

#[test]
fn sealed_types_stand_in_leaf_files_and_derive_debug_only() {
    for (file, names) in [
        ("src/admission/gate.rs", &["Admitted", "AdmittedTask"][..]),
        ("src/admission/pinned.rs", &["PinnedImage"]),
        ("src/manifest/bundle.rs", &["Bundle"]),
        ("src/manifest/draft.rs", &["Draft"]),
    ] {
        let parsed = syn::parse_file(&fs::read_to_string(root().join(file)).unwrap()).unwrap();
        for item in &parsed.items {
            assert!(
                !matches!(item, syn::Item::Mod(module) if module.content.is_none()),
                "{file} has a child module"
            );
            let syn::Item::Struct(item) = item else { continue };
            if !names.contains(&item.ident.to_string().as_str()) {
                continue;
            }
            for attribute in &item.attrs {
                if attribute.path().is_ident("derive") {
                    let derived = quote(attribute);
                    assert_eq!(derived, "Debug", "{} derives {derived}", item.ident);
                }
            }
            for field in &item.fields {
                assert!(
                    matches!(field.vis, syn::Visibility::Inherited),
                    "{} has a visible field",
                    item.ident
                );
            }
        }
    }
}

fn quote(attribute: &syn::Attribute) -> String {
    let mut names = Vec::new();
    attribute
        .parse_nested_meta(|meta| {
            names.push(meta.path.get_ident().map(ToString::to_string).unwrap_or_default());
            Ok(())
        })
        .unwrap();
    names.join(", ")
}

#[test]
fn every_test_that_security_names_exists() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let mut sources = String::new();
    for folder in ["tests", "src"] {
        for file in rust_files(&root().join(folder)) {
            sources.push_str(&fs::read_to_string(file).unwrap());
        }
    }
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    for (number, row) in rows.iter().enumerate() {
        let begins = format!("| {} | ", number + 1);
        assert!(
            row.starts_with(&begins) && row.contains('`'),
            "promise {} has no test",
            number + 1
        );
    }
    assert_eq!(rows.len(), 10, "the design makes ten promises");
    for line in rows {
        for name in line.split('`').skip(1).step_by(2) {
            let is_path = name.contains('/') || name.starts_with('.');
            let found = if is_path {
                root().join(name).exists()
            } else {
                sources.contains(&format!("fn {name}("))
            };
            assert!(found, "SECURITY.md names `{name}`, which does not exist");
        }
    }
}
