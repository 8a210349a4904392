/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/timers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/list.h"
#include "base/mem.h"
#include "codec/json.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send_properties.h"

enum { RETRY_MS = 100, BATCH = 32 };

#define FILE_NAME "timers.json"

struct pending_timer {
	struct rmqi_heap_node node; /* key: the slot; order: the queue offset */
	struct rmqi_list link;      /* while its slot is delivered */
	uint64_t recalls;           /* the hash of the message that it recalls; 0: it is none */
};

static struct pending_timer *pending_of(struct rmqi_heap_node *node)
{
	return RMQI_CONTAINER(node, struct pending_timer, node);
}

/* --- What a send becomes ------------------------------------------------------------------------- */

/* The first of the three that is there; false: it is no number. */
static bool deliver_ms(const struct mb_send_properties *p, int64_t now_ms, int64_t *out)
{
	int64_t value, unit = 1, base = now_ms;
	struct rmqi_str text = p->timer_ms;

	if (p->timer_sec.len > 0) {
		text = p->timer_sec;
		unit = 1000;
	} else if (text.len == 0) {
		text = p->timer_at;
		base = 0;
	}
	if (!rmqi_str_to_i64(text, &value) || value > (INT64_MAX - base) / unit ||
	    value < INT64_MIN / unit)
		return false;
	*out = base + value * unit;
	return true;
}

enum mb_timing mb_timing_of(const struct mb_broker *b, const struct mb_send_properties *p,
			    bool is_recall, int64_t *out_ms)
{
	int64_t now_ms, at, precision = b->config->timer_precision_ms;

	/* Before 5.0 nobody looked at the properties. */
	if (!p->is_timer || p->delay_level > 0 || p->has_timer_out ||
	    b->config->release < MB_RELEASE_5_3)
		return MB_TIMING_NOW;
	if (!b->config->timer_wheel)
		return MB_TIMING_OFF;
	now_ms = mb_broker_wall_ms(b);
	if (!deliver_ms(p, now_ms, &at))
		return MB_TIMING_ILLEGAL;
	if (at <= now_ms)
		return is_recall ? MB_TIMING_ILLEGAL : MB_TIMING_NOW;
	if (at - now_ms > b->config->timer_max_delay_sec * 1000)
		return MB_TIMING_ILLEGAL;
	*out_ms = (at - 1) / precision * precision;
	return MB_TIMING_LATER;
}

void mb_timing_apply(struct rmqi_stored_message *m, struct rmqi_buf *properties, int64_t out_ms)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, out_ms);
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_TIMER_OUT_MS), rmqi_str(text));
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_REAL_TOPIC), m->topic);
	snprintf(text, sizeof(text), "%d", (int)m->queue_id);
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_REAL_QID), rmqi_str(text));
	m->properties = rmqi_cursor_str(rmqi_buf_cursor(properties));
	m->topic = RMQI_STR(MB_TIMER_TOPIC);
	m->queue_id = 0;
}

/* --- What waits -------------------------------------------------------------------------------------- */

/* The timer store of Java hands a slot on when the next one has begun. */
static void arm(struct mb_broker *b)
{
	struct rmqi_heap_node *first = rmqi_heap_min(&b->timers.waiting);
	int64_t now_ms = mb_broker_wall_ms(b), due;

	if (!first)
		return;
	due = first->key + b->config->timer_precision_ms;
	rmqi_timer_start_ms(&b->timers.timer, due > now_ms ? due - now_ms : 0);
}

static uint64_t hash_of(struct rmqi_str text)
{
	uint64_t hash = rmqi_str_hash(text);

	return hash != 0 ? hash : 1;
}

/* The last slot that a message can have. */
static int64_t latest(const struct mb_broker *b)
{
	return mb_broker_wall_ms(b) + b->config->timer_max_delay_sec * 1000 +
	       b->config->timer_precision_ms;
}

/* A message of the topic waits from now on. False: no memory. */
static bool add(struct mb_broker *b, struct rmqi_str properties, int64_t queue_offset)
{
	struct rmqi_str text, recalls;
	struct pending_timer *w;
	int64_t slot;

	if (!rmqi_properties_get(properties, RMQI_PROP_TIMER_OUT_MS, &text) ||
	    !rmqi_str_to_i64(text, &slot) || slot < 0 || slot > latest(b))
		return true; /* nobody could say when: a client wrote it */
	w = rmqi_calloc(1, sizeof(*w));
	if (!w)
		return false;
	rmqi_list_init(&w->link);
	w->node.key = slot;
	w->node.order = (uint64_t)queue_offset;
	if (rmqi_properties_get(properties, RMQI_PROP_TIMER_DEL_UNIQKEY, &recalls))
		w->recalls = hash_of(recalls);
	if (rmqi_heap_push(&b->timers.waiting, &w->node) == RMQ_OK)
		return true;
	rmqi_free(w);
	return false;
}

void mb_timers_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct mb_timers *t = RMQI_CONTAINER(listener, struct mb_timers, arrivals);
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, timers);

	/* While the store is read after a start, mb_timers_start does it. */
	if (!t->is_started || !a->in_queue || !rmqi_str_is(a->topic, MB_TIMER_TOPIC))
		return;
	if (!add(b, a->properties, a->queue_offset))
		RMQI_LOG(b->log, RMQ_LOG_ERROR,
			 "broker: no memory for the timed message at %lld; it is delivered after a "
			 "restart",
			 (long long)a->physical_offset);
	arm(b);
}

/* --- Delivery ------------------------------------------------------------------------------------------ */

static bool read_message(struct mb_broker *b, const struct pending_timer *w,
			 struct rmqi_stored_message *m)
{
	const struct mb_get_limits limits = {.max_messages = 1, .max_bytes = 1};
	struct mb_get_result *got = b->timers.got;
	struct rmqi_cursor record;

	mb_store_get(b->store, RMQI_STR(MB_TIMER_TOPIC), 0, (int64_t)w->node.order, &limits, NULL,
		     got);
	if (got->status != MB_GET_FOUND)
		return false;
	record = got->records[0];
	return rmqi_message_decode(&record, m) == RMQ_OK;
}

/* TimerMessageStore.buildDeleteKey: "topic+UNIQ_KEY". */
static uint64_t key_of(struct rmqi_str topic, struct rmqi_str properties)
{
	struct rmqi_str id = {0};
	char text[RMQI_RETRY_TOPIC_MAX + RMQI_ID_SIZE + 256];
	int len;

	(void)rmqi_properties_get(properties, RMQI_PROP_UNIQ_KEY, &id);
	len = snprintf(text, sizeof(text), "%.*s+%.*s", RMQI_STR_ARG(topic), RMQI_STR_ARG(id));
	return hash_of(rmqi_str_n(text, len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1));
}

static bool is_recalled(struct rmqi_list *slot, uint64_t key)
{
	for (struct rmqi_list *node = slot->next; node != slot; node = node->next)
		if (RMQI_LIST_ITEM(node, struct pending_timer, link)->recalls == key)
			return true;
	return false;
}

/* The properties as they were stored, and when it came into the store and out of it. */
static void write_properties(struct mb_broker *b, const struct rmqi_stored_message *stored)
{
	static const char *const old[] = {RMQI_PROP_TIMER_ENQUEUE_MS, RMQI_PROP_TIMER_DEQUEUE_MS,
					  NULL};
	struct rmqi_buf *out = &b->timers.properties;
	char text[24];

	rmqi_buf_reset(out);
	rmqi_properties_copy_without(out, stored->properties, old);
	snprintf(text, sizeof(text), "%" PRId64, stored->store_timestamp);
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_TIMER_ENQUEUE_MS), rmqi_str(text));
	snprintf(text, sizeof(text), "%" PRId64, mb_broker_wall_ms(b));
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_TIMER_DEQUEUE_MS), rmqi_str(text));
}

/* False: the store refused it, for now. */
static bool deliver(struct mb_broker *b, struct rmqi_list *slot, const struct pending_timer *w)
{
	struct rmqi_stored_message m;
	struct rmqi_str queue;
	struct mb_put_result put;
	char problem[RMQI_PROBLEM_SIZE];

	if (w->recalls || !read_message(b, w, &m))
		return true;
	if (!rmqi_properties_get(m.properties, RMQI_PROP_REAL_TOPIC, &m.topic) ||
	    !rmqi_properties_get(m.properties, RMQI_PROP_REAL_QID, &queue) ||
	    !rmqi_str_to_i32(queue, &m.queue_id) || m.queue_id < 0 || m.queue_id >= MB_QUEUES_MAX ||
	    rmqi_str_is(m.topic, MB_TIMER_TOPIC) ||
	    rmqi_topic_problem(m.topic, problem, sizeof(problem)) ||
	    is_recalled(slot, key_of(m.topic, m.properties)))
		return true;
	write_properties(b, &m);
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&b->timers.properties));
	m.store_host = b->store_host;
	mb_store_put(b->store, &m, &put);
	/* What it would refuse for ever is given up, or nothing after it would be delivered. */
	return mb_put_is_stored(put.status) || put.status == MB_PUT_MESSAGE_ILLEGAL ||
	       put.status == MB_PUT_PROPERTIES_SIZE_EXCEEDED;
}

/* Takes all of the first slot out of the heap. */
static int64_t take_slot(struct mb_timers *t, struct rmqi_list *slot)
{
	int64_t key = rmqi_heap_min(&t->waiting)->key;
	struct rmqi_heap_node *node;

	rmqi_list_init(slot);
	while ((node = rmqi_heap_min(&t->waiting)) && node->key == key) {
		rmqi_heap_remove(&t->waiting, node);
		rmqi_list_push(slot, &pending_of(node)->link);
	}
	return key;
}

/* Room in the heap is there: it held them before. */
static void put_back(struct mb_timers *t, struct rmqi_list *slot)
{
	struct rmqi_list *node;

	while ((node = rmqi_list_pop(slot))) {
		struct pending_timer *w = RMQI_LIST_ITEM(node, struct pending_timer, link);

		if (rmqi_heap_push(&t->waiting, &w->node) != RMQ_OK)
			rmqi_free(w);
	}
}

/* False: what is left of it waits again. */
static bool deliver_slot(struct mb_broker *b)
{
	struct mb_timers *t = &b->timers;
	struct rmqi_list slot, *node, *next;
	int64_t key = take_slot(t, &slot);

	for (node = slot.next; node != &slot; node = next) {
		struct pending_timer *w = RMQI_LIST_ITEM(node, struct pending_timer, link);

		next = node->next;
		if (!deliver(b, &slot, w)) {
			put_back(t, &slot);
			return false;
		}
		/* Recalls stay to the end: more of the slot may be theirs. */
		if (w->recalls)
			continue;
		rmqi_list_remove(&w->link);
		rmqi_free(w);
	}
	while ((node = rmqi_list_pop(&slot)))
		rmqi_free(RMQI_LIST_ITEM(node, struct pending_timer, link));
	if (key > t->delivered_ms)
		t->delivered_ms = key;
	return true;
}

static bool encode(const struct mb_timers *t, struct rmqi_buf *text)
{
	struct rmqi_jw w = {.out = text, .is_pretty = true};

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "deliveredMs");
	rmqi_jw_i64(&w, t->delivered_ms);
	rmqi_jw_close(&w, '}');
	return rmqi_buf_status(text) == RMQ_OK;
}

static void save_later(struct mb_broker *b)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (encode(&b->timers, &text))
		mb_config_file_save_later(b->store, b->flusher, FILE_NAME, b->log, &text);
	rmqi_buf_deinit(&text);
}

/* One slot a turn: the loop has others to serve. */
static void on_timer(struct rmqi_timer *timer)
{
	struct mb_broker *b = RMQI_CONTAINER(timer, struct mb_broker, timers.timer);
	struct rmqi_heap_node *first = rmqi_heap_min(&b->timers.waiting);

	if (b->is_stopping || !first)
		return;
	if (first->key + b->config->timer_precision_ms > mb_broker_wall_ms(b)) {
		arm(b); /* the wall clock went back */
	} else if (!deliver_slot(b)) {
		rmqi_timer_start_ms(timer, RETRY_MS);
	} else {
		save_later(b);
		arm(b);
	}
}

/* --- Life ---------------------------------------------------------------------------------------------- */

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_timers *t = arg;
	struct rmqi_json *root;
	const struct rmqi_json *value;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	value = rmqi_json_get(root, "deliveredMs");
	if (value && value->kind == RMQI_JSON_INTEGER)
		t->delivered_ms = value->integer;
	rmqi_json_free(root);
	return RMQ_OK;
}

void mb_timers_take(struct mb_broker *b, int64_t delivered_ms)
{
	if (delivered_ms <= b->timers.delivered_ms)
		return;
	b->timers.delivered_ms = delivered_ms;
	mb_timers_save(b);
}

enum rmq_error mb_timers_load(struct mb_broker *b)
{
	struct mb_timers *t = &b->timers;
	enum rmq_error err = rmqi_timer_init(&t->timer, rmqi_loop_inner_timers(b->loop), on_timer);

	t->delivered_ms = -1;
	rmqi_heap_init(&t->waiting);
	rmqi_buf_init(&t->properties, 64 * 1024);
	t->got = rmqi_calloc(1, sizeof(*t->got));
	if (err == RMQ_OK && !t->got)
		err = RMQ_ERR_NO_MEMORY;
	return err == RMQ_OK ? mb_config_file_load(b->store, FILE_NAME, b->log, decode, t) : err;
}

/* What a slot that is done holds is delivered. */
static void add_record(struct mb_broker *b, struct rmqi_cursor record)
{
	struct rmqi_stored_message m;
	struct rmqi_str text;
	int64_t slot;

	if (rmqi_message_decode(&record, &m) != RMQ_OK ||
	    !rmqi_properties_get(m.properties, RMQI_PROP_TIMER_OUT_MS, &text) ||
	    !rmqi_str_to_i64(text, &slot) || slot <= b->timers.delivered_ms)
		return;
	if (!add(b, m.properties, m.queue_offset))
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: no memory for timed messages");
}

void mb_timers_start(struct mb_broker *b)
{
	const struct mb_get_limits limits = {.max_messages = BATCH, .max_bytes = 1024 * 1024};
	struct rmqi_str topic = RMQI_STR(MB_TIMER_TOPIC);
	struct mb_get_result *got = b->timers.got;
	int64_t at = mb_store_min_offset(b->store, topic, 0);
	int64_t end = mb_store_max_offset(b->store, topic, 0);

	while (at < end) {
		mb_store_get(b->store, topic, 0, at, &limits, NULL, got);
		for (size_t i = 0; got->status == MB_GET_FOUND && i < got->count; i++)
			add_record(b, got->records[i]);
		at = got->next_begin_offset > at ? got->next_begin_offset : at + 1;
	}
	b->timers.is_started = true;
	arm(b);
}

void mb_timers_save(struct mb_broker *b)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (encode(&b->timers, &text))
		mb_config_file_save(b->store, FILE_NAME, b->log, &text);
	rmqi_buf_deinit(&text);
}

void mb_timers_deinit(struct mb_timers *t)
{
	struct rmqi_heap_node *node;

	while ((node = rmqi_heap_min(&t->waiting))) {
		rmqi_heap_remove(&t->waiting, node);
		rmqi_free(pending_of(node));
	}
	rmqi_heap_deinit(&t->waiting);
	rmqi_timer_deinit(&t->timer);
	rmqi_buf_deinit(&t->properties);
	rmqi_free(t->got);
	t->got = NULL;
}
