/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics.h - what a client has counted since it was made.
 *
 * Counting is always on: it needs no lock, no allocation and no look-up for a message. doc/reference/statistics.md
 * says what each number means, doc/statistics.schema.json how the text is built.
 *
 * Thread: any; it may be asked at any time, closed clients included, until their free.
 */
#ifndef ROCKETMQ_STATISTICS_H
#define ROCKETMQ_STATISTICS_H

#include <stddef.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/lite_pull_consumer.h>
#include <rocketmq/producer.h>
#include <rocketmq/pull_consumer.h>
#include <rocketmq/push_consumer.h>
#include <rocketmq/simple_consumer.h>

RMQ_BEGIN_DECLS

/*
 * A JSON object: in total, for each topic and for each broker how many sends (attempts) began, are in flight, were
 * stored, failed and by what error, retries, bytes of bodies, and latencies in us (p50, p90, p99, p99.9, max).
 * At most 512 topics and 128 brokers have their own numbers; those beyond share the one with the name "".
 *
 * *json is owned: rmq_statistics_free. RMQ_ERR_NO_MEMORY, RMQ_ERR_FORKED. Some microseconds for each topic and
 * broker: meant to be asked every few seconds, not for each message.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_statistics(rmq_producer *p, char **json,
							    rmq_error_detail **detail);

/*
 * A JSON object: in total and for each topic how many messages were pulled, consumed, failed, sent back, how long
 * pulls and calls of the listener took, the lag; where each queue stands that is held, what is cached of it, and since
 * when and why it makes no progress; rebalances, commits, locks. What a consumer kind alone counts (pulls of the
 * user, receives and acknowledgements) is a member of its own. doc/reference/consumer_statistics.md says what each
 * number means, doc/consumer_statistics.schema.json how the text is built. At most 512 topics have their own numbers.
 *
 * *json is owned: rmq_statistics_free. RMQ_ERR_NO_MEMORY, RMQ_ERR_FORKED. Written by the client's loop, some
 * microseconds for each topic and queue.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_statistics(rmq_push_consumer *c, char **json,
								 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_lite_pull_consumer_statistics(rmq_lite_pull_consumer *c,
								      char **json,
								      rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_statistics(rmq_pull_consumer *c, char **json,
								 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_statistics(rmq_simple_consumer *c, char **json, rmq_error_detail **detail);

/*
 * The statistics of one or more clients (texts as above) as one OpenMetrics 1.0 text, ended by "# EOF": what an
 * endpoint /metrics answers with "application/openmetrics-text; version=1.0.0; charset=utf-8".
 *
 * *text is owned: rmq_statistics_free. RMQ_ERR_INVALID_ARGUMENT: count is 0, a text is not of this release's
 * statistics, or two are of one client.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_statistics_to_openmetrics(const char *const *statistics,
								  size_t count, char **text,
								  rmq_error_detail **detail);

RMQ_API void rmq_statistics_free(char *text);

RMQ_END_DECLS

#endif
