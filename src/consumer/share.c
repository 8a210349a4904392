/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/share.h"

#include "consumer/mq.h"

enum { NOT_MINE, MINE, HELD };
/* Twice what a member may let pass before it asks again (rebalance.c, gap_us), or more. */
enum { HANDOVER_MS = 200, HANDOVER_PER_MEMBER_MS = 4 };

/* Where the queue stands in the route; `count` when it is not there. */
static size_t find_queue(const struct rmqi_topic_route *route, const struct rmqi_queue *key)
{
	size_t low = 0, high = route->subscribe_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int cmp = rmqi_queue_cmp(&route->subscribe[mid], key);

		if (cmp == 0)
			return mid;
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return route->subscribe_count;
}

/* RMQ_AGAIN: one that is ours is on its way out. */
static enum rmq_error look_at_held(struct rmqi_sub *sub, uint8_t *mine, struct rmqi_share *out)
{
	enum rmq_error verdict = RMQ_OK;

	RMQI_LIST_EACH(node, &sub->mqs) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, link);
		size_t at = find_queue(sub->route, &mq->key);
		bool is_leaving = mq->state >= RMQI_MQ_LEAVING;

		if (at < sub->route->subscribe_count && mine[at] != NOT_MINE) {
			mine[at] = HELD;
			verdict = is_leaving ? RMQ_AGAIN : verdict;
			continue;
		}
		out->dropped += is_leaving ? 0 : 1;
		rmqi_mq_leave(mq);
	}
	return verdict;
}

/* A member that has it gives it up when it sees the same list: until then, and until its last commit is there,
 * where the group stands is not known. A lock says that by itself, and alone there is nobody to wait for. */
static void let_hand_over(struct rmqi_consumer *c, const struct rmqi_sub *sub, struct rmqi_mq *mq)
{
	int64_t ms = (int64_t)sub->member_count * HANDOVER_PER_MEMBER_MS;

	if (sub->member_count > 1 && !c->sink->is_busy)
		rmqi_mq_wait(mq, HANDOVER_MS + ms);
}

enum rmq_error rmqi_share_apply(struct rmqi_consumer *c, struct rmqi_sub *sub, uint8_t *mine,
				struct rmqi_share *out)
{
	enum rmq_error verdict;

	*out = (struct rmqi_share){0};
	verdict = look_at_held(sub, mine, out);
	for (size_t i = 0; i < sub->route->subscribe_count; i++) {
		struct rmqi_mq *mq;
		enum rmq_error err;

		out->count += mine[i] != NOT_MINE ? 1 : 0;
		if (mine[i] != MINE)
			continue;
		err = rmqi_mq_new(c, sub, &sub->route->subscribe[i], &mq);
		if (err != RMQ_OK)
			return err;
		let_hand_over(c, sub, mq);
		out->added++;
	}
	return verdict;
}
