//! Tables of sentences.
