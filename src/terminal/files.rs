use std::fs;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding, WINDOWS_1252};
use retaincast::io::MAX_BYTES;

use super::Stop;

/// A file as text. One that is too long is refused before it is read.
///
/// A byte order mark tells UTF-8 and UTF-16; without one, what is not UTF-8 is taken for Windows-1252, as web browsers
/// do with Latin-1.
pub(super) fn text(path: &Path) -> Result<String, Stop> {
    let name = path.display();
    let unreadable = |e: std::io::Error| Stop::fault([format!("{name} cannot be read: {e}")]);
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_BYTES {
        let rule = format!("{name} has {length} bytes, more than the {MAX_BYTES} that are read");
        return Err(Stop::fault([rule]));
    }
    // A device says it is empty and never ends.
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        let rule = format!("{name} has more than the {MAX_BYTES} bytes that are read");
        return Err(Stop::fault([rule]));
    }
    if let Some((encoding, _)) = Encoding::for_bom(&bytes) {
        return Ok(encoding.decode(&bytes).0.into_owned());
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => WINDOWS_1252.decode(error.as_bytes()).0.into_owned(),
    })
}
