//! The browser door: handles, batches, typed arrays; no arithmetic.

use std::cell::{Cell, RefCell};

use tsify::Ts;
use wasm_bindgen::prelude::*;
use web_sys::{FileSystemReadWriteOptions, FileSystemSyncAccessHandle};

use crate::summary::Store;
use crate::wire::import::{ImportReply, ImportRequest};
use crate::wire::result::{Checked, Findings, Results};
use crate::wire::scenario::{CurrencyInput, RateInput};
use crate::wire::{self, CellKind, CellRead, Companion, Fault, Play, Session, examples::Examples};

#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| {
        let text = format!(
            "{info}; please report this, with Retaincast {}",
            env!("CARGO_PKG_VERSION")
        );
        web_sys::console::error_1(&JsValue::from_str(&text));
    }));
}

/// Version of the program.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Starting points people can open, the demo book first.
#[wasm_bindgen]
pub fn examples() -> Result<Ts<Examples>, JsError> {
    to_js(&wire::examples::list())
}

/// Everything wrong with a scenario document, or what it amounts to.
#[wasm_bindgen]
pub fn check(text: &str) -> Result<Ts<Checked>, JsError> {
    to_js(&wire::look(text))
}

/// What a sound scenario document states that does not add up.
#[wasm_bindgen]
pub fn sense(text: &str) -> Result<Ts<Findings>, JsError> {
    to_js(&wire::sense(text))
}

/// Reads what a person typed into a cell.
#[wasm_bindgen]
pub fn read_cell(kind: Ts<CellKind>, text: &str, currency: Ts<CurrencyInput>) -> Result<Ts<CellRead>, JsError> {
    let (kind, currency) = (from_js(&kind)?, from_js(&currency)?);
    to_js(&wire::read_cell(kind, text, currency.into()))
}

/// The text of a cell that holds this value.
#[wasm_bindgen]
pub fn show_cell(kind: Ts<CellKind>, value: Ts<RateInput>, currency: Ts<CurrencyInput>) -> Result<String, JsError> {
    let (kind, value, currency) = (from_js(&kind)?, from_js(&value)?, from_js(&currency)?);
    Ok(wire::show_cell(kind, value, currency.into()))
}

/// Imports tables into a scenario.
#[wasm_bindgen]
pub fn import_book(request: Ts<ImportRequest>) -> Result<Ts<ImportReply>, JsError> {
    to_js(&wire::import::import(&from_js(&request)?))
}

/// Plays trials of one scenario, as itself or as a companion of a run.
#[wasm_bindgen]
pub struct Simulator {
    play: Play,
}

#[wasm_bindgen]
impl Simulator {
    /// Makes a scenario ready.
    ///
    /// # Errors
    /// Its faults, a line each; `check` gives them as values.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str, companion: Option<Ts<Companion>>) -> Result<Simulator, JsError> {
        Simulator::ready(text, companion, None)
    }

    /// Makes another scenario ready, the sooner the less it differs from this one.
    ///
    /// # Errors
    /// Its faults, as above.
    pub fn next(self, text: &str, companion: Option<Ts<Companion>>) -> Result<Simulator, JsError> {
        Simulator::ready(text, companion, Some(&self.play))
    }

    fn ready(text: &str, companion: Option<Ts<Companion>>, last: Option<&Play>) -> Result<Simulator, JsError> {
        let companion = companion.as_ref().map(from_js).transpose()?;
        let play = Play::after(text, companion, last).map_err(|faults| refusal(&faults))?;
        Ok(Simulator { play })
    }

    /// Numbers in one outcome.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.play.width()
    }

    /// Plays trials from `first` on, as many as there are rows of `width` numbers each.
    pub fn run(&self, first: u32, rows: &mut [f64]) {
        self.play.run(first, rows);
    }
}

/// Collects the outcomes of one run after another, with those that stand beside it, and says what they say.
#[wasm_bindgen]
#[derive(Default)]
pub struct Summariser {
    session: Session,
}

#[wasm_bindgen]
impl Summariser {
    /// Before the first run.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Summariser {
        Summariser::default()
    }

    /// Makes room for the trials a scenario asks for, beside the scenario it is compared against.
    ///
    /// # Errors
    /// The faults of a scenario, a line each.
    pub fn begin(&mut self, text: &str, baseline: Option<String>) -> Result<(), JsError> {
        let begun = self.session.begin(text, baseline.as_deref());
        begun.map_err(|faults| refusal(&faults))
    }

    /// Whether the outcomes of the run should rather be kept in a file, because they would fill the memory.
    pub fn is_large(&self) -> bool {
        self.session.is_large()
    }

    /// Keeps the outcomes of a large run in a file, from its beginning on. To be called before there are any.
    pub fn keep_in(&mut self, file: FileSystemSyncAccessHandle) {
        FILE.set(Some(file));
        FILE_FAILED.set(false);
        self.session.keep_in(Box::new(File));
    }

    /// Trials after which the run is looked at, the last of them its end.
    pub fn looks(&self) -> Vec<u32> {
        self.session.looks()
    }

    /// Whether the number the scenario asks for is as sure as it asks.
    pub fn is_sure(&self) -> bool {
        self.session.is_sure()
    }

    /// Places a batch of rows that begins with trial `first`; the answer is how many trials are in without a gap.
    ///
    /// # Errors
    /// When a file takes no more.
    pub fn add(&mut self, first: u32, rows: &[f64]) -> Result<u32, JsError> {
        let done = self.session.add(first, rows);
        file_is_sound().map(|()| done)
    }

    /// First trial of a companion still to be played, and how many there are.
    pub fn missing(&self, companion: Ts<Companion>) -> Result<Vec<u32>, JsError> {
        let missing = self.session.missing(from_js(&companion)?);
        Ok(vec![missing.start, missing.end - missing.start])
    }

    /// Takes a batch of rows of a companion.
    pub fn add_to(&mut self, companion: Ts<Companion>, first: u32, rows: &[f64]) -> Result<(), JsError> {
        self.session.add_to(from_js(&companion)?, first, rows);
        Ok(())
    }

    /// What the outcomes so far say.
    ///
    /// # Errors
    /// Before a run has begun, and when a file cannot be read.
    pub fn results(&mut self) -> Result<Ts<Results>, JsError> {
        let results = self.session.results().ok_or_else(|| JsError::new("no run has begun"))?;
        file_is_sound()?;
        to_js(&results)
    }
}

// Handles of JavaScript's objects stay in their thread; outcomes do not, natively.
thread_local! {
    static FILE: RefCell<Option<FileSystemSyncAccessHandle>> = const { RefCell::new(None) };
    static FILE_FAILED: Cell<bool> = const { Cell::new(false) };
}

/// The file of the run.
#[derive(Debug)]
struct File;

impl File {
    fn ask(
        at: u64,
        length: usize,
        question: impl FnOnce(&FileSystemSyncAccessHandle, &FileSystemReadWriteOptions) -> Result<f64, JsValue>,
    ) {
        let place = FileSystemReadWriteOptions::new();
        place.set_at_f64(at as f64);
        let answer = FILE.with_borrow(|file| file.as_ref().map_or(Ok(0.0), |file| question(file, &place)));
        if answer.ok() != Some(length as f64) {
            FILE_FAILED.set(true);
        }
    }
}

impl Store for File {
    fn write(&mut self, at: u64, bytes: &[u8]) {
        File::ask(at, bytes.len(), |file, place| {
            file.write_with_u8_array_and_options(bytes, place)
        });
    }

    fn read(&self, at: u64, into: &mut [u8]) {
        File::ask(at, into.len(), |file, place| {
            file.read_with_u8_array_and_options(into, place)
        });
    }
}

fn file_is_sound() -> Result<(), JsError> {
    if FILE_FAILED.get() {
        return Err(JsError::new(
            "there is no room on disk for so many trials: choose fewer",
        ));
    }
    Ok(())
}

fn refusal(faults: &[Fault]) -> JsError {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    JsError::new(&lines.join("\n"))
}

fn to_js<T: tsify::Tsify + serde::Serialize>(value: &T) -> Result<Ts<T>, JsError> {
    Ts::from_rust(value).map_err(JsError::from)
}

fn from_js<T: tsify::Tsify + serde::de::DeserializeOwned>(value: &Ts<T>) -> Result<T, JsError>
where
    T::JsType: Clone,
{
    value.to_rust().map_err(JsError::from)
}
