/* SPDX-License-Identifier: Apache-2.0 */
#include "send/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/namespace.h"
#include "codec/properties.h"
#include "send/result.h"
#include "send/trace_impl.h"

enum { GRACE_MS = 3000 };

/* --- Taking records: any thread -------------------------------------------------------------------- */

typedef void (*add_fn)(struct rmqi_buf *out, const struct rmqi_trace_record *r);

/* Keys that do not fit are left out: the record can be found by the id. @locks: mu held */
static void add_keys(struct rmqi_trace_chunk *c, const struct rmqi_trace_record *r)
{
	if (c->keys.len > 0)
		rmqi_buf_add_u8(&c->keys, ' ');
	rmqi_buf_add_str(&c->keys, r->message_id);
	if (r->keys.len > 0 && c->keys.len + r->keys.len < RMQI_TRACE_CHUNK_KEYS + 8000) {
		rmqi_buf_add_u8(&c->keys, ' ');
		rmqi_buf_add_str(&c->keys, r->keys);
	}
}

/* @locks: mu held */
static bool append(struct rmqi_trace *t, const struct rmqi_trace_record *r, add_fn add)
{
	struct rmqi_trace_chunk *c = rmqi_trace_obtain_chunk(t);
	size_t body_len = c ? c->body.len : 0, keys_len = c ? c->keys.len : 0;

	if (!c)
		return false;
	add(&c->body, r);
	add_keys(c, r);
	if (rmqi_buf_status(&c->body) == RMQ_OK && rmqi_buf_status(&c->keys) == RMQ_OK) {
		c->records++;
		t->counts.recorded++;
		t->counts.waiting++;
	} else {
		/* Memory is out: what it had stays. */
		c->body.failed = c->keys.failed = false;
		c->body.error = c->keys.error = RMQ_OK;
		rmqi_buf_cut(&c->body, body_len);
		rmqi_buf_cut(&c->keys, keys_len);
		return false;
	}
	if (rmqi_trace_chunk_is_full(c)) {
		rmqi_list_push(&t->full, &c->link);
		t->filling = NULL;
	}
	return true;
}

/* Is the loop to be told? @locks: mu held */
static bool must_post(struct rmqi_trace *t)
{
	bool has_work =
		!rmqi_list_is_empty(&t->full) || (t->filling && t->filling->records >= t->batch);

	if (!has_work || t->is_posted || t->sending >= RMQI_TRACE_SENDS)
		return false;
	t->is_posted = true;
	return true;
}

static void take(struct rmqi_trace *t, const struct rmqi_trace_record *r, add_fn add)
{
	struct rmqi_telling telling;
	bool is_taken, is_due = false, posts;
	uint64_t dropped;

	rmqi_mutex_lock(&t->mu);
	if (!t->is_running || t->is_closing) {
		rmqi_mutex_unlock(&t->mu);
		return;
	}
	is_taken = append(t, r, add);
	if (!is_taken) {
		t->counts.dropped++;
		is_due = rmqi_reminder_note(&t->full_reminder, rmqi_trace_now_us(t), 1, &telling);
	}
	dropped = t->counts.dropped;
	posts = must_post(t);
	rmqi_mutex_unlock(&t->mu);
	if (posts)
		rmqi_loop_post(rmqi_client_loop(t->client), &t->task);
	if (is_due)
		RMQI_LOG(rmqi_client_log(t->client), RMQ_LOG_WARN,
			 "message trace: %" PRIu64
			 " records were dropped so far: brokers take topic "
			 "%s more slowly than messages are sent or consumed",
			 dropped, t->topic);
}

static enum rmqi_trace_message type_of(struct rmqi_str properties)
{
	static const char *const delays[] = {RMQI_PROP_DELAY, "TIMER_DELAY_SEC", "TIMER_DELAY_MS",
					     "TIMER_DELIVER_MS", "__STARTDELIVERTIME"};
	struct rmqi_str value;

	if (rmqi_properties_get(properties, RMQI_PROP_TRAN_MSG, &value) && rmqi_str_to_bool(value))
		return RMQI_TRACE_HALF;
	for (size_t i = 0; i < RMQI_COUNT(delays); i++)
		if (rmqi_properties_get(properties, delays[i], &value))
			return RMQI_TRACE_DELAYED;
	return RMQI_TRACE_NORMAL;
}

enum change { NO_CHANGE, OFF, ON };

/* To be told. @locks: mu held */
static enum change note_wish(struct rmqi_trace *t, bool is_off)
{
	struct rmqi_telling telling;

	t->is_off = is_off;
	if (is_off && rmqi_reminder_note(&t->off_reminder, rmqi_trace_now_us(t), 1, &telling))
		return OFF;
	if (!is_off && t->off_reminder.state != RMQI_REMINDER_QUIET &&
	    rmqi_reminder_end(&t->off_reminder, rmqi_trace_now_us(t)))
		return ON;
	return NO_CHANGE;
}

/* What the brokers want: those that answer say so. */
static bool is_wanted(struct rmqi_trace *t, const struct rmq_send_result *result)
{
	enum change change = NO_CHANGE;
	bool is_off;

	rmqi_mutex_lock(&t->mu);
	if (result)
		change = note_wish(t, result->is_untraced);
	is_off = t->is_off;
	rmqi_mutex_unlock(&t->mu);
	if (change == OFF)
		RMQI_LOG(rmqi_client_log(t->client), RMQ_LOG_WARN,
			 "message trace: broker %s wants none (its setting traceOn is false): what "
			 "is sent to it is not recorded",
			 result->queue.broker_name);
	else if (change == ON)
		RMQI_LOG(rmqi_client_log(t->client), RMQ_LOG_INFO,
			 "message trace: broker %s wants it: what is sent is recorded again",
			 result->queue.broker_name);
	return !is_off;
}

/* DefaultMQProducerImpl: each message of a batch is one that somebody may look for. */
static void take_each(struct rmqi_trace *t, struct rmqi_trace_record *r, struct rmqi_str ids,
		      uint32_t messages)
{
	bool is_more = true;

	r->body_len /= messages > 0 ? messages : 1;
	while (is_more) {
		ids = rmqi_str_cut(ids, ",", &r->message_id, &is_more);
		take(t, r, rmqi_trace_add_pub);
	}
}

static void on_ended(struct rmqi_sends_observer *o, const struct rmqi_send_request *request,
		     const struct rmqi_send *core, const struct rmq_send_result *result,
		     enum rmq_error error)
{
	struct rmqi_trace *t = RMQI_CONTAINER(o, struct rmqi_trace, observer);
	struct rmqi_str properties = request->header.properties;
	struct rmqi_trace_record r = {
		.timestamp_ms = request->header.bornTimestamp,
		.region = RMQI_STR(RMQI_TRACE_REGION),
		.topic = rmqi_namespace_plain(rmqi_client_namespace(request->client),
					      request->header.topic),
		.body_len = (int64_t)request->body.len,
		.message_type = type_of(properties),
		.is_success = error == RMQ_OK};

	if (rmqi_str_is(request->header.topic, t->topic) || !is_wanted(t, result))
		return;
	r.group = rmqi_str(t->user_group);
	(void)rmqi_properties_get(properties, RMQI_PROP_TAGS, &r.tags);
	(void)rmqi_properties_get(properties, RMQI_PROP_KEYS, &r.keys);
	if (core->route && core->queue)
		r.store_host = rmqi_str(core->queue->address);
	if (core->route && core->made > 0)
		r.cost_ms = (core->ended_us - (core->deadline_us - core->budget_us)) / 1000;
	if (result && error == RMQ_OK) {
		r.region = rmqi_str(result->region_id);
		r.offset_id = rmqi_str(result->offset_message_id);
	}
	take_each(t, &r, rmqi_str(request->ids ? request->ids : request->uniq_key),
		  request->messages);
}

void rmqi_trace_ended(struct rmqi_trace *t, const struct rmqi_trace_record *r)
{
	struct rmqi_trace_record mine = *r;

	if (!t || !is_wanted(t, NULL))
		return;
	mine.group = rmqi_namespace_plain(rmqi_client_namespace(t->client), r->group);
	mine.topic = rmqi_namespace_plain(rmqi_client_namespace(t->client), r->topic);
	mine.region = RMQI_STR(RMQI_TRACE_REGION);
	mine.message_type = RMQI_TRACE_COMMITTED;
	take(t, &mine, rmqi_trace_add_end_transaction);
}

void rmqi_trace_recalled(struct rmqi_trace *t, const struct rmqi_trace_record *r)
{
	struct rmqi_trace_record mine = *r;

	if (!t || !is_wanted(t, NULL))
		return;
	mine.group = rmqi_namespace_plain(rmqi_client_namespace(t->client), r->group);
	mine.topic = rmqi_namespace_plain(rmqi_client_namespace(t->client), r->topic);
	if (mine.region.len == 0)
		mine.region = RMQI_STR(RMQI_TRACE_REGION);
	take(t, &mine, rmqi_trace_add_recall);
}

void rmqi_trace_consumed(struct rmqi_trace *t, const struct rmqi_trace_record *r, bool is_over)
{
	struct rmqi_trace_record mine = *r;

	if (!t || rmqi_str_is(r->topic, t->topic))
		return;
	mine.group = rmqi_str(t->user_group);
	take(t, &mine, is_over ? rmqi_trace_add_sub_after : rmqi_trace_add_sub_before);
}

struct rmqi_sends_observer *rmqi_trace_observer(struct rmqi_trace *t)
{
	return t ? &t->observer : NULL;
}

void rmqi_trace_count(struct rmqi_trace *t, struct rmqi_trace_counts *out)
{
	*out = (struct rmqi_trace_counts){0};
	if (!t)
		return;
	rmqi_mutex_lock(&t->mu);
	*out = t->counts;
	rmqi_mutex_unlock(&t->mu);
}

/* --- Life ------------------------------------------------------------------------------------------ */

static enum rmq_error name_all(struct rmqi_trace *t, const struct rmq_config *config,
			       const char *group, enum rmqi_trace_of whose)
{
	const char *topic = rmqi_config_str(config, RMQI_CFG_traceTopic);
	size_t size = strlen(group) + 48;

	t->group = rmqi_alloc(size);
	if (t->group)
		snprintf(t->group, size, "_INNER_TRACE_PRODUCER-%s-%s-1", group,
			 whose == RMQI_TRACE_PRODUCE ? "PRODUCE" : "CONSUME");
	t->user_group = rmqi_strdup(
		group + rmqi_namespace_hidden(rmqi_config_str(config, RMQI_CFG_namespace),
					      rmqi_str(group)));
	t->topic = rmqi_strdup(topic ? topic : RMQI_TRACE_TOPIC);
	t->batch = (uint64_t)rmqi_config_i64(config, RMQI_CFG_traceMsgBatchNum);
	return t->group && t->user_group && t->topic ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

enum rmq_error rmqi_trace_new(const struct rmqi_client *owner, const char *group,
			      enum rmqi_trace_of whose, struct rmqi_trace **out,
			      struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(owner);
	struct rmqi_trace *t;
	enum rmq_error err;

	if (!rmqi_config_bool(config, RMQI_CFG_enableTrace))
		return RMQ_OK;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	rmqi_mutex_init(&t->mu);
	rmqi_event_init(&t->emptied, rmqi_client_env(owner));
	rmqi_list_init(&t->full);
	rmqi_list_init(&t->spare);
	t->observer.ended = on_ended;
	t->task.run = rmqi_trace_run_pump;
	err = name_all(t, config, group, whose);
	if (err == RMQ_OK)
		err = rmqi_trace_make_client(t, owner, detail);
	if (err == RMQ_OK) {
		*out = t;
		return RMQ_OK;
	}
	rmqi_trace_free(t);
	return err == RMQ_ERR_NO_MEMORY ? rmqi_detail_set(detail, err, 0, "out of memory") : err;
}

static void start_timer(void *arg)
{
	struct rmqi_trace *t = arg;

	rmqi_timer_start_ms(&t->timer, RMQI_TRACE_PERIOD_MS);
}

enum rmq_error rmqi_trace_start(struct rmqi_trace *t, struct rmq_error_detail *detail)
{
	enum rmq_error err = t ? rmqi_client_start(t->client, detail) : RMQ_OK;

	if (!t || err != RMQ_OK)
		return err;
	rmqi_loop_call(rmqi_client_loop(t->client), start_timer, t);
	rmqi_mutex_lock(&t->mu);
	t->is_running = true;
	rmqi_mutex_unlock(&t->mu);
	return RMQ_OK;
}

/* @thread: loop */
static void flush(void *arg)
{
	rmqi_trace_pump(arg, true);
}

static void deinit_timer(void *arg)
{
	struct rmqi_trace *t = arg;

	if (t->timer.timers)
		rmqi_timer_deinit(&t->timer);
}

static void tell_lost(struct rmqi_trace *t)
{
	struct rmqi_trace_counts counts;

	rmqi_trace_count(t, &counts);
	RMQI_LOG(rmqi_client_log(t->client), RMQ_LOG_WARN,
		 "message trace: closed with %" PRIu64 " records that no broker has taken yet",
		 counts.waiting);
}

void rmqi_trace_hurry(struct rmqi_trace *t)
{
	bool is_first;

	if (!t)
		return;
	rmqi_mutex_lock(&t->mu);
	is_first = t->is_running && !t->is_hurried;
	t->is_hurried = true;
	rmqi_mutex_unlock(&t->mu);
	if (is_first)
		rmqi_loop_call(rmqi_client_loop(t->client), flush, t);
}

bool rmqi_trace_close(struct rmqi_trace *t, int64_t deadline_us)
{
	bool is_first, is_emptied;

	if (!t)
		return true;
	rmqi_mutex_lock(&t->mu);
	is_first = t->is_running && !t->is_closing;
	is_emptied = rmqi_trace_is_empty(t);
	t->is_closing = t->is_hurried = true;
	rmqi_mutex_unlock(&t->mu);
	if (is_first && !is_emptied) {
		rmqi_loop_call(rmqi_client_loop(t->client), flush, t);
		is_emptied = rmqi_event_wait(&t->emptied, deadline_us);
		if (!is_emptied)
			tell_lost(t);
	}
	rmqi_sender_stop(&t->sender);
	rmqi_client_close(t->client, deadline_us);
	return rmqi_sender_drain(&t->sender, deadline_us) && is_emptied;
}

static void free_list(struct rmqi_list *list)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(list)) != NULL)
		rmqi_trace_free_chunk(RMQI_LIST_ITEM(node, struct rmqi_trace_chunk, link));
}

void rmqi_trace_free(struct rmqi_trace *t)
{
	if (!t)
		return;
	if (t->client) {
		int64_t deadline_us = rmqi_clock_deadline(rmqi_client_clock(t->client), GRACE_MS);

		if (t->sender.client)
			(void)rmqi_trace_close(t, deadline_us);
		rmqi_loop_call(rmqi_client_loop(t->client), deinit_timer, t);
	}
	rmqi_client_free(t->client);
	rmqi_sender_deinit(&t->sender);
	if (t->filling)
		rmqi_trace_free_chunk(t->filling);
	free_list(&t->full);
	free_list(&t->spare);
	rmqi_event_deinit(&t->emptied);
	rmqi_mutex_deinit(&t->mu);
	rmqi_free(t->group);
	rmqi_free(t->user_group);
	rmqi_free(t->topic);
	rmqi_free(t);
}
