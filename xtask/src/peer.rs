//! The second simulator in Python: what it came to is what `tests/peer.rs` compares with.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{output, root, run};
use crate::setup::is_stale;

/// Installs what the peer needs, runs it and rewrites `tests/peer/expected.json`.
pub fn rewrite() -> Result<()> {
    let peer = root().join("tests/peer");
    let python = environment(&peer.join("requirements.txt"))?;
    // No bytecode beside the sources.
    run(Command::new(python).current_dir(root()).args(["-B", "tests/peer"]))
}

/// The Python of a virtual environment under target/ that holds the packages of this list.
fn environment(requirements: &PathBuf) -> Result<PathBuf> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("peer");
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    // A copy of the list, written last, says that all of it is there.
    let installed = folder.join("requirements.txt");
    if is_stale(&installed, std::slice::from_ref(requirements))? {
        run(Command::new(system_python()?).args(["-m", "venv"]).arg(&folder))
            .context("install Python's venv module (python3-venv on Debian)")?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(requirements))
        .context("connect to the Python package index once: NumPy and SciPy could not be installed")?;
        std::fs::copy(requirements, &installed)?;
    }
    Ok(python)
}

/// The name of a Python that NumPy still supports.
fn system_python() -> Result<&'static str> {
    const FIT: &str = "import sys; print(sys.version_info >= (3, 11))";
    let is_fit = |name: &&str| {
        let mut command = Command::new(name);
        output(command.args(["-c", FIT]).stdin(Stdio::null())).is_ok_and(|answer| answer.trim() == "True")
    };
    match ["python3", "python"].into_iter().find(is_fit) {
        Some(name) => Ok(name),
        None => bail!("install Python 3.11 or newer from python.org"),
    }
}
