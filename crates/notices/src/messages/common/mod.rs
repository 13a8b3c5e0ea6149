//! Words that all messages share.

use crate::words::{Catalogue, catalogue};

pub(crate) static COMMON: Catalogue = catalogue!("common");
