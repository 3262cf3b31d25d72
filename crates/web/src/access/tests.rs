use std::collections::HashSet;

use super::*;

const ROLES: [Role; 4] =
    [Role::Administrator, Role::IncentiveManager, Role::Finance, Role::Partner { partner_id: 1 }];

/// One case a line: `VERB path -> roles that may`, by their first letters.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let words: Vec<&str> = case.split_whitespace().collect();
        let [verb, path, "->", expected] = words.as_slice() else {
            panic!("`{case}` is not `VERB path -> roles`");
        };
        let method: Method = verb.parse().expect("a method");
        let route = route(&method, path).unwrap_or_else(|| panic!("`{path}` is not in the matrix"));
        let mut may: String = ROLES
            .into_iter()
            .filter(|role| route.who.includes(Some(*role)))
            .map(|role| role.word().chars().next().expect("a letter"))
            .collect();
        if route.who.includes(None) {
            may.push('*');
        }
        assert_eq!(may, *expected, "in case `{case}`");
    }
}

#[test]
fn roles_see_what_is_theirs() {
    check(
        "
        GET  /sign-in                              -> aifp*
        POST /sign-out                             -> aifp
        GET  /console                              -> aif
        POST /console/programs/{code}/edit         -> ai
        POST /console/periods/{id}/close           -> aif
        POST /console/payouts/{id}/approve         -> aif
        POST /console/holds                        -> af
        POST /console/settlement                   -> a
        POST /portal/disputes                      -> p
        GET  /portal/points/vouchers/{code}        -> p
        POST /portal/points/rewards/{code}         -> p
        GET  /console/users                        -> a
        GET  /portal                               -> p
        GET  /portal/explain/{id}                  -> p
        ",
    );
}

#[test]
fn a_route_stands_once() {
    let mut seen = HashSet::new();
    for route in ROUTES {
        assert!(seen.insert((route.verb, route.path)), "`{}` stands twice", route.path);
    }
}

#[test]
fn other_methods_have_no_routes() {
    assert!(route(&Method::DELETE, "/console").is_none());
    assert!(route(&Method::HEAD, "/console").is_some());
}

#[test]
fn every_place_of_the_console_is_a_page() {
    for role in [Role::Administrator, Role::IncentiveManager, Role::Finance] {
        assert!(may_open(role, home(role)));
        assert!(!may_open(role, home(Role::Partner { partner_id: 1 })));
    }
}
