//! Streams between the tools.

use std::fs::File;
use std::io;

#[cfg(unix)]
use std::os::fd::AsFd as AsEnd;
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsEnd;

/// Standard output as it is. What the standard library makes of it looks for the ends of lines, which a stream does not have.
///
/// # Errors
/// It is closed.
pub fn stdout() -> io::Result<File> {
    let stdout = io::stdout();
    widen(&stdout);
    #[cfg(unix)]
    let own = stdout.as_fd().try_clone_to_owned()?;
    #[cfg(windows)]
    let own = stdout.as_handle().try_clone_to_owned()?;
    Ok(own.into())
}

/// Makes the pipe of which `end` is one hold more, where the system lets it: so that each side can work on while the other does
/// something else. Anything but a pipe is left as it is.
pub fn widen(end: &impl AsEnd) {
    // Only a matter of speed, and refused where the user has too many pipes.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(end, 1 << 20);
    #[cfg(not(target_os = "linux"))]
    let _ = end;
}
