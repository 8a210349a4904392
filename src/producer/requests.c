/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/planted.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "client/namespace.h"
#include "client/reply.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "send/result.h"
#include "send/send_hooks.h"

enum { LOG_EVERY_US = 1000 * 1000, WHY_SIZE = 400 };

/* Counted: one for its send, one for who waits for it. */
struct request {
	atomic_uint refs;
	struct rmqi_requests *owner;
	char id[RMQI_ID_SIZE];
	atomic_bool is_pending; /* it is in the table; written under owner->mu */
	int64_t budget_ms;
	int64_t deadline_us;
	rmq_reply_fn fn; /* NULL: a thread waits for `done` */
	void *arg;
	struct rmqi_event done;
	struct rmqi_task task;

	/* Loop. */
	struct rmqi_timer timer; /* from the answer to the send on */
	bool is_stored;
	char message_id[RMQI_ID_SIZE];
	char *broker_name; /* owned; where it is stored */
	int32_t queue_id;

	/* Its end. */
	enum rmq_error error;
	struct rmq_message *reply;
	struct rmq_error_detail *detail;
	char topic[]; /* of the request */
};

static int64_t now_us(const struct rmqi_requests *r)
{
	return rmqi_clock_us(rmqi_client_clock(r->client));
}

static void request_unref(struct request *q)
{
	if (atomic_fetch_sub(&q->refs, 1) != 1)
		return;
	rmqi_event_deinit(&q->done);
	rmq_message_free(q->reply);
	rmq_error_detail_free(q->detail);
	rmqi_free(q->broker_name);
	rmqi_free(q);
}

static struct request *request_new(struct rmqi_requests *r, const char *topic,
				   const struct rmqi_send_how *how)
{
	size_t len = strlen(topic);
	struct request *q = rmqi_calloc(1, sizeof(*q) + len + 1);

	if (!q)
		return NULL;
	atomic_init(&q->refs, 2);
	q->owner = r;
	q->queue_id = -1;
	rmqi_uniq_next(rmqi_client_uniq(r->client), q->id);
	rmqi_event_init(&q->done, rmqi_client_env(r->client));
	q->budget_ms = rmqi_sender_budget_us(r->sender, how) / 1000;
	q->deadline_us = now_us(r) + q->budget_ms * 1000;
	rmqi_memcpy(q->topic, topic, len + 1);
	return q;
}

/* --- The table -------------------------------------------------------------------------------------- */

static enum rmq_error add(struct rmqi_requests *r, struct request *q,
			  struct rmq_error_detail *detail)
{
	bool is_closed;
	enum rmq_error err = RMQ_OK;

	rmqi_mutex_lock(&r->mu);
	is_closed = r->is_closed;
	if (!is_closed)
		err = rmqi_map_set(&r->pending, rmqi_str(q->id), q, NULL);
	q->is_pending = !is_closed && err == RMQ_OK;
	rmqi_mutex_unlock(&r->mu);
	if (is_closed)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the producer is closed");
	return err == RMQ_OK ? err : rmqi_detail_set(detail, err, 0, "out of memory");
}

/* True: the caller ends it, and nobody else. */
static bool take_out(struct request *q)
{
	struct rmqi_requests *r = q->owner;
	bool was_pending;

	rmqi_mutex_lock(&r->mu);
	was_pending = q->is_pending;
	if (was_pending)
		rmqi_map_remove(&r->pending, rmqi_str(q->id));
	q->is_pending = false;
	rmqi_mutex_unlock(&r->mu);
	return was_pending;
}

/* One that is in it: a reference of it for the caller. */
static struct request *find(struct rmqi_requests *r, struct rmqi_str id)
{
	struct request *q;

	rmqi_mutex_lock(&r->mu);
	q = rmqi_map_get(&r->pending, id);
	if (RMQI_PLANTED(REPLY_TO_ANOTHER) && r->pending.count > 0)
		q = rmqi_map_at(&r->pending, 0, NULL);
	if (q)
		atomic_fetch_add(&q->refs, 1);
	rmqi_mutex_unlock(&r->mu);
	return q;
}

size_t rmqi_requests_pending(struct rmqi_requests *r)
{
	size_t count;

	rmqi_mutex_lock(&r->mu);
	count = r->pending.count;
	rmqi_mutex_unlock(&r->mu);
	return count;
}

/* --- The end ---------------------------------------------------------------------------------------- */

static void run_callback(struct rmqi_task *task)
{
	struct request *q = RMQI_CONTAINER(task, struct request, task);

	q->fn(q->error, q->reply, q->error == RMQ_OK ? NULL : q->detail, q->arg);
	request_unref(q);
}

/* @thread: loop */
static void count_end(const struct request *q, enum rmq_error error)
{
	struct rmqi_request_counts *c = &q->owner->counts;
	int64_t began_us = q->deadline_us - q->budget_ms * 1000;

	if (error == RMQ_OK) {
		c->replied++;
		rmqi_histogram_add_alone(&c->replied_us, now_us(q->owner) - began_us);
	} else if (error == RMQ_ERR_NO_REPLY) {
		c->unanswered++;
	} else if (error == RMQ_ERR_CANCELLED) {
		c->cancelled++;
	} else {
		c->failed++;
	}
}

/* It was taken out. What else it ends with stands in it. @thread: loop */
static void end(struct request *q, enum rmq_error error)
{
	struct rmqi_requests *r = q->owner;
	struct rmqi_sender *s = r->sender;

	rmqi_timer_deinit(&q->timer);
	q->error = error;
	count_end(q, error);
	if (!q->fn) {
		rmqi_event_set(&q->done);
		return;
	}
	q->task.run = run_callback;
	rmqi_client_callback(r->client, &q->task);
	rmqi_sender_leave(s);
}

/* Where it is stored, or may be, stands in its detail. */
static void describe(struct request *q, enum rmq_error error, unsigned flags, const char *why)
{
	const char *space = rmqi_client_namespace(q->owner->client);
	struct rmq_queue queue = {q->topic + rmqi_namespace_hidden(space, rmqi_str(q->topic)),
				  q->broker_name ? q->broker_name : "", q->queue_id};

	q->detail = rmqi_detail_new();
	rmqi_detail_set(q->detail, error, flags | (q->is_stored ? RMQ_ERROR_MAYBE_STORED : 0u),
			"%s", why);
	rmqi_detail_set_message(q->detail, q->message_id, q->is_stored ? &queue : NULL);
}

static void on_time_over(struct rmqi_timer *t)
{
	struct request *q = RMQI_CONTAINER(t, struct request, timer);
	struct rmqi_client *c = q->owner->client;
	const char *stranger = rmqi_client_unknown_to(c);
	char why[WHY_SIZE];

	if (!take_out(q))
		return;
	snprintf(
		why, sizeof(why),
		"the request is stored (%s, queue %d of broker %s), but no reply came within %" PRId64
		" ms%s%s%s",
		q->message_id, (int)q->queue_id, q->broker_name ? q->broker_name : "", q->budget_ms,
		stranger ? "; broker " : "", stranger ? stranger : "",
		stranger ? " does not take our heartbeats, and would lose a reply" : "");
	if (rmqi_client_has_namesake(c))
		snprintf(why + strlen(why), sizeof(why) - strlen(why),
			 "; another producer of this process has the client id %s, too",
			 rmqi_client_id(c));
	describe(q, RMQ_ERR_NO_REPLY, RMQ_ERROR_RETRIABLE, why);
	end(q, RMQ_ERR_NO_REPLY);
}

/* From here on its own timer ends it. False: no memory for that. */
static bool wait_for_reply(struct request *q, const struct rmq_send_result *result)
{
	const struct rmq_queue *queue = &result->queue;
	struct rmqi_timers *timers = rmqi_loop_timers(rmqi_client_loop(q->owner->client));

	q->is_stored = true;
	q->queue_id = queue->queue_id;
	snprintf(q->message_id, sizeof(q->message_id), "%s", result->message_id);
	q->broker_name = rmqi_strdup(queue->broker_name);
	if (!q->broker_name || rmqi_timer_init(&q->timer, timers, on_time_over) != RMQ_OK)
		return false;
	rmqi_timer_start(&q->timer, q->deadline_us);
	return true;
}

/* The send has ended. @thread: loop, which alone takes out what was begun; a callback when the producer was
 * freed, and then it was taken out */
static void on_sent(enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *detail, void *arg)
{
	struct request *q = arg;

	if (!atomic_load(&q->is_pending)) {
		request_unref(q);
		return;
	}
	if (error == RMQ_OK && !wait_for_reply(q, result)) {
		describe(q, RMQ_ERR_NO_MEMORY, 0,
			 "the request is stored, but there is no memory to wait for its reply");
		error = RMQ_ERR_NO_MEMORY;
	} else if (error != RMQ_OK) {
		q->detail = detail ? rmqi_detail_new() : NULL;
		rmqi_detail_copy(q->detail, detail);
	}
	if (error != RMQ_OK && take_out(q))
		end(q, error);
	request_unref(q);
}

/* --- The beginning ---------------------------------------------------------------------------------- */

static enum rmq_error check(struct rmqi_requests *r, const struct rmq_message *m,
			    struct rmq_error_detail *detail)
{
	if (m->is_reply)
		return rmqi_detail_set(
			detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
			"the message is a reply: it is sent (rmq_producer_send), and "
			"gets none itself");
	if (rmqi_client_has_namesake(r->client))
		return rmqi_detail_set(
			detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			"another producer of this process has the client id %s, and would get the "
			"replies: give each its own instanceName, or leave it at DEFAULT",
			rmqi_client_id(r->client));
	return RMQ_OK;
}

static enum rmq_error send(struct request *q, const struct rmq_message *m,
			   const struct rmqi_send_how *how, struct rmq_error_detail *detail)
{
	struct rmqi_requests *r = q->owner;
	struct rmqi_clock *clock = rmqi_client_clock(r->client);
	char ttl[24];
	const char *const properties[] = {RMQI_PROP_CORRELATION_ID,
					  q->id,
					  RMQI_PROP_REPLY_TO_CLIENT,
					  rmqi_client_id(r->client),
					  RMQI_PROP_TTL,
					  ttl,
					  NULL};
	struct rmqi_send_extra extra = {.properties = properties};
	struct rmqi_send_how own = *how;

	snprintf(ttl, sizeof(ttl), "%" PRId64, q->budget_ms);
	own.extra = &extra;
	own.ends_on_loop = true;
	own.timeout_ms = rmqi_clock_left_ms(clock, q->deadline_us);
	if (own.timeout_ms < 1)
		own.timeout_ms = 1;
	return rmqi_hooked_send_async(r->sender, m, &own, on_sent, q, detail);
}

/* RMQ_OK: it will end, or has. */
static enum rmq_error begin(struct request *q, const struct rmq_message *m,
			    const struct rmqi_send_how *how, struct rmq_error_detail *detail)
{
	struct rmqi_requests *r = q->owner;
	enum rmq_error err;

	/* At most half of the time, so that the send and the reply have the other half. */
	rmqi_reply_path_open(&r->path, q->topic, q->deadline_us - q->budget_ms * 500);
	err = add(r, q, detail);
	if (err != RMQ_OK)
		return err;
	r->counts.begun++;
	err = send(q, m, how, detail);
	if (err == RMQ_OK)
		return RMQ_OK; /* it may have ended already, and be freed */
	/* A close that came between has ended it. */
	if (!take_out(q)) {
		request_unref(q);
		return RMQ_OK;
	}
	r->counts.begun--;
	return err;
}

static enum rmq_error start(struct rmqi_requests *r, const struct rmq_message *m,
			    const struct rmqi_send_how *how, rmq_reply_fn fn, void *arg,
			    struct request **out, struct rmq_error_detail *detail)
{
	/* First: a client that has not started is in no roster to be checked. */
	enum rmq_error err = rmqi_sender_enter(r->sender, detail);
	struct request *q;

	if (err != RMQ_OK)
		return err;
	err = check(r, m, detail);
	if (err != RMQ_OK) {
		rmqi_sender_leave(r->sender);
		return err;
	}
	q = request_new(r, m->topic, how);
	if (!q) {
		rmqi_sender_leave(r->sender);
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	}
	q->fn = fn;
	q->arg = arg;
	*out = q;
	err = begin(q, m, how, detail);
	if (err == RMQ_OK)
		return RMQ_OK;
	request_unref(q);
	request_unref(q);
	rmqi_sender_leave(r->sender);
	return err;
}

enum rmq_error rmqi_request_async(struct rmqi_requests *r, const struct rmq_message *m,
				  const struct rmqi_send_how *how, rmq_reply_fn fn, void *arg,
				  struct rmq_error_detail *detail)
{
	struct request *q;
	enum rmq_error err = rmqi_client_need_callbacks(r->client);

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s",
				       rmq_error_text(err));
	return start(r, m, how, fn, arg, &q, detail);
}

enum rmq_error rmqi_request_sync(struct rmqi_requests *r, const struct rmq_message *m,
				 const struct rmqi_send_how *how, struct rmq_message **reply,
				 struct rmq_error_detail *detail)
{
	struct request *q;
	enum rmq_error err = start(r, m, how, NULL, NULL, &q, detail);

	if (err != RMQ_OK)
		return err;
	/* It ends by its deadline, or with the close. */
	(void)rmqi_event_wait(&q->done, RMQI_FOREVER);
	err = q->error;
	if (err == RMQ_OK) {
		*reply = q->reply;
		q->reply = NULL;
	} else {
		rmqi_detail_copy(detail, q->detail);
	}
	request_unref(q);
	rmqi_sender_leave(r->sender);
	return err;
}

/* --- Replies ---------------------------------------------------------------------------------------- */

static void answer(struct rmqi_conn *conn, const struct rmqi_command *command, bool is_taken)
{
	struct rmqi_outgoing out = {.code = is_taken ? RMQI_RESP_SUCCESS : RMQI_RESP_SYSTEM_ERROR};

	if (rmqi_command_is_oneway(command))
		return;
	if (!is_taken)
		out.remark = RMQI_STR("process reply message fail");
	/* Without an answer the replier is told that it failed, after 10 s. */
	(void)!rmqi_conn_reply(conn, command->opaque, command->serialization, &out);
}

/* It ends no request. */
static void drop(struct rmqi_requests *r, const struct rmqi_h_reply_message *h, struct rmqi_str id,
		 const char *why)
{
	bool is_ours = id.len >= r->own_len && rmqi_memcmp(id.ptr, r->own, r->own_len) == 0;
	int64_t now = now_us(r);

	if (is_ours)
		r->counts.late++;
	else
		r->counts.unknown++;
	if (now < r->log_us)
		return;
	r->log_us = now + LOG_EVERY_US;
	RMQI_LOG(rmqi_client_log(r->client), RMQ_LOG_WARN,
		 "a reply from %.*s (correlation id %.*s) is dropped: %s; so far %" PRIu64
		 " came late or twice and %" PRIu64 " were for nobody here",
		 RMQI_STR_ARG(h->bornHost), RMQI_STR_ARG(id),
		 why       ? why
		 : is_ours ? "its request is over"
			   : "nobody here has asked that",
		 r->counts.late, r->counts.unknown);
}

/* An id of ours in a reply to somebody else is not ours. */
static bool is_for_us(const struct rmqi_requests *r, const struct rmqi_h_reply_message *h)
{
	struct rmqi_str to;

	return !rmqi_properties_get(h->properties, RMQI_PROP_REPLY_TO_CLIENT, &to) ||
	       rmqi_str_is(to, rmqi_client_id(r->client));
}

/* False: it cannot be read. */
static bool end_with(struct request *q, const struct rmqi_h_reply_message *h,
		     struct rmqi_cursor body)
{
	int64_t now_ms = rmqi_clock_wall_ms(rmqi_client_clock(q->owner->client));
	enum rmq_error err = rmqi_reply_decode(h, body, now_ms, &q->reply);
	char why[WHY_SIZE];

	if (err != RMQ_OK) {
		snprintf(why, sizeof(why),
			 "the reply from %.*s cannot be read: its body of %zu bytes, "
			 "sysFlag 0x%x: %s",
			 RMQI_STR_ARG(h->bornHost), body.len, (unsigned)h->sysFlag,
			 rmq_error_text(err));
		/* Who replies has had it, whether or not the answer to its send was here before. */
		describe(q, err, RMQ_ERROR_MAYBE_STORED, why);
	}
	end(q, err);
	return err == RMQ_OK;
}

/* False: the replier is to be told that it went wrong. */
static bool take(struct rmqi_requests *r, const struct rmqi_command *command)
{
	struct rmqi_h_reply_message h = {0};
	struct rmqi_str id;
	struct request *q;
	bool is_taken = true;

	if (rmqi_header_decode(&rmqi_desc_reply_message, command, &h, NULL) != RMQ_OK ||
	    !rmqi_properties_get(h.properties, RMQI_PROP_CORRELATION_ID, &id)) {
		drop(r, &h, RMQI_STR(""), "it cannot be read, or has no correlation id");
		return false;
	}
	q = is_for_us(r, &h) ? find(r, id) : NULL;
	if (q && take_out(q))
		is_taken = end_with(q, &h, command->body);
	else
		drop(r, &h, id, NULL);
	if (q)
		request_unref(q);
	return is_taken;
}

void rmqi_requests_take_reply(struct rmqi_requests *r, struct rmqi_conn *conn,
			      const struct rmqi_command *command)
{
	answer(conn, command, take(r, command));
}

/* --- The whole ------------------------------------------------------------------------------------ */

void rmqi_requests_init(struct rmqi_requests *r, struct rmqi_sender *sender)
{
	*r = (struct rmqi_requests){.sender = sender, .client = sender->client};
	rmqi_mutex_init(&r->mu);
	rmqi_map_init(&r->pending);
	rmqi_reply_path_init(&r->path, r->client);
	rmqi_uniq_next(rmqi_client_uniq(r->client), r->own);
	r->own_len = rmqi_client_uniq(r->client)->prefix_len;
}

static void cancel_all(void *arg)
{
	struct rmqi_requests *r = arg;
	struct request *q;

	rmqi_mutex_lock(&r->mu);
	r->is_closed = true;
	while (r->pending.count > 0) {
		q = rmqi_map_at(&r->pending, 0, NULL);
		rmqi_map_remove(&r->pending, rmqi_str(q->id));
		q->is_pending = false;
		rmqi_mutex_unlock(&r->mu);
		/* The end of its send, which would tell, comes after this. */
		describe(q, RMQ_ERR_CANCELLED, RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED,
			 q->is_stored ? "the producer was closed; the request is stored, its reply "
					"had not come"
				      : "the producer was closed; the request may be stored");
		end(q, RMQ_ERR_CANCELLED);
		rmqi_mutex_lock(&r->mu);
	}
	rmqi_mutex_unlock(&r->mu);
}

void rmqi_requests_close(struct rmqi_requests *r)
{
	rmqi_loop_call(rmqi_client_loop(r->client), cancel_all, r);
}

void rmqi_requests_deinit(struct rmqi_requests *r)
{
	if (!r->client)
		return;
	rmqi_map_deinit(&r->pending, NULL);
	rmqi_reply_path_deinit(&r->path);
	rmqi_mutex_deinit(&r->mu);
}
