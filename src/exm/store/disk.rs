//! Files and directories of a mailbox: modes, owner.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Whose the files of a mailbox are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner {
    /// User and group, where they are to be set.
    #[cfg_attr(not(unix), allow(dead_code))]
    ids: Option<(u32, u32)>,
}

impl Owner {
    /// The owner for the mailbox in `dir`: who owns the directory; for a new directory, user and group `gromox` where
    /// they exist, so that a server can open the mailbox, else whoever runs this.
    pub fn of(dir: &Path) -> Self {
        Self { ids: unix::owner(dir) }
    }

    /// Creates the directory `path`, mode 0770, if it is not there. Setting the owner is best effort.
    ///
    /// # Errors
    /// It can't be created.
    pub fn create_dir(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Ok(()) => {
                unix::set_mode(&File::open(path)?, 0o770)?;
                self.own(path);
                Ok(())
            }
            Err(_) if path.is_dir() => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Creates the file `path`, which is not there yet, mode 0660.
    ///
    /// # Errors
    /// It can't be created, or is there.
    pub fn create_file(&self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        unix::set_mode(&file, 0o660)?;
        self.own(path);
        Ok(file)
    }

    fn own(&self, path: &Path) {
        unix::own(path, self.ids);
    }
}

/// Brings all files of the file system of directory `dir` onto the disk, and all that was renamed there. One call costs far less than one
/// for each of a thousand small files; where there is none, [`sync_file`] has done it.
///
/// # Errors
/// The disk does not take it.
pub fn sync(dir: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(File::open(dir)?)?;
    #[cfg(not(target_os = "linux"))]
    let _ = dir;
    Ok(())
}

/// Brings `file` onto the disk where [`sync`] does nothing.
///
/// # Errors
/// The disk does not take it.
pub fn sync_file(file: &File) -> io::Result<()> {
    if cfg!(target_os = "linux") { Ok(()) } else { file.sync_all() }
}

/// Brings what was renamed in the directories `paths` onto the disk where [`sync`] does nothing.
///
/// # Errors
/// The disk does not take it.
pub fn sync_directories(paths: impl Iterator<Item = PathBuf>) -> io::Result<()> {
    if cfg!(target_os = "linux") {
        return Ok(());
    }
    paths.collect::<BTreeSet<_>>().iter().try_for_each(|path| File::open(path)?.sync_all())
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::path::Path;

    pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(mode))
    }

    pub fn owner(dir: &Path) -> Option<(u32, u32)> {
        let wanted = match fs::metadata(dir) {
            Ok(meta) => (meta.uid(), meta.gid()),
            Err(_) => (lookup("/etc/passwd")?, lookup("/etc/group")?),
        };
        let own = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        (wanted != own).then_some(wanted)
    }

    /// The number of user or group `gromox`: both files have it in the third field.
    fn lookup(file: &str) -> Option<u32> {
        let text = fs::read_to_string(file).ok()?;
        text.lines().find_map(|line| line.strip_prefix("gromox:")?.split(':').nth(1)?.parse().ok())
    }

    /// Only the superuser may give files away; for everybody else they are their own already.
    pub fn own(path: &Path, ids: Option<(u32, u32)>) {
        if let Some((uid, gid)) = ids {
            let _ = chown(path, Some(uid), Some(gid));
        }
    }
}

#[cfg(not(unix))]
mod unix {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    pub fn set_mode(_: &File, _: u32) -> io::Result<()> {
        Ok(())
    }

    pub fn owner(_: &Path) -> Option<(u32, u32)> {
        None
    }

    pub fn own(_: &Path, _: Option<(u32, u32)>) {}
}
