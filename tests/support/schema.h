/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - does a JSON text match a JSON schema?
 *
 * Knows the words that doc/statistics.schema.json uses: $ref into its own $defs, type, enum (of texts),
 * minimum, maximum, minItems, maxItems, items, properties, required, additionalProperties. Another word in a
 * schema is a problem, so that none is passed over.
 */
#ifndef TESTS_SUPPORT_SCHEMA_H
#define TESTS_SUPPORT_SCHEMA_H

#include <stddef.h>

enum { SCHEMA_PROBLEM_SIZE = 256 };

/* The schema is a file of the source tree, "doc/x.schema.json". "": it matches; else the first place that does
 * not, and why. */
const char *schema_problem(const char *file, const char *json, char problem[SCHEMA_PROBLEM_SIZE]);

#endif
