/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - a consumer that notes what it gets. Of what kind (sink_kind.h) is the scene's to say.
 *
 * Thread: the test's; sink_take: any.
 */
#ifndef TESTS_CONFORMANCE_SINK_H
#define TESTS_CONFORMANCE_SINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

#include "tests/conformance/audit.h"
#include "tests/conformance/sink_kind.h"

enum { SINK_KEPT = 512 };

struct sink;
/* What the listener answers; called without a lock. context: NULL without SINK_RETRY. */
typedef enum rmq_consume_status (*sink_react_fn)(struct sink *s, const rmq_message *const *messages,
						 size_t count, rmq_consume_context *context);

struct sink {
	/* Set them between sink_new and sink_start. */
	struct audit *audit; /* NULL: none */
	sink_react_fn react; /* NULL: success */
	void *arg;           /* for react */
	int64_t suspend_ms;  /* of an orderly one, when react refuses; -1: as configured */

	const struct sink_kind *kind;
	rmq_push_consumer *consumer; /* of push, and of kinds that are one */
	void *handle;                /* of the other kinds */
	const char *group;
	pthread_mutex_t mu;
	/* mu */
	size_t count; /* messages delivered */
	size_t largest_batch;
	rmq_message *kept[SINK_KEPT]; /* the first ones, in the order of delivery */
	int64_t at_ms[SINK_KEPT];     /* when */
};

/* A consumer of topic with the tag expression (NULL: all); settings as in new_config. Not started.
 * group NULL: a new one. */
struct sink *sink_new(const char *group, const char *topic, const char *expression,
		      const char *settings);
/* The same of this kind, whatever the scene's. */
struct sink *sink_new_of(const struct sink_kind *kind, const char *group, const char *topic,
			 const char *settings);
void sink_start(struct sink *s);
/* For its kind: this came. The answer is that of `react`. */
enum rmq_consume_status sink_take(struct sink *s, const rmq_message *const *messages, size_t count,
				  rmq_consume_context *context);
/* sink_new and sink_start with an audit, which may be NULL. */
struct sink *sink_open(const char *group, const char *topic, const char *expression,
		       const char *settings, struct audit *audit);
void sink_subscribe(struct sink *s, const char *topic, const char *expression);
void sink_unsubscribe(struct sink *s, const char *topic);
void sink_set_suspended(struct sink *s, bool is_suspended);
enum rmq_error sink_wait_ready(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail);
/* Waits until it tells that this is why it is not ready: on a busy machine the first answers may come later than it was
 * asked for. Owned: the detail. */
rmq_error_detail *sink_expect_unready(struct sink *s, enum rmq_error error);
size_t sink_queue_count(struct sink *s);
/* Closes in good order; the sink keeps what it has. */
void sink_close(struct sink *s);
/* Frees its consumer now instead of at the end. */
void sink_drop(struct sink *s);

size_t sink_count(struct sink *s);
size_t sink_largest_batch(struct sink *s); /* messages of one call */
/* The i-th message delivered, i below the count and SINK_KEPT. */
const rmq_message *sink_at(struct sink *s, size_t i);
int64_t sink_at_ms(struct sink *s, size_t i);
/* How many have this body. */
size_t sink_count_body(struct sink *s, const char *body);
bool sink_wait(struct sink *s, size_t count, int64_t max_ms);
/* Waits for exactly count messages: so many come, and no more. */
void sink_expect(struct sink *s, size_t count);
/* Waits until the member has that many queues. */
void sink_expect_queues(struct sink *s, size_t queues);
/* Waits until the group's committed offsets of the topic add up to this. */
void sink_expect_committed(struct sink *s, const char *topic, int64_t sum);

/* While the test waits: the kinds that must be asked are asked. */
void sinks_pump(void);
void sinks_free(void);

#endif
