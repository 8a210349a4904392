/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/consume_pool.h"

enum { IDLE_MS = 10 * 1000 };

static void tell_missing(void *arg, unsigned threads)
{
	const struct rmqi_consumer *c = arg;

	RMQI_LOG(
		c->log, RMQ_LOG_WARN,
		"group %s: no further consume thread can be started (a limit of threads or memory): "
		"%u of up to %u run the listener; it is tried again while messages wait",
		c->group, threads, c->set.threads_most);
}

static void tell_found(void *arg, unsigned threads)
{
	const struct rmqi_consumer *c = arg;

	RMQI_LOG(c->log, RMQ_LOG_INFO, "group %s: consume threads can be started again: %u run now",
		 c->group, threads);
}

enum rmq_error rmqi_consume_pool_new(struct rmqi_consumer *c, struct rmqi_pool **out)
{
	const struct rmqi_pool_plan plan = {
		.least = c->set.threads_least,
		.most = c->set.threads_most,
		.idle_ms = IDLE_MS,
		.tell_missing = tell_missing,
		.tell_found = tell_found,
		.arg = c,
	};

	return rmqi_pool_new_planned(rmqi_client_env(c->client), "rmq-consume", &plan,
				     rmqi_client_signals(c->client), out);
}
