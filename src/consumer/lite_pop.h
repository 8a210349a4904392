/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_pop.h - one pop of the lite topics that this client has subscribed at a broker (POP_LITE_MESSAGE, 5.5.0;
 * MQClientAPIImpl.popLiteMessageAsync). Which ones these are the broker knows (lite_topics.h): the request names their
 * parent alone.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_LITE_POP_H
#define RMQI_CONSUMER_LITE_POP_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/receipts.h"
#include "codec/schema.h"
#include "consumer/consumer.h"
#include "net/conn.h"

struct rmqi_lite_pop {
	const struct rmqi_consumer *consumer;
	const char *parent; /* at brokers */
	const char *broker_name;
	int32_t max;
	int64_t invisible_ms;
	int64_t poll_ms; /* how long the broker may hold it; 0: it answers at once */
	int64_t born_ms; /* rmqi_popping_born_ms */
};

/* Asks; `call` has its fn. */
void rmqi_lite_pop_call(const struct rmqi_lite_pop *p, const char *address, int64_t deadline_us,
			struct rmqi_call *call);
/* What an answer with code 0 says of all its messages; broker_name, group and expires_us stay as they are. Its texts
 * lie in the answer. */
enum rmq_error rmqi_lite_pop_read(const struct rmqi_command *response,
				  struct rmqi_receipts_with *with) RMQI_MUST_USE;

#endif
