/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attributes.h - what is to be changed of the attributes of a topic or a group (AttributeParser.java).
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_ADMIN_ATTRIBUTES_H
#define RMQI_ADMIN_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "codec/body_admin.h"

enum { RMQI_ATTRIBUTES_MAX = 64 };

struct rmqi_attributes {
	struct rmqi_attribute *list; /* owned, with its texts */
	size_t count;
};

/* 1..RMQI_LABEL_MAX bytes without ',', '=' and control characters? */
bool rmqi_attribute_is_legal(const char *text);
/* value NULL: it is to go. The last one of a name counts. RMQ_ERR_TOO_LARGE: there are too many;
 * RMQ_ERR_NO_MEMORY: nothing has changed. */
enum rmq_error rmqi_attributes_set(struct rmqi_attributes *a, const char *name,
				   const char *value) RMQI_MUST_USE;
/* "+name=value,-name", as a topic's are told. */
void rmqi_attributes_write(const struct rmqi_attributes *a, struct rmqi_buf *out);
void rmqi_attributes_deinit(struct rmqi_attributes *a);

#endif
