/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop.h - POP (PopMessageProcessor.java, AckMessageProcessor.java, ChangeInvisibleTimeProcessor.java,
 * NotificationProcessor.java): the broker hands out messages one by one, to any member of the group.
 *
 *     POP_MESSAGE --> check --> read queues and retry topic --> a check point a queue --> answer
 *         ^                              | nothing there
 *         '-- a message, or its time -- parked (pop_wait.h)
 *     ACK_MESSAGE, BATCH_ACK_MESSAGE, CHANGE_MESSAGE_INVISIBLETIME --> check point (revive.h)
 *
 * The committed offset of the group moves when messages go out; what is out is known from the revive log. So a
 * pull of the same group goes on where the pops were. doc/reference/pop.md says where this is not Apache's way.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_POP_H
#define MB_BROKER_POP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "codec/names.h"
#include "codec/receipt.h"
#include "codec/schema.h"
#include "codec/subscription.h"
#include "mock-broker/broker/check_points.h"
#include "mock-broker/broker/message_filter.h"
#include "mock-broker/broker/revive.h"
#include "mock-broker/broker/revive_log.h"
#include "mock-broker/node.h"
#include "mock-broker/store/arrival.h"

struct mb_broker;
struct mb_group;
struct mb_topic;

struct mb_pops {
	struct mb_check_points points;
	char revive_topic[RMQI_RETRY_TOPIC_MAX + 1];
	struct mb_revive_log *logs; /* owned, log_count; by revive queue */
	size_t log_count;
	uint32_t turn; /* the revive queue of the next pop */
	struct rmqi_timer revive;
	struct rmqi_timer save; /* of revive offsets and orders */
	struct rmqi_buf text;   /* of the record under way */
	struct rmqi_buf properties;
	struct rmqi_buf recoded; /* messages of retry topics, for the answer under way */
	struct rmqi_buf starts;  /* lists of the answer under way */
	struct rmqi_buf offsets;
	struct rmqi_buf orders;
	bool is_order_dirty;
	size_t waiting; /* pops and notifications that are parked */
	struct mb_arrival_listener arrivals;
};

/* A pop on its way. */
struct mb_pop {
	struct mb_broker *b;
	struct mb_ticket ticket;
	const struct rmqi_h_pop_message *h;     /* borrowed */
	struct rmqi_subscription *subscription; /* owned; NULL: everything */
	struct mb_expression *expression;       /* of it, by SQL92: a reference; NULL: none */
	const struct mb_topic *topic;
	const struct mb_group *group;
	/* What is read. */
	int64_t pop_ms;
	int32_t revive_queue;
	int64_t rest; /* messages that are left */
	size_t count;
	struct rmqi_cursor records[MB_POP_MAX];
	bool is_recoded[MB_POP_MAX]; /* its bytes are in `recoded`, one behind the other */
};

/* What pops and notifications are checked for. */
struct mb_pop_request {
	struct rmqi_str topic;
	struct rmqi_str group;
	int32_t queue_id;
	const char *what; /* the broker may not do: for the remark */
};

extern const struct mb_handler mb_pop_handlers[];          /* 200050 */
extern const struct mb_handler mb_ack_handlers[];          /* 200051, 200151, 200053 */
extern const struct mb_handler mb_notification_handlers[]; /* 200054, 200055 */
extern const struct mb_handler mb_peek_handlers[];         /* peek.c: 200052 */

enum rmq_error mb_pops_init(struct mb_broker *b) RMQI_MUST_USE;
/* Nothing is parked any more. */
void mb_pops_deinit(struct mb_broker *b);
enum rmq_error mb_pops_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_pops_start(struct mb_broker *b);
/* The topic is deleted: what was popped of it is over. */
void mb_pops_forget_topic(struct mb_broker *b, struct rmqi_str topic);
/* For a clean stop. */
void mb_pops_save(struct mb_broker *b);

/* As Java refuses: the answer has its header, with nothing in it. */
void mb_pop_refuse(const struct mb_ticket *t, int32_t code, const char *format, ...)
	RMQI_PRINTF(3, 4);
/* As the next. A slave hands out nothing to pops: who would bring back what is not acknowledged? */
bool mb_pop_check_role(const struct mb_broker *b, const struct mb_ticket *t);
/* False: it is answered. */
bool mb_pop_check_place(struct mb_broker *b, const struct mb_ticket *t,
			const struct mb_pop_request *r, const struct mb_topic **topic,
			const struct mb_group **group);
/* The retry topic of this kind. */
const char *mb_pop_retry_topic(struct rmqi_str group, struct rmqi_str topic, bool is_v2,
			       char out[RMQI_RETRY_TOPIC_MAX + 1]);
/* Which messages it wants; as long as `p` lives. */
static inline struct mb_message_filter mb_pop_filter(const struct mb_pop *p)
{
	return (struct mb_message_filter){.subscription = p->subscription,
					  .expression = p->expression};
}

/* pop_read.c: fills what is read. */
void mb_pop_read(struct mb_pop *p);

#endif
