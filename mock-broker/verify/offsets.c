/* SPDX-License-Identifier: Apache-2.0 */
/* offsets.c - what a group commits does not step back. */
#include <inttypes.h>
#include <stdio.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/verify/verify.h"

enum { COMMIT_OFFSET = 1 }; /* of a pull's sysFlag */

/* Its texts are borrowed from the record. */
struct row {
	struct rmqi_str node;
	struct rmqi_str group;
	struct rmqi_str topic;
	int32_t queue_id;
	uint64_t number; /* of the request that committed last; 0: none */
	int64_t offset;
	bool may_step_back; /* once: it was reset */
	uint32_t resets;    /* of the broker's count, those that were used */
};

static struct rmqi_str field(const struct mb_seen *s, const char *key)
{
	struct rmqi_str value = RMQI_STR("");

	(void)mb_seen_field(s, key, &value);
	return value;
}

static const struct mb_queue_offsets *known(const struct mb_verify *v, const struct row *r)
{
	const struct mb_broker *b = mb_verify_broker(v, r->node);

	return b ? mb_offsets_find(&b->offsets, r->topic, r->group, r->queue_id) : NULL;
}

/* An operator who asks no broker but the cluster's own functions is known by its count. */
static bool is_excused(const struct mb_verify *v, struct row *r)
{
	const struct mb_queue_offsets *at = known(v, r);
	bool was_reset = at && at->resets > r->resets;
	bool answer = r->may_step_back || was_reset;

	r->may_step_back = false;
	r->resets += was_reset;
	return answer;
}

static void committed(struct mb_verify *v, const struct mb_seen *s, int64_t offset)
{
	const struct rmqi_str group = field(s, "consumerGroup"), topic = field(s, "topic");
	char key[MB_VERIFY_KEY_MAX];
	struct row *r;
	int32_t queue;
	int len;

	if (!rmqi_str_to_i32(field(s, "queueId"), &queue))
		return;
	len = snprintf(key, sizeof(key), "%.*s|%.*s|%.*s|%d", RMQI_STR_ARG(s->node),
		       RMQI_STR_ARG(group), RMQI_STR_ARG(topic), (int)queue);
	r = mb_verify_get(v, &v->rows, key, len, sizeof(*r));
	if (!r)
		return;
	r->node = s->node;
	r->group = group;
	r->topic = topic;
	r->queue_id = queue;
	if (r->number && offset < r->offset && !is_excused(v, r))
		mb_verify_say(v,
			      "group %.*s steps back in %.*s, queue %d of %.*s: from %" PRId64
			      " (request %" PRIu64 ") to %" PRId64 " (request %" PRIu64 ")",
			      RMQI_STR_ARG(group), RMQI_STR_ARG(topic), (int)queue,
			      RMQI_STR_ARG(s->node), r->offset, r->number, offset, s->number);
	r->offset = offset;
	r->number = s->number;
}

/* A pull commits what it says when it comes, found or held. */
static bool pull_commits(const struct mb_entry *e)
{
	int32_t flag;

	if (!rmqi_str_to_i32(field(e->seen, "sysFlag"), &flag) || !(flag & COMMIT_OFFSET))
		return false;
	return !e->outcome || mb_verify_is_answered(e, RMQI_RESP_SUCCESS) ||
	       mb_verify_is_answered(e, RMQI_RESP_PULL_NOT_FOUND) ||
	       mb_verify_is_answered(e, RMQI_RESP_PULL_RETRY_IMMEDIATELY) ||
	       mb_verify_is_answered(e, RMQI_RESP_PULL_OFFSET_MOVED);
}

static bool is_commit(const struct mb_entry *e)
{
	if (e->seen->code == RMQI_REQ_UPDATE_CONSUMER_OFFSET)
		return mb_verify_is_answered(e, RMQI_RESP_SUCCESS) && e->outcome->remark.len == 0;
	return (e->seen->code == RMQI_REQ_PULL_MESSAGE ||
		e->seen->code == RMQI_REQ_LITE_PULL_MESSAGE) &&
	       pull_commits(e);
}

/* `group` or `topic` empty: all of them. What is over begins anew. */
static void excuse(struct mb_verify *v, const struct mb_seen *s, struct rmqi_str group,
		   struct rmqi_str topic, bool is_over)
{
	for (size_t i = 0; i < v->rows.count; i++) {
		struct row *r = rmqi_map_at(&v->rows, i, NULL);

		if (!rmqi_str_eq(r->node, s->node) ||
		    (group.len && !rmqi_str_eq(r->group, group)) ||
		    (topic.len && !rmqi_str_eq(r->topic, topic)))
			continue;
		r->may_step_back = true;
		if (is_over)
			r->number = 0;
	}
}

void mb_verify_offset(struct mb_verify *v, const struct mb_entry *e)
{
	const struct mb_seen *s = e->seen;
	int64_t offset;

	if (is_commit(e) && rmqi_str_to_i64(field(s, "commitOffset"), &offset))
		committed(v, s, offset);
	else if (s->code == RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET ||
		 s->code == RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET)
		excuse(v, s, field(s, "group"), field(s, "topic"), false);
	else if (s->code == RMQI_REQ_CLONE_GROUP_OFFSET)
		excuse(v, s, field(s, "destGroup"), field(s, "topic"), false);
	else if (s->code == RMQI_REQ_DELETE_SUBSCRIPTIONGROUP)
		excuse(v, s, field(s, "groupName"), RMQI_STR(""), true);
	else if (s->code == RMQI_REQ_DELETE_TOPIC_IN_BROKER)
		excuse(v, s, RMQI_STR(""), field(s, "topic"), true);
}

static void check_end(struct mb_verify *v, struct row *r)
{
	const struct mb_broker *b = mb_verify_broker(v, r->node);
	const struct mb_queue_offsets *at = known(v, r);
	int64_t now = at ? at->committed : MB_NO_OFFSET;

	/* A topic that has gone has no offsets. */
	if (!b || !r->number || now >= r->offset || !mb_topic_find(b, r->topic) ||
	    is_excused(v, r))
		return;
	mb_verify_say(v,
		      "group %.*s has committed %" PRId64 " in %.*s, queue %d of %.*s (request %" PRIu64
		      "), and the broker has %" PRId64,
		      RMQI_STR_ARG(r->group), r->offset, RMQI_STR_ARG(r->topic), (int)r->queue_id,
		      RMQI_STR_ARG(r->node), r->number, now);
}

void mb_verify_offsets_end(struct mb_verify *v)
{
	for (size_t i = 0; i < v->rows.count; i++)
		check_end(v, rmqi_map_at(&v->rows, i, NULL));
}
