//! Words of the profile of a partner's user. English.

use crate::i18n::words;

words! {
    /// Words of the profile of a partner's user.
    Profile {
        title: "Your profile",
        help: "For the people at {vendor} who call you.",
        name: "Name",
        job: "What you do",
        job_hint: "Workshop, sales, owner",
        phone: "Telephone",
        phone_hint: "With the area code",
        save: "Save",
        no_name: "A name is needed",
        complete: "Your profile is complete.",
        missing: "Complete it: what is empty is missing.",
        login: "You sign in as",
    }
}
