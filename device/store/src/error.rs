//! Why the database could not be read or written.

/// See each variant; none carries content or keys.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not open the file, or the file is not a database.
    #[error("the key does not open this profile, or its file is damaged")]
    WrongKey,
    /// The file opens but its content is not whole.
    #[error("the profile's file is damaged")]
    Damaged,
    /// Written by a newer program; left as it is.
    #[error("the profile was written by a newer program (form {found}, known up to {known})")]
    Newer {
        /// Form of the file.
        found: i64,
        /// Newest form known here.
        known: i64,
    },
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The operating system refused a read or write.
    #[error("the file could not be read or written ({0})")]
    Io(String),
    /// A statement failed.
    #[error("the database refused ({0})")]
    Sql(String),
}

/// Where SQLite meets a full disk and calls it an input or output error: growing the index of its log,
/// which is mapped memory, and its file.
const NO_ROOM: [i32; 2] = [
    rusqlite::ffi::SQLITE_IOERR_SHMSIZE,
    rusqlite::ffi::SQLITE_IOERR_SHMMAP,
];

impl StoreError {
    /// The database undid the whole step by itself after an earlier error.
    pub(crate) fn undone() -> Self {
        Self::Sql("the step was undone after an earlier error".into())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&rusqlite::Error> for StoreError {
    fn from(error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        if unreadable_page(error) {
            return Self::Damaged;
        }
        if let rusqlite::Error::SqliteFailure(inner, _) = error
            && NO_ROOM.contains(&inner.extended_code)
        {
            return Self::Full;
        }
        match error.sqlite_error_code() {
            Some(Code::NotADatabase) => Self::WrongKey,
            Some(Code::DatabaseCorrupt) => Self::Damaged,
            Some(Code::DiskFull) => Self::Full,
            Some(code @ (Code::SystemIoFailure | Code::CannotOpen | Code::ReadOnly)) => {
                Self::Io(format!("{code:?}"))
            }
            // The code alone: SQLite's text can repeat values.
            Some(code) => Self::Sql(format!("{code:?}")),
            None => Self::Sql("a row has another shape than expected".into()),
        }
    }
}

/// SQLCipher reports a page that fails its MAC as the bare code 1, without a text of its own; SQLite's own
/// uses of that code always come with one.
fn unreadable_page(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(inner, text) = error else {
        return false;
    };
    inner.extended_code == rusqlite::ffi::SQLITE_ERROR
        && text.as_deref().is_none_or(|text| text == "SQL logic error")
}
