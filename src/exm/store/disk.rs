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
    /// The owner for the mailbox in `dir`: who owns the directory. For a new mailbox in a new directory, or in one that the superuser has made
    /// for it, user and group `gromox` where they exist, so that a server can open the mailbox.
    pub fn of(dir: &Path, is_new: bool) -> Self {
        Self { ids: unix::owner(dir, is_new) }
    }

    /// Makes `dir`, the directory of a new mailbox, one of a mailbox where it is not this owner's: whose it is, and mode 0770.
    ///
    /// # Errors
    /// The mode can't be set.
    pub fn adopt(&self, dir: &Path) -> io::Result<()> {
        if unix::is_of_another(dir, self.ids) {
            unix::set_mode(&File::open(dir)?, 0o770)?;
            self.own(dir);
        }
        Ok(())
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

    pub fn owner(dir: &Path, is_new: bool) -> Option<(u32, u32)> {
        let own = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let server = || Some((lookup("/etc/passwd")?, lookup("/etc/group")?));
        wanted(owner_of(dir), own, is_new, server).filter(|wanted| *wanted != own)
    }

    /// Whose a mailbox is to be in a directory that is of `owner`, where there is one, when `own` runs this.
    pub fn wanted(
        owner: Option<(u32, u32)>,
        own: (u32, u32),
        is_new: bool,
        server: impl Fn() -> Option<(u32, u32)>,
    ) -> Option<(u32, u32)> {
        match owner {
            Some((0, _)) if is_new && own.0 == 0 => server().or(owner),
            Some(_) => owner,
            None => server(),
        }
    }

    fn owner_of(dir: &Path) -> Option<(u32, u32)> {
        fs::metadata(dir).ok().map(|meta| (meta.uid(), meta.gid()))
    }

    /// Whether `dir` is not of `ids`, where these are to be set.
    pub fn is_of_another(dir: &Path, ids: Option<(u32, u32)>) -> bool {
        ids.is_some() && ids != owner_of(dir)
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

    pub fn owner(_: &Path, _: bool) -> Option<(u32, u32)> {
        None
    }

    pub fn is_of_another(_: &Path, _: Option<(u32, u32)>) -> bool {
        false
    }

    pub fn own(_: &Path, _: Option<(u32, u32)>) {}
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn whose_a_mailbox_is() {
        let server = || Some((77, 78));
        let nobody = || None;
        let (root, jane) = ((0, 0), (1000, 1000));
        assert_eq!(unix::wanted(None, root, true, server), Some((77, 78)));
        assert_eq!(unix::wanted(None, root, true, nobody), None);
        // One that the superuser has made for a mailbox, and one that somebody else has made or that holds one.
        assert_eq!(unix::wanted(Some(root), root, true, server), Some((77, 78)));
        assert_eq!(unix::wanted(Some(root), root, true, nobody), Some(root));
        assert_eq!(unix::wanted(Some(root), root, false, server), Some(root));
        assert_eq!(unix::wanted(Some(jane), root, true, server), Some(jane));
        assert_eq!(unix::wanted(Some(root), jane, true, server), Some(root));
    }

    #[test]
    fn the_directory_of_a_new_mailbox_is_its_owners() {
        let dir = tempfile::tempdir().unwrap();
        let state = || fs::metadata(dir.path()).map(|meta| (meta.uid(), meta.permissions().mode() & 0o777)).unwrap();
        let before = state();
        Owner::default().adopt(dir.path()).unwrap();
        assert_eq!(state(), before);
        if rustix::process::geteuid().is_root() {
            Owner { ids: Some((4711, 4712)) }.adopt(dir.path()).unwrap();
            assert_eq!(state(), (4711, 0o770));
        }
    }
}
