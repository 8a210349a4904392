/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/message_consumers.h"

#include <stdlib.h>
#include <string.h>

#include "admin/asking.h"
#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "client/question.h"
#include "codec/body_admin.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "codec/schema.h"

/* The broker that has it: the name of its master in the route of its topic goes before the address that it tells,
 * which may be one of before. */
static enum rmq_error find_address(struct rmq_admin *a, const struct rmq_message *m,
				   int64_t deadline_us, char **out, struct rmq_error_detail *detail)
{
	struct rmqi_topic_route *route = NULL;
	const char *address = NULL;

	if (rmqi_client_fresh_route(a->client, m->queue.topic, deadline_us, &route, NULL) == RMQ_OK)
		address = rmqi_topic_route_address(route, m->queue.broker_name, 0, true, NULL);
	*out = rmqi_strdup(address ? address : rmq_message_store_host(m));
	if (route)
		rmqi_topic_route_unref(route);
	return *out ? RMQ_OK : rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

/* --- Who reads the topic ------------------------------------------------------------------------------- */

static int by_group(const void *a, const void *b)
{
	return strcmp(((const struct rmq_message_consumer *)a)->group,
		      ((const struct rmq_message_consumer *)b)->group);
}

static struct rmq_message_consumers *consumers_new(char **groups, size_t count)
{
	struct rmq_message_consumers *l = rmqi_calloc(1, sizeof(*l) + count * sizeof(l->rows[0]));

	if (!l)
		return NULL;
	l->count = count;
	for (size_t i = 0; i < count; i++) {
		l->rows[i].group = rmqi_strdup(groups[i]);
		l->rows[i].offset = -1;
		if (!l->rows[i].group) {
			rmqi_message_consumers_free(l);
			return NULL;
		}
	}
	if (count > 1)
		qsort(l->rows, count, sizeof(l->rows[0]), by_group);
	return l;
}

static enum rmq_error ask_groups(struct rmq_admin *a, const char *address, const char *topic,
				 int64_t deadline_us, struct rmq_message_consumers **out,
				 struct rmq_error_detail *detail)
{
	struct rmqi_h_query_topic_consume_by_who h = {.topic = rmqi_str(topic)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_TOPIC_CONSUME_BY_WHO,
					.desc = &rmqi_desc_query_topic_consume_by_who,
					.header = &h};
	struct rmqi_response response;
	char **groups = NULL;
	size_t count = 0;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = rmqi_client_ask(a->client, address, &request, deadline_us, RMQI_RESP_SUCCESS,
			      &response, detail);
	if (err == RMQ_OK) {
		err = rmqi_group_list_decode(response.command.body, &groups, &count);
		if (err == RMQ_OK) {
			*out = consumers_new(groups, count);
			err = *out ? RMQ_OK : RMQ_ERR_NO_MEMORY;
		}
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "the groups that %s tells: %s", address,
					rmq_error_text(err));
	}
	rmqi_strings_free(groups, count);
	rmqi_response_deinit(&response);
	return err;
}

/* --- What each of them did ----------------------------------------------------------------------------- */

struct tracking {
	const struct rmq_message *m;
	struct rmqi_h_get_consumer_connection_list connections;
	struct rmqi_h_query_consumer_offset offset;
	struct rmq_message_consumer *row;
};

static bool is_filtered(struct rmqi_cursor body, const struct rmq_message *m, enum rmq_error *err)
{
	const char *tag = rmqi_message_property(m, RMQI_PROP_TAGS);
	struct rmqi_subscription **subscriptions = NULL;
	bool is_out = false;
	size_t count = 0;

	if (*err == RMQ_OK)
		*err = rmqi_consumer_connection_decode(body, &subscriptions, &count);
	for (size_t i = 0; *err == RMQ_OK && i < count; i++) {
		const struct rmqi_subscription *s = subscriptions[i];

		if (strcmp(s->topic, m->topic) == 0 && s->tag_count > 0)
			is_out = !rmqi_subscription_matches_tag(s, rmqi_str(tag));
	}
	rmqi_subscriptions_list_free(subscriptions, count);
	return is_out;
}

static enum rmq_error read_connections(void *arg, const struct rmqi_command *answer,
				       struct rmq_error_detail *detail)
{
	struct tracking *t = arg;
	struct rmqi_connections c = {0};
	enum rmq_error err;

	(void)detail;
	t->row->is_online = answer->code == RMQI_RESP_SUCCESS;
	if (!t->row->is_online)
		return RMQ_OK;
	err = rmqi_connections_decode(answer->body, &c);
	if (err == RMQ_OK) {
		t->row->is_active = rmqi_str_is(rmqi_str(c.consume_type), "CONSUME_ACTIVELY");
		t->row->is_broadcast = rmqi_str_is(rmqi_str(c.message_model), "BROADCASTING");
		t->row->is_filtered = is_filtered(answer->body, t->m, &err);
	}
	rmqi_connections_deinit(&c);
	return err;
}

static enum rmq_error read_offset(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	struct rmqi_h_query_consumer_offset_response h = {.offset = -1};
	struct tracking *t = arg;
	enum rmq_error err = RMQ_OK;

	(void)detail;
	if (answer->code == RMQI_RESP_SUCCESS)
		err = rmqi_header_decode(&rmqi_desc_query_consumer_offset_response, answer, &h,
					 NULL);
	if (err == RMQ_OK)
		t->row->offset = h.offset;
	return err;
}

/* Two questions a group, next to each other. */
static void fill(struct tracking *t, struct rmqi_ask asks[2], const char *address)
{
	const struct rmq_message *m = t->m;

	t->connections.consumerGroup = rmqi_str(t->row->group);
	t->offset = (struct rmqi_h_query_consumer_offset){.consumerGroup = rmqi_str(t->row->group),
							  .topic = rmqi_str(m->queue.topic),
							  .queueId = m->queue.queue_id};
	RMQI_SET(&t->offset, query_consumer_offset, setZeroIfNotFound, false);
	asks[0] = (struct rmqi_ask){.address = address,
				    .broker_name = m->queue.broker_name,
				    .request = {.code = RMQI_REQ_GET_CONSUMER_CONNECTION_LIST,
						.desc = &rmqi_desc_get_consumer_connection_list,
						.header = &t->connections},
				    .also = RMQI_RESP_CONSUMER_NOT_ONLINE,
				    .read = read_connections,
				    .arg = t};
	asks[1] = (struct rmqi_ask){.address = address,
				    .broker_name = m->queue.broker_name,
				    .request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
						.desc = &rmqi_desc_query_consumer_offset,
						.header = &t->offset},
				    .also = RMQI_RESP_QUERY_NOT_FOUND,
				    .read = read_offset,
				    .arg = t};
}

static enum rmq_track judge(const struct rmq_message_consumer *row, const struct rmq_message *m)
{
	if (row->error != RMQ_OK)
		return RMQ_TRACK_UNKNOWN;
	if (!row->is_online)
		return RMQ_TRACK_NOT_ONLINE;
	if (row->is_active)
		return RMQ_TRACK_PULL;
	if (row->is_broadcast)
		return RMQ_TRACK_BROADCAST;
	if (row->offset <= m->queue_offset)
		return RMQ_TRACK_NOT_CONSUMED_YET;
	return row->is_filtered ? RMQ_TRACK_CONSUMED_BUT_FILTERED : RMQ_TRACK_CONSUMED;
}

static void settle(struct tracking *t, struct rmqi_ask asks[2])
{
	struct rmqi_ask *bad = asks[0].error != RMQ_OK ? &asks[0] : &asks[1];

	t->row->error = bad->error;
	if (bad->error != RMQ_OK)
		t->row->detail = rmqi_ask_take_detail(bad);
	t->row->track = judge(t->row, t->m);
}

static enum rmq_error ask_each(struct rmq_admin *a, const char *address,
			       const struct rmq_message *m, struct rmq_message_consumers *l,
			       int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct tracking *all = rmqi_calloc(l->count + 1, sizeof(*all));
	struct rmqi_ask *asks = rmqi_calloc(2 * l->count + 1, sizeof(*asks));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (all && asks) {
		for (size_t i = 0; i < l->count; i++) {
			all[i].m = m;
			all[i].row = &l->rows[i];
			fill(&all[i], &asks[2 * i], address);
		}
		rmqi_asking(a->client, asks, 2 * l->count, deadline_us);
		err = rmqi_asking_judge(asks, 2 * l->count, detail);
		for (size_t i = 0; i < l->count; i++)
			settle(&all[i], &asks[2 * i]);
		rmqi_asking_deinit(asks, 2 * l->count);
	} else {
		rmqi_detail_set(detail, err, 0, "out of memory");
	}
	rmqi_free(asks);
	rmqi_free(all);
	return err;
}

enum rmq_error rmqi_admin_message_consumers(struct rmq_admin *a, const struct rmq_message *m,
					    const struct rmq_admin_options *options,
					    struct rmq_message_consumers **out,
					    struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmq_message_consumers *l = NULL;
	char *address = NULL;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err == RMQ_OK)
		err = find_address(a, m, deadline_us, &address, detail);
	if (err == RMQ_OK)
		err = ask_groups(a, address, m->queue.topic, deadline_us, &l, detail);
	if (err == RMQ_OK && l->count > 0)
		err = ask_each(a, address, m, l, deadline_us, detail);
	rmqi_free(address);
	if (err == RMQ_OK)
		*out = l;
	else
		rmqi_message_consumers_free(l);
	return err;
}

void rmqi_message_consumers_free(struct rmq_message_consumers *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		rmqi_free(l->rows[i].group);
		rmq_error_detail_free(l->rows[i].detail);
	}
	rmqi_free(l);
}

/* --- Now ----------------------------------------------------------------------------------------------- */

static enum rmq_error tell(struct rmq_admin *a, const char *address,
			   const struct rmqi_outgoing *request, int64_t deadline_us,
			   struct rmq_direct_result *out, struct rmq_error_detail *detail)
{
	struct rmqi_response response;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = rmqi_client_ask(a->client, address, request, deadline_us, RMQI_RESP_SUCCESS,
			      &response, detail);
	if (err == RMQ_OK) {
		err = rmqi_direct_result_decode(response.command.body, &out->result);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "what the consumer made of it: %s",
					rmq_error_text(err));
	}
	rmqi_response_deinit(&response);
	return err;
}

enum rmq_error rmqi_admin_consume_directly(struct rmq_admin *a, const struct rmq_message *m,
					   const char *group, const char *client_id,
					   const struct rmq_admin_options *options,
					   struct rmq_direct_result **out,
					   struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_h_consume_message_directly h = {.consumerGroup = rmqi_str(group)};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_CONSUME_MESSAGE_DIRECTLY,
					      .desc = &rmqi_desc_consume_message_directly,
					      .header = &h};
	struct rmq_direct_result *r;
	char *address = NULL;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	r = rmqi_calloc(1, sizeof(*r));
	if (!r)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	RMQI_SET(&h, consume_message_directly, clientId, rmqi_str(client_id));
	RMQI_SET(&h, consume_message_directly, msgId, rmqi_str(rmq_message_offset_id(m)));
	RMQI_SET(&h, consume_message_directly, topic, rmqi_str(m->queue.topic));
	err = find_address(a, m, deadline_us, &address, detail);
	if (err == RMQ_OK)
		err = tell(a, address, &request, deadline_us, r, detail);
	rmqi_free(address);
	if (err == RMQ_OK)
		*out = r;
	else
		rmqi_free(r);
	return err;
}
