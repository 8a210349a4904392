/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openmetrics_families.h - which metric families there are, and which members of the statistics they are made of.
 * What each one means: doc/reference/statistics.md, doc/reference/consumer_statistics.md.
 *
 * Constant; thread: any.
 */
#ifndef RMQI_CLIENT_OPENMETRICS_FAMILIES_H
#define RMQI_CLIENT_OPENMETRICS_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>

enum rmqi_family_type {
	RMQI_FAMILY_COUNTER,
	RMQI_FAMILY_GAUGE,
	RMQI_FAMILY_TIME,     /* a gauge in seconds, of a member in ms */
	RMQI_FAMILY_HISTOGRAM /* in seconds, of a member as rmqi_statistics_histogram writes it */
};

/* A family, made of one member of each object. */
struct rmqi_family {
	enum rmqi_family_type type;
	const char *name;
	const char *unit; /* "": none */
	const char *help;
	const char *member; /* a negative number is not known, and left out */
	const char *
		by; /* the member is an object of counts, and this the label of their names; else NULL */
};

struct rmqi_family_label {
	const char *name;
	const char *member; /* of the object: a text or an integer */
};

struct rmqi_families {
	const char
		*list; /* the member of the statistics that has the objects, or is the only one */
	bool of_consumers; /* else of producers */
	const struct rmqi_family_label
		*labels; /* ended by one without a name; NULL: it is the only one */
	const struct rmqi_family *list_of;
	size_t count;
};

extern const struct rmqi_families *const rmqi_families[];
extern const size_t rmqi_families_count;

#endif
