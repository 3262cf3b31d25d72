//! Console, training: courses, their texts, and who takes them.

pub mod course;
pub mod courses;
pub mod people;
