/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/push_consumer.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/sim.h"
#include "codec/names.h"
#include "consumer/consumer.h"
#include "consumer/notices.h"
#include "consumer/pull.h"

enum {
	DEFAULT_RECONSUME_TIMES = 16, /* DefaultMQPushConsumerImpl.getMaxReconsumeTimes */
	DEFAULT_TIMESTAMP_MS = 30 * 60 * 1000,
	BYTES_PER_MIB = 1024 * 1024
};

/* --- Creation ---------------------------------------------------------------------------------- */

static enum rmq_error read_timestamp(rmq_push_consumer *c, const struct rmq_config *config,
				     rmq_error_detail *detail)
{
	const char *text = rmqi_config_str(config, RMQI_CFG_consumeTimestamp);

	c->set.from_ms = rmqi_clock_wall_ms(c->clock) - DEFAULT_TIMESTAMP_MS;
	if (!text || rmqi_offsets_parse_time(text, &c->set.from_ms))
		return RMQ_OK;
	return rmqi_detail_set(
		detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
		"consumeTimestamp is invalid, the valid format is yyyyMMddHHmmss, but "
		"received %s",
		text);
}

static void read_settings(rmq_push_consumer *c, const struct rmq_config *config)
{
	struct rmqi_consumer_settings *s = &c->set;
	int64_t times = rmqi_config_i64(config, RMQI_CFG_maxReconsumeTimes);

	s->allocation = (enum rmqi_allocation)rmqi_config_i64(
		config, RMQI_CFG_allocateMessageQueueStrategy);
	s->from_where = (enum rmqi_from_where)rmqi_config_i64(config, RMQI_CFG_consumeFromWhere);
	s->limits.count = (size_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdForQueue);
	s->limits.bytes = (uint64_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdSizeForQueue) *
			  BYTES_PER_MIB;
	s->limits.span = rmqi_config_i64(config, RMQI_CFG_consumeConcurrentlyMaxSpan);
	s->error_delay_ms = rmqi_config_i64(config, RMQI_CFG_pullTimeDelayMillsWhenException);
	s->pull_interval_ms = rmqi_config_i64(config, RMQI_CFG_pullInterval);
	s->pull_batch = (int32_t)rmqi_config_i64(config, RMQI_CFG_pullBatchSize);
	s->pull_batch_bytes = (int32_t)rmqi_config_i64(config, RMQI_CFG_pullBatchSizeInBytes);
	s->suspend_ms = rmqi_config_i64(config, RMQI_CFG_brokerSuspendMaxTimeMillis);
	s->pull_timeout_ms = rmqi_config_i64(config, RMQI_CFG_consumerTimeoutMillisWhenSuspend);
	s->post_subscription = rmqi_config_bool(config, RMQI_CFG_postSubscriptionWhenPull);
	s->max_reconsume_times = (int32_t)(times < 0 ? DEFAULT_RECONSUME_TIMES : times);
	s->persist_ms = rmqi_config_i64(config, RMQI_CFG_persistConsumerOffsetInterval);
	s->rebalance_ms = rmqi_config_i64(config, RMQI_CFG_rebalanceWaitInterval);
	s->api_timeout_ms = rmqi_config_i64(config, RMQI_CFG_mqClientApiTimeout);
	c->service.chunk = (size_t)rmqi_config_i64(config, RMQI_CFG_consumeMessageBatchMaxSize);
	c->service.threads = (unsigned)rmqi_config_i64(config, RMQI_CFG_consumeThreadMax);
}

static void init_rand(rmq_push_consumer *c, const struct rmqi_env *env)
{
	c->rand = &c->own_rand;
	if (env->sim)
		c->rand = rmqi_sim_rand(env->sim);
	else
		rmqi_rand_init_system(&c->own_rand);
}

static char *retry_topic_of(const char *group)
{
	size_t len = strlen(RMQI_RETRY_PREFIX) + strlen(group) + 1;
	char *topic = rmqi_alloc(len);

	if (topic) {
		rmqi_memcpy(topic, RMQI_RETRY_PREFIX, strlen(RMQI_RETRY_PREFIX));
		rmqi_memcpy(topic + strlen(RMQI_RETRY_PREFIX), group, strlen(group) + 1);
	}
	return topic;
}

struct loop_setup {
	rmq_push_consumer *consumer;
	enum rmq_error error;
};

static void set_up(void *arg)
{
	struct loop_setup *s = arg;
	rmq_push_consumer *c = s->consumer;
	struct rmqi_sub *retry;
	/* All of them, also after a failure: the end undoes all of them. */
	enum rmq_error rebalance = rmqi_rebalance_init(&c->rebalance, c);
	enum rmq_error offsets = rmqi_offsets_init(&c->offsets, c);
	enum rmq_error send_backs = rmqi_send_backs_init(&c->send_backs, c);
	enum rmq_error service = rmqi_consume_service_init(&c->service, c);

	/* No memory is the only failure. */
	s->error = RMQ_ERR_NO_MEMORY;
	if (rebalance == RMQ_OK && offsets == RMQ_OK && send_backs == RMQ_OK && service == RMQ_OK)
		s->error = rmqi_subscriptions_put(&c->subs, c->retry_topic, "*",
						  rmqi_clock_wall_ms(c->clock), true, &retry);
}

static enum rmq_error open_client(rmq_push_consumer *c, const rmq_config *config,
				  rmq_error_detail *detail)
{
	struct rmqi_client_owner owner = rmqi_notices(c);
	struct loop_setup setup = {.consumer = c};
	enum rmq_error err = rmqi_client_new(config, &owner, &c->client, detail);

	if (err != RMQ_OK)
		return err;
	c->loop = rmqi_client_loop(c->client);
	c->log = rmqi_client_log(c->client);
	rmqi_loop_call(c->loop, set_up, &setup);
	if (setup.error != RMQ_OK)
		return rmqi_detail_set(detail, setup.error, 0, "no memory for the consumer");
	return RMQ_OK;
}

enum rmq_error rmqi_push_consumer_new(const rmq_config *config, const char *group,
				      rmq_push_consumer **out, rmq_error_detail *detail)
{
	rmq_push_consumer *c = rmqi_calloc(1, sizeof(*c));
	enum rmq_error err = RMQ_OK;

	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	atomic_init(&c->refs, 1);
	atomic_init(&c->queue_count, 0);
	rmqi_life_init(&c->life, config->env);
	rmqi_subscriptions_init(&c->subs);
	init_rand(c, config->env);
	c->clock = config->env->clock;
	read_settings(c, config);
	c->group = rmqi_strdup(group);
	c->retry_topic = retry_topic_of(group);
	if (!c->group || !c->retry_topic)
		err = rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	if (err == RMQ_OK)
		err = read_timestamp(c, config, detail);
	if (err == RMQ_OK)
		err = open_client(c, config, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_consumer_unref(c);
	return err;
}

/* --- Subscriptions -------------------------------------------------------------------------------- */

struct subscribe_call {
	rmq_push_consumer *consumer;
	const char *topic;
	const char *expression;
	enum rmq_error error;
};

static void subscribe(void *arg)
{
	struct subscribe_call *s = arg;
	rmq_push_consumer *c = s->consumer;
	struct rmqi_sub *sub;

	s->error = rmqi_subscriptions_put(&c->subs, s->topic, s->expression,
					  rmqi_clock_wall_ms(c->clock), false, &sub);
	if (s->error != RMQ_OK || !c->is_active)
		return;
	rmqi_client_watch(c->client, s->topic);
	/* Known already when another subscription, or an earlier one, watched it. */
	if (!sub->route)
		sub->route = rmqi_client_cached_route(c->client, s->topic);
	rmqi_client_heartbeat(c->client);
	rmqi_rebalance_soon(&c->rebalance, 0);
}

static void unsubscribe(void *arg)
{
	struct subscribe_call *s = arg;
	rmq_push_consumer *c = s->consumer;
	struct rmqi_sub *sub = rmqi_subscriptions_find(&c->subs, s->topic);

	s->error = RMQ_ERR_NOT_FOUND;
	if (!sub || sub->is_retry)
		return;
	while (!rmqi_list_is_empty(&sub->mqs))
		rmqi_mq_drop(RMQI_LIST_ITEM(sub->mqs.next, struct rmqi_mq, link));
	rmqi_subscriptions_remove(&c->subs, sub);
	s->error = RMQ_OK;
	if (!c->is_active)
		return;
	rmqi_client_unwatch(c->client, s->topic);
	rmqi_client_heartbeat(c->client);
}

static enum rmq_error closed_before(rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "the consumer was closed");
}

enum rmq_error rmqi_push_consumer_subscribe(rmq_push_consumer *c, const char *topic,
					    const char *expression, rmq_error_detail *detail)
{
	struct subscribe_call call = {.consumer = c, .topic = topic, .expression = expression};

	if (!rmqi_life_is_open(&c->life))
		return closed_before(detail);
	if (strcmp(topic, c->retry_topic) == 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s is subscribed by itself", topic);
	rmqi_loop_call(c->loop, subscribe, &call);
	if (call.error == RMQ_ERR_INVALID_ARGUMENT)
		return rmqi_detail_set(detail, call.error, RMQ_ERROR_FATAL,
				       "the expression \"%s\" of topic %s cannot be parsed",
				       expression, topic);
	if (call.error != RMQ_OK)
		return rmqi_detail_set(detail, call.error, 0, "%s", rmq_error_text(call.error));
	return RMQ_OK;
}

enum rmq_error rmqi_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic,
					      rmq_error_detail *detail)
{
	struct subscribe_call call = {.consumer = c, .topic = topic};

	if (!rmqi_life_is_open(&c->life))
		return closed_before(detail);
	rmqi_loop_call(c->loop, unsubscribe, &call);
	if (call.error != RMQ_OK)
		return rmqi_detail_set(detail, call.error, RMQ_ERROR_FATAL,
				       "topic %s was not subscribed", topic);
	return RMQ_OK;
}

enum rmq_error rmqi_push_consumer_set_listener(rmq_push_consumer *c, rmq_consume_fn listener,
					       void *arg)
{
	if (rmqi_life_state(&c->life) != RMQI_LIFE_CREATED)
		return RMQ_ERR_STATE;
	c->service.listener = listener;
	c->service.arg = arg;
	return RMQ_OK;
}

/* --- Start, suspend --------------------------------------------------------------------------------- */

struct count_call {
	rmq_push_consumer *consumer;
	size_t count;
};

static void count_subscriptions(void *arg)
{
	struct count_call *call = arg;

	call->count = call->consumer->subs.user_count;
}

static void activate(void *arg)
{
	rmq_push_consumer *c = arg;

	c->is_active = true;
	RMQI_LIST_EACH(node, &c->subs.list)
		rmqi_client_watch(c->client,
				  rmqi_sub_topic(RMQI_LIST_ITEM(node, struct rmqi_sub, link)));
	rmqi_offsets_start(&c->offsets);
	rmqi_rebalance_soon(&c->rebalance, 0);
}

static enum rmq_error check_start(rmq_push_consumer *c, rmq_error_detail *detail)
{
	struct count_call call = {.consumer = c};

	if (rmqi_life_state(&c->life) != RMQI_LIFE_CREATED)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the consumer was started or closed before");
	if (!c->service.listener)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "messageListener is null");
	rmqi_loop_call(c->loop, count_subscriptions, &call);
	if (call.count == 0)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "subscription is null");
	return RMQ_OK;
}

enum rmq_error rmqi_push_consumer_start(rmq_push_consumer *c, rmq_error_detail *detail)
{
	enum rmq_error err = check_start(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_life_move(&c->life, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the consumer was started or closed before");
	err = rmqi_consume_service_start(&c->service);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "the consume threads cannot be started: %s",
				rmq_error_text(err));
	else
		err = rmqi_client_start(c->client, detail);
	if (err == RMQ_OK)
		rmqi_loop_call(c->loop, activate, c);
	rmqi_life_move(&c->life, RMQI_LIFE_STARTING,
		       err == RMQ_OK ? RMQI_LIFE_RUNNING : RMQI_LIFE_CLOSING);
	if (err != RMQ_OK)
		rmqi_consumer_close_failed(c);
	return err;
}

struct suspend_call {
	rmq_push_consumer *consumer;
	bool is_suspended;
};

static void set_suspended(void *arg)
{
	struct suspend_call *s = arg;
	rmq_push_consumer *c = s->consumer;

	if (c->is_suspended == s->is_suspended)
		return;
	c->is_suspended = s->is_suspended;
	RMQI_LOG(c->log, RMQ_LOG_INFO, "group %s %s", c->group,
		 c->is_suspended ? "suspended" : "resumed");
	if (c->is_suspended || !c->is_active)
		return;
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			rmqi_pull_continue(RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	rmqi_rebalance_soon(&c->rebalance, 0);
}

enum rmq_error rmqi_push_consumer_set_suspended(rmq_push_consumer *c, bool is_suspended)
{
	struct suspend_call call = {.consumer = c, .is_suspended = is_suspended};

	if (!rmqi_life_is_open(&c->life))
		return RMQ_ERR_STATE;
	rmqi_loop_call(c->loop, set_suspended, &call);
	return RMQ_OK;
}

size_t rmqi_push_consumer_queue_count(const rmq_push_consumer *c)
{
	return atomic_load(&c->queue_count);
}

const char *rmqi_push_consumer_client_id(const rmq_push_consumer *c)
{
	return rmqi_client_id(c->client);
}
