/* SPDX-License-Identifier: Apache-2.0 */
#include "api/entry_checks.h"

#include <inttypes.h>

#include "admin/admin.h"
#include "client/group.h"
#include "codec/names.h"
#include "consumer/member.h"
#include "producer/producer.h"

bool rmqi_entry_has_producer(struct rmqi_entry *e, const struct rmq_producer *p)
{
	if (!rmqi_entry_has(e, "p", p))
		return false;
	return !rmqi_client_is_inherited(p->client) || rmqi_entry_refuse_child(e);
}

bool rmqi_entry_has_admin(struct rmqi_entry *e, const struct rmq_admin *a)
{
	if (!rmqi_entry_has(e, "a", a))
		return false;
	return !rmqi_admin_is_inherited(a) || rmqi_entry_refuse_child(e);
}

bool rmqi_entry_has_member(struct rmqi_entry *e, const struct rmqi_member *m)
{
	if (!rmqi_entry_has(e, "c", m))
		return false;
	return !rmqi_client_is_inherited(m->consumer.client) || rmqi_entry_refuse_child(e);
}

bool rmqi_entry_has_group(struct rmqi_entry *e, const struct rmq_config *config, const char *group,
			  const void *out)
{
	if (!rmqi_entry_has(e, "config", config) || !rmqi_entry_has(e, "group", group) ||
	    !rmqi_entry_has(e, "out", out))
		return false;
	/* MixAll.DEFAULT_CONSUMER_GROUP */
	e->error = rmqi_group_check("consumerGroup", group, "DEFAULT_CONSUMER", e->detail);
	return e->error == RMQ_OK;
}

bool rmqi_entry_has_expression(struct rmqi_entry *e, enum rmqi_expression kind,
			       const char *expression, const char *topic)
{
	const char *problem = rmqi_expression_problem(kind, rmqi_str(expression));

	return !problem ||
	       rmqi_entry_refuse(e, "%s: the expression \"%s\" of topic %s %s", e->function,
				 expression ? expression : "", topic, problem);
}

bool rmqi_entry_has_queue(struct rmqi_entry *e, const char *name, const struct rmq_queue *q)
{
	if (!rmqi_entry_has(e, name, q))
		return false;
	if (!q->broker_name || !*q->broker_name)
		return rmqi_entry_refuse(e, "%s: %s has no broker_name", e->function, name);
	if (q->queue_id < 0)
		return rmqi_entry_refuse(
			e, "%s: queue_id of %s is %" PRId32 ", allowed are numbers from 0",
			e->function, name, q->queue_id);
	return rmqi_entry_has_topic(e, q->topic);
}

bool rmqi_entry_has_queues(struct rmqi_entry *e, const struct rmq_queue *queues, size_t count)
{
	if (count > 0 && !rmqi_entry_has(e, "queues", queues))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!rmqi_entry_has_queue(e, "one of queues", &queues[i]))
			return false;
	return true;
}

bool rmqi_entry_has_topic(struct rmqi_entry *e, const char *topic)
{
	char text[RMQI_PROBLEM_SIZE];
	const char *problem;

	if (!rmqi_entry_has(e, "topic", topic))
		return false;
	problem = rmqi_topic_problem(rmqi_str(topic), text, sizeof(text));
	return !problem || rmqi_entry_refuse(e, "%s", problem);
}

bool rmqi_entry_has_text(struct rmqi_entry *e, const char *name, const char *text)
{
	if (!rmqi_entry_has(e, name, text))
		return false;
	return text[0] != '\0' || rmqi_entry_refuse(e, "%s: %s is empty", e->function, name);
}

bool rmqi_entry_has_timeout(struct rmqi_entry *e, int64_t timeout_ms, int least)
{
	if (timeout_ms == -1 || timeout_ms >= least)
		return true;
	return rmqi_entry_refuse(e, "%s: timeout_ms is %" PRId64 ", allowed are -1 and from %d",
				 e->function, timeout_ms, least);
}

bool rmqi_entry_has_attribute(struct rmqi_entry *e, const char *name, const char *value)
{
	if (!rmqi_entry_has(e, "name", name))
		return false;
	if (!rmqi_attribute_is_legal(name))
		return rmqi_entry_refuse(e, "%s: name is empty, too long or holds ',', '=' or a "
					    "control character",
					 e->function);
	return !value || rmqi_attribute_is_legal(value) ||
	       rmqi_entry_refuse(e,
				 "%s: the value of %s is empty, too long or holds ',', '=' or a "
				 "control character",
				 e->function, name);
}

enum rmq_error rmqi_entry_set_attribute(struct rmqi_entry *e, struct rmqi_attributes *attributes,
					const char *name, const char *value)
{
	enum rmq_error err = rmqi_attributes_set(attributes, name, value);

	if (err == RMQ_ERR_TOO_LARGE)
		(void)rmqi_entry_refuse(e, "%s: more than %d attributes", e->function,
					RMQI_ATTRIBUTES_MAX);
	else if (err != RMQ_OK)
		return rmqi_detail_set(e->detail, err, 0, "out of memory");
	return err == RMQ_OK ? err : RMQ_ERR_INVALID_ARGUMENT;
}
