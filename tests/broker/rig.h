/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.h - a mock cluster under virtual time, and peers that talk to it as a
 * test says. One peer is one connection to each address that it speaks to.
 *
 *     struct rig *r = rig_new(NULL);
 *     struct peer *p = peer_new(r);
 *     ck_assert_int_eq(peer_send(p, "T", 0, "body", NULL), 0);
 *     ck_assert_int_eq(peer_pull(p, "G", "T", 0, 0, 0), 0);
 *
 * Whatever cannot go wrong in a sound test fails it.
 */
#ifndef TESTS_BROKER_RIG_H
#define TESTS_BROKER_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/body.h"
#include "codec/codes.h"
#include "codec/message.h"
#include "codec/properties.h"
#include "codec/schema.h"
#include "codec/signature.h"
#include "mock-broker/cluster.h"
#include "net/rpc.h"
#include "tests/support/suite.h"

#define BROKER "broker-a"

struct rig {
	struct rmq_mock_cluster *cluster;
	const struct rmqi_env *env;
	char namesrv[64]; /* the first one */
	char broker[64];  /* broker-a */
};

/* One name server, one broker; `broker_conf` may be NULL. */
struct rig *rig_new(const char *broker_conf);
/* A name server with these settings, and no broker. */
struct rig *rig_new_namesrv(const char *conf);
struct rig *rig_new_with(const struct mb_cluster_options *options);
void rig_options(struct mb_cluster_options *o);
void rig_free(struct rig *r);
void rig_advance(struct rig *r, int64_t ms);
int64_t rig_now(const struct rig *r);

struct peer {
	struct rig *rig;
	struct rmqi_loop *loop;
	struct rmqi_rpc *rpc;
	struct rmqi_response answer; /* of the last ask */
	int notices;                 /* NOTIFY_CONSUMER_IDS_CHANGED received */
	char notice_group[128];      /* of the last one */
	/* The test's, NULL: none: other requests of a broker. Thread: loop. */
	void (*on_request)(struct peer *p, struct rmqi_conn *c, const struct rmqi_command *request);
	int32_t send_code; /* of peer_send; 0: SEND_MESSAGE_V2 */
	const char *access_key;
	struct rmqi_signer *signer; /* peer_sign_as; NULL: nothing is signed */
};

struct peer *peer_new(struct rig *r);
void peer_free(struct peer *p);
/* Signs all that it asks from now on; access_key NULL: no more. The text is borrowed. */
void peer_sign_as(struct peer *p, const char *access_key, const char *secret_key);
/* Closes its connections, as a client that dies. */
void peer_die(struct peer *p);

/* A synchronous request; the response code. `desc` and `body` may be NULL. */
int32_t peer_ask(struct peer *p, const char *address, int32_t code,
		 const struct rmqi_header_desc *desc, const void *header, const char *body);
int32_t peer_ask_bytes(struct peer *p, const char *address, int32_t code,
		       const struct rmqi_header_desc *desc, const void *header,
		       struct rmqi_cursor body);
/* The remark and body of the last answer; valid until the next ask. */
const char *peer_remark(struct peer *p);
const char *peer_body(struct peer *p);
int64_t peer_ext_i64(struct peer *p, const char *key);
const char *peer_ext(struct peer *p, const char *key);
/* The n-th message of a body of records. */
struct rmqi_stored_message peer_message(struct peer *p, size_t n);
size_t peer_message_count(struct peer *p);
/* A property of it, "" when absent. */
const char *peer_property(struct peer *p, size_t n, const char *name);

/* "A=1,B=2" as properties text; NULL: none. */
int32_t peer_send(struct peer *p, const char *topic, int32_t queue_id, const char *body,
		  const char *properties);
/* The same with a chance to change the header first. */
int32_t peer_send_with(struct peer *p, const char *topic, int32_t queue_id, const char *body,
		       const char *properties, void (*change)(struct rmqi_h_send_message *h));
void peer_pull_header(struct rmqi_h_pull_message *h, const char *group, const char *topic,
		      int32_t queue_id, int64_t offset);
/* With "*" in the request; suspend_ms 0: not suspended. */
int32_t peer_pull(struct peer *p, const char *group, const char *topic, int32_t queue_id,
		  int64_t offset, int64_t suspend_ms);
int32_t peer_create_topic(struct peer *p, const char *topic, int32_t queues);
/* A heart-beat of one consumer of one group. `expression` of `topic`. */
int32_t peer_consumer_beat(struct peer *p, const char *client_id, const char *group,
			   const char *topic, const char *expression, int64_t version);
int32_t peer_consumer_beat_sql(struct peer *p, const char *client_id, const char *group,
			       const char *topic, const char *expression, int64_t version);
int32_t peer_producer_beat(struct peer *p, const char *client_id, const char *group);
int32_t peer_unregister(struct peer *p, const char *client_id, const char *consumer_group);
int32_t peer_commit(struct peer *p, const char *group, const char *topic, int32_t queue_id,
		    int64_t offset);
/* The offset, or -code when it is refused. */
int64_t peer_committed(struct peer *p, const char *group, const char *topic, int32_t queue_id);
int64_t peer_max_offset(struct peer *p, const char *topic, int32_t queue_id);
int32_t peer_send_back(struct peer *p, const char *group, int64_t physical_offset,
		       int32_t delay_level);
int32_t peer_route(struct peer *p, const char *topic);

/* A pull that is not waited for. */
struct held {
	struct rmqi_call call;
	bool is_done;
	enum rmq_error error;
	int32_t code;
	size_t body_len;
	int64_t next_offset;
	int64_t done_ms; /* virtual wall clock */
	struct peer *peer;
};
void peer_hold(struct peer *p, struct held *held, const char *group, const char *topic,
	       int32_t queue_id, int64_t offset, int64_t suspend_ms, const char *expression);
/* By what the group subscribed. */
void peer_hold_as_member(struct peer *p, struct held *held, const char *group, const char *topic,
			 int32_t queue_id, int64_t offset, int64_t suspend_ms);

#endif
