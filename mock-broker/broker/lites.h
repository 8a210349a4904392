/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lites.h - lite topics (5.5.0; LiteSubscriptionRegistryImpl.java, LiteEventDispatcher.java,
 * PopLiteMessageProcessor.java): who has which, what is new for whom, what is out.
 *
 *     client (id; of one group, of one parent topic) ---< subscription >--- lite topic (a light queue, store/light.h)
 *
 *     a message --> one client of each group --> its events, each lite topic once --POP_LITE_MESSAGE--> handed out
 *                                                   ^                                                    |
 *                                                   '--all acknowledged, or the time is over-------------'
 *
 * What is out of a lite topic keeps the next messages of it back from the whole group. Nothing of this is on disk
 * but the offsets. A client that says nothing for liteSubscriptionCheckTimeoutMills is forgotten.
 *
 * This broker does not know the queues of the others, so that it takes every lite topic that is subscribed, not
 * only those that are its own.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_LITES_H
#define MB_BROKER_LITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"
#include "mock-broker/broker/check_points.h"
#include "mock-broker/broker/hold.h"
#include "mock-broker/node.h"
#include "mock-broker/store/arrival.h"

struct mb_broker;
struct mb_group;

/* A lite topic that somebody has. */
struct mb_lite_topic {
	struct rmqi_str queue; /* the name of its light queue; borrowed from the table */
	struct rmqi_list subs; /* struct mb_lite_sub.of_topic, those of a group side by side */
};

struct mb_lite_client {
	char *id;
	char *group;
	char *parent;
	struct rmqi_conn *conn; /* a reference: of its last LITE_SUBSCRIPTION_CTL; NULL: it only waits */
	struct rmqi_list subs;  /* struct mb_lite_sub.of_client */
	size_t sub_count;
	struct rmqi_list events; /* struct mb_lite_sub.event, in the order in which they came */
	size_t event_count;
	struct mb_hold_list waiting; /* pops */
	int64_t last_ms;             /* of its last LITE_SUBSCRIPTION_CTL; monotonic, as the next two */
	int64_t fetched_ms;          /* of its last pop */
	int64_t scan_ms;             /* when all it has is looked at; 0: not planned */
	uint32_t round;              /* of its last COMPLETE_ADD */
	bool has_all;                /* of a group of all lite topics (lite.sub.wildcard) */
};

struct mb_lite_sub {
	struct mb_lite_client *client;
	struct mb_lite_topic *topic;
	struct rmqi_list of_client;
	struct rmqi_list of_topic;
	struct rmqi_list event; /* alone: no event */
	uint32_t round;
};

/* What is out of a lite topic, for one group. */
struct mb_lite_out {
	struct mb_pop_queue queue; /* its order is all that is used of it (pop_order.h) */
	struct mb_broker *broker;
	char *name; /* of the light queue; owned, as the next */
	char *group;
};

struct mb_lites {
	struct rmqi_map topics;  /* name of the light queue -> struct mb_lite_topic */
	struct rmqi_map clients; /* client id -> struct mb_lite_client */
	struct rmqi_map outs;    /* "light queue@group" -> struct mb_lite_out */
	size_t sub_count;
	size_t wildcards; /* clients of groups that have all lite topics */
	size_t waiting;   /* pops that are parked */
	struct rmqi_timer check;
	struct rmqi_timer expiry;
	size_t to_expire;       /* the first so many light queues are still to be looked at in this round */
	struct rmqi_buf times;   /* orderCountInfo of the answer under way */
	struct rmqi_buf scratch; /* of pop_order.h, which tells it otherwise */
	struct mb_arrival_listener arrivals;
};

extern const struct mb_handler mb_lite_handlers[];     /* lite_pop.c: 200070 */
extern const struct mb_handler mb_lite_ctl_handlers[]; /* lite_ctl.c: 200071 */
extern const struct mb_handler mb_lite_admin_handlers[]; /* lite_admin.c: 200074 to 200077 */
extern const struct mb_handler mb_lite_group_handlers[]; /* lite_groups.c: 200078, 200079 */

enum rmq_error mb_lites_init(struct mb_broker *b) RMQI_MUST_USE;
/* Nothing is parked any more. */
void mb_lites_deinit(struct mb_broker *b);
void mb_lites_start(struct mb_broker *b);
/* Of broker->lites.arrivals. */
void mb_lites_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);
/* The parent is deleted: so are its light queues, and who had them has none. */
void mb_lites_forget_parent(struct mb_broker *b, struct rmqi_str parent);
/* Of a request of operators; made when that is allowed. NULL: it is answered. */
const struct mb_group *mb_lite_asked_group(struct mb_broker *b, const struct mb_request *r,
					   struct rmqi_str name);
/* Are light queues kept, and lite topics known? */
bool mb_lites_are_on(const struct mb_broker *b);

/* --- lite_table.c: who has what ------------------------------------------------------------------ */

/* NULL: unknown. */
struct mb_lite_client *mb_lite_client_find(const struct mb_broker *b, struct rmqi_str id);
/* Makes it. NULL: memory is out. */
struct mb_lite_client *mb_lite_client_get(struct mb_broker *b, struct rmqi_str id,
					  struct rmqi_str group, struct rmqi_str parent);
/* It has nothing any more, and is gone unless it waits. */
void mb_lite_client_clear(struct mb_broker *b, struct mb_lite_client *c);
/* Gone, when it has nothing and waits for nothing. */
void mb_lite_client_settle(struct mb_broker *b, struct mb_lite_client *c);
struct mb_lite_topic *mb_lite_topic_find(const struct mb_broker *b, struct rmqi_str queue);
/* NULL: it has it not. */
struct mb_lite_sub *mb_lite_sub_find(const struct mb_lite_client *c, const struct mb_lite_topic *t);
/* The one there is, or a new one. NULL: memory is out. */
struct mb_lite_sub *mb_lite_sub_get(struct mb_broker *b, struct mb_lite_client *c,
				    struct rmqi_str queue);
void mb_lite_sub_remove(struct mb_broker *b, struct mb_lite_sub *s);

/* --- lite_events.c: what is new for whom ----------------------------------------------------------- */

/* Is there a message that the group has not acknowledged? */
bool mb_lite_has_more(const struct mb_broker *b, struct rmqi_str queue, struct rmqi_str group);
/* For this client; once. Wakes who waits. */
void mb_lite_event(struct mb_broker *b, struct mb_lite_sub *s);
/* For one of the group. */
void mb_lite_event_of_group(struct mb_broker *b, const struct mb_lite_topic *t,
			    struct rmqi_str group);
void mb_lite_event_take(struct mb_lite_sub *s);
/* All that the client has: what is new gets an event. */
void mb_lite_scan(struct mb_broker *b, struct mb_lite_client *c);

/* --- lite_out.c: what is out, and acknowledgements -------------------------------------------------- */

/* NULL: nothing. */
struct mb_lite_out *mb_lite_out_find(const struct mb_broker *b, struct rmqi_str queue,
				     struct rmqi_str group);
/* Makes it. NULL: memory is out. */
struct mb_lite_out *mb_lite_out_get(struct mb_broker *b, struct rmqi_str queue,
				    struct rmqi_str group);
void mb_lite_out_free(void *out);
/* The group goes on from there; nothing of it is out any more. */
void mb_lite_set_offset(struct mb_broker *b, struct rmqi_str queue, struct rmqi_str group,
			int64_t offset);
/* Nothing of it is out any more, of no group. */
void mb_lite_outs_forget(struct mb_broker *b, struct rmqi_str queue);
/* ACK_MESSAGE and CHANGE_MESSAGE_INVISIBLETIME with a lite topic. */
void mb_lite_ack(struct mb_broker *b, struct mb_request *r);
void mb_lite_change(struct mb_broker *b, struct mb_request *r);

#endif
