/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/need.h"

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"
#include "mock-broker/acl/annotation.h"

void mb_needs_init(struct mb_needs *n)
{
	n->at = n->first;
	n->count = 0;
	n->cap = MB_NEEDS_FIRST;
	n->beat = (struct rmqi_heartbeat){0};
	n->lock = (struct rmqi_lock_body){0};
}

void mb_needs_deinit(struct mb_needs *n)
{
	if (n->at != n->first)
		rmqi_free(n->at);
	rmqi_heartbeat_deinit(&n->beat);
	rmqi_lock_body_deinit(&n->lock);
}

static enum rmq_error grow(struct mb_needs *n)
{
	struct mb_need *more = rmqi_alloc(2 * n->cap * sizeof(*more));

	if (!more)
		return RMQ_ERR_NO_MEMORY;
	rmqi_memcpy(more, n->at, n->count * sizeof(*more));
	if (n->at != n->first)
		rmqi_free(n->at);
	n->at = more;
	n->cap *= 2;
	return RMQ_OK;
}

static enum rmq_error add(struct mb_needs *n, enum mb_resource_type type, struct rmqi_str name,
			  unsigned actions)
{
	enum rmq_error err = n->count == n->cap ? grow(n) : RMQ_OK;

	if (err == RMQ_OK)
		n->at[n->count++] = (struct mb_need){type, name, actions};
	return err;
}

/* ptr NULL: absent. An empty value is there. */
static struct rmqi_str ext(const struct rmqi_command *c, const char *key)
{
	struct rmqi_str value = {0};

	if (rmqi_command_ext(c, key, &value) && !value.ptr)
		value.ptr = "";
	return value;
}

/* Resource.ofGroup: of a retry topic its group. */
static struct rmqi_str group_of(struct rmqi_str name)
{
	if (!rmqi_topic_is_retry(name))
		return name;
	return rmqi_str_n(name.ptr + sizeof(RMQI_RETRY_PREFIX) - 1,
			  name.len - (sizeof(RMQI_RETRY_PREFIX) - 1));
}

static enum rmq_error add_group(struct mb_needs *n, struct rmqi_str name, unsigned actions)
{
	return add(n, MB_RESOURCE_GROUP, group_of(name), actions);
}

static enum rmq_error add_topic(struct mb_needs *n, struct rmqi_str name, unsigned actions)
{
	return add(n, MB_RESOURCE_TOPIC, name, actions);
}

/* The topic, unless it is one of retries: its group stands beside it then. */
static enum rmq_error add_both(struct mb_needs *n, struct rmqi_str topic, struct rmqi_str group,
			       unsigned actions)
{
	enum rmq_error err = RMQ_OK;

	if (!rmqi_topic_is_retry(topic))
		err = add_topic(n, topic, actions);
	return err == RMQ_OK ? add_group(n, group, actions) : err;
}

static bool is_blank(struct rmqi_str s)
{
	return rmqi_str_trim(s).len == 0;
}

static enum rmq_error add_send(struct mb_needs *n, struct rmqi_str topic, struct rmqi_str group)
{
	if (!rmqi_topic_is_retry(topic))
		return add_topic(n, topic, MB_ACTION_PUB);
	return add_group(n, is_blank(group) ? topic : group, MB_ACTION_SUB);
}

/* What is named, only. */
static enum rmq_error add_named(struct mb_needs *n, struct rmqi_str topic, struct rmqi_str group)
{
	enum rmq_error err = RMQ_OK;

	if (topic.ptr && rmqi_topic_is_retry(topic))
		err = add_group(n, topic, MB_ACTION_SUB);
	else if (topic.ptr)
		err = add_topic(n, topic, MB_ACTION_SUB);
	if (err == RMQ_OK && group.ptr)
		err = add_group(n, group, MB_ACTION_SUB);
	return err;
}

/* `with_retry`: a retry topic that is subscribed to is its group; else nothing. */
static enum rmq_error add_subscriptions(struct mb_needs *n, const struct rmqi_consumer_data *d,
					bool with_retry)
{
	enum rmq_error err = RMQ_OK;

	for (size_t k = 0; k < d->subscription_count && err == RMQ_OK; k++) {
		struct rmqi_str topic = rmqi_str(d->subscriptions[k]->topic);

		if (with_retry || !rmqi_topic_is_retry(topic))
			err = add_named(n, topic, (struct rmqi_str){0});
	}
	return err;
}

static enum rmq_error add_beat(struct mb_needs *n, const struct rmqi_command *c, bool with_retry)
{
	enum rmq_error err = rmqi_heartbeat_decode(c->body, &n->beat);

	for (size_t i = 0; i < n->beat.consumer_count && err == RMQ_OK; i++) {
		const struct rmqi_consumer_data *d = &n->beat.consumers[i];

		err = add_group(n, rmqi_str(d->group_name), MB_ACTION_SUB);
		if (err == RMQ_OK)
			err = add_subscriptions(n, d, with_retry);
	}
	return err;
}

static enum rmq_error add_locks(struct mb_needs *n, const struct rmqi_command *c)
{
	enum rmq_error err = rmqi_lock_request_decode(c->body, &n->lock);

	if (err == RMQ_OK)
		err = add_group(n, rmqi_str(n->lock.consumer_group), MB_ACTION_SUB);
	for (size_t i = 0; i < n->lock.queue_count && err == RMQ_OK; i++) {
		struct rmqi_str topic = rmqi_str(n->lock.queues[i].topic);

		if (!rmqi_topic_is_retry(topic))
			err = add_topic(n, topic, MB_ACTION_SUB);
	}
	return err;
}

enum rmq_error mb_needs_plain(struct mb_needs *n, const struct rmqi_command *c)
{
	static const struct rmqi_str none = {0};

	switch (c->code) {
	case RMQI_REQ_SEND_MESSAGE:
		return add_send(n, ext(c, "topic"), ext(c, "group"));
	case RMQI_REQ_SEND_MESSAGE_V2:
	case RMQI_REQ_SEND_BATCH_MESSAGE:
		return add_send(n, ext(c, "b"), ext(c, "a"));
	case RMQI_REQ_CONSUMER_SEND_MSG_BACK:
		return add_named(n, none, ext(c, "group"));
	case RMQI_REQ_QUERY_MESSAGE:
		return add_named(n, ext(c, "topic"), none);
	case RMQI_REQ_HEART_BEAT:
		return add_beat(n, c, true);
	case RMQI_REQ_UNREGISTER_CLIENT:
	case RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP:
		return add_named(n, none, ext(c, "consumerGroup"));
	case RMQI_REQ_PULL_MESSAGE:
	case RMQI_REQ_UPDATE_CONSUMER_OFFSET:
		return add_named(n, ext(c, "topic"), ext(c, "consumerGroup"));
	default:
		return RMQ_OK;
	}
}

/* A topic, or the group of a retry topic. */
static enum rmq_error add_route(struct mb_needs *n, struct rmqi_str topic)
{
	if (rmqi_topic_is_retry(topic))
		return add_group(n, topic, MB_ACTION_SUB | MB_ACTION_GET);
	return add_topic(n, topic, MB_ACTION_PUB | MB_ACTION_SUB | MB_ACTION_GET);
}

static enum rmq_error add_annotated_field(struct mb_needs *n, const struct mb_annotated_field *f,
					  struct rmqi_str value, unsigned actions)
{
	if (f->type == MB_RESOURCE_TOPIC && rmqi_topic_is_retry(value))
		return add_group(n, value, actions);
	return add(n, f->type, value, actions);
}

/* The values of a field that holds several, else its value. */
static enum rmq_error add_values(struct mb_needs *n, const struct mb_annotated_field *f,
				 struct rmqi_str value, unsigned actions)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one;
	bool more = f->separator != NULL;

	if (!more)
		return add_annotated_field(n, f, value, actions);
	while (more && err == RMQ_OK) {
		value = rmqi_str_cut(value, f->separator, &one, &more);
		if (one.len)
			err = add_annotated_field(n, f, one, actions);
	}
	return err;
}

static enum rmq_error add_annotated(struct mb_needs *n, const struct rmqi_command *c,
				    struct rmqi_str cluster)
{
	const struct mb_annotation *a = mb_annotation_find(c->code);
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; a && i < MB_ANNOTATED_FIELDS && a->fields[i].key && err == RMQ_OK; i++) {
		struct rmqi_str value = ext(c, a->fields[i].key);

		if (value.ptr)
			err = add_values(n, &a->fields[i], value, a->actions);
	}
	if (a && n->count == 0 && a->is_cluster && err == RMQ_OK)
		err = add(n, MB_RESOURCE_CLUSTER, cluster, a->actions);
	return err;
}

enum rmq_error mb_needs_auth(struct mb_needs *n, const struct rmqi_command *c,
			     struct rmqi_str cluster)
{
	struct rmqi_str topic = ext(c, "topic"), group = ext(c, "consumerGroup");

	switch (c->code) {
	case RMQI_REQ_GET_ROUTEINFO_BY_TOPIC:
		return add_route(n, topic);
	case RMQI_REQ_SEND_MESSAGE:
		return add_send(n, topic, ext(c, "group"));
	case RMQI_REQ_SEND_MESSAGE_V2:
	case RMQI_REQ_SEND_BATCH_MESSAGE:
		return add_send(n, ext(c, "b"), ext(c, "a"));
	case RMQI_REQ_RECALL_MESSAGE:
		return add_topic(n, topic, MB_ACTION_PUB);
	case RMQI_REQ_END_TRANSACTION:
		return is_blank(topic) ? RMQ_OK : add_topic(n, topic, MB_ACTION_PUB);
	case RMQI_REQ_CONSUMER_SEND_MSG_BACK:
		return add_group(n, ext(c, "group"), MB_ACTION_SUB);
	case RMQI_REQ_PULL_MESSAGE:
		return add_both(n, topic, group, MB_ACTION_SUB);
	case RMQI_REQ_QUERY_MESSAGE:
		return add_topic(n, topic, MB_ACTION_SUB | MB_ACTION_GET);
	case RMQI_REQ_HEART_BEAT:
		return add_beat(n, c, false);
	case RMQI_REQ_UNREGISTER_CLIENT:
		return is_blank(group) ? RMQ_OK : add_group(n, group, MB_ACTION_SUB);
	case RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP:
		return add_group(n, group, MB_ACTION_SUB | MB_ACTION_GET);
	case RMQI_REQ_QUERY_CONSUMER_OFFSET:
		return add_both(n, topic, group, MB_ACTION_SUB | MB_ACTION_GET);
	case RMQI_REQ_UPDATE_CONSUMER_OFFSET:
		return add_both(n, topic, group, MB_ACTION_SUB | MB_ACTION_UPDATE);
	case RMQI_REQ_LOCK_BATCH_MQ:
	case RMQI_REQ_UNLOCK_BATCH_MQ:
		return add_locks(n, c);
	default:
		return add_annotated(n, c, cluster);
	}
}
