//! Answers on standard output.

use std::io::{self, ErrorKind, Write};

/// Writes a text that brings its own line ends. A reader that has seen enough and gone (`| head`) is no error.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a line.
pub(crate) fn say(line: &str) -> io::Result<()> {
    write(&format!("{line}\n"))
}
