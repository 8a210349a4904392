/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/consumer.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/recycler.h"
#include "codec/names.h"

/* What 64 queues hold that are full of short messages. It was in use a moment ago, and goes back when it is not
 * needed any more (member.c, on_persist). */
enum { KEPT_BYTES = 64 * 1024 * 1024 };

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

enum rmq_error rmqi_consumer_init(struct rmqi_consumer *c, const struct rmq_config *config,
				  const char *group, struct rmq_error_detail *detail)
{
	atomic_init(&c->refs, 1);
	atomic_init(&c->queue_count, 0);
	c->fetch_most = INT32_MAX;
	rmqi_subscriptions_init(&c->subs);
	c->clock = config->env->clock;
	c->group = rmqi_strdup(group);
	c->retry_topic = retry_topic_of(group);
	c->memory = rmqi_recycler_new(KEPT_BYTES);
	if (!c->group || !c->retry_topic || !c->memory)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	return rmqi_settings_read(&c->set, config, detail);
}

void rmqi_consumer_deinit(struct rmqi_consumer *c)
{
	rmqi_subscriptions_deinit(&c->subs);
	rmqi_free(c->group);
	rmqi_free(c->retry_topic);
	rmqi_recycler_close(c->memory);
}

void rmqi_consumer_unref(struct rmqi_consumer *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
		c->kind->destroy(c);
}
