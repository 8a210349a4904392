/* SPDX-License-Identifier: Apache-2.0 */
/*
 * annotation.h - what requests need that have no rule of their own in need.c: the annotations RocketMQAction and
 * RocketMQResource of their header classes, as 5.3.3 has them.
 *
 * Immutable; thread: any.
 */
#ifndef MB_ACL_ANNOTATION_H
#define MB_ACL_ANNOTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "mock-broker/acl/resource.h"

enum { MB_ANNOTATED_FIELDS = 3 };

struct mb_annotated_field {
	enum mb_resource_type type;
	const char *key;       /* of the ext field; NULL: no more */
	const char *separator; /* of several values; NULL: there is one */
};

struct mb_annotation {
	int32_t code;
	unsigned actions;
	bool is_cluster; /* the cluster, when no field names anything */
	struct mb_annotated_field fields[MB_ANNOTATED_FIELDS];
};

/* NULL: such a request needs nothing. */
const struct mb_annotation *mb_annotation_find(int32_t code);

#endif
