//! The portal's handlers. Every query is bound to the reader's own partner.

use crate::app::Routes;

pub fn add(_: &mut Routes) {}
