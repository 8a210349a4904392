/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_peer_impl.h - the inside of a fake peer: what it was told and what came (fake_peer.c), how it answers
 * (fake_peer_answers.c).
 */
#ifndef TESTS_SUPPORT_FAKE_PEER_IMPL_H
#define TESTS_SUPPORT_FAKE_PEER_IMPL_H

#include "base/executor.h"
#include "mock-broker/faults.h"
#include "mock-broker/node.h"
#include "mock-broker/ticket.h"
#include "net/conn.h"
#include "net/loop.h"
#include "tests/support/fake_peer.h"

enum { PLANS_MAX = 256, CONNS_MAX = 64, REQUESTS_MAX = 200000 };

struct plan {
	int32_t code;
	int reaction;
	bool is_standing;
};

struct topic {
	char *name;
	char *brokers; /* NULL: unknown */
};

struct conn {
	struct rmqi_conn *conn;
	unsigned number;
};

struct fake_peer {
	const struct rmqi_env *env;
	struct rmqi_loop *loop;
	struct mb_node *node;
	struct mb_counters counters;
	struct mb_faults faults;
	struct rmqi_call call;
	struct rmqi_mutex mu;
	/* mu, all below */
	struct plan plans[PLANS_MAX];
	size_t plan_count;
	struct topic topics[16];
	size_t topic_count;
	char *members;
	char *cluster;
	char *remark;
	const char *offset_id;
	int32_t version; /* of its answers */
	struct conn conns[CONNS_MAX];
	size_t conn_count;
	unsigned conns_seen;
	struct fake_request **requests;
	size_t request_count;
	size_t request_cap;
	int64_t next_offset;
	int told;
};

/* What it does by itself. */
extern const struct mb_handler fake_peer_handlers[];

/* Tests inject failing allocations into the code under test: what a fake keeps comes from elsewhere. */
void *fake_need(void *ptr);
char *fake_copy(const void *bytes, size_t len);
/* SUCCESS with this body. */
void fake_reply_text(const struct mb_ticket *t, const char *body);

#endif
