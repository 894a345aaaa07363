use std::process::Command;

/// Why a small file system cannot be mounted here, if so: the tests of a full disk fill one up.
///
/// Asked by mounting one, since being root is not enough in every container.
pub(crate) fn obstacle() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("this is not Linux".to_owned());
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout.starts_with(b"0"));
    if !root {
        return Some("not root".to_owned());
    }
    let place = std::env::temp_dir().join(format!("fixedops-mount-{}", std::process::id()));
    if let Err(e) = std::fs::create_dir(&place) {
        return Some(format!("no directory for temporary files: {e}"));
    }
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&place).output();
    let obstacle = match mounted {
        Ok(said) if said.status.success() => {
            let unmounted = Command::new("umount").arg(&place).status().is_ok_and(|status| status.success());
            (!unmounted).then(|| format!("umount {} failed", place.display()))
        }
        Ok(said) => Some(String::from_utf8_lossy(&said.stderr).trim().to_owned()),
        Err(e) => Some(format!("mount does not run: {e}")),
    };
    // What is left is an empty directory among the temporary files.
    let _ = std::fs::remove_dir(&place);
    obstacle
}
