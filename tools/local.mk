# tools - programs for people.
