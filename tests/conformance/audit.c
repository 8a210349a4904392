/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/audit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/scene.h"

enum {
	AUDITS_MAX = 16,
	PLACES_MAX = 512,
	TOLD_MAX = 5,
	HEAD = 18 /* "aa:iiiiiiii:llll..." see write_body */
};

enum state { UNSENT, ACKED, UNSURE };

struct entry {
	enum state state;
	uint32_t len;
	uint32_t deliveries;
	int32_t queue;
	int64_t offset;
	char broker[24];
	bool is_misplaced;
};

/* The highest offset seen of each queue. */
struct place {
	char broker[24];
	int32_t queue;
	int64_t last;
};

struct audit {
	pthread_mutex_t mu;
	unsigned number; /* of this audit in the scene: part of its bodies */
	struct entry *entries;
	size_t capacity;
	size_t sent;
	size_t delivered;
	size_t unexpected;
	size_t damaged;
	size_t disordered;
	size_t told; /* notes about duplicates */
	struct place places[PLACES_MAX];
	size_t place_count;
};

static struct audit *audits[AUDITS_MAX];
static unsigned audit_count;

struct audit *audit_new(size_t capacity)
{
	struct audit *a = calloc(1, sizeof(*a));

	if (!a || audit_count == AUDITS_MAX)
		fail("no room for an audit");
	a->entries = calloc(capacity, sizeof(*a->entries));
	if (!a->entries)
		fail("out of memory");
	a->capacity = capacity;
	a->number = audit_count;
	pthread_mutex_init(&a->mu, NULL);
	audits[audit_count++] = a;
	return a;
}

void audits_free(void)
{
	while (audit_count > 0) {
		struct audit *a = audits[--audit_count];

		pthread_mutex_destroy(&a->mu);
		free(a->entries);
		free(a);
	}
}

/* "aa:iiiiiiii:" audit and id in hex, then letters that follow from them. */
static void write_body(const struct audit *a, uint32_t id, char *out, size_t len)
{
	uint64_t stream = ((uint64_t)a->number << 32) | id;
	char head[HEAD + 1];

	snprintf(head, sizeof(head), "%02x:%08" PRIx32 ":", a->number & 0xff, id);
	random_bytes(stream, out, len);
	for (size_t i = 0; i < len; i++)
		out[i] = (char)('a' + (unsigned char)out[i] % 26);
	memcpy(out, head, strlen(head));
}

rmq_message *audit_message(struct audit *a, const char *topic, size_t len, uint32_t *id)
{
	rmq_message *m;
	char *body;

	pthread_mutex_lock(&a->mu);
	if (a->sent == a->capacity)
		fail("the audit is full");
	*id = (uint32_t)a->sent++;
	a->entries[*id].len = (uint32_t)len;
	pthread_mutex_unlock(&a->mu);
	if (len < AUDIT_BODY_MIN)
		fail("a body of %zu bytes cannot be audited", len);
	body = malloc(len);
	if (!body)
		fail("out of memory");
	write_body(a, *id, body, len);
	m = rmq_message_new(topic, body, len);
	free(body);
	if (!m)
		fail("out of memory");
	return m;
}

/* A delivery may have come before the acknowledgement was noted. */
static void check_place(struct entry *e, const char *broker, int32_t queue, int64_t offset)
{
	if (e->state == ACKED && (strcmp(e->broker, broker) != 0 || e->queue != queue ||
				  (e->offset >= 0 && e->offset != offset)))
		e->is_misplaced = true;
}

void audit_acked(struct audit *a, uint32_t id, const rmq_send_result *r)
{
	struct entry *e = &a->entries[id];
	char broker[sizeof(e->broker)];
	int32_t queue;
	int64_t offset;

	pthread_mutex_lock(&a->mu);
	memcpy(broker, e->broker, sizeof(broker));
	queue = e->queue;
	offset = e->offset;
	e->state = ACKED;
	snprintf(e->broker, sizeof(e->broker), "%s", rmq_send_result_queue(r)->broker_name);
	e->queue = rmq_send_result_queue(r)->queue_id;
	e->offset = rmq_send_result_queue_offset(r);
	if (e->deliveries > 0)
		check_place(e, broker, queue, offset);
	pthread_mutex_unlock(&a->mu);
}

void audit_unsure(struct audit *a, uint32_t id)
{
	pthread_mutex_lock(&a->mu);
	a->entries[id].state = UNSURE;
	pthread_mutex_unlock(&a->mu);
}

enum rmq_error audit_try_send(struct audit *a, rmq_producer *p, const char *topic, size_t len,
			      int64_t timeout_ms)
{
	uint32_t id;
	rmq_message *m = audit_message(a, topic, len, &id);
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error = send_within(p, m, timeout_ms, &r, &detail);

	if (error == RMQ_OK)
		audit_acked(a, id, r);
	else if (!detail || rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED)
		audit_unsure(a, id);
	rmq_send_result_free(r);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	return error;
}

void audit_send(struct audit *a, rmq_producer *p, const char *topic, size_t n, size_t len)
{
	uint32_t id;
	rmq_send_result *r;
	rmq_error_detail *detail = NULL;
	rmq_message *m;

	for (size_t i = 0; i < n; i++) {
		m = audit_message(a, topic, len, &id);
		r = NULL;
		expect_ok(send_within(p, m, PATIENT_MS, &r, &detail), detail);
		expect_int(rmq_send_result_status(r), RMQ_SEND_OK);
		audit_acked(a, id, r);
		rmq_send_result_free(r);
		rmq_message_free(m);
	}
}

/* @locks: mu held. */
static struct place *place_of(struct audit *a, const char *broker, int32_t queue)
{
	struct place *p;

	for (size_t i = 0; i < a->place_count; i++)
		if (a->places[i].queue == queue && strcmp(a->places[i].broker, broker) == 0)
			return &a->places[i];
	if (a->place_count == PLACES_MAX)
		return NULL;
	p = &a->places[a->place_count++];
	snprintf(p->broker, sizeof(p->broker), "%s", broker);
	p->queue = queue;
	p->last = -1;
	return p;
}

/* @locks: mu held. NULL when it is no body of this audit. */
static struct entry *entry_of(struct audit *a, const char *body, size_t len, uint32_t *id)
{
	char head[HEAD + 1];
	unsigned number;

	snprintf(head, sizeof(head), "%.*s", (int)(len < HEAD ? len : HEAD), body);
	if (sscanf(head, "%2x:%8" SCNx32 ":", &number, id) != 2 || number != (a->number & 0xff) ||
	    *id >= a->sent)
		return NULL;
	return &a->entries[*id];
}

static bool same_body(const struct audit *a, uint32_t id, const void *body, size_t len)
{
	char *should = malloc(len + 1);
	bool same;

	if (!should)
		return false;
	write_body(a, id, should, len);
	same = memcmp(should, body, len) == 0;
	free(should);
	return same;
}

/* @locks: mu held. */
static void enter(struct audit *a, struct entry *e, const char *broker, int32_t queue,
		  int64_t offset)
{
	struct place *p = place_of(a, broker, queue);

	if (e->deliveries++ > 0) {
		/* Twice from one place: the consumer's doing. From two: a send was tried again. */
		if (a->told++ < TOLD_MAX)
			note("again: message %zu at %s queue %d offset %lld; it is at %s queue %d offset %lld",
			     (size_t)(e - a->entries), broker, (int)queue, (long long)offset,
			     e->broker, (int)e->queue, (long long)e->offset);
		return;
	}
	if (p && offset < p->last)
		a->disordered++;
	else if (p)
		p->last = offset;
	check_place(e, broker, queue, offset);
	if (e->state == ACKED)
		return;
	snprintf(e->broker, sizeof(e->broker), "%s", broker);
	e->queue = queue;
	e->offset = offset;
}

void audit_delivered_body(struct audit *a, const void *body, size_t len, const char *broker,
			  int32_t queue, int64_t offset)
{
	struct entry *e;
	uint32_t id = 0;

	pthread_mutex_lock(&a->mu);
	a->delivered++;
	e = entry_of(a, body, len, &id);
	if (!e)
		a->unexpected++;
	else if (e->len != len || !same_body(a, id, body, len))
		a->damaged++;
	else
		enter(a, e, broker, queue, offset);
	pthread_mutex_unlock(&a->mu);
}

void audit_delivered(struct audit *a, const rmq_message *m)
{
	size_t len = 0;
	const void *body = rmq_message_body(m, &len);

	audit_delivered_body(a, body, len, rmq_message_queue(m)->broker_name,
			     rmq_message_queue(m)->queue_id, rmq_message_queue_offset(m));
}

size_t audit_sent_count(struct audit *a)
{
	size_t n;

	pthread_mutex_lock(&a->mu);
	n = a->sent;
	pthread_mutex_unlock(&a->mu);
	return n;
}

size_t audit_delivered_count(struct audit *a)
{
	size_t n;

	pthread_mutex_lock(&a->mu);
	n = a->delivered;
	pthread_mutex_unlock(&a->mu);
	return n;
}

void audit_judge(struct audit *a, struct audit_verdict *out)
{
	struct audit_verdict v = {0};

	pthread_mutex_lock(&a->mu);
	v.delivered = a->delivered;
	v.unexpected = a->unexpected;
	v.damaged = a->damaged;
	v.disordered = a->disordered;
	for (size_t i = 0; i < a->sent; i++) {
		const struct entry *e = &a->entries[i];

		v.acked += e->state == ACKED;
		v.unsure += e->state == UNSURE;
		v.lost += e->state == ACKED && e->deliveries == 0;
		v.unexpected += e->state == UNSENT && e->deliveries > 0;
		v.duplicated += e->deliveries > 1 ? e->deliveries - 1 : 0;
		v.misplaced += e->is_misplaced;
	}
	pthread_mutex_unlock(&a->mu);
	*out = v;
}

bool audit_is_complete(struct audit *a)
{
	bool complete = true;

	pthread_mutex_lock(&a->mu);
	for (size_t i = 0; complete && i < a->sent; i++)
		complete = a->entries[i].state != ACKED || a->entries[i].deliveries > 0;
	pthread_mutex_unlock(&a->mu);
	return complete;
}

static int is_complete(void *arg)
{
	return audit_is_complete(arg);
}

bool audit_wait(struct audit *a, int64_t max_ms)
{
	return wait_until(is_complete, a, max_ms);
}

/* The first lost ones, with their places: that is where to look. */
static void note_lost(struct audit *a)
{
	int shown = 0;

	pthread_mutex_lock(&a->mu);
	for (size_t i = 0; i < a->sent && shown < 8; i++) {
		const struct entry *e = &a->entries[i];

		if (e->state != ACKED || e->deliveries > 0)
			continue;
		note("lost: message %zu, acknowledged at %s queue %d offset %lld", i, e->broker,
		     (int)e->queue, (long long)e->offset);
		shown++;
	}
	pthread_mutex_unlock(&a->mu);
}

void audit_expect(struct audit *a, unsigned allow)
{
	struct audit_verdict v;
	bool clean;

	audit_wait(a, 3 * SOON_MS);
	audit_judge(a, &v);
	clean = v.lost + v.unexpected + v.damaged == 0 &&
		(v.duplicated == 0 || allow & AUDIT_DUPLICATES) &&
		(v.disordered == 0 || allow & AUDIT_DISORDER) &&
		(v.misplaced == 0 || allow & AUDIT_MOVED);
	if (clean)
		return;
	note_lost(a);
	fail("audit: %zu acknowledged, %zu unsure, %zu deliveries: %zu lost, %zu duplicated, "
	     "%zu unexpected, %zu damaged, %zu misplaced, %zu out of order",
	     v.acked, v.unsure, v.delivered, v.lost, v.duplicated, v.unexpected, v.damaged,
	     v.misplaced, v.disordered);
}
