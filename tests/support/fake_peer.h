/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_peer.h - a name server or broker that does what a test tells it to, and
 * keeps every request. Several of them make a cluster; in a simulation or on TCP.
 *
 * Left alone it behaves (fake_peer_answers.c): routes of the topics it was given (code 17 for others),
 * cluster info, heartbeats, sends (with the recall handle "HANDLE" for a timed message), offsets.
 * fake_peer_next plans the reactions to the next requests of a code, one by one; fake_peer_always what it
 * does when no plan is left. Made of the mock's node, tickets and faults.
 *
 * Thread: the test's. What the peer's loop shares with it stands under a mutex.
 */
#ifndef TESTS_SUPPORT_FAKE_PEER_H
#define TESTS_SUPPORT_FAKE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/command.h"
#include "codec/schema.h"
#include "tests/support/fake_fields.h"
#include "tests/support/fake_world.h"

/* --- Peers ----------------------------------------------------------------------------------- */

/* Reactions: a response code, or one of these. */
enum {
	FAKE_SILENT = -1,  /* no answer, ever */
	FAKE_HANG_UP = -2, /* closes the connection */
	FAKE_BEHAVE = -3,
	FAKE_EMPTY = -4,   /* SUCCESS without any field or body */
	FAKE_GARBAGE = -5, /* SUCCESS with a body that is no JSON */
	FAKE_TWICE = -6,   /* behaves, and says it a second time */
	FAKE_ASTRAY = -7,  /* behaves, but its answer names a request that nobody made */
	FAKE_LATE = -1000  /* FAKE_LATE - ms: behaves, but its answer leaves so many ms later */
};

struct fake_peer;

struct fake_peer *fake_peer_new(const struct rmqi_env *env);
void fake_peer_free(struct fake_peer *p);
const char *fake_peer_address(const struct fake_peer *p);

/* The route of a topic, as brokers: "a=127.0.0.1:10001:4" is broker a with its master and 4 queues to
 * read and write, "a=ADDR:4+ADDR2" has a slave with id 1, "a=:4+ADDR2" no master, "a=ADDR:4r" may only
 * be read; brokers are separated by ','; with a leading "static " it is a static topic. NULL: unknown
 * (again). */
void fake_peer_route(struct fake_peer *p, const char *topic, const char *brokers);
/* Who is in any group, as JSON: "\"a\",\"b\"". */
void fake_peer_members(struct fake_peer *p, const char *ids);
/* Body of GET_BROKER_CLUSTER_INFO. */
void fake_peer_cluster(struct fake_peer *p, const char *json);
void fake_peer_next(struct fake_peer *p, int32_t code, int reaction);
void fake_peer_always(struct fake_peer *p, int32_t code, int reaction);
/* The remark of every answer that is not SUCCESS. */
void fake_peer_remark(struct fake_peer *p, const char *remark);
/* What the answers to sends call the place of a message from now on. Borrowed; at first "OFFSET-ID". */
void fake_peer_offset_id(struct fake_peer *p, const char *id);
/* The version that its answers tell from now on (codec/version.h). */
void fake_peer_version(struct fake_peer *p, int32_t version);
/* Closes every connection. */
void fake_peer_hang_up(struct fake_peer *p);
size_t fake_peer_conn_count(struct fake_peer *p);
/* A one-way request to every connection. */
void fake_peer_tell(struct fake_peer *p, int32_t code, const struct rmqi_header_desc *desc,
		    const void *header);
void fake_peer_tell_body(struct fake_peer *p, int32_t code, const struct rmqi_header_desc *desc,
			 const void *header, struct rmqi_cursor body);
/* A request without header on the first connection; the code of its answer by fake_peer_told. */
void fake_peer_ask(struct fake_peer *p, int32_t code);
/* -1: no answer yet. */
int fake_peer_told(const struct fake_peer *p);

/* --- What came ------------------------------------------------------------------------------- */

struct fake_request {
	int32_t code;
	int32_t version;
	bool is_oneway;
	bool is_binary; /* header */
	int64_t at_ms;  /* peer's clock, ticks */
	unsigned conn;  /* number of its connection, from 1 */
	int reaction;   /* to it */
	struct fake_fields fields;
	char *body; /* with a NUL behind it */
	size_t body_len;
};

/* code 0: all. */
size_t fake_peer_count(struct fake_peer *p, int32_t code);
/* The n-th (from 0) with this code; it must have come. Lives until the peer is freed. */
const struct fake_request *fake_peer_request(struct fake_peer *p, int32_t code, size_t n);
const struct fake_request *fake_peer_last(struct fake_peer *p, int32_t code);
/* "" when it has no such field. */
const char *fake_request_field(const struct fake_request *r, const char *key);
/* Value in the properties text (field i of a send); NULL: none. Borrowed until the next call. */
const char *fake_request_property(const struct fake_request *r, const char *name);

#endif
