//! The second simulator in Python: what it came to is what `tests/peer.rs` compares with.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{output, root, run, target};
use crate::setup::is_stale;

/// Installs what the peer needs, runs it and rewrites `tests/peer/expected.json`.
pub fn rewrite() -> Result<()> {
    // No bytecode beside the sources.
    run(Command::new(python()?).current_dir(root()).args(["-B", "tests/peer"]))
}

/// The Python of a virtual environment under target/ that holds the peer's packages, made where there is none.
pub fn python() -> Result<PathBuf> {
    if let Some(python) = installed_python()? {
        return Ok(python);
    }
    let Environment {
        folder,
        python,
        installed,
    } = environment();
    run(Command::new(system_python()?).args(["-m", "venv"]).arg(&folder))
        .context("install Python's venv module (python3-venv on Debian)")?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .arg("--requirement")
        .arg(requirements()))
    .context("connect to the Python package index once: NumPy and SciPy could not be installed")?;
    fs::copy(requirements(), &installed)?;
    Ok(python)
}

/// The same where it has been made.
pub fn installed_python() -> Result<Option<PathBuf>> {
    let Environment { python, installed, .. } = environment();
    Ok((!is_stale(&installed, &[requirements()])?).then_some(python))
}

fn requirements() -> PathBuf {
    root().join("tests/peer/requirements.txt")
}

struct Environment {
    folder: PathBuf,
    python: PathBuf,
    /// A copy of the list of packages, written last, says that all of it is there.
    installed: PathBuf,
}

fn environment() -> Environment {
    let folder = target().join("peer");
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let installed = folder.join("requirements.txt");
    Environment {
        folder,
        python,
        installed,
    }
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
