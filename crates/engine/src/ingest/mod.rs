//! Ingest, the reading side: files and streams become typed rows or rejections.
//!
//! A [`source`] turns bytes (CSV, TSV, XLSX, in the encodings the field uses) into records; a
//! [`mapping`] says which column feeds which field; a [`row`] mapper makes a fact, a partner or a
//! product of a record, or a [`rejection`] with a reason; [`rejects`] gives the refused rows back
//! in the shape they came in.
//!
//! # Invariants
//!
//! * Memory does not grow with the size of the file, of a line or of a cell.
//! * No row is lost: each record is accepted or rejected, and one bad row never stops a file.
//! * Nothing is guessed that would change a figure: what can be read in two ways is refused with
//!   a sentence that says what to write into the mapping.
//! * Nothing here knows a database. What only the stored data can tell (an unknown partner, a key
//!   with other content) is found by the next stage, with the same [`rejection::Reason`]s.

pub mod date;
pub mod number;
pub mod source;
pub mod width;
