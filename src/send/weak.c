/* SPDX-License-Identifier: Apache-2.0 */
#include "send/weak.h"

#include <stdio.h>

#include "base/mem.h"
#include "client/complaint.h"
#include "send/verdict.h"

struct weak_broker {
	char address[RMQI_ADDRESS_MAX];
	int32_t code;
	enum rmq_send_status status; /* the last one */
	bool is_weak;
	bool is_news; /* to the loop */
	bool is_held; /* loop: the complaint is */
	char name[];
};

const char *rmqi_weak_words(enum rmq_send_status status)
{
	switch (status) {
	case RMQ_SEND_OK:
		break;
	case RMQ_SEND_FLUSH_DISK_TIMEOUT:
		return "the flush to disk timed out";
	case RMQ_SEND_FLUSH_SLAVE_TIMEOUT:
		return "the copy to a slave timed out";
	case RMQ_SEND_SLAVE_NOT_AVAILABLE:
		return "there is no slave to copy it to";
	}
	return "all is well";
}

/* --- On the loop ----------------------------------------------------------------------------------- */

static void tell(struct rmqi_weak *w, struct weak_broker *b, const struct weak_broker *now)
{
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_WEAK,
				 .subject = b->name,
				 .address = now->address,
				 .error = RMQ_ERR_WEAKLY_STORED,
				 .code = now->code,
				 .why = rmqi_str(rmqi_weak_words(now->status))};

	if (now->is_weak)
		rmqi_client_complain(w->client, &f, &b->is_held);
	else
		rmqi_client_settle(w->client, RMQI_TROUBLE_WEAK, b->name, &b->is_held);
}

/* The next one with news, as it is now; NULL: none is left. @locks: mu held */
static struct weak_broker *take_news(struct rmqi_weak *w, struct weak_broker *now)
{
	for (size_t i = 0; i < w->brokers.count; i++) {
		struct weak_broker *b = rmqi_map_at(&w->brokers, i, NULL);

		if (!b->is_news)
			continue;
		b->is_news = false;
		*now = *b;
		return b;
	}
	w->is_posted = false;
	return NULL;
}

static void run(struct rmqi_task *task)
{
	struct rmqi_weak *w = RMQI_CONTAINER(task, struct rmqi_weak, task);
	struct weak_broker *b, now;

	do {
		rmqi_mutex_lock(&w->mu);
		b = take_news(w, &now);
		rmqi_mutex_unlock(&w->mu);
		if (b)
			tell(w, b, &now);
	} while (b);
}

/* --- Anywhere ---------------------------------------------------------------------------------------- */

void rmqi_weak_init(struct rmqi_weak *w, struct rmqi_client *client)
{
	w->client = client;
	w->is_posted = false;
	w->task.run = run;
	atomic_init(&w->count, 0);
	rmqi_mutex_init(&w->mu);
	rmqi_map_init(&w->brokers);
}

void rmqi_weak_deinit(struct rmqi_weak *w)
{
	rmqi_map_deinit(&w->brokers, rmqi_free);
	rmqi_mutex_deinit(&w->mu);
}

/* NULL when memory is out. @locks: mu held */
static struct weak_broker *obtain(struct rmqi_weak *w, const char *name)
{
	struct rmqi_str key = rmqi_str(name);
	struct weak_broker *b = rmqi_map_get(&w->brokers, key);

	if (b)
		return b;
	b = rmqi_calloc(1, sizeof(*b) + key.len + 1);
	if (!b)
		return NULL;
	rmqi_memcpy(b->name, name, key.len);
	if (rmqi_map_set(&w->brokers, key, b, NULL) == RMQ_OK)
		return b;
	rmqi_free(b);
	return NULL;
}

/* Is there something to tell? @locks: mu held */
static bool change(struct rmqi_weak *w, struct weak_broker *b, const char *address, int32_t code,
		   enum rmq_send_status status)
{
	bool is_weak = status != RMQ_SEND_OK;

	if (!is_weak && !b->is_weak)
		return false;
	if (is_weak != b->is_weak)
		atomic_fetch_add(&w->count, is_weak ? 1u : -1u);
	snprintf(b->address, sizeof(b->address), "%s", address);
	b->code = code;
	b->status = status;
	b->is_weak = is_weak;
	b->is_news = true;
	return true;
}

void rmqi_weak_note(struct rmqi_weak *w, const struct rmqi_publish_queue *queue, int32_t code)
{
	struct weak_broker *b;
	enum rmq_send_status status;
	bool posts = false;

	if (!rmqi_send_status(code, &status) ||
	    (status == RMQ_SEND_OK && atomic_load_explicit(&w->count, memory_order_relaxed) == 0))
		return;
	rmqi_mutex_lock(&w->mu);
	b = obtain(w, queue->broker_name);
	if (b && change(w, b, queue->address, code, status)) {
		posts = !w->is_posted;
		w->is_posted = true;
	}
	rmqi_mutex_unlock(&w->mu);
	if (posts)
		rmqi_loop_post(rmqi_client_loop(w->client), &w->task);
}
