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

/// Says on standard error what went wrong and why, one cause per line and without a stack: it is for the person at the terminal.
pub(crate) fn complain(error: &anyhow::Error) {
    let causes = error.chain().skip(1).map(|cause| format!("\n  {}", cause.to_string().replace('\n', "\n  ")));
    let text = format!("error: {error}{}\n", causes.collect::<String>());
    // Nobody is left to hear of a standard error that is gone.
    anstream::stderr().lock().write_all(text.as_bytes()).ok();
}
