/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - does the record agree with itself and with what brokers have (rmq_mock_cluster_verify)?
 *
 * Entries are shown in the order in which they came to each of the four that judge; one that finds something
 * says it.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_VERIFY_VERIFY_H
#define MB_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "mock-broker/record/record.h"

struct mb_broker;
struct rmq_mock_cluster;

struct mb_verify {
	struct rmq_mock_cluster *c;
	struct rmqi_map rows;    /* node, group, topic and queue -> what was committed */
	struct rmqi_map locks;   /* node, group and queue -> who holds it */
	struct rmqi_map opaques; /* connection and opaque -> number of the request */
	struct rmqi_buf text;    /* what was found */
	size_t found;
	bool has_failed; /* memory is out */
};

enum { MB_VERIFY_KEY_MAX = 2048 };

/* Thread: as mock.h says. */
enum rmq_error mb_cluster_verify(struct rmq_mock_cluster *c,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

void mb_verify_send(struct mb_verify *v, const struct mb_entry *e);
void mb_verify_offset(struct mb_verify *v, const struct mb_entry *e);
/* After the last entry: does the broker still know what was committed? */
void mb_verify_offsets_end(struct mb_verify *v);
void mb_verify_lock(struct mb_verify *v, const struct mb_entry *e);
void mb_verify_answer(struct mb_verify *v, const struct mb_entry *e);

void mb_verify_say(struct mb_verify *v, const char *format, ...) RMQI_PRINTF(2, 3);
/* The broker of that name, if it runs; NULL otherwise. */
struct mb_broker *mb_verify_broker(const struct mb_verify *v, struct rmqi_str node);
/* Puts a value of that size, zeroed, if there is none. NULL: memory is out, or the key too long (`len` as of
 * snprintf). */
void *mb_verify_get(struct mb_verify *v, struct rmqi_map *m, const char *key, int len, size_t size);

/* Was it answered with this code, and the answer sent? Of a one-way request: would it have been? */
static inline bool mb_verify_is_answered(const struct mb_entry *e, int32_t code)
{
	return e->outcome && e->outcome->code == code &&
	       (e->outcome->end == MB_END_ANSWERED || e->outcome->end == MB_END_ONEWAY);
}

#endif
