/* SPDX-License-Identifier: Apache-2.0 */
#include "base/detail.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/queue.h"

enum { ATTEMPTS_MAX = 16 }; /* the first 15 and the last; promised in rocketmq/error.h */

struct rmq_attempt {
	char *address; /* owned, NULL when memory was out */
	enum rmq_phase phase;
	enum rmq_error code;
	int broker_code;
	int64_t elapsed_ms;
};

struct rmq_error_detail {
	enum rmq_error code;
	unsigned flags;
	char *message; /* owned, may be NULL */
	int broker_code;
	char *remark;     /* owned, may be NULL */
	char *message_id; /* owned, may be NULL */
	char *topic;      /* owned, as broker_name; both or none */
	char *broker_name;
	struct rmq_queue queue; /* of those two; empty without */
	struct rmq_attempt attempts[ATTEMPTS_MAX];
	size_t attempt_count;
};

/* The last one that no one has seen, fresh. Nearly every public call wants one and does not need it: so it
 * is not made anew each time. */
static _Atomic(struct rmq_error_detail *) spare;

/* All that counts; of `attempts` that is the first attempt_count, and most of the object. */
static void make_fresh(struct rmq_error_detail *d)
{
	d->code = RMQ_OK;
	d->flags = 0;
	d->message = NULL;
	d->broker_code = -1;
	d->remark = NULL;
	d->message_id = NULL;
	d->topic = NULL;
	d->broker_name = NULL;
	d->queue = *rmqi_queue_or_none(NULL);
	d->attempt_count = 0;
}

struct rmq_error_detail *rmqi_detail_new(void)
{
	struct rmq_error_detail *d = atomic_exchange(&spare, NULL);

	if (d)
		return d;
	d = rmqi_alloc(sizeof(*d));
	if (d)
		make_fresh(d);
	return d;
}

static bool is_fresh(const struct rmq_error_detail *d)
{
	return d->code == RMQ_OK && d->flags == 0 && !d->message && d->broker_code == -1 &&
	       !d->remark && !d->message_id && !d->topic && d->attempt_count == 0;
}

void rmqi_detail_discard(struct rmq_error_detail *d)
{
	if (d && !is_fresh(d))
		rmqi_detail_clear(d);
	rmqi_free(d ? atomic_exchange(&spare, d) : NULL);
}

/* NULL when memory is out or the format is bad. */
static char *format_text(const char *format, va_list args)
{
	va_list again;
	char *text = NULL;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len >= 0)
		text = rmqi_alloc((size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

enum rmq_error rmqi_detail_vset(struct rmq_error_detail *d, enum rmq_error code, unsigned flags,
				const char *format, va_list args)
{
	char *message;

	if (!d)
		return code;
	/* Before the old one is freed: the new sentence may quote it. */
	message = format_text(format, args);
	rmqi_free(d->message);
	d->message = message;
	d->code = code;
	d->flags = flags;
	return code;
}

enum rmq_error rmqi_detail_set(struct rmq_error_detail *d, enum rmq_error code, unsigned flags,
			       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	rmqi_detail_vset(d, code, flags, format, args);
	va_end(args);
	return code;
}

void rmqi_detail_set_broker(struct rmq_error_detail *d, int broker_code, struct rmqi_str remark)
{
	char *copy;

	if (!d)
		return;
	copy = rmqi_str_dup(remark);
	rmqi_free(d->remark);
	d->remark = copy;
	d->broker_code = broker_code;
}

static void drop_message(struct rmq_error_detail *d)
{
	rmqi_free(d->message_id);
	rmqi_free(d->topic);
	rmqi_free(d->broker_name);
	d->message_id = d->topic = d->broker_name = NULL;
	d->queue = *rmqi_queue_or_none(NULL);
}

void rmqi_detail_set_message(struct rmq_error_detail *d, const char *message_id,
			     const struct rmq_queue *queue)
{
	if (!d)
		return;
	drop_message(d);
	d->message_id = rmqi_strdup(message_id);
	if (!queue)
		return;
	d->topic = rmqi_strdup(queue->topic);
	d->broker_name = rmqi_strdup(queue->broker_name);
	if (d->topic && d->broker_name)
		d->queue = (struct rmq_queue){d->topic, d->broker_name, queue->queue_id};
}

static struct rmq_attempt *next_attempt(struct rmq_error_detail *d)
{
	if (d->attempt_count < ATTEMPTS_MAX)
		return &d->attempts[d->attempt_count++];
	rmqi_free(d->attempts[ATTEMPTS_MAX - 1].address);
	return &d->attempts[ATTEMPTS_MAX - 1];
}

void rmqi_detail_add_attempt(struct rmq_error_detail *d, const char *address, enum rmq_phase phase,
			     enum rmq_error code, int broker_code, int64_t elapsed_ms)
{
	struct rmq_attempt *a;

	if (!d)
		return;
	a = next_attempt(d);
	*a = (struct rmq_attempt){
		.address = rmqi_str_dup(rmqi_str(address)),
		.phase = phase,
		.code = code,
		.broker_code = broker_code,
		.elapsed_ms = elapsed_ms,
	};
}

void rmqi_detail_copy(struct rmq_error_detail *d, const struct rmq_error_detail *from)
{
	if (!d || !from)
		return;
	rmqi_detail_set(d, from->code, from->flags, "%s", rmq_error_detail_message(from));
	rmqi_detail_set_broker(d, from->broker_code, rmqi_str(from->remark));
	if (from->message_id)
		rmqi_detail_set_message(d, from->message_id,
					from->queue.queue_id < 0 ? NULL : &from->queue);
	for (size_t i = 0; i < from->attempt_count; i++)
		rmqi_detail_add_attempt(d, from->attempts[i].address, from->attempts[i].phase,
					from->attempts[i].code, from->attempts[i].broker_code,
					from->attempts[i].elapsed_ms);
}

void rmqi_detail_clear(struct rmq_error_detail *d)
{
	if (!d)
		return;
	rmqi_free(d->message);
	rmqi_free(d->remark);
	drop_message(d);
	for (size_t i = 0; i < d->attempt_count; i++)
		rmqi_free(d->attempts[i].address);
	make_fresh(d);
}

enum rmq_error rmq_error_detail_code(const rmq_error_detail *d)
{
	return d ? d->code : RMQ_OK;
}

const char *rmq_error_detail_message(const rmq_error_detail *d)
{
	if (!d)
		return "no detail";
	return d->message ? d->message : rmq_error_text(d->code);
}

unsigned rmq_error_detail_flags(const rmq_error_detail *d)
{
	return d ? d->flags : 0;
}

int rmq_error_detail_broker_code(const rmq_error_detail *d)
{
	return d ? d->broker_code : -1;
}

const char *rmq_error_detail_remark(const rmq_error_detail *d)
{
	return d && d->remark ? d->remark : "";
}

const char *rmq_error_detail_message_id(const rmq_error_detail *d)
{
	return d && d->message_id ? d->message_id : "";
}

const struct rmq_queue *rmq_error_detail_queue(const rmq_error_detail *d)
{
	return rmqi_queue_or_none(d ? &d->queue : NULL);
}

size_t rmq_error_detail_attempt_count(const rmq_error_detail *d)
{
	return d ? d->attempt_count : 0;
}

const rmq_attempt *rmq_error_detail_attempt_at(const rmq_error_detail *d, size_t index)
{
	return index < rmq_error_detail_attempt_count(d) ? &d->attempts[index] : NULL;
}

const char *rmq_attempt_address(const rmq_attempt *a)
{
	return a && a->address ? a->address : "";
}

enum rmq_phase rmq_attempt_phase(const rmq_attempt *a)
{
	return a ? a->phase : RMQ_PHASE_RESOLVE;
}

enum rmq_error rmq_attempt_code(const rmq_attempt *a)
{
	return a ? a->code : RMQ_OK;
}

int rmq_attempt_broker_code(const rmq_attempt *a)
{
	return a ? a->broker_code : -1;
}

int64_t rmq_attempt_elapsed_ms(const rmq_attempt *a)
{
	return a ? a->elapsed_ms : 0;
}

void rmq_error_detail_free(rmq_error_detail *d)
{
	rmqi_detail_clear(d);
	rmqi_free(d);
}
