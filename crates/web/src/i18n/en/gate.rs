//! Words before signing in, of failures and of the documentation of the API. English.

use crate::i18n::words;

words! {
    /// Words before signing in, of failures and of the documentation of the API.
    Gate {
        api_answers: "Answers",
        api_problems: "Problems",
        api_body: "Body",
        api_first: "A first call",
        api_index: "What can be called",
        api_help: "Send sales, read what was earned. Every request needs a token",
        api_parameters: "Parameters",
        api_title: "API",
        broken: "Something went wrong",
        broken_help:
            "Nothing you sent was changed. Try again; if it happens again, tell your administrator the number below.",
        conflict: "This is no longer possible",
        conflict_help: "Nothing was changed: {what}. Go back and look at it again.",
        create_administrator: "Create administrator and begin",
        login: "User name or e-mail address",
        first_run: "Set up Tokuten",
        first_run_hint:
            "You become the administrator of this installation. Others are invited later.",
        new_installation: "New installation",
        no_answer: "This form was sent before",
        no_answer_help:
            "It is still being worked on, or was interrupted. Look at what it was to change before you load the page again and send it once more.",
        not_found: "This page does not exist",
        not_found_help: "The address may be mistyped, or what stood here is gone.",
        other_form: "This form was sent before, with other content",
        other_form_help:
            "What was sent first was done; what was sent now was not. Load the page again to see how things stand, and send it from there.",
        password: "Password",
        password_hint: "At least {n} characters",
        problem_above: "Nothing was created. See the marked field.",
        problem_code: "This is not the code the server printed when it started",
        problem_login: "At least 3 characters without spaces, please",
        problem_name: "Please enter a name",
        problem_password: "This password is too short",
        problem_time_zone: "No such zone. Write a name such as Asia/Tokyo",
        problem_vendor: "Please enter the name of the company",
        promise_detail: "Rebates, current to the last invoice, with the reason for every amount.",
        promise_first: "What you earn,",
        promise_second: "and what to do next.",
        refused_many: "Too many attempts. Try again in {n} {n?minute|minutes}.",
        refused_stale: "This page was open for too long. Please try again.",
        refused_wrong: "User name and password do not belong together.",
        request_id: "Request",
        setup_code: "Setup code",
        setup_code_hint: "The server printed it when it started",
        sign_in: "Sign in",
        sign_in_hint: "Use the name you were given with your invitation.",
        sign_out: "Sign out",
        stale: "The page was open for too long",
        stale_help: "Nothing was changed. Go back, load the page again, and send it once more.",
        tagline: "Incentives",
        time_zone: "Time zone",
        to_form: "Back to the form",
        to_start: "To the start page",
        too_large: "The file is too large",
        too_large_help:
            "Nothing was kept. Split the file, or ask your administrator for the command line import, which has no limit.",
        unavailable: "Busy just now",
        unavailable_help: "Nothing was changed. Please try again in a minute.",
        unreadable: "This could not be read",
        unreadable_help: "Nothing was changed: {what}.",
        vendor_name: "Name of the company",
        your_name: "Your name",
    }
}
