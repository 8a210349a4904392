/* SPDX-License-Identifier: Apache-2.0 */
/*
 * properties.h - a list of names and values: settings and figures of a broker or a name server, as it
 * tells them (KVTable.java, java.util.Properties).
 *
 * Ordered by name, byte by byte. Immutable. Thread: any, but for the free: one owner at a time. It may outlive
 * the object that made it.
 */
#ifndef ROCKETMQ_PROPERTIES_H
#define ROCKETMQ_PROPERTIES_H

#include <stddef.h>

#include <rocketmq/common.h>

RMQ_BEGIN_DECLS

typedef struct rmq_properties rmq_properties;

/* 0 of NULL. */
RMQ_API size_t rmq_properties_count(const rmq_properties *p);
/* Borrowed, as long as the list; NULL past the end. */
RMQ_API const char *rmq_properties_name_at(const rmq_properties *p, size_t index);
RMQ_API const char *rmq_properties_value_at(const rmq_properties *p, size_t index);
/* The value of that name, likewise; NULL: there is none. */
RMQ_API const char *rmq_properties_find(const rmq_properties *p, const char *name);
/* Only of one that was handed out by a call: others are borrowed. NULL is harmless. */
RMQ_API void rmq_properties_free(rmq_properties *p);

RMQ_END_DECLS

#endif
