//! The simulator as a Wasm module with its JavaScript and TypeScript bindings, in `www/src/wasm`.

use std::env;
use std::fs;

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

use crate::page;
use crate::process::{artifact, cargo, run};
use crate::setup::is_stale;

const MODULE: &str = "retaincast_bg.wasm";
const BINDINGS: [&str; 3] = ["retaincast.js", "retaincast.d.ts", "retaincast_bg.wasm.d.ts"];

/// Builds the module; the target, Node and the npm packages must be there.
pub fn build() -> Result<()> {
    let compiled = artifact(
        cargo("rustc")
            .args(["--package", "retaincast", "--lib", "--crate-type", "cdylib"])
            .args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"])
            // Either would push aside the flags of .cargo/config.toml, simd128 among them.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
        "wasm",
    )?;
    let out = page::root().join("src/wasm");
    let sources = [
        compiled.clone(),
        env::current_exe()?,
        page::root().join("package-lock.json"),
    ];
    let is_whole = BINDINGS.iter().all(|name| out.join(name).is_file());
    if is_whole && !is_stale(&out.join(MODULE), &sources)? {
        return Ok(());
    }

    let work = compiled.with_file_name("bindings");
    Bindgen::new()
        .input_path(&compiled)
        .out_name("retaincast")
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&work)?;

    fs::create_dir_all(&out)?;
    for name in BINDINGS {
        fs::copy(work.join(name), out.join(name))?;
    }
    // Last, because its age decides whether all of this is done again. No feature flags: the module
    // lists its own, and `--all-features` writes what browsers refuse. Twice, for the second time finds
    // what the first has laid bare. Long functions stay apart though they have one caller: merged with it,
    // a loop has too few registers. Those of many callers are inlined half as freely as is usual: less to load, no slower.
    run(page::tool("binaryen/bin/wasm-opt")
        .args([
            "-O3",
            "-O3",
            "--one-caller-inline-max-function-size=150",
            "--flexible-inline-max-function-size=10",
        ])
        .arg(work.join(MODULE))
        .arg("-o")
        .arg(out.join(MODULE)))
}
