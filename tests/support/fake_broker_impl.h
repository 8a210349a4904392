/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_broker_impl.h - the inside of a fake broker: its clients and what it was told
 * (fake_broker.c), whom its routes name (fake_broker_routes.c), its queues and the pulls they hold (fake_broker_queues.c), what is popped of them
 * (fake_broker_pop.c).
 */
#ifndef TESTS_SUPPORT_FAKE_BROKER_IMPL_H
#define TESTS_SUPPORT_FAKE_BROKER_IMPL_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "codec/message.h"
#include "codec/schema.h"
#include "mock-broker/faults.h"
#include "mock-broker/node.h"
#include "mock-broker/ticket.h"
#include "net/conn.h"
#include "net/loop.h"
#include "tests/support/fake_broker.h"
#include "tests/support/fake_fields.h"

enum {
	QUEUES_MAX = 64,
	CLIENTS_MAX = 8,
	MEMBERS_MAX = 512,
	RULES_MAX = 16,
	CODES = 768,
	POP_CODES = 512,
	BODY_MAX = 1 << 24
};

struct stored {
	char body[64];
	char tag[32];
	char retry_topic[64];
	int reconsume_times;
	int64_t at_ms;
	enum fake_damage damage;
};

struct queue {
	struct fake_broker *broker;
	char topic[160];
	int id;
	int64_t min;
	int64_t max;
	int64_t committed;
	char locked_by[96];      /* "": nobody */
	int64_t locked_us;       /* when it was locked, or renewed, last */
	int64_t popped;          /* the next to be popped */
	int64_t number;          /* among the queues of the broker */
	struct stored *messages; /* max of them */
};

struct rule {
	int code;
	int response;
	int times;
};

struct held {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct mb_ticket ticket; /* with a ref on its connection */
	struct queue *queue;
	struct rmqi_h_pull_message h;
};

/* A commit that is served later. */
struct late {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct mb_ticket ticket; /* with a ref on its connection */
	struct queue *queue;
	int64_t offset;
};

struct client {
	struct rmqi_conn *conn;
	char *id; /* NULL: no heartbeat yet */
	bool is_half_open;
};

struct fake_broker {
	struct rmqi_loop *loop;
	struct mb_node *node;
	struct mb_counters counters;
	struct mb_faults faults;
	uint64_t understood; /* requests that were applied, or that the test has taken */
	struct queue queues[QUEUES_MAX];
	size_t queue_count;
	struct rule rules[RULES_MAX];
	struct client clients[CLIENTS_MAX];
	const char *remark;
	const char *member_override;
	struct fake_fields last[CODES];
	char *heartbeat;
	struct rmqi_list held;
	struct rmqi_list late;
	int64_t late_ms;         /* for the next commit; 0: it is served at once */
	struct rmqi_list out;    /* fake_broker_pop.c */
	struct rmqi_list asking; /* likewise */
	struct rmqi_list lites;  /* fake_broker_lite.c: pops that wait */
	char lite_told[1024];
	char lite_names[256]; /* ",a,b," */
	const char *lite_counts; /* NULL: all are new */
	bool is_without_lmq;
	bool is_pop;
	int barren; /* pops that bring nothing yet */
	enum fake_assignment assigns;
	struct rmqi_clock *clock;
	bool stores_retries;
	const char *static_topic;
	/* Whom the routes name: master, slave. */
	const struct fake_broker *named[2];
	int64_t suggested;
	enum fake_role role;
	const char *only_tag; /* its pulls bring; NULL: all */
	bool has_acting;      /* its routes name one that acts */
	const char *drained;  /* topic that may only be read, by its routes; NULL: none */
	const struct fake_broker *beside; /* NULL: it is alone */
	const char *forgotten; /* topic whose route names no address; NULL: none */
	const char *said_tag;
	int64_t said_version;
	struct rmqi_task frozen;
	struct rmqi_event thawed;
};

void fake_say_no(const struct mb_request *r, int code);
void fake_say_yes(const struct mb_request *r);

/* Routes. */
extern const struct mb_handler fake_route_handlers[];
int fake_count_queues(const struct fake_broker *b, struct rmqi_str topic);
/* Offsets, pulls, sends. */
extern const struct mb_handler fake_queue_handlers[];
/* Locks of queues. */
extern const struct mb_handler fake_lock_handlers[];
/* Pops, and what comes with them. */
extern const struct mb_handler fake_pop_handlers[];
/* Lite topics (5.5.0). */
extern const struct mb_handler fake_lite_handlers[];
/* Somebody who asks may be told that there is something. @thread: loop, as the next two */
void fake_pop_wake(struct fake_broker *b);
void fake_pop_forget(struct fake_broker *b, const struct rmqi_conn *c);
void fake_pop_end(struct fake_broker *b);
/* Appends a stored message as it is. */
void fake_queue_encode(const struct queue *q, int64_t offset, struct rmqi_buf *out);

/* Of a lite topic: it lies in the parent. */
void fake_lite_place(const struct queue *q, struct rmqi_stored_message *m,
		     struct rmqi_buf *properties, bool has_two);
/* Those that wait for lite topics. @thread: loop, as the next one */
void fake_lite_wake(struct fake_broker *b);
void fake_lite_forget(struct fake_broker *b, const struct rmqi_conn *c); /* NULL: all */
/* It is popped. */
void fake_pop_take(struct queue *q, int64_t offset, int64_t pop_ms, int64_t invisible_ms);
/* The queue that an ack is about, by the header's topic and lite topic. */
struct rmqi_str fake_lite_queue(struct rmqi_str topic, struct rmqi_str lite_topic, char out[]);

/* NULL: none. */
struct queue *fake_queue_find(struct fake_broker *b, struct rmqi_str topic, int id);
struct queue *fake_queue_need(struct fake_broker *b, struct rmqi_str topic, int id);
/* Returns the offset. Any thread but the loop's may wait for it. */
int64_t fake_queue_put(struct queue *q, const char *body, const char *tag, int reconsume_times);
/* Answers the pulls that the queue holds. @thread: loop; arg: the queue */
void fake_queue_wake(void *arg);
/* A pull that is not answered any more. @thread: loop */
void fake_held_free(struct held *h);
void fake_late_forget(struct fake_broker *b); /* @thread: loop */

#endif
