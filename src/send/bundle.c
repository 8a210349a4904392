/* SPDX-License-Identifier: Apache-2.0 */
#include "send/bundle.h"

#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/namespace.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "send/results.h"

enum { FIRST_ENTRIES = 64, LEAVE_AT_ONCE = 32 };

/* A message of a bundle that is sent by itself; its record stays in the bundle. */
struct rmqi_single {
	struct rmqi_async_send send;
	struct rmqi_bundle *bundle;
};

static void set_state(struct rmqi_bundle *b, enum rmqi_bundle_state to)
{
	/* The arrows of bundle.h. */
	assert(to == RMQI_BUNDLE_OPEN ||
	       (b->state == RMQI_BUNDLE_OPEN      ? to == RMQI_BUNDLE_READY
		: b->state == RMQI_BUNDLE_READY   ? to == RMQI_BUNDLE_SENT
		: b->state == RMQI_BUNDLE_SENT    ? to > RMQI_BUNDLE_SENT
		: b->state == RMQI_BUNDLE_SINGLES ? to == RMQI_BUNDLE_TELLING
						  : false));
	b->state = to;
}

/* --- Its messages ------------------------------------------------------------------------------------ */

struct rmqi_bundle *rmqi_bundle_new(size_t tellers)
{
	struct rmqi_bundle *b = rmqi_calloc(1, sizeof(*b) + tellers * sizeof(b->tellers[0]));

	if (!b)
		return NULL;
	rmqi_list_init(&b->link);
	rmqi_list_init(&b->open);
	rmqi_list_init(&b->leads);
	rmqi_list_init(&b->peers);
	rmqi_buf_init(&b->topic, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&b->broker_name, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&b->body, 0);
	rmqi_buf_init(&b->ids, RMQI_BUNDLE_MOST * RMQI_ID_SIZE);
	b->teller_count = tellers;
	for (size_t i = 0; i < tellers; i++)
		b->tellers[i].bundle = b;
	return b;
}

void rmqi_bundle_free(struct rmqi_bundle *b)
{
	if (!b)
		return;
	rmqi_send_request_deinit(&b->send.request);
	rmqi_free(b->send.room);
	rmqi_buf_deinit(&b->topic);
	rmqi_buf_deinit(&b->broker_name);
	rmqi_buf_deinit(&b->body);
	rmqi_buf_deinit(&b->ids);
	rmqi_free(b->entries);
	rmqi_free(b);
}

static enum rmq_error set_text(struct rmqi_buf *out, const char *text)
{
	rmqi_buf_reset(out);
	rmqi_buf_add(out, text, strlen(text) + 1);
	return rmqi_buf_status(out);
}

enum rmq_error rmqi_bundle_open(struct rmqi_bundle *b, const char *topic, bool waits,
				const struct rmqi_publish_queue *queue, size_t body_max,
				int64_t now_us)
{
	enum rmq_error err = set_text(&b->topic, topic);

	if (err == RMQ_OK && queue)
		err = set_text(&b->broker_name, queue->broker_name);
	if (err != RMQ_OK)
		return err;
	rmqi_buf_reset(&b->body);
	b->body.max = body_max;
	b->waits = waits;
	b->has_queue = queue != NULL;
	if (queue)
		b->queue = (struct rmqi_publish_queue){
			.broker_name = (const char *)rmqi_buf_data(&b->broker_name),
			.queue_id = queue->queue_id};
	b->opened_us = now_us;
	b->count = 0;
	b->is_form_refused = false;
	set_state(b, RMQI_BUNDLE_OPEN);
	return RMQ_OK;
}

static enum rmq_error make_room(struct rmqi_bundle *b)
{
	size_t cap = b->cap ? b->cap * 2 : FIRST_ENTRIES;
	struct rmqi_bundle_entry *grown;

	if (b->count < b->cap)
		return RMQ_OK;
	grown = rmqi_realloc(b->entries, cap * sizeof(*grown));
	if (!grown)
		return RMQ_ERR_NO_MEMORY;
	b->entries = grown;
	b->cap = cap;
	return RMQ_OK;
}

enum rmq_error rmqi_bundle_add(struct rmqi_bundle *b, const struct rmqi_batched *message,
			       const struct rmqi_bundle_entry *entry)
{
	enum rmq_error err = make_room(b);
	struct rmqi_bundle_entry *e;
	uint8_t *at;

	if (err == RMQ_OK)
		err = rmqi_buf_reserve(&b->body, message->size, &at);
	if (err != RMQ_OK)
		return err;
	e = &b->entries[b->count++];
	*e = *entry;
	e->at = b->body.len;
	e->id_at = e->at + rmqi_batched_put(message, at);
	rmqi_buf_commit(&b->body, message->size);
	b->id_len = message->id_len;
	return RMQ_OK;
}

void rmqi_bundle_seal(struct rmqi_bundle *b)
{
	set_state(b, RMQI_BUNDLE_READY);
}

static const char *topic_of(const struct rmqi_bundle *b)
{
	return (const char *)rmqi_buf_data(&b->topic);
}

static struct rmqi_str id_of(const struct rmqi_bundle *b, size_t i)
{
	return rmqi_str_n((const char *)rmqi_buf_data(&b->body) + b->entries[i].id_at, b->id_len);
}

static void copy_id(const struct rmqi_bundle *b, size_t i, char out[RMQI_ID_SIZE])
{
	struct rmqi_str id = id_of(b, i);

	rmqi_memcpy(out, id.ptr, id.len);
	out[id.len] = '\0';
}

static struct rmqi_batch_item item_at(const struct rmqi_bundle *b, size_t i)
{
	struct rmqi_cursor rest = rmqi_buf_cursor(&b->body);
	struct rmqi_batch_item item = {0};
	enum rmq_error err;

	(void)rmqi_cursor_skip(&rest, b->entries[i].at);
	err = rmqi_batch_decode(&rest, &item);
	/* We wrote it ourselves. */
	assert(err == RMQ_OK);
	(void)err;
	return item;
}

/* --- Telling ------------------------------------------------------------------------------------------- */

/* What its send came to. */
static const struct rmqi_async_send *send_of(const struct rmqi_bundle *b, size_t i)
{
	return b->singles ? &b->singles[i].send : &b->send;
}

/* The result of one; its offset id is written to `buf`. */
static void view_result(const struct rmqi_bundle *b, size_t i, struct rmq_send_result *out,
			char buf[RMQI_ID_SIZE])
{
	const struct rmqi_async_send *a = send_of(b, i);
	struct rmqi_str id;

	*out = *a->result;
	if (b->singles || b->count == 1)
		return;
	id = rmqi_send_results_cut(rmqi_str(a->result->offset_message_id), b->count, i);
	id.len = id.len < RMQI_ID_SIZE ? id.len : 0;
	rmqi_memcpy(buf, id.ptr, id.len);
	buf[id.len] = '\0';
	out->offset_message_id = buf;
	out->queue_offset += (int64_t)i;
	copy_id(b, i, out->message_id);
}

/* The failure of one: with its own id. */
static void copy_detail(const struct rmqi_bundle *b, size_t i, struct rmq_error_detail *out)
{
	const struct rmq_error_detail *from = send_of(b, i)->detail;
	const struct rmq_queue *queue = rmq_error_detail_queue(from);
	char id[RMQI_ID_SIZE];

	copy_id(b, i, id);
	rmqi_detail_set(out, send_of(b, i)->error, 0, "%s", rmq_error_text(send_of(b, i)->error));
	rmqi_detail_copy(out, from);
	rmqi_detail_set_message(out, id, queue->queue_id >= 0 ? queue : NULL);
}

static void wake(const struct rmqi_bundle *b, size_t i)
{
	struct rmqi_bundle_waiter *w = b->entries[i].waiter;
	struct rmq_send_result view;
	char offset_id[RMQI_ID_SIZE];

	w->error = send_of(b, i)->error;
	if (w->error == RMQ_OK && w->wants_result) {
		view_result(b, i, &view, offset_id);
		w->result = rmqi_send_result_dup(&view);
		if (!w->result)
			w->error = rmqi_detail_set(w->detail, RMQ_ERR_NO_MEMORY,
						   RMQ_ERROR_MAYBE_STORED,
						   "the message is stored, but memory is out for "
						   "the result");
	} else if (w->error != RMQ_OK) {
		copy_detail(b, i, w->detail);
	}
	/* It is gone from here on. */
	rmqi_event_set(&w->done);
}

static void call(const struct rmqi_bundle *b, size_t i)
{
	const struct rmqi_bundle_entry *e = &b->entries[i];
	enum rmq_error error = send_of(b, i)->error;
	struct rmq_error_detail *detail = NULL;
	struct rmq_send_result view;
	char offset_id[RMQI_ID_SIZE];

	if (error == RMQ_OK) {
		view_result(b, i, &view, offset_id);
		e->fn(RMQ_OK, &view, NULL, e->arg);
		return;
	}
	detail = rmqi_detail_new();
	copy_detail(b, i, detail);
	e->fn(error, NULL, detail, e->arg);
	rmq_error_detail_free(detail);
}

static void end_singles(struct rmqi_bundle *b)
{
	for (size_t i = 0; b->singles && i < b->count; i++) {
		rmqi_free(b->singles[i].send.result);
		rmqi_free(b->singles[i].send.room);
		rmq_error_detail_free(b->singles[i].send.detail);
	}
	rmqi_free(b->singles);
	b->singles = NULL;
}

/* All are told. */
static void end(struct rmqi_bundle *b)
{
	struct rmqi_async_send *a = &b->send;

	end_singles(b);
	if (a->result)
		a->room = a->result;
	a->result = NULL;
	rmq_error_detail_free(a->detail);
	a->detail = NULL;
	b->gone(b);
}

/* Callbacks that have returned: their places are left together, under one lock. */
struct told {
	struct rmqi_place *places[LEAVE_AT_ONCE];
	size_t count;
};

static void leave(struct told *t)
{
	rmqi_flight_leave_many(t->places, t->count);
	t->count = 0;
}

/* The next entry with a callback that nobody has taken; b->count: none. */
static size_t take_next(struct rmqi_bundle *b)
{
	size_t i = atomic_fetch_add(&b->next, 1);

	while (i < b->count && !b->entries[i].fn)
		i = atomic_fetch_add(&b->next, 1);
	return i < b->count ? i : b->count;
}

/* @thread: a callback of the client */
static void run_teller(struct rmqi_task *task)
{
	struct rmqi_bundle *b = RMQI_CONTAINER(task, struct rmqi_teller, task)->bundle;
	struct told told = {.count = 0};
	size_t i = take_next(b);

	while (i < b->count) {
		struct rmqi_lent lent;

		rmqi_flight_lend(&lent, &b->entries[i].place);
		call(b, i);
		told.places[told.count++] = &b->entries[i].place;
		i = take_next(b);
		if (told.count == LEAVE_AT_ONCE || i == b->count)
			leave(&told);
		rmqi_flight_unlend(&lent);
	}
	if (atomic_fetch_sub(&b->telling, 1) == 1)
		end(b);
}

/* For the list of what was not delivered. */
static void note_loss(const struct rmqi_bundle *b, size_t i)
{
	const struct rmqi_async_send *a = send_of(b, i);
	struct rmqi_batch_item item = item_at(b, i);
	struct rmqi_loss loss = {
		.error = a->error,
		.id = id_of(b, i),
		.topic = rmqi_namespace_plain(rmqi_client_namespace(b->send.sender->client),
					      rmqi_str(topic_of(b)))};

	/* Without memory for a detail nobody knows. */
	loss.is_maybe_stored =
		!a->detail || (rmq_error_detail_flags(a->detail) & RMQ_ERROR_MAYBE_STORED);
	(void)rmqi_properties_get(item.properties, RMQI_PROP_KEYS, &loss.keys);
	rmqi_losses_add(&b->send.sender->losses, &loss);
}

static void note_losses(const struct rmqi_bundle *b)
{
	if (!atomic_load(&b->send.sender->is_refusing))
		return;
	for (size_t i = 0; i < b->count; i++)
		if (b->entries[i].fn && send_of(b, i)->error != RMQ_OK)
			note_loss(b, i);
}

/* @thread: loop */
static void tell(struct rmqi_bundle *b)
{
	struct rmqi_client *client = b->send.sender->client;
	size_t callbacks = 0, tellers;

	set_state(b, RMQI_BUNDLE_TELLING);
	b->ended_us = rmqi_clock_us(rmqi_client_clock(client));
	note_losses(b);
	for (size_t i = 0; i < b->count; i++)
		callbacks += b->entries[i].fn != NULL;
	tellers = callbacks < b->teller_count ? callbacks : b->teller_count;
	atomic_store(&b->next, 0);
	atomic_store(&b->telling, tellers + 1);
	for (size_t i = 0; i < b->count && callbacks < b->count; i++)
		if (!b->entries[i].fn)
			wake(b, i);
	for (size_t i = 0; i < tellers; i++) {
		b->tellers[i].task.run = run_teller;
		rmqi_client_callback(client, &b->tellers[i].task);
	}
	if (atomic_fetch_sub(&b->telling, 1) == 1)
		end(b);
}

/* --- One by one ------------------------------------------------------------------------------------------ */

/* The request of one message, which stays in the bundle. */
static void fill_single(struct rmqi_send_request *r, struct rmqi_bundle *b, size_t i,
			const struct rmqi_send_request *whole)
{
	struct rmqi_batch_item item = item_at(b, i);

	*r = (struct rmqi_send_request){.code = RMQI_REQ_SEND_MESSAGE_V2,
					.messages = 1,
					.client = whole->client,
					.header = whole->header,
					.body = item.body};
	copy_id(b, i, r->uniq_key);
	r->header.flag = item.flag;
	RMQI_SET(&r->header, send_message, properties, item.properties);
	RMQI_SET(&r->header, send_message, batch, false);
}

/* @thread: loop */
static void on_single(struct rmqi_async_send *a)
{
	struct rmqi_bundle *b = RMQI_CONTAINER(a, struct rmqi_single, send)->bundle;

	b->is_form_refused = b->is_form_refused && a->error == RMQ_OK;
	if (--b->singles_left == 0)
		tell(b);
}

static struct rmqi_send_how how_of(const struct rmqi_bundle *b, struct rmqi_picker *picker)
{
	struct rmqi_send_how how = {.began_us = b->opened_us};

	if (b->has_queue) {
		*picker = rmqi_picker_fixed(&b->queue);
		how.picker = picker;
	}
	return how;
}

static void start_single(struct rmqi_bundle *b, size_t i)
{
	struct rmqi_async_send *a = &b->singles[i].send;
	struct rmqi_picker picker;
	struct rmqi_send_how how = how_of(b, &picker);
	enum rmq_error err;

	b->singles[i].bundle = b;
	fill_single(&a->request, b, i, &b->send.request);
	a->fn = on_single;
	a->topic = topic_of(b);
	a->wants_result = true;
	err = rmqi_async_send_start(a, b->send.sender, &how, NULL);
	if (err == RMQ_OK)
		return;
	a->error = RMQ_ERR_CANCELLED;
	a->detail = rmqi_detail_new();
	rmqi_detail_set(a->detail, a->error, RMQ_ERROR_FATAL, "closed before it was sent");
	b->is_form_refused = false;
	b->singles_left--;
}

/* Nothing was stored, and it is the form that the broker does not take. */
static bool is_form_refused(const struct rmqi_bundle *b)
{
	const struct rmqi_async_send *a = &b->send;

	return a->error == RMQ_ERR_BROKER && b->count > 1 && !a->core.maybe_stored &&
	       (a->core.code == RMQI_RESP_MESSAGE_ILLEGAL ||
		a->core.code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
}

/* False: memory is out. @thread: loop */
static bool start_singles(struct rmqi_bundle *b)
{
	b->singles = rmqi_calloc(b->count, sizeof(*b->singles));
	if (!b->singles)
		return false;
	set_state(b, RMQI_BUNDLE_SINGLES);
	b->singles_left = b->count + 1;
	b->is_form_refused = true;
	for (size_t i = 0; i < b->count; i++)
		start_single(b, i);
	if (--b->singles_left == 0)
		tell(b);
	return true;
}

/* --- Together -------------------------------------------------------------------------------------------- */

/* @thread: loop */
static void on_done(struct rmqi_async_send *a)
{
	struct rmqi_bundle *b = RMQI_CONTAINER(a, struct rmqi_bundle, send);

	if (is_form_refused(b)) {
		RMQI_LOG(
			rmqi_client_log(a->sender->client), RMQ_LOG_WARN,
			"%zu messages of topic %s are sent one by one: together they are refused: %s",
			b->count, topic_of(b), rmq_error_detail_message(a->detail));
		if (start_singles(b))
			return;
	}
	tell(b);
}

/* Without memory for it, the observer hears of the first one only. */
static const char *join_ids(struct rmqi_bundle *b)
{
	rmqi_buf_reset(&b->ids);
	for (size_t i = 0; i < b->count; i++) {
		if (i > 0)
			rmqi_buf_add_u8(&b->ids, ',');
		rmqi_buf_add_str(&b->ids, id_of(b, i));
	}
	return rmqi_buf_status(&b->ids) == RMQ_OK ? rmqi_buf_text(&b->ids) : NULL;
}

static enum rmq_error make_request(struct rmqi_bundle *b, struct rmqi_sender *s)
{
	struct rmqi_send_request *r = &b->send.request, whole;
	enum rmq_error err;

	rmqi_send_request_deinit(r);
	err = rmqi_send_request_init_batch(r, s->client, s->group, topic_of(b), b->waits,
					   rmqi_buf_cursor(&b->body));
	copy_id(b, 0, r->uniq_key);
	r->messages = (uint32_t)b->count;
	r->ids = s->observer && b->count > 1 ? join_ids(b) : NULL;
	if (err != RMQ_OK || b->count > 1)
		return err;
	whole = *r;
	fill_single(r, b, 0, &whole);
	rmqi_send_request_deinit(&whole);
	return RMQ_OK;
}

/* It did not begin. @thread: loop */
static void run_failed(struct rmqi_task *task)
{
	struct rmqi_bundle *b = RMQI_CONTAINER(task, struct rmqi_bundle, send.task);
	struct rmqi_sender *s = b->send.sender;

	tell(b);
	rmqi_sender_leave(s);
}

static void fail(struct rmqi_bundle *b, struct rmqi_sender *s, enum rmq_error error,
		 const char *why)
{
	struct rmqi_async_send *a = &b->send;

	a->sender = s;
	a->error = error;
	a->detail = rmqi_detail_new();
	rmqi_detail_set(a->detail, error, error == RMQ_ERR_CANCELLED ? RMQ_ERROR_FATAL : 0, "%s",
			why);
	a->task.run = run_failed;
	rmqi_loop_post(rmqi_client_loop(s->client), &a->task);
}

void rmqi_bundle_start(struct rmqi_bundle *b, struct rmqi_sender *s)
{
	struct rmqi_async_send *a = &b->send;
	struct rmqi_picker picker;
	struct rmqi_send_how how = how_of(b, &picker);
	enum rmq_error err = make_request(b, s);

	set_state(b, RMQI_BUNDLE_SENT);
	a->fn = on_done;
	a->topic = topic_of(b);
	a->wants_result = true;
	if (err != RMQ_OK) {
		fail(b, s, err, "out of memory");
		return;
	}
	err = rmqi_async_send_start(a, s, &how, NULL);
	if (err != RMQ_OK)
		fail(b, s, RMQ_ERR_CANCELLED, "closed before it was sent");
	else
		rmqi_sender_leave(s);
}
