/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/message_query.h"

#include <string.h>

#include "admin/asking.h"
#include "base/detail.h"
#include "base/mem.h"
#include "client/question.h"
#include "codec/codes.h"
#include "codec/ids.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "codec/schema.h"

const struct rmq_message_query rmqi_message_query_usual = {
	.end_ms = INT64_MAX, .max = RMQI_FOUND_USUAL, .queue_id = -1};

enum rmq_error rmqi_message_query_begin(const struct rmq_admin *a, const char *topic,
					struct rmq_error_detail *detail)
{
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_topic_problem(rmqi_str(topic), why, sizeof(why));
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK || !problem)
		return err;
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s", problem);
}

/* --- By the place that an id names ------------------------------------------------------------------- */

static enum rmq_error view(struct rmq_admin *a, const char *topic, const char *address,
			   int64_t offset, int64_t deadline_us, struct rmqi_response *response,
			   struct rmq_error_detail *detail)
{
	struct rmqi_h_view_message h = {.offset = offset};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_VIEW_MESSAGE_BY_ID, .desc = &rmqi_desc_view_message, .header = &h};
	enum rmq_error err;

	if (topic)
		RMQI_SET(&h, view_message, topic, rmqi_str(topic));
	err = rmqi_client_ask(a->client, address, &request, deadline_us, RMQI_RESP_SUCCESS,
			      response, detail);
	/* QueryMessageProcessor.viewMessageById has no code of its own for it. */
	if (err == RMQ_ERR_BROKER && response->command.code == RMQI_RESP_SYSTEM_ERROR &&
	    rmqi_str_has_prefix(response->command.remark, "can not find message"))
		err = rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0,
				      "broker %s has no message at that place of its log", address);
	return err;
}

/* The name of the broker at this address, by the topic's route; the address when that does not tell. */
static const char *name_of(const struct rmqi_topic_route *route, const char *address)
{
	for (size_t i = 0; route && i < route->route.broker_count; i++) {
		const struct rmqi_broker_data *b = &route->route.brokers[i];

		for (size_t k = 0; k < b->address_count; k++)
			if (strcmp(b->addresses[k].address, address) == 0)
				return b->broker_name;
	}
	return address;
}

static enum rmq_error take_view(const char *broker_name, struct rmqi_cursor body,
				struct rmqi_finding *f, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_finding_take(f, body, broker_name, detail);

	if (err == RMQ_OK && f->count != 1)
		err = rmqi_detail_set(detail, RMQ_ERR_PROTOCOL, 0,
				      "broker %s answered with %zu messages, not one", broker_name,
				      f->count);
	return err != RMQ_OK ? err : rmqi_finding_note(f, broker_name, err, NULL);
}

enum rmq_error rmqi_admin_messages_by_offset_id(struct rmq_admin *a, const char *topic,
						const char *id,
						const struct rmq_admin_options *options,
						struct rmq_found_messages **out,
						struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_topic_route *route = NULL;
	struct rmqi_finding f = {0};
	struct rmqi_response response;
	struct rmqi_host host;
	char address[64];
	int64_t offset;
	enum rmq_error err = topic ? rmqi_message_query_begin(a, topic, detail)
				   : rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_offset_id_parse(rmqi_str(id), &host, &offset))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "'%s' is no offset message id: these have 32 or 56 hex digits",
				       id);
	rmqi_host_text(&host, address, sizeof(address));
	/* The id has all that is needed; the route only tells the broker's name. */
	if (topic && rmqi_client_fresh_route(a->client, topic, deadline_us, &route, NULL) != RMQ_OK)
		route = NULL;
	rmqi_response_init(&response);
	err = view(a, topic, address, offset, deadline_us, &response, detail);
	if (err == RMQ_OK)
		err = take_view(name_of(route, address), response.command.body, &f, detail);
	rmqi_response_deinit(&response);
	if (route)
		rmqi_topic_route_unref(route);
	return rmqi_finding_hand_out(&f, err, 1, out, detail);
}

/* --- By the index ------------------------------------------------------------------------------------ */

/* Brokers compare hashes; the texts are compared here. */
struct wanted {
	struct rmqi_str topic;
	const char *key;
	bool is_unique;
	const struct rmq_message_query *query;
};

static bool has_key(const char *keys, const char *key)
{
	struct rmqi_str rest = rmqi_str(keys), one;
	bool more = keys != NULL;

	while (more) {
		rest = rmqi_str_cut(rest, " ", &one, &more);
		if (rmqi_str_is(one, key))
			return true;
	}
	return false;
}

static bool is_wanted(const struct rmq_message *m, const void *arg)
{
	const struct wanted *w = arg;
	const char *unique = rmqi_message_property(m, RMQI_PROP_UNIQ_KEY);

	if (!rmqi_str_is(w->topic, m->queue.topic) ||
	    (w->query->queue_id >= 0 && w->query->queue_id != m->queue.queue_id))
		return false;
	if (w->is_unique)
		return unique && strcmp(unique, w->key) == 0;
	return has_key(rmqi_message_property(m, RMQI_PROP_KEYS), w->key);
}

static bool is_asked(const struct rmq_message_query *q, const char *broker_name)
{
	return !q->broker_name || strcmp(q->broker_name, broker_name) == 0;
}

/* To one broker, at `ask` of the same number. */
struct index_question {
	struct rmqi_h_query_message header;
	struct rmqi_finding *f;
	const char *broker_name;
	enum rmq_error error; /* of what it found */
	struct rmq_error_detail *detail;
};

/* What cannot be read is said in the question's own sentence, and is no fault of the answer. */
static enum rmq_error read_found(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	struct index_question *q = arg;

	(void)detail;
	if (answer->code == RMQI_RESP_SUCCESS)
		q->error = rmqi_finding_take(q->f, answer->body, q->broker_name, q->detail);
	return q->error == RMQ_ERR_NO_MEMORY ? q->error : RMQ_OK;
}

static void prepare(const struct wanted *w, const struct rmqi_topic_route *route,
		    const char *broker_name, struct index_question *q, struct rmqi_ask *ask)
{
	q->header = (struct rmqi_h_query_message){.topic = w->topic,
						  .key = rmqi_str(w->key),
						  .maxNum = w->query->max,
						  .beginTimestamp = w->query->begin_ms,
						  .endTimestamp = w->query->end_ms};
	if (w->is_unique)
		RMQI_SET(&q->header, query_message, uniqueKeyQuery, true);
	RMQI_SET(&q->header, query_message, bname, rmqi_str(broker_name));
	q->broker_name = broker_name;
	q->detail = rmqi_detail_new();
	*ask = (struct rmqi_ask){
		/* A slave may be behind; it is better than nobody. */
		.address = rmqi_topic_route_address(route, broker_name, 0, false, NULL),
		.broker_name = broker_name,
		.request = {.code = RMQI_REQ_QUERY_MESSAGE,
			    .desc = &rmqi_desc_query_message,
			    .header = &q->header},
		.also = RMQI_RESP_QUERY_NOT_FOUND,
		.read = read_found,
		.arg = q,
	};
}

static enum rmq_error note(struct rmqi_finding *f, const struct index_question *q,
			   const struct rmqi_ask *ask)
{
	if (ask->error != RMQ_OK)
		return rmqi_finding_note(f, q->broker_name, ask->error, ask->detail);
	return rmqi_finding_note(f, q->broker_name, q->error, q->detail);
}

/* All at once: one that hangs takes no time of the others. */
static enum rmq_error ask_all(struct rmq_admin *a, const struct wanted *w,
			      const struct rmqi_topic_route *route, int64_t deadline_us,
			      struct rmqi_finding *f)
{
	const struct rmqi_route *r = &route->route;
	struct index_question *questions = rmqi_calloc(r->broker_count + 1, sizeof(*questions));
	struct rmqi_ask *asks = rmqi_calloc(r->broker_count + 1, sizeof(*asks));
	size_t count = 0;
	enum rmq_error err = questions && asks ? RMQ_OK : RMQ_ERR_NO_MEMORY;

	for (size_t i = 0; err == RMQ_OK && i < r->broker_count; i++) {
		if (!is_asked(w->query, r->brokers[i].broker_name))
			continue;
		questions[count].f = f;
		prepare(w, route, r->brokers[i].broker_name, &questions[count], &asks[count]);
		count++;
	}
	if (count > 0)
		rmqi_asking(a->client, asks, count, deadline_us);
	for (size_t i = 0; i < count && err == RMQ_OK; i++)
		err = note(f, &questions[i], &asks[i]);
	for (size_t i = 0; i < count; i++)
		rmq_error_detail_free(questions[i].detail);
	rmqi_asking_deinit(asks, count);
	rmqi_free(asks);
	rmqi_free(questions);
	return err;
}

static enum rmq_error look_up(struct rmq_admin *a, const struct wanted *w,
			      const struct rmq_admin_options *options,
			      struct rmq_found_messages **out, struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_finding f = {.is_wanted = is_wanted, .arg = w};
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_message_query_begin(a, w->topic.ptr, detail);

	if (err == RMQ_OK)
		err = rmqi_client_fresh_route(a->client, w->topic.ptr, deadline_us, &route, detail);
	if (err != RMQ_OK)
		return err;
	err = ask_all(a, w, route, deadline_us, &f);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	err = rmqi_finding_hand_out(&f, err, (size_t)w->query->max, out, detail);
	rmqi_topic_route_unref(route);
	return err;
}

enum rmq_error rmqi_admin_messages_by_unique_id(struct rmq_admin *a, const char *topic,
						const char *id,
						const struct rmq_message_query *query,
						const struct rmq_admin_options *options,
						struct rmq_found_messages **out,
						struct rmq_error_detail *detail)
{
	struct wanted w = {rmqi_str(topic), id, true, query ? query : &rmqi_message_query_usual};

	return look_up(a, &w, options, out, detail);
}

enum rmq_error rmqi_admin_messages_by_key(struct rmq_admin *a, const char *topic, const char *key,
					  const struct rmq_message_query *query,
					  const struct rmq_admin_options *options,
					  struct rmq_found_messages **out,
					  struct rmq_error_detail *detail)
{
	struct wanted w = {rmqi_str(topic), key, false, query ? query : &rmqi_message_query_usual};

	return look_up(a, &w, options, out, detail);
}
