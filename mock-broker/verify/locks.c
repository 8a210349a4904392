/* SPDX-License-Identifier: Apache-2.0 */
/* locks.c - a queue is locked by one client at a time: until it unlocks, or does not renew it for a minute. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/body.h"
#include "mock-broker/broker/locks.h"
#include "mock-broker/verify/verify.h"

struct held {
	uint64_t number;    /* of the request; 0: it is free */
	struct rmqi_str by; /* borrowed from the record */
	int64_t us;
};

static struct held *held_of(struct mb_verify *v, const struct mb_seen *s, const char *group,
			    const struct rmqi_queue *q)
{
	char key[MB_VERIFY_KEY_MAX];
	int len = snprintf(key, sizeof(key), "%.*s|%s|%s|%s|%d", RMQI_STR_ARG(s->node), group,
			   q->topic ? q->topic : "", q->broker_name ? q->broker_name : "",
			   (int)q->queue_id);

	return mb_verify_get(v, &v->locks, key, len, sizeof(struct held));
}

/* A client id stands in the body only: the same text of an entry that lives as long. */
static void grant(struct mb_verify *v, const struct mb_seen *s, const struct rmqi_lock_body *asked,
		  const struct rmqi_queue *q, struct rmqi_str id)
{
	struct held *h = held_of(v, s, asked->consumer_group, q);
	bool is_held = h && h->number && s->us / 1000 - h->us / 1000 <= MB_LOCK_LIVE_MS;

	if (!h)
		return;
	if (is_held && !rmqi_str_eq(h->by, id))
		mb_verify_say(v,
			      "%s, queue %d of %.*s is locked for group %s by %.*s (request %" PRIu64
			      ") and by %.*s (request %" PRIu64 ")",
			      q->topic ? q->topic : "", (int)q->queue_id, RMQI_STR_ARG(s->node),
			      asked->consumer_group, RMQI_STR_ARG(h->by), h->number,
			      RMQI_STR_ARG(id), s->number);
	h->number = s->number;
	h->by = id;
	h->us = s->us;
}

static void release(struct mb_verify *v, const struct mb_seen *s, const struct rmqi_lock_body *asked,
		    const struct rmqi_queue *q, struct rmqi_str id)
{
	struct held *h = held_of(v, s, asked->consumer_group, q);

	if (h && rmqi_str_eq(h->by, id))
		h->number = 0;
}

/* Its client id as it stands in the bytes of the body, which live as long as the record. */
static struct rmqi_str id_in(struct rmqi_cursor body, const char *id)
{
	struct rmqi_str text = rmqi_cursor_str(body);
	size_t len = strlen(id);

	for (size_t i = 0; i + len <= text.len; i++)
		if (memcmp(text.ptr + i, id, len) == 0)
			return rmqi_str_n(text.ptr + i, len);
	return RMQI_STR("");
}

static void look(struct mb_verify *v, const struct mb_entry *e, struct rmqi_lock_body *asked)
{
	const struct mb_seen *s = e->seen;
	struct rmqi_str id = id_in(s->body, asked->client_id);
	struct rmqi_lock_body got = {0};

	if (s->code == RMQI_REQ_UNLOCK_BATCH_MQ) {
		for (size_t i = 0; i < asked->queue_count; i++)
			release(v, s, asked, &asked->queues[i], id);
		return;
	}
	if (!mb_verify_is_answered(e, RMQI_RESP_SUCCESS) ||
	    rmqi_lock_response_decode(e->outcome->body, &got) != RMQ_OK)
		return;
	for (size_t i = 0; i < got.queue_count; i++)
		grant(v, s, asked, &got.queues[i], id);
	rmqi_lock_body_deinit(&got);
}

void mb_verify_lock(struct mb_verify *v, const struct mb_entry *e)
{
	struct rmqi_lock_body asked = {0};
	bool was_applied = e->outcome && e->outcome->stage >= MB_STAGE_APPLY;

	if (!mb_seen_keeps_all(e->seen->code) || !was_applied ||
	    rmqi_lock_request_decode(e->seen->body, &asked) != RMQ_OK)
		return;
	if (asked.consumer_group && asked.client_id)
		look(v, e, &asked);
	rmqi_lock_body_deinit(&asked);
}
