/* SPDX-License-Identifier: Apache-2.0 */
#include "send/batch.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/namespace.h"
#include "codec/properties.h"
#include "send/async.h"
#include "send/batched.h"
#include "send/results.h"
#include "send/sync.h"

/* --- The request --------------------------------------------------------------------------------- */

struct batch {
	struct rmqi_send_request request;
	struct rmqi_buf body, ids;
	char *topic; /* owned */
	size_t count;
	bool waits;
};

static void deinit(struct batch *b)
{
	rmqi_send_request_deinit(&b->request);
	rmqi_buf_deinit(&b->body);
	rmqi_buf_deinit(&b->ids);
	rmqi_free(b->topic);
}

static enum rmq_error check_fits(const struct rmqi_batched *first,
				 const struct rmqi_batched *member, struct rmq_error_detail *detail)
{
	const struct rmq_message *m = member->message;

	if (member->obstacle)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "it has %s, which brokers do not obey within a batch",
				       member->obstacle);
	if (strcmp(m->topic, first->message->topic) != 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "its topic is %s, that of the first is %s; a batch has one",
				       m->topic, first->message->topic);
	if (member->waits != first->waits)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "its wait-store flag is %s, that of the first is not; a "
				       "batch has one",
				       member->waits ? "true" : "false");
	return RMQ_OK;
}

static enum rmq_error put(struct batch *b, struct rmqi_batched *member,
			  struct rmq_error_detail *detail)
{
	uint8_t *at;
	enum rmq_error err = rmqi_buf_reserve(&b->body, member->size, &at);

	if (err == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "with it the batch is over maxMessageSize (%zu bytes)",
				       b->body.max);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	(void)rmqi_batched_put(member, at);
	rmqi_buf_commit(&b->body, member->size);
	if (b->ids.len > 0)
		rmqi_buf_add_u8(&b->ids, ',');
	rmqi_buf_add(&b->ids, member->id, member->id_len);
	return RMQ_OK;
}

static enum rmq_error add(struct batch *b, struct rmqi_client *client,
			  const struct rmqi_batched *first, struct rmqi_batched *member,
			  struct rmq_error_detail *detail)
{
	enum rmq_error err = check_fits(first, member, detail);

	if (err == RMQ_OK)
		err = rmqi_send_request_check(client, member->message, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_batched_make(member, rmqi_client_uniq(client));
	if (err == RMQ_OK)
		err = put(b, member, detail);
	else
		rmqi_send_properties_tell(err, detail);
	rmqi_batched_deinit(member);
	return err;
}

static enum rmq_error add_messages(struct batch *b, struct rmqi_client *client,
				   struct rmq_message *const *messages,
				   const struct rmqi_send_extra *extra,
				   struct rmq_error_detail *detail)
{
	struct rmqi_batched first, member;
	enum rmq_error err;

	rmqi_batched_read(&first, messages[0], extra);
	b->waits = first.waits;
	for (size_t i = 0; i < b->count; i++) {
		rmqi_batched_read(&member, messages[i], extra);
		err = add(b, client, &first, &member, detail);
		if (err != RMQ_OK)
			return rmqi_detail_set(detail, err, rmq_error_detail_flags(detail),
					       "messages[%zu] of %zu: %s", i, b->count,
					       rmq_error_detail_message(detail));
	}
	return RMQ_OK;
}

/* On any result, deinit follows. */
static enum rmq_error init(struct batch *b, struct rmqi_sender *s,
			   struct rmq_message *const *messages, size_t count,
			   const struct rmqi_send_extra *extra, struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(s->client);
	enum rmq_error err;

	*b = (struct batch){.count = count};
	rmqi_buf_init(&b->body, (size_t)rmqi_config_i64(config, RMQI_CFG_maxMessageSize));
	rmqi_buf_init(&b->ids, SIZE_MAX / 4);
	err = add_messages(b, s->client, messages, extra, detail);
	if (err != RMQ_OK)
		return err;
	b->topic = rmqi_strdup(messages[0]->topic);
	err = rmqi_send_request_init_batch(&b->request, s->client, s->group,
					   b->topic ? b->topic : "", b->waits,
					   rmqi_buf_cursor(&b->body));
	b->request.ids = rmqi_buf_text(&b->ids);
	b->request.messages = (uint32_t)count;
	if (err == RMQ_OK)
		err = rmqi_buf_status(&b->ids);
	if (err == RMQ_OK && !b->topic)
		err = RMQ_ERR_NO_MEMORY;
	return err == RMQ_OK ? RMQ_OK : rmqi_detail_set(detail, err, 0, "out of memory");
}

/* `whole` is moved. */
static enum rmq_error tell_each(const struct batch *b, struct rmq_send_result *whole,
				struct rmq_send_results **out, struct rmq_error_detail *detail)
{
	struct rmqi_str ids = rmqi_cursor_str(rmqi_buf_cursor(&b->ids));
	struct rmq_send_results *results = rmqi_send_results_new(whole, ids, b->count);

	if (!results)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, RMQ_ERROR_MAYBE_STORED,
				       "the batch is stored, but memory is out for the results");
	*out = results;
	return RMQ_OK;
}

/* --- Synchronous ----------------------------------------------------------------------------------- */

enum rmq_error rmqi_send_batch(struct rmqi_sender *s, struct rmq_message *const *messages,
			       size_t count, const struct rmqi_send_how *how,
			       struct rmq_send_results **results, struct rmq_error_detail *detail)
{
	struct rmq_send_result *whole = NULL;
	struct batch b;
	enum rmq_error err = init(&b, s, messages, count, how ? how->extra : NULL, detail);

	if (err == RMQ_OK)
		err = rmqi_send_sync_request(s, &b.request, b.topic, how, results ? &whole : NULL,
					     detail);
	if (err == RMQ_OK && results)
		err = tell_each(&b, whole, results, detail);
	else
		rmqi_free(whole);
	deinit(&b);
	return err;
}

/* --- Asynchronous ---------------------------------------------------------------------------------- */

struct user_batch {
	struct rmqi_async_send send;
	struct batch batch;        /* its request is that of `send` while that is under way */
	struct rmqi_choice choice; /* kept */
	struct rmqi_task task;
	struct rmqi_place place;
	rmq_send_batch_fn fn;
	void *arg;
};

/* Its room is given back. */
static void free_user_batch(struct user_batch *u)
{
	rmqi_flight_leave(&u->place, NULL);
	deinit(&u->batch);
	rmqi_free(u->send.result);
	rmqi_free(u->send.room);
	rmq_error_detail_free(u->send.detail);
	rmqi_choice_drop(&u->choice);
	rmqi_free(u);
}

static void run_callback(struct rmqi_task *task)
{
	struct user_batch *u = RMQI_CONTAINER(task, struct user_batch, task);
	struct rmqi_async_send *a = &u->send;
	struct rmq_send_results *results = NULL;
	struct rmqi_lent lent;

	if (a->error == RMQ_OK) {
		struct rmq_send_result *whole = a->result;

		a->result = NULL;
		if (!a->detail)
			a->detail = rmqi_detail_new();
		a->error = tell_each(&u->batch, whole, &results, a->detail);
	}
	rmqi_flight_lend(&lent, &u->place);
	u->fn(a->error, results, a->error == RMQ_OK ? NULL : a->detail, u->arg);
	rmqi_send_results_free(results);
	free_user_batch(u);
	rmqi_flight_unlend(&lent);
}

/* For the list of what was not delivered. */
static void note_losses(const struct user_batch *u)
{
	const struct rmqi_async_send *a = &u->send;
	struct rmqi_str ids = rmqi_cursor_str(rmqi_buf_cursor(&u->batch.ids));
	struct rmqi_cursor rest = rmqi_buf_cursor(&u->batch.body);
	struct rmqi_loss loss = {
		.error = a->error,
		.topic = rmqi_namespace_plain(rmqi_client_namespace(a->sender->client),
					      rmqi_str(u->batch.topic))};
	struct rmqi_batch_item item;

	/* Without memory for a detail nobody knows. */
	loss.is_maybe_stored =
		!a->detail || (rmq_error_detail_flags(a->detail) & RMQ_ERROR_MAYBE_STORED);
	for (size_t i = 0; i < u->batch.count && rmqi_batch_decode(&rest, &item) == RMQ_OK; i++) {
		loss.id = rmqi_send_results_cut(ids, u->batch.count, i);
		loss.keys = RMQI_STR("");
		(void)rmqi_properties_get(item.properties, RMQI_PROP_KEYS, &loss.keys);
		rmqi_losses_add(&a->sender->losses, &loss);
	}
}

static void on_done(struct rmqi_async_send *a)
{
	struct user_batch *u = RMQI_CONTAINER(a, struct user_batch, send);

	if (!a->sender) {
		run_callback(&u->task);
		return;
	}
	if (a->error != RMQ_OK && atomic_load(&a->sender->is_refusing))
		note_losses(u);
	u->task.run = run_callback;
	rmqi_client_callback(a->sender->client, &u->task);
}

static enum rmq_error start(struct user_batch *u, struct rmqi_sender *s,
			    const struct rmqi_send_how *how, struct rmq_error_detail *detail)
{
	struct rmqi_send_how mine = *how;

	u->send.fn = on_done;
	u->send.wants_result = true;
	u->send.topic = u->batch.topic;
	u->send.request = u->batch.request;
	mine.choice = &u->choice;
	return rmqi_async_send_start(&u->send, s, &mine, detail);
}

/* With room for it, which is given back when it did not begin. */
static enum rmq_error begin(struct rmqi_sender *s, struct rmq_message *const *messages,
			    const struct rmqi_place *place, const struct rmqi_send_how *how,
			    struct user_batch *u, struct rmq_error_detail *detail)
{
	enum rmq_error err;

	u->place = *place;
	err = init(&u->batch, s, messages, place->messages, how->extra, detail);
	if (err == RMQ_OK)
		err = rmqi_choice_keep(&u->choice, how->choice, messages[0], detail);
	if (err == RMQ_OK)
		err = start(u, s, how, detail);
	if (err != RMQ_OK)
		free_user_batch(u);
	return err;
}

static size_t bytes_of(struct rmq_message *const *messages, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += messages[i]->body_len + messages[i]->properties_len;
	return bytes;
}

/* The sender was entered: it is not gone while this waits for room. */
static enum rmq_error accept(struct rmqi_sender *s, struct rmq_message *const *messages,
			     size_t count, const struct rmqi_send_how *how, struct user_batch *u,
			     struct rmq_error_detail *detail)
{
	struct rmqi_place place;
	enum rmq_error err = rmqi_flight_enter_many(s->flight, count, bytes_of(messages, count),
						    how->began_us + rmqi_sender_budget_us(s, how),
						    &place, detail);

	if (err == RMQ_OK)
		return begin(s, messages, &place, how, u, detail);
	rmqi_sender_count_refused(s, err);
	rmqi_free(u);
	return err;
}

enum rmq_error rmqi_send_batch_async(struct rmqi_sender *s, struct rmq_message *const *messages,
				     size_t count, const struct rmqi_send_how *how,
				     rmq_send_batch_fn fn, void *arg,
				     struct rmq_error_detail *detail)
{
	struct rmqi_send_how mine = how ? *how : (struct rmqi_send_how){0};
	enum rmq_error err = rmqi_client_need_callbacks(s->client);
	struct user_batch *u;

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s",
				       rmq_error_text(err));
	u = rmqi_calloc(1, sizeof(*u));
	if (!u)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	u->fn = fn;
	u->arg = arg;
	err = rmqi_sender_enter(s, detail);
	if (err != RMQ_OK) {
		rmqi_free(u);
		return err;
	}
	mine.began_us = rmqi_clock_us(rmqi_client_clock(s->client));
	err = accept(s, messages, count, &mine, u, detail);
	rmqi_sender_leave(s);
	return err;
}
