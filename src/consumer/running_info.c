/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/running_info.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "consumer/mq.h"
#include "consumer/queue_locks.h"
#include "consumer/standstill.h"

#define CLIENT_VERSION "V5_3_3" /* MQVersion.java: of RMQI_VERSION */

enum { OWN_PROPERTIES = 6, NUMBER_MAX = 24, SERVERS_MAX = 64 * 1024, BYTES_PER_MIB = 1024 * 1024 };

/* Everything that the body points at until it is written. */
struct report {
	struct rmqi_consumer *consumer;
	struct rmqi_running_property properties[RMQI_CFG_COUNT + OWN_PROPERTIES];
	size_t property_count;
	char threads[NUMBER_MAX];
	char started[NUMBER_MAX];
	struct rmqi_buf servers;
	const struct rmqi_subscription **subscriptions;
	size_t subscription_count;
	struct rmqi_consume_status *statuses; /* as many */
	struct rmqi_process_queue_info *queues;
	size_t queue_count;
	struct rmqi_pop_queue_info *pops;
	size_t pop_count;
};

void rmqi_running_info_keep(struct rmqi_consumer *c)
{
	RMQI_LIST_EACH(node, &c->subs.list)
		rmqi_stats_keep(RMQI_LIST_ITEM(node, struct rmqi_sub, link)->stats,
				rmqi_clock_us(c->clock));
}

static void add_property(struct report *r, const char *name, const char *value)
{
	r->properties[r->property_count++] = (struct rmqi_running_property){name, value};
}

static void add_config(struct report *r)
{
	const struct rmq_config *config = rmqi_client_config(r->consumer->client);

	for (size_t i = 0; i < RMQI_CFG_COUNT; i++) {
		const struct rmq_config_key *key = rmqi_config_key_at(i);

		if (strcmp(key->type, "secret") != 0 && i != RMQI_CFG_accessKey)
			add_property(r, key->name, rmqi_config_get(config, key->name));
	}
}

static void add_own(struct report *r)
{
	const struct rmqi_consumer *c = r->consumer;
	const char *server;

	for (size_t i = 0; (server = rmqi_client_namesrv(c->client, i)) != NULL; i++)
		rmqi_buf_addf(&r->servers, "%s;", server);
	snprintf(r->threads, sizeof(r->threads), "%u", c->sink->threads);
	snprintf(r->started, sizeof(r->started), "%" PRId64, c->started_ms);
	add_property(r, "PROP_NAMESERVER_ADDR", rmqi_buf_text(&r->servers));
	add_property(r, "PROP_THREADPOOL_CORE_SIZE", r->threads);
	add_property(r, "PROP_CONSUMEORDERLY", c->sink->is_orderly ? "true" : "false");
	add_property(r, "PROP_CONSUME_TYPE", c->kind->consume_type);
	add_property(r, "PROP_CLIENT_VERSION", CLIENT_VERSION);
	add_property(r, "PROP_CONSUMER_START_TIMESTAMP", r->started);
}

/* Ticks as a time of the wall clock. */
static int64_t wall_ms(const struct rmqi_consumer *c, int64_t at_us)
{
	return rmqi_clock_wall_ms(c->clock) - (rmqi_clock_us(c->clock) - at_us) / 1000;
}

static int64_t locked_ms(const struct rmqi_consumer *c, const struct rmqi_queue_lock *lock)
{
	return rmqi_clock_wall_ms(c->clock) -
	       (rmqi_clock_boot_us(c->clock) - lock->granted_us) / 1000;
}

static void describe_queue(struct rmqi_mq *mq, struct rmqi_process_queue_info *out)
{
	const struct rmqi_consumer *c = mq->consumer;
	const struct rmqi_queue_lock *lock = &mq->lane.lock;
	int64_t lowest = 0, committed = rmqi_mq_commit_offset(mq);
	uint64_t bytes = 0;
	bool is_any = rmqi_process_queue_lowest(&mq->pending, &lowest);

	*out = (struct rmqi_process_queue_info){
		.queue = &mq->key,
		.commit_offset = committed < 0 ? 0 : committed,
		.cached_min = is_any ? lowest : 0,
		.cached_max = is_any ? mq->pending.last : 0,
		.last_pull_ms = wall_ms(c, mq->pulled_us),
		.last_consume_ms = wall_ms(c, rmqi_standstill_moved(mq)),
		.is_locked = rmqi_queue_lock_is_valid(lock, rmqi_clock_boot_us(c->clock)),
		/* Before the first one Java tells when the queue came. */
		.last_lock_ms = lock->granted_us > 0 ? locked_ms(c, lock) : wall_ms(c, mq->made_us),
	};
	out->cached_count = (int64_t)rmqi_process_queue_load(&mq->pending, &bytes);
	out->cached_mib = (int64_t)(bytes / BYTES_PER_MIB);
}

static void describe_pop(struct rmqi_mq *mq, struct rmqi_pop_queue_info *out)
{
	uint64_t bytes = 0;

	*out = (struct rmqi_pop_queue_info){
		.queue = &mq->key,
		.last_pop_ms = wall_ms(mq->consumer, mq->pulled_us),
		.wait_ack_count = (int64_t)rmqi_process_queue_load(&mq->pending, &bytes)};
}

static void count(struct report *r)
{
	RMQI_LIST_EACH(node, &r->consumer->subs.list) {
		r->subscription_count++;
		RMQI_LIST_EACH(at, &RMQI_LIST_ITEM(node, struct rmqi_sub, link)->mqs) {
			if (RMQI_LIST_ITEM(at, struct rmqi_mq, link)->pop.is_it)
				r->pop_count++;
			else
				r->queue_count++;
		}
	}
}

static enum rmq_error describe_subscriptions(struct report *r)
{
	size_t subs = 0, queues = 0, pops = 0;

	count(r);
	r->subscriptions = rmqi_calloc(r->subscription_count + 1, sizeof(*r->subscriptions));
	r->queues = rmqi_calloc(r->queue_count + 1, sizeof(*r->queues));
	r->statuses = rmqi_calloc(r->subscription_count + 1, sizeof(*r->statuses));
	r->pops = rmqi_calloc(r->pop_count + 1, sizeof(*r->pops));
	if (!r->subscriptions || !r->queues || !r->statuses || !r->pops)
		return RMQ_ERR_NO_MEMORY;
	RMQI_LIST_EACH(node, &r->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		rmqi_stats_read(sub->stats, rmqi_clock_us(r->consumer->clock), &r->statuses[subs]);
		r->statuses[subs].topic = rmqi_sub_topic(sub);
		r->subscriptions[subs++] = sub->filter;
		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (mq->pop.is_it)
				describe_pop(mq, &r->pops[pops++]);
			else
				describe_queue(mq, &r->queues[queues++]);
		}
	}
	return RMQ_OK;
}

static enum rmq_error encode(const struct report *r, struct rmqi_buf *out)
{
	struct rmqi_running_info info = {.properties = r->properties,
					 .property_count = r->property_count,
					 .subscriptions = r->subscriptions,
					 .subscription_count = r->subscription_count,
					 .statuses = r->statuses,
					 .status_count = r->subscription_count,
					 .queues = r->queues,
					 .queue_count = r->queue_count,
					 .pops = r->pops,
					 .pop_count = r->pop_count};

	return rmqi_running_info_encode(&info, out);
}

enum rmq_error rmqi_running_info_write(struct rmqi_consumer *c, struct rmqi_buf *out)
{
	struct report r = {.consumer = c};
	enum rmq_error err;

	rmqi_running_info_keep(c);
	rmqi_buf_init(&r.servers, SERVERS_MAX);
	add_config(&r);
	add_own(&r);
	err = rmqi_buf_status(&r.servers);
	if (err == RMQ_OK)
		err = describe_subscriptions(&r);
	if (err == RMQ_OK)
		err = encode(&r, out);
	rmqi_free(r.subscriptions);
	rmqi_free(r.statuses);
	rmqi_free(r.queues);
	rmqi_free(r.pops);
	rmqi_buf_deinit(&r.servers);
	return err;
}
