//! Installing what is missing, or saying in one sentence what to install.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::page;
use crate::process::{output, plain_cargo, run};

/// Rust's standard library for the browser.
pub fn wasm_target() -> Result<()> {
    // The compiler is asked, not rustup: a distribution's Rust may bring the target by itself.
    let libdir =
        output(Command::new("rustc").args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]))?;
    if Path::new(libdir.trim()).is_dir() {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
        .context("install the standard library for the target wasm32-unknown-unknown")
}

/// The formatter and the linter.
pub fn rust_components() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let present = plain_cargo(subcommand)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !present.success() {
            run(Command::new("rustup").args(["component", "add", component]))
                .with_context(|| format!("install the Rust component {component}"))?;
        }
    }
    Ok(())
}

/// A fit Node, and the npm packages of the lock file.
pub fn node() -> Result<()> {
    let version = output(Command::new("node").arg("--version")).unwrap_or_default();
    if !is_fit(&version) {
        bail!("install Node 20.19 or newer from nodejs.org (found {})", {
            let found = version.trim();
            if found.is_empty() { "none" } else { found }
        });
    }
    if is_stale(
        &page::root().join("node_modules/.package-lock.json"),
        &[page::root().join("package-lock.json")],
    )? {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run(Command::new(npm).arg("ci").current_dir(page::root()))?;
    }
    Ok(())
}

/// Vite's own demand: 20.19 or newer in line 20, 22.12 or newer beyond.
fn is_fit(version: &str) -> bool {
    let mut parts = version.trim().trim_start_matches('v').split('.');
    let mut next = || parts.next().and_then(|part| part.parse::<u32>().ok());
    match (next(), next()) {
        (Some(major), Some(minor)) => (major == 20 && minor >= 19) || (major, minor) >= (22, 12),
        _ => false,
    }
}

/// Whether a made file is missing or older than what it is made from.
pub fn is_stale(made: &Path, sources: &[PathBuf]) -> Result<bool> {
    let Ok(made) = fs::metadata(made) else {
        return Ok(true);
    };
    let made = made.modified()?;
    for source in sources {
        let source = fs::metadata(source).with_context(|| source.display().to_string())?;
        if source.modified()? > made {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A Chromium for the tests: the one that is here, else Debian's.
pub fn chromium() -> Result<PathBuf> {
    if let Some(found) = installed_chromium()? {
        return Ok(found);
    }
    if is_root_on_debian() {
        apt_get(&["update"])?;
        // The fonts draw the rupee sign, which a bare machine has none for.
        apt_get(&["install", "-y", "chromium", "fonts-noto-core"])?;
        if let Some(found) = installed_chromium()? {
            return Ok(found);
        }
    }
    bail!("install Chromium or Chrome for the page's tests, or set CHROMIUM to its path")
}

/// The Chromium that is here: `$CHROMIUM`, else one on the path.
pub fn installed_chromium() -> Result<Option<PathBuf>> {
    if let Some(named) = env::var_os("CHROMIUM").filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        if !named.is_file() {
            bail!("CHROMIUM names no file: {}", named.display());
        }
        return Ok(Some(named));
    }
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    Ok(["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file()))
}

// Ubuntu is left out on purpose: its chromium package is a stub that wants snap.
fn is_root_on_debian() -> bool {
    let is_debian =
        fs::read_to_string("/etc/os-release").is_ok_and(|release| release.lines().any(|line| line == "ID=debian"));
    is_debian && output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt_get(args: &[&str]) -> Result<()> {
    run(Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .arg("-qq")
        .args(args))
}

#[cfg(test)]
mod tests {
    use super::is_fit;

    #[test]
    fn node_is_fit_from_20_19_and_from_22_12() {
        for version in ["v20.19.0", "v20.20.2\n", "v22.12.0", "v24.0.1", "v26.3.0"] {
            assert!(is_fit(version), "{version}");
        }
        for version in ["", "v18.20.8", "v20.18.3", "v21.7.3", "v22.11.0", "none"] {
            assert!(!is_fit(version), "{version}");
        }
    }
}
