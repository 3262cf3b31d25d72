//! The courses that act, as their texts say.

use std::sync::Arc;

use domain::training::{self, Course};
use jiff::Timestamp;

use super::RulesError;
use super::wallets::VersionStatus;
use crate::args;
use crate::db::{DbError, Reader, Row};

/// A course that acts.
#[derive(Debug, Clone)]
pub struct ActiveCourse {
    pub course_id: i64,
    pub code: String,
    pub version: i64,
    pub course: Arc<Course>,
}

/// A text of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseVersion {
    pub course_id: i64,
    pub code: String,
    pub version: i64,
    pub status: VersionStatus,
    pub text: String,
    pub created_by: String,
    /// The public id of who wrote it, if a person did.
    pub author_id: Option<String>,
    pub created_at: Timestamp,
    pub activated_by: Option<String>,
    pub activated_at: Option<Timestamp>,
}

impl CourseVersion {
    pub fn is_active(&self) -> bool {
        self.status == VersionStatus::Active
    }
}

const VERSION: &str = "SELECT c.course_id, c.code, v.version, v.status, v.text, v.created_by, \
    v.created_at, v.activated_by, v.activated_at, v.author_id FROM course c JOIN course_version v \
    ON v.tenant_id = c.tenant_id AND v.course_id = c.course_id WHERE c.tenant_id = $1";

fn version_row(row: &Row) -> CourseVersion {
    CourseVersion {
        course_id: row.int(0),
        code: row.string(1),
        version: row.int(2),
        status: if row.text(3) == "active" { VersionStatus::Active } else { VersionStatus::Draft },
        text: row.string(4),
        created_by: row.string(5),
        created_at: row.instant(6),
        activated_by: row.opt_string(7),
        activated_at: row.opt_instant(8),
        author_id: row.opt_string(9),
    }
}

/// All texts, the newest of each course first.
pub async fn versions(reader: &mut Reader) -> Result<Vec<CourseVersion>, DbError> {
    let sql = format!("{VERSION} ORDER BY c.code, v.version DESC");
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![reader.tenant()]).await?;
    Ok(rows.iter().map(version_row).collect())
}

/// One text of a course by its number.
pub async fn version(
    reader: &mut Reader,
    course_id: i64,
    version: i64,
) -> Result<Option<CourseVersion>, DbError> {
    let sql = format!("{VERSION} AND c.course_id = $2 AND v.version = $3");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, course_id, version]).await?;
    Ok(row.as_ref().map(version_row))
}

/// The courses that act, each by its newest active text.
pub(super) async fn load(reader: &mut Reader) -> Result<Vec<ActiveCourse>, RulesError> {
    let mut courses: Vec<ActiveCourse> = Vec::new();
    for row in versions(reader).await? {
        let is_there = courses.iter().any(|of| of.course_id == row.course_id);
        if !row.is_active() || is_there {
            continue;
        }
        let parsed = training::parse(&row.text);
        let Some(course) = parsed.value else {
            let problem = parsed.problems.first().map(|problem| problem.message.clone());
            return Err(RulesError::Course {
                code: row.code,
                version: row.version,
                problem: problem.unwrap_or_default(),
            });
        };
        courses.push(ActiveCourse {
            course_id: row.course_id,
            code: row.code,
            version: row.version,
            course: Arc::new(course),
        });
    }
    Ok(courses)
}
