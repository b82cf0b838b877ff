//! Floor 3: the scenario reader. Files as written become a validated `Scenario`, or a list of
//! everything that is wrong with them, each with its line.
