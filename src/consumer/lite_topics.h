/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_topics.h - the lite topics of one parent that a simple consumer has subscribed, and what the masters of the
 * parent know of them (LITE_SUBSCRIPTION_CTL, 5.5.0; LiteSubscriptionRegistryImpl.java). Rules: doc/reference/lite.md.
 *
 * Every master is told all of them: each takes those that it owns, or has messages of, and drops the others without a
 * word. What it knows it knows in memory, and forgets who said nothing for 3 minutes.
 *
 *     nothing known --all of them (PARTIAL_ADD)--> TOLD --a change (PARTIAL_ADD, PARTIAL_REMOVE)--> TOLD
 *         ^                                         |
 *         | refused, no answer: again in a while    | every heartbeatBrokerInterval, on a new connection, or when a
 *         +-----------------------------------------+ topic was taken over: exactly these (COMPLETE_ADD)
 *
 * One request a broker is under way at a time; what changes meanwhile goes with the next one. Before the first one of a
 * connection the broker is asked whether it keeps lite topics at all (enableLmq, enableMultiDispatch: without them it
 * stores what is sent, and hands out nothing).
 *
 * lite_topics.c: the set, and what a user waits for. lite_telling.c: one broker. lite_taken.c: another client has one.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_LITE_TOPICS_H
#define RMQI_CONSUMER_LITE_TOPICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "client/complaint.h"
#include "consumer/consumer.h"
#include "net/address.h"
#include "net/conn.h"

struct rmqi_lite_topics;

/* One in the set. */
struct rmqi_lite_topic {
	struct rmqi_list link; /* of the set's added, or removed */
	uint64_t changed;      /* when it came, or went: counts changes of the set */
	bool is_removed;       /* brokers are still to be told */
	int64_t contested_us;  /* lite_taken.c: then it is decided whether it is ours; 0: it is */
	char name[];
};

/* A master of the parent. */
struct rmqi_lite_broker {
	struct rmqi_list link;
	struct rmqi_lite_topics *set;
	char *name;
	char address[RMQI_ADDRESS_MAX];
	bool is_gone;       /* in no route any more: freed with the end of `call` */
	bool is_asking;     /* `call` is under way */
	bool is_whole;      /* it tells of all, not of changes */
	bool is_looked_at;  /* it keeps lite topics, or does not say */
	bool is_told;       /* it knows something of us */
	bool is_stale;      /* it is to be told exactly which */
	bool is_complained; /* holds a complaint */
	bool is_refused;    /* the last failure was an answer */
	uint64_t asked;     /* `call` tells of the changes up to here */
	uint64_t told;
	uint64_t tried;
	int64_t due_us;       /* after a failure: not asked before */
	int64_t renew_us;     /* then it is stale */
	enum rmq_error error; /* the last failure; RMQ_OK: none since */
	int code;
	char why[RMQI_TROUBLE_SIZE];
	struct rmqi_call call;
};

struct rmqi_lite_topics {
	struct rmqi_consumer *consumer;
	void (*on_moved)(void *arg); /* a broker knows them now, or does not, for a cause */
	void *arg;
	char *parent; /* at brokers; NULL: none yet */
	struct rmqi_map names;
	/* The last one that changed is the last one: who looks for what is new need not look at all. */
	struct rmqi_list added;
	struct rmqi_list removed;
	uint64_t version; /* changes so far */
	struct rmqi_list brokers;
	struct rmqi_list waits; /* users */
	struct rmqi_timer timer;
	bool is_set_up;
	bool is_leaving;
	unsigned goodbyes;      /* under way */
	struct rmqi_event gone; /* any: there are none */
	int64_t taken;          /* over by others, so far */
	int64_t contest_us;     /* when the first that is contested is decided; RMQI_FOREVER: none is */
	atomic_size_t live;     /* any: names that are not removed */
	atomic_bool is_used;    /* any: there is a parent */
};

/* Thread: any. */
void rmqi_lite_topics_init(struct rmqi_lite_topics *s, const struct rmqi_env *env);
void rmqi_lite_topics_deinit(struct rmqi_lite_topics *s);
enum rmq_error rmqi_lite_topics_set_up(struct rmqi_lite_topics *s,
				       struct rmqi_consumer *c) RMQI_MUST_USE;
void rmqi_lite_topics_tear_down(struct rmqi_lite_topics *s);

/* Adds a lite topic, or takes it off, and waits until each broker that answers knows it. Before the start, or while the
 * parent's route is not known, it is only noted. A broker's refusal is the error, and it is as it was; one that does
 * not answer is told later. RMQ_ERR_INVALID_ARGUMENT: the consumer has another parent; RMQ_ERR_NOT_FOUND: it was not
 * subscribed; RMQ_ERR_CANCELLED: it was closed meanwhile. Thread: any, not the loop. */
enum rmq_error rmqi_lite_topics_change(struct rmqi_lite_topics *s, const char *parent,
				       const char *name, bool is_added,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Without any the parent is given up, and may be another one. False: there are some. Thread: any, not the loop. */
bool rmqi_lite_topics_give_up(struct rmqi_lite_topics *s);
/* No user waits any more, and no broker is told. Thread: loop. */
void rmqi_lite_topics_stop(struct rmqi_lite_topics *s);
/* After it, tells all brokers goodbye (COMPLETE_REMOVE). Thread: any, not the loop. */
void rmqi_lite_topics_leave(struct rmqi_lite_topics *s, int64_t until_us);

/* The parent has a route, perhaps another one, and brokers know us; or it is removed. */
void rmqi_lite_topics_placed(struct rmqi_lite_topics *s, struct rmqi_sub *sub);
/* There is a new connection to the broker. */
void rmqi_lite_topics_registered(struct rmqi_lite_topics *s, const char *address);
/* NOTIFY_UNSUBSCRIBE_LITE: a handler of the client (client.h). */
void rmqi_lite_topics_taken(struct rmqi_lite_topics *s, const char *address,
			    const struct rmqi_command *request);

bool rmqi_lite_topics_has(const struct rmqi_lite_topics *s, const char *name);
/* RMQ_OK: the broker knows them; RMQ_AGAIN: not yet; else why not, also in *out. */
enum rmq_error rmqi_lite_topics_at(struct rmqi_lite_topics *s, const char *broker_name,
				   const struct rmqi_lite_broker **out);

/* --- lite_telling.c ---------------------------------------------------------------------------------- */

/* Tells it what it does not know yet, unless it is being told, or rests. */
void rmqi_lite_broker_advance(struct rmqi_lite_broker *b);
/* When time alone is a cause to tell it more; RMQI_FOREVER: it is not, or its answer comes first. */
int64_t rmqi_lite_broker_due(const struct rmqi_lite_broker *b);
/* Where it is, in b->address; false: it has no master now. */
bool rmqi_lite_broker_find(struct rmqi_lite_broker *b);
/* One more goodbye is under way, if it can be sent. */
void rmqi_lite_broker_leave(struct rmqi_lite_broker *b);
void rmqi_lite_broker_drop(struct rmqi_lite_broker *b);
/* --- lite_taken.c ------------------------------------------------------------------------------------ */

/* Decides what is due. */
void rmqi_lite_topics_decide(struct rmqi_lite_topics *s);

/* --- lite_topics.c, for these ------------------------------------------------------------------------ */

/* NULL: it is not subscribed. */
struct rmqi_lite_topic *rmqi_lite_topics_find(const struct rmqi_lite_topics *s,
					      struct rmqi_str name);
/* All brokers are told of it once more. */
void rmqi_lite_topics_again(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t);
/* Another client has it: it is forgotten. */
void rmqi_lite_topics_lose(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t);
/* Tells brokers what they do not know yet. */
void rmqi_lite_topics_advance(struct rmqi_lite_topics *s);
/* Something came of a broker. */
void rmqi_lite_topics_moved(struct rmqi_lite_topics *s);

#endif
