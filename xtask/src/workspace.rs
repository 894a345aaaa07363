use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// What `cargo metadata` says about this workspace.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    packages: Vec<Value>,
}

/// Cargo, the one that runs us, at the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Workspace {
    pub(crate) fn read() -> Result<Self, String> {
        let said = cargo()
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .output()
            .map_err(|e| format!("cargo metadata does not run: {e}"))?;
        if !said.status.success() {
            return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&said.stderr)));
        }
        let metadata: Value =
            serde_json::from_slice(&said.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
        let path = |key: &str| metadata.get(key).and_then(Value::as_str).map(PathBuf::from);
        Ok(Self {
            root: path("workspace_root").ok_or("cargo metadata names no workspace_root")?,
            target: path("target_directory").ok_or("cargo metadata names no target_directory")?,
            packages: metadata.get("packages").and_then(Value::as_array).cloned().unwrap_or_default(),
        })
    }

    /// Packages that have the feature `feature`, for cargo: `package/feature`.
    pub(crate) fn features_named(&self, feature: &str) -> Vec<String> {
        let having = self.packages.iter().filter(|p| p.pointer(&format!("/features/{feature}")).is_some());
        having.filter_map(name).map(|name| format!("{name}/{feature}")).collect()
    }

    /// Packages whose default features turn something on: those that can be built without.
    pub(crate) fn with_default_features(&self) -> Vec<&str> {
        let optional = |p: &&Value| {
            p.pointer("/features/default").and_then(Value::as_array).is_some_and(|on| !on.is_empty())
        };
        self.packages.iter().filter(optional).filter_map(name).collect()
    }
}

fn name(package: &Value) -> Option<&str> {
    package.get("name").and_then(Value::as_str)
}
