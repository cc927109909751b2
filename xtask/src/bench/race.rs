//! Programs that do the same work, taking turns.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::output;

/// What a program found out, or a sentence on what is lacking to run it.
pub type Side = Result<Value, String>;

/// Lets the sides play in turns, so that a machine whose speed drifts is fair to all; each answers with its quickest.
pub fn race<const N: usize>(rounds: u32, mut sides: [Result<Command, String>; N]) -> Result<[Side; N]> {
    let mut best = sides.each_ref().map(|side| match side {
        Ok(_) => Ok(Value::Null),
        Err(lack) => Err(lack.clone()),
    });
    for _ in 0..rounds {
        for (side, best) in sides.iter_mut().zip(&mut best) {
            let (Ok(command), Ok(best)) = (side, best) else {
                continue;
            };
            let said = said(command)?;
            if best.is_null() || said["seconds"].as_f64() < best["seconds"].as_f64() {
                *best = said;
            }
        }
    }
    Ok(best)
}

/// What one program found out, if there is one.
pub fn alone(command: Result<Command, String>) -> Result<Side> {
    match command {
        Ok(mut command) => Ok(Ok(said(&mut command)?)),
        Err(lack) => Ok(Err(lack)),
    }
}

/// What a program printed as JSON.
pub fn said(command: &mut Command) -> Result<Value> {
    let printed = output(command)?;
    serde_json::from_str(&printed).with_context(|| format!("it printed no JSON but {printed}"))
}

/// Standard errors between the first-year GRR of two programs that claim to play the same model; beyond five they do
/// not.
pub fn agree(ours: &Value, theirs: &Value) -> Result<f64> {
    let number = |side: &Value, name: &str| {
        let found = side["grr"][name].as_f64();
        found.with_context(|| format!("the {name} of GRR is not told"))
    };
    let se = number(ours, "se")?.hypot(number(theirs, "se")?);
    let (ours, theirs) = (number(ours, "mean")?, number(theirs, "mean")?);
    let apart = (ours - theirs).abs() / se;
    ensure!(
        apart <= 5.0,
        "a first-year GRR of {theirs} against our {ours}, {apart:.1} standard errors apart: not the same model"
    );
    Ok(apart)
}
