/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "consumer/queue_locks_impl.h"

enum { BODY_MAX = 16 * 1024 * 1024 };

/* All queues of one broker that are to be locked, or unlocked. */
struct request {
	struct rmqi_call call;
	struct rmqi_queue_locks *owner;
	bool is_unlock;
	int64_t sent_us;
	char address[RMQI_ADDRESS_MAX];
	size_t count;
	struct rmqi_mq *mqs[]; /* a reference each */
};

static int cmp_queues(const void *a, const void *b)
{
	return rmqi_queue_cmp(a, b);
}

static void take_locks(struct request *r, const struct rmqi_lock_body *body)
{
	struct rmqi_queue_locks *l = r->owner;

	if (body->queue_count > 0)
		qsort(body->queues, body->queue_count, sizeof(body->queues[0]), cmp_queues);
	for (size_t i = 0; i < r->count; i++) {
		struct rmqi_queue_lock *lock = &r->mqs[i]->lane.lock;

		if (lock->state == RMQI_LOCK_NONE)
			continue;
		if (body->queue_count > 0 &&
		    bsearch(&r->mqs[i]->key, body->queues, body->queue_count,
			    sizeof(body->queues[0]), cmp_queues))
			rmqi_lock_granted(l, lock, r->sent_us);
		else
			rmqi_lock_refused(l, lock, r->address);
	}
}

static void take_failures(struct request *r, struct rmqi_failure *f)
{
	for (size_t i = 0; i < r->count; i++) {
		struct rmqi_queue_lock *lock = &r->mqs[i]->lane.lock;

		if (lock->state != RMQI_LOCK_NONE)
			rmqi_lock_failed(r->owner, lock, f);
	}
	/* The broker may have moved. */
	if (!r->owner->is_closing)
		rmqi_client_refresh_routes(r->owner->consumer->client);
}

static void take_unlocked(struct request *r)
{
	for (size_t i = 0; i < r->count; i++)
		rmqi_lock_forget(r->owner, &r->mqs[i]->lane.lock);
}

static const char *address_of(struct rmqi_queue_lock *lock)
{
	const char *address = NULL;

	if (lock->sub && lock->sub->route)
		address = rmqi_topic_route_address(
			lock->sub->route, rmqi_lock_mq(lock)->key.broker_name, 0, true, NULL);
	return address;
}

static void read_answer(struct request *r, enum rmq_error error,
			const struct rmqi_command *response)
{
	struct rmqi_lock_body body = {0};
	char why[RMQI_TROUBLE_SIZE];
	struct rmqi_failure f = {.address = r->address, .error = error, .code = -1};

	if (error != RMQ_OK) {
		f.why = rmqi_str(rmqi_call_explain(&r->call, error, why, sizeof(why)));
	} else if (response->code != RMQI_RESP_SUCCESS) {
		f.error = RMQ_ERR_BROKER;
		f.code = response->code;
		f.why = response->remark;
	} else if (r->is_unlock) {
		take_unlocked(r);
		return;
	} else {
		f.error = rmqi_lock_response_decode(response->body, &body);
		if (f.error == RMQ_OK) {
			take_locks(r, &body);
			rmqi_lock_body_deinit(&body);
			return;
		}
	}
	take_failures(r, &f);
}

static void free_request(struct request *r)
{
	for (size_t i = 0; i < r->count; i++)
		rmqi_mq_unref(r->mqs[i]);
	rmqi_free(r);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct request *r = RMQI_CONTAINER(call, struct request, call);
	struct rmqi_queue_locks *l = r->owner;

	for (size_t i = 0; i < r->count; i++)
		r->mqs[i]->lane.lock.is_asking = false;
	if (!l->consumer->is_gone) {
		read_answer(r, error, response);
		if (l->is_closing)
			rmqi_locks_ask(l); /* what was granted just now */
		else
			rmqi_locks_schedule(l);
	}
	if (--l->under_way == 0 && l->is_awaited)
		rmqi_event_set(&l->quiet);
	free_request(r);
}

/* --- Requests -------------------------------------------------------------------------------------- */

static bool is_due(const struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock, int64_t now_us)
{
	if (lock->is_asking || lock->due_us > now_us || rmqi_lock_is_behind(lock))
		return false;
	return !l->is_closing || lock->state == RMQI_LOCK_RELEASING;
}

/* What is renewed soon is renewed with the others: so one request does for all of them. */
static bool is_due_with(const struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock,
			int64_t now_us)
{
	if (lock->state == RMQI_LOCK_HELD)
		now_us += RMQI_LOCK_RENEW_MS / 2 * INT64_C(1000);
	return is_due(l, lock, now_us);
}

/* Those that go into one request with `first`. */
static bool goes_with(struct rmqi_queue_lock *first, struct rmqi_queue_lock *lock)
{
	return (first->state == RMQI_LOCK_RELEASING) == (lock->state == RMQI_LOCK_RELEASING) &&
	       strcmp(rmqi_lock_mq(first)->key.broker_name, rmqi_lock_mq(lock)->key.broker_name) ==
		       0;
}

static struct request *collect(struct rmqi_queue_locks *l, struct rmqi_queue_lock *first,
			       int64_t now_us)
{
	struct request *r;
	size_t count = 0;

	RMQI_LIST_EACH(node, &l->all)
		count += goes_with(first, rmqi_lock_at(node)) ? 1 : 0;
	r = rmqi_calloc(1, sizeof(*r) + count * sizeof(struct rmqi_mq *));
	if (!r)
		return NULL;
	*r = (struct request){.owner = l,
			      .is_unlock = first->state == RMQI_LOCK_RELEASING,
			      .sent_us = rmqi_locks_boot(l)};
	r->call.fn = on_answer;
	RMQI_LIST_EACH(node, &l->all) {
		struct rmqi_queue_lock *lock = rmqi_lock_at(node);

		if (goes_with(first, lock) && is_due_with(l, lock, now_us))
			r->mqs[r->count++] = rmqi_mq_ref(rmqi_lock_mq(lock));
	}
	return r;
}

static enum rmq_error write_body(const struct request *r, struct rmqi_buf *out)
{
	const struct rmqi_consumer *c = r->owner->consumer;
	struct rmqi_lock_body body = {.consumer_group = c->group, .queue_count = r->count};
	char *id = rmqi_strdup(rmqi_client_id(c->client));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	body.client_id = id;
	body.queues = rmqi_calloc(r->count, sizeof(body.queues[0]));
	if (id && body.queues) {
		for (size_t i = 0; i < r->count; i++)
			body.queues[i] = r->mqs[i]->key; /* borrowed */
		err = rmqi_lock_request_encode(&body, out);
	}
	rmqi_free(body.queues);
	rmqi_free(id);
	return err;
}

static void send(struct request *r, const char *address, const struct rmqi_buf *text)
{
	struct rmqi_queue_locks *l = r->owner;
	struct rmqi_consumer *c = l->consumer;
	struct rmqi_h_lock_batch_mq lock = {0};
	struct rmqi_h_unlock_batch_mq unlock = {0};
	struct rmqi_cursor body = rmqi_buf_cursor(text);
	struct rmqi_outgoing request = {.body = &body, .body_count = 1};

	request.code = r->is_unlock ? RMQI_REQ_UNLOCK_BATCH_MQ : RMQI_REQ_LOCK_BATCH_MQ;
	request.desc = r->is_unlock ? &rmqi_desc_unlock_batch_mq : &rmqi_desc_lock_batch_mq;
	request.header = r->is_unlock ? (const void *)&unlock : (const void *)&lock;
	snprintf(r->address, sizeof(r->address), "%s", address);
	for (size_t i = 0; i < r->count; i++) {
		r->mqs[i]->lane.lock.is_asking = true;
		if (r->is_unlock)
			continue;
		r->mqs[i]->lane.lock.was_asked = true;
		r->mqs[i]->lane.lock.asked_us = r->sent_us;
	}
	l->under_way++;
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &r->call);
}

/* Those that are due, and go with `first`, are under way or wait again afterwards. */
static void ask(struct rmqi_queue_locks *l, struct rmqi_queue_lock *first, int64_t now_us)
{
	const char *address = address_of(first);
	struct request *r = collect(l, first, now_us);
	struct rmqi_failure f = {.error = address ? RMQ_ERR_NO_MEMORY : RMQ_ERR_NO_BROKER,
				 .code = -1};
	struct rmqi_buf text;

	if (!r) {
		f.error = RMQ_ERR_NO_MEMORY;
		rmqi_lock_failed(l, first, &f);
		return;
	}
	rmqi_buf_init(&text, BODY_MAX);
	if (address && write_body(r, &text) == RMQ_OK) {
		send(r, address, &text);
	} else {
		take_failures(r, &f);
		free_request(r);
	}
	rmqi_buf_deinit(&text);
}

static struct rmqi_queue_lock *next_due(struct rmqi_queue_locks *l, int64_t now_us)
{
	RMQI_LIST_EACH(node, &l->all)
		if (is_due(l, rmqi_lock_at(node), now_us))
			return rmqi_lock_at(node);
	return NULL;
}

void rmqi_locks_ask(struct rmqi_queue_locks *l)
{
	int64_t now = rmqi_locks_now(l);
	struct rmqi_queue_lock *lock;

	while ((lock = next_due(l, now)) != NULL)
		ask(l, lock, now);
	rmqi_locks_schedule(l);
}
