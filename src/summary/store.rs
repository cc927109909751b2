use std::fmt::Debug;

/// A place for packed outcomes outside memory, such as a file.
///
/// What it cannot keep or give back it tells at its own door: outcomes are read in the middle of everything.
pub trait Store: Debug + Send {
    /// Keeps bytes from place `at` on.
    fn write(&mut self, at: u64, bytes: &[u8]);
    /// Gives back what was kept from place `at` on, as much as there is room for.
    fn read(&self, at: u64, into: &mut [u8]);
}
