/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what all nodes of a cluster have seen, in the order in which it came.
 *
 *     node --observer--> witness (one a node) --> record (one a cluster) --> lists, waiters
 *
 * It is bounded twice, by a number of requests and by bytes; the oldest leave and are
 * counted. A request is entered when it came, and its outcome added when there is one: a held
 * pull may be there for long before. When a connection closes, what it has not been answered
 * is lost. Without memory a request is not entered, and counted as left.
 *
 * Connections have numbers, from 1 in the order in which they opened. Their client is who a
 * heart-beat or a header with a clientId said; before it says so it has none.
 *
 * Owner: the cluster. Thread: loop, unless said otherwise.
 */
#ifndef MB_RECORD_RECORD_H
#define MB_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "mock-broker/observer.h"
#include "mock-broker/record/seen.h"

struct rmqi_clock;

/* An entry of the record. */
struct mb_entry {
	struct mb_seen *seen;
	struct mb_outcome *outcome; /* NULL: none yet */
};

/* Who is told of each request when it was entered. */
struct mb_record_listener {
	struct rmqi_list link;
	void (*on_seen)(struct mb_record_listener *l, const struct mb_seen *seen);
	/* All are forgotten; may be NULL. */
	void (*on_clear)(struct mb_record_listener *l);
};

struct mb_record_limits {
	size_t requests;
	size_t bytes; /* of all that is kept */
	size_t body;  /* bytes that are kept of one */
};

struct mb_record {
	struct rmqi_clock *clock;
	struct mb_record_limits limits;
	struct mb_entry *ring; /* owned; entry i is that of number first + i */
	size_t room;           /* of the ring; a power of two */
	uint64_t first;        /* number of the oldest that is kept */
	uint64_t next;         /* number of the next one */
	uint64_t left;         /* that were entered and left, or could not be entered */
	size_t bytes;
	struct rmqi_imap links; /* connection -> struct link */
	uint64_t connections;   /* so many have opened */
	struct rmqi_list listeners;
	struct mb_fields fields; /* of the one under way */
};

/* Thread: any, before the first request and after the last. */
void mb_record_init(struct mb_record *r, struct rmqi_clock *clock,
		    const struct mb_record_limits *limits);
/* No listener is left. */
void mb_record_deinit(struct mb_record *r);

/* A connection of a node opened, or closed. Twice is as once. */
void mb_record_opened(struct mb_record *r, const struct rmqi_conn *c);
void mb_record_closed(struct mb_record *r, const struct rmqi_conn *c);
bool mb_record_is_open(const struct mb_record *r, const struct rmqi_conn *c);
/* Enters what `from` says; number, connection, client, peer and times are set here. `client_id` is who the request
 * says that it is, "" when it does not. The number; 0: it could not be entered. */
uint64_t mb_record_enter(struct mb_record *r, const struct rmqi_conn *c, struct mb_seen *from,
			 struct rmqi_str client_id);
/* What became of it; the first one counts. In `from` times are those from now on. */
void mb_record_end(struct mb_record *r, uint64_t number, struct mb_outcome *from);

/* NULL: it is not kept, or not yet there. Borrowed until control returns to the loop. */
const struct mb_entry *mb_record_at(const struct mb_record *r, uint64_t number);
/* Forgets all entries; numbers go on. */
void mb_record_clear(struct mb_record *r);
void mb_record_listen(struct mb_record *r, struct mb_record_listener *l);

#endif
