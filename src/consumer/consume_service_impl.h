/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_service_impl.h - the inside of the concurrent sink: what a thread does with a delivery (consume_work.c),
 * and who gets which delivery when, with the life of it all (consume_service.c).
 */
#ifndef RMQI_CONSUMER_CONSUME_SERVICE_IMPL_H
#define RMQI_CONSUMER_CONSUME_SERVICE_IMPL_H

#include "consumer/consume_service.h"
#include "consumer/mq.h"

enum {
	RMQI_CONSUME_SLOW_US = 20, /* some times what waking a thread costs */
	/* One call that was slow by chance, or whose thread was, does not make a listener slow. */
	RMQI_CONSUME_COST_MAX_US = 4 * RMQI_CONSUME_SLOW_US
};

static inline struct rmqi_consume_service *rmqi_consume_service_at(struct rmqi_sink *sink)
{
	return RMQI_CONTAINER(sink, struct rmqi_consume_service, sink);
}

static inline struct rmqi_consume_service *rmqi_consume_service_of(const struct rmqi_delivery *d)
{
	return rmqi_consume_service_at(d->mq->consumer->sink);
}

/* --- consume_work.c. Thread: any ---------------------------------------------------------------- */

/* Calls of the listener are quick, by what they cost lately. */
bool rmqi_consume_is_quick(const struct rmqi_consume_service *s);
/* Its chunks may be handed out still. */
bool rmqi_consume_may_take(const struct rmqi_consume_service *s, const struct rmqi_delivery *d);
/* Hands out all its chunks that nobody has taken. True: nothing of it is left, and the loop is to be told of it; not
 * at once. */
bool rmqi_consume_run(struct rmqi_consume_service *s, struct rmqi_delivery *d);
/* The message `at` once more, whose send-back failed. */
void rmqi_consume_again(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at);
/* d->report is to be posted to the loop, which looks what of the delivery is settled. False: it is under way already. */
bool rmqi_consume_make_report(struct rmqi_delivery *d);
/* And posts it. */
void rmqi_consume_report(struct rmqi_consume_service *s, struct rmqi_delivery *d);

#endif
