/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/reader.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/complain.h"
#include "tools/cli/stop.h"

struct slot {
	struct readers *all;
	struct pulled pulled;
	struct slot *next; /* of those that are ready */
};

struct readers {
	rmq_pull_consumer *consumer;
	int wake[2];
	pthread_mutex_t mutex;
	struct slot *first, **last; /* mutex */
	struct slot slots[];
};

struct readers *readers_new(rmq_pull_consumer *consumer, size_t count)
{
	struct readers *r = calloc(1, sizeof(*r) + count * sizeof(r->slots[0]));

	if (!r)
		return NULL;
	if (pipe2(r->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		free(r);
		return NULL;
	}
	r->consumer = consumer;
	r->last = &r->first;
	pthread_mutex_init(&r->mutex, NULL);
	for (size_t i = 0; i < count; i++) {
		r->slots[i].all = r;
		r->slots[i].pulled.queue = i;
	}
	return r;
}

static void add_ready(struct slot *s)
{
	struct readers *r = s->all;
	ssize_t written;

	pthread_mutex_lock(&r->mutex);
	s->next = NULL;
	*r->last = s;
	r->last = &s->next;
	pthread_mutex_unlock(&r->mutex);
	written = write(r->wake[1], "", 1);
	(void)written; /* full: then it is awake already */
}

/* False: memory was out. */
static bool keep(struct pulled *p, const rmq_messages *list)
{
	size_t count = rmq_messages_count(list);

	if (!count)
		return true;
	p->messages = calloc(count, sizeof(*p->messages));
	if (!p->messages)
		return false;
	for (; p->count < count; p->count++)
		p->messages[p->count] = rmq_message_ref(rmq_messages_at(list, p->count));
	return true;
}

static bool is_passing(enum rmq_error err, const rmq_error_detail *detail)
{
	switch (err) {
	case RMQ_ERR_TIMEOUT:
	case RMQ_ERR_RESOLVE:
	case RMQ_ERR_CONNECT:
	case RMQ_ERR_CONNECTION_LOST:
	case RMQ_ERR_NO_BROKER:
		return true;
	default:
		return rmq_error_detail_flags(detail) & RMQ_ERROR_RETRIABLE;
	}
}

static void note_error(struct pulled *p, enum rmq_error err, const rmq_error_detail *detail)
{
	p->error = err;
	p->cause = strdup(cause_of(err, detail));
	p->is_passing = is_passing(err, detail);
}

static void on_pulled(enum rmq_error err, const rmq_pull_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct slot *s = arg;
	struct pulled *p = &s->pulled;

	if (err == RMQ_OK && !keep(p, rmq_pull_result_messages(result)))
		err = RMQ_ERR_NO_MEMORY;
	if (err == RMQ_OK) {
		p->status = rmq_pull_result_status(result);
		p->next = rmq_pull_result_next_offset(result);
	} else {
		note_error(p, err, detail);
	}
	add_ready(s);
}

enum rmq_error reader_pull(struct readers *r, size_t number, const struct rmq_queue *queue,
			   int64_t offset, const rmq_pull_options *options,
			   rmq_error_detail **detail)
{
	struct slot *s = &r->slots[number];

	s->pulled = (struct pulled){.queue = number, .next = offset};
	return rmq_pull_consumer_pull_async(r->consumer, queue, offset, options, on_pulled, s, detail);
}

static struct slot *take_ready(struct readers *r)
{
	struct slot *s;

	pthread_mutex_lock(&r->mutex);
	s = r->first;
	if (s)
		r->first = s->next;
	if (!r->first)
		r->last = &r->first;
	pthread_mutex_unlock(&r->mutex);
	return s;
}

static void drain(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
		;
}

bool readers_take(struct readers *r, int64_t ms, struct pulled *out)
{
	struct slot *s = take_ready(r);

	if (!s && stop_wait_for(r->wake[0], POLLIN, ms)) {
		drain(r->wake[0]);
		s = take_ready(r);
	}
	if (!s)
		return false;
	*out = s->pulled;
	s->pulled = (struct pulled){.queue = out->queue};
	return true;
}

void pulled_free(struct pulled *p)
{
	for (size_t i = 0; i < p->count; i++)
		rmq_message_free(p->messages[i]);
	free(p->messages);
	free(p->cause);
	*p = (struct pulled){.queue = p->queue};
}

void readers_free(struct readers *r)
{
	struct slot *s;

	if (!r)
		return;
	while ((s = take_ready(r)))
		pulled_free(&s->pulled);
	pthread_mutex_destroy(&r->mutex);
	close(r->wake[0]);
	close(r->wake[1]);
	free(r);
}
