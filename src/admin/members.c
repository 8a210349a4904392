/* SPDX-License-Identifier: Apache-2.0 */
/* members.c - who is online in a group (ConsumerConnectionSubCommand.java, ProducerConnectionSubCommand.java). */
#include <stdlib.h>
#include <string.h>

#include "admin/groups.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* What one broker says; nothing when nobody is connected to it. */
struct view {
	struct rmqi_connections connections;
	struct rmqi_subscription **subscriptions;
	size_t subscription_count;
};

static enum rmq_error read_view(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	struct view *v = arg;
	enum rmq_error err;

	(void)detail;
	if (answer->code == RMQI_RESP_CONSUMER_NOT_ONLINE)
		return RMQ_OK;
	err = rmqi_connections_decode(answer->body, &v->connections);
	if (err == RMQ_OK)
		err = rmqi_consumer_connection_decode(answer->body, &v->subscriptions,
						      &v->subscription_count);
	return err;
}

/* A group that the broker does not know has no code of its own (ClientManageProcessor.getProducerConnectionList). */
static enum rmq_error read_producers(void *arg, const struct rmqi_command *answer,
				     struct rmq_error_detail *detail)
{
	struct view *v = arg;

	if (answer->code == RMQI_RESP_SUCCESS)
		return rmqi_connections_decode(answer->body, &v->connections);
	if (rmqi_str_has_prefix(answer->remark, "the producer group["))
		return RMQ_OK;
	rmqi_detail_set_broker(detail, answer->code, answer->remark);
	return rmqi_detail_set(detail, RMQ_ERR_BROKER, 0, "is a refusal: %.*s",
			       RMQI_STR_ARG(answer->remark));
}

static void deinit_view(struct view *v)
{
	rmqi_connections_deinit(&v->connections);
	rmqi_subscriptions_list_free(v->subscriptions, v->subscription_count);
}

static int compare(const void *a, const void *b)
{
	const struct rmq_group_member *x = a, *y = b;

	return strcmp(x->connection.client_id, y->connection.client_id);
}

static void drop_connection(struct rmqi_connection *c)
{
	rmqi_free(c->client_id);
	rmqi_free(c->address);
	rmqi_free(c->language);
	*c = (struct rmqi_connection){0};
}

/* A member is connected to each broker; its first connection is shown. */
static void merge(struct rmq_group_members *m, struct view *views, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < views[i].connections.count; k++) {
			m->list[m->count++].connection = views[i].connections.rows[k];
			views[i].connections.rows[k] = (struct rmqi_connection){0};
		}
	if (m->count > 0)
		qsort(m->list, m->count, sizeof(*m->list), compare);
	for (size_t i = 0; i < m->count; i++) {
		struct rmqi_connection c = m->list[i].connection;

		m->list[i].connection = (struct rmqi_connection){0};
		if (kept > 0 && strcmp(m->list[kept - 1].connection.client_id, c.client_id) == 0)
			drop_connection(&c);
		else
			m->list[kept++].connection = c;
	}
	m->count = kept;
}

static int compare_topics(const void *a, const void *b)
{
	const struct rmqi_subscription *x = *(struct rmqi_subscription *const *)a;
	const struct rmqi_subscription *y = *(struct rmqi_subscription *const *)b;

	return strcmp(x->topic, y->topic);
}

/* The words of the first broker that has a member: all say the same, but for a moment. */
static void take_words(struct rmq_group_members *m, struct view *views, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct view *v = &views[i];

		if (v->connections.count == 0)
			continue;
		m->consume_type = v->connections.consume_type;
		m->message_model = v->connections.message_model;
		m->consume_from_where = v->connections.consume_from_where;
		v->connections.consume_type = v->connections.message_model = NULL;
		v->connections.consume_from_where = NULL;
		m->subscriptions = v->subscriptions;
		m->subscription_count = v->subscription_count;
		v->subscriptions = NULL;
		v->subscription_count = 0;
		break;
	}
	if (m->subscription_count > 0)
		qsort(m->subscriptions, m->subscription_count, sizeof(*m->subscriptions),
		      compare_topics);
}

static enum rmq_error gather(struct rmqi_survey *s, struct view *views,
			     struct rmq_group_members **out)
{
	struct rmq_group_members *m = rmqi_calloc(1, sizeof(*m));
	size_t total = s->count;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < s->count; i++)
		total += views[i].connections.count;
	if (m)
		m->list = rmqi_calloc(total, sizeof(*m->list));
	if (!m || !m->list) {
		rmqi_free(m);
		return RMQ_ERR_NO_MEMORY;
	}
	take_words(m, views, s->count);
	merge(m, views, s->count);
	for (size_t i = 0; i < s->count && err == RMQ_OK; i++)
		if (s->asks[i].error != RMQ_OK)
			err = rmqi_broker_row_init(&m->list[m->count++].broker, &s->asks[i]);
	if (err == RMQ_OK)
		*out = m;
	else
		rmqi_group_members_free(m);
	return err;
}

/* How the members of a group are asked for. */
struct way {
	struct rmqi_outgoing request;
	rmqi_answer_fn read;
	int32_t also;
};

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, const struct way *way,
			     int64_t deadline_us, struct rmq_group_members **out,
			     struct rmq_error_detail *detail)
{
	struct view *views = rmqi_calloc(s->count, sizeof(*views));
	enum rmq_error err;

	if (!views)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = way->read;
		s->asks[i].arg = &views[i];
		s->asks[i].also = way->also;
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	if (err == RMQ_OK) {
		err = gather(s, views, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "out of memory");
	}
	for (size_t i = 0; i < s->count; i++)
		deinit_view(&views[i]);
	rmqi_free(views);
	return err;
}

static enum rmq_error ask(struct rmq_admin *a, const char *cluster, const char *group,
			  const struct way *way, const struct rmq_admin_options *options,
			  struct rmq_group_members **out, struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_survey s;
	enum rmq_error err = rmqi_survey_check(a, group, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_survey_begin(&s, a, cluster, &way->request, deadline_us, detail);
	if (err == RMQ_OK)
		err = survey(&s, a, way, deadline_us, out, detail);
	rmqi_survey_deinit(&s);
	return err;
}

enum rmq_error rmqi_admin_group_members(struct rmq_admin *a, const char *cluster, const char *group,
					const struct rmq_admin_options *options,
					struct rmq_group_members **out,
					struct rmq_error_detail *detail)
{
	struct rmqi_h_get_consumer_connection_list h = {.consumerGroup = rmqi_str(group)};
	struct way way = {.request = {.code = RMQI_REQ_GET_CONSUMER_CONNECTION_LIST,
				      .desc = &rmqi_desc_get_consumer_connection_list,
				      .header = &h},
			  .read = read_view,
			  .also = RMQI_RESP_CONSUMER_NOT_ONLINE};

	return ask(a, cluster, group, &way, options, out, detail);
}

enum rmq_error rmqi_admin_group_producers(struct rmq_admin *a, const char *cluster,
					  const char *group,
					  const struct rmq_admin_options *options,
					  struct rmq_group_members **out,
					  struct rmq_error_detail *detail)
{
	struct rmqi_h_get_producer_connection_list h = {.producerGroup = rmqi_str(group)};
	struct way way = {.request = {.code = RMQI_REQ_GET_PRODUCER_CONNECTION_LIST,
				      .desc = &rmqi_desc_get_producer_connection_list,
				      .header = &h},
			  .read = read_producers,
			  .also = RMQI_RESP_SYSTEM_ERROR};

	return ask(a, cluster, group, &way, options, out, detail);
}

void rmqi_group_members_free(struct rmq_group_members *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++) {
		drop_connection(&m->list[i].connection);
		rmqi_broker_row_deinit(&m->list[i].broker);
	}
	rmqi_free(m->list);
	rmqi_free(m->consume_type);
	rmqi_free(m->message_model);
	rmqi_free(m->consume_from_where);
	rmqi_subscriptions_list_free(m->subscriptions, m->subscription_count);
	rmqi_free(m);
}
