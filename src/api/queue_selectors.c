/* SPDX-License-Identifier: Apache-2.0 */
/* queue_selectors.c - the ready-made selectors of send.h. What they cannot choose is the count: none. */
#include <string.h>

#include <rocketmq/send.h>

#include "base/rand.h"
#include "codec/names.h"
#include "send/picker.h"
#include "send/queues.h"

static unsigned next_turn(const rmq_queues *queues)
{
	return atomic_fetch_add_explicit(queues->next, 1, memory_order_relaxed);
}

size_t rmq_select_queue_by_hash(const rmq_queues *queues, const rmq_message *message, void *arg)
{
	const char *key = arg;

	(void)message;
	if (rmq_queues_count(queues) == 0 || !key)
		return rmq_queues_count(queues);
	return rmqi_hash_index(rmqi_java_hash(rmqi_str(key)), queues->count);
}

/* A counter, mixed: no state beside the one of the round robin. */
size_t rmq_select_queue_by_random(const rmq_queues *queues, const rmq_message *message, void *arg)
{
	struct rmqi_rand rand;

	(void)message;
	(void)arg;
	if (rmq_queues_count(queues) == 0)
		return 0;
	rmqi_rand_init(&rand, next_turn(queues));
	return (size_t)(rmqi_rand_next(&rand) % queues->count);
}

size_t rmq_select_queue_by_round_robin(const rmq_queues *queues, const rmq_message *message,
				       void *arg)
{
	(void)message;
	(void)arg;
	return rmq_queues_count(queues) > 0 ? next_turn(queues) % queues->count : 0;
}

static size_t count_of(const rmq_queues *queues, const char *broker)
{
	size_t count = 0;

	for (size_t i = 0; i < queues->count; i++)
		count += strcmp(queues->list[i].broker_name, broker) == 0;
	return count;
}

size_t rmq_select_queue_by_broker(const rmq_queues *queues, const rmq_message *message, void *arg)
{
	const char *broker = arg;
	size_t count, turn, at = 0;

	(void)message;
	if (rmq_queues_count(queues) == 0 || !broker)
		return rmq_queues_count(queues);
	count = count_of(queues, broker);
	if (count == 0)
		return queues->count;
	turn = next_turn(queues) % count;
	for (;; at++)
		if (strcmp(queues->list[at].broker_name, broker) == 0 && turn-- == 0)
			return at;
}
