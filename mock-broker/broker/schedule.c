/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/schedule.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/planted.h"
#include "codec/message.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"

enum {
	FIRST_MS = 1000, /* FIRST_DELAY_TIME */
	RETRY_MS = 100,  /* DELAY_FOR_A_WHILE: after a put that failed */
	FLUSH_FIRST_MS = 10000,
	BATCH = 32 /* records read at once */
};

static const int64_t delays_ms[MB_DELAY_LEVEL_COUNT] = {
	1000,   5000,   10000,  30000,  60000,  120000,  180000,  240000,  300000,
	360000, 420000, 480000, 540000, 600000, 1200000, 1800000, 3600000, 7200000};

int64_t mb_delay_ms(int32_t level)
{
	return delays_ms[level - 1];
}

/* False: there is none, or none that a message may go to. */
static bool read_destination(struct rmqi_str properties, struct rmqi_stored_message *m)
{
	struct rmqi_str text;
	char problem[256];

	return rmqi_properties_get(properties, RMQI_PROP_REAL_TOPIC, &m->topic) &&
	       rmqi_properties_get(properties, RMQI_PROP_REAL_QID, &text) &&
	       rmqi_str_to_i32(text, &m->queue_id) && m->queue_id >= 0 &&
	       m->queue_id < MB_QUEUES_MAX && !rmqi_str_is(m->topic, RMQI_TOPIC_HALF) &&
	       !rmqi_topic_problem(m->topic, problem, sizeof(problem));
}

/* The same fields and properties; WAIT=false would only ask not to wait, and nobody does here.
 * False: the store refused it. */
static bool deliver(struct mb_broker *b, const struct rmqi_stored_message *stored)
{
	struct rmqi_stored_message m = *stored;
	struct mb_put_result put;

	if (!read_destination(stored->properties, &m)) {
		RMQI_LOG(b->log, RMQ_LOG_ERROR,
			 "broker: the delayed message at %lld has no destination",
			 (long long)stored->physical_offset);
		return true; /* given up, as Java does */
	}
	m.store_host = b->store_host;
	mb_store_put(b->store, &m, &put);
	return put.status == MB_PUT_OK;
}

/* Wall clock; a message that claims to wait longer than its level is due. */
static int64_t due_ms(const struct rmqi_stored_message *m, int32_t level, int64_t now_ms)
{
	int64_t due = m->store_timestamp + mb_delay_ms(level);

	return due > now_ms + mb_delay_ms(level) ? now_ms : due;
}

static void set_offset(struct mb_broker *b, struct mb_delay_level *l, int64_t offset)
{
	struct mb_schedule *s = &b->schedule;

	if (l->next_offset == offset && l->is_stored)
		return;
	l->next_offset = offset;
	l->is_stored = true;
	s->is_dirty = true;
	if (++s->updates % b->config->delay_offset_version_step == 0)
		mb_version_next(&s->version, mb_broker_wall_ms(b));
}

/* Delivers what is due of a batch. False: the rest has to wait, the timer is armed. */
static bool deliver_batch(struct mb_broker *b, struct mb_delay_level *l,
			  const struct mb_get_result *got)
{
	int64_t now_ms = mb_broker_wall_ms(b);

	for (size_t i = 0; i < got->count; i++) {
		struct rmqi_cursor c = got->records[i];
		struct rmqi_stored_message m;
		int64_t due;

		if (rmqi_message_decode(&c, &m) != RMQ_OK)
			continue;
		due = due_ms(&m, l->level, now_ms);
		if (due > now_ms) {
			rmqi_timer_start_ms(&l->timer, due - now_ms);
			return false;
		}
		if (!deliver(b, &m)) {
			rmqi_timer_start_ms(&l->timer, RETRY_MS);
			return false;
		}
		set_offset(b, l, m.queue_offset + 1);
	}
	return true;
}

static void run_level(struct rmqi_timer *t)
{
	struct mb_delay_level *l = RMQI_CONTAINER(t, struct mb_delay_level, timer);
	struct mb_broker *b = l->broker;
	struct mb_get_result *got = b->schedule.got;
	const struct mb_get_limits limits = {.max_messages = BATCH, .max_bytes = 1024 * 1024};

	if (b->is_stopping)
		return;
	mb_store_get(b->store, RMQI_STR(RMQI_TOPIC_SCHEDULE), l->level - 1, l->next_offset, &limits,
		     NULL, got);
	switch (got->status) {
	case MB_GET_FOUND:
		/* One batch a turn: the loop has others to serve. */
		if (deliver_batch(b, l, got)) {
			set_offset(b, l, got->next_begin_offset);
			rmqi_timer_start_ms(t, 0);
		}
		break;
	case MB_GET_OFFSET_TOO_SMALL:
	case MB_GET_OFFSET_OVERFLOW_BADLY:
	case MB_GET_MESSAGE_WAS_REMOVING:
	case MB_GET_OFFSET_FOUND_NULL:
		if (got->next_begin_offset != l->next_offset) {
			set_offset(b, l, got->next_begin_offset);
			rmqi_timer_start_ms(t, RETRY_MS);
		}
		break;
	case MB_GET_NO_MATCHED_MESSAGE:
	case MB_GET_OFFSET_OVERFLOW_ONE:
	case MB_GET_NO_MATCHED_LOGIC_QUEUE:
	case MB_GET_NO_MESSAGE_IN_QUEUE:
		break; /* empty: the next arrival arms it */
	}
}

void mb_schedule_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct mb_schedule *s = RMQI_CONTAINER(listener, struct mb_schedule, arrivals);
	int32_t level = a->queue_id + 1;
	struct mb_delay_level *l;

	if (!rmqi_str_is(a->topic, RMQI_TOPIC_SCHEDULE) || !a->in_queue || level < 1 ||
	    level > MB_DELAY_LEVEL_COUNT)
		return;
	l = &s->levels[level - 1];
	/* Armed already: the first one is due before this one. */
	if (!rmqi_timer_is_armed(&l->timer))
		rmqi_timer_start_ms(&l->timer, mb_delay_ms(level));
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_schedule *s = arg;
	struct rmqi_json *root;
	int32_t level;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	RMQI_JSON_EACH(value, rmqi_json_get(root, "offsetTable")) {
		if (value->kind != RMQI_JSON_INTEGER ||
		    !rmqi_str_to_i32(rmqi_json_name(value), &level) || level < 1 ||
		    level > MB_DELAY_LEVEL_COUNT)
			continue;
		s->levels[level - 1].next_offset = value->integer;
		s->levels[level - 1].is_stored = true;
	}
	mb_version_read(rmqi_json_get(root, "dataVersion"), &s->version);
	rmqi_json_free(root);
	return RMQ_OK;
}

bool mb_schedule_write(const struct mb_schedule *s, bool is_pretty, struct rmqi_buf *text)
{
	struct rmqi_jw w = {.out = text, .is_pretty = is_pretty};

	rmqi_jw_open(&w, '{');
	mb_version_write(&w, &s->version);
	rmqi_jw_name(&w, "offsetTable");
	rmqi_jw_open(&w, '{');
	for (size_t i = 0; i < MB_DELAY_LEVEL_COUNT; i++) {
		if (!s->levels[i].is_stored)
			continue;
		rmqi_jw_name_i64(&w, s->levels[i].level);
		rmqi_jw_i64(&w, s->levels[i].next_offset);
	}
	rmqi_jw_close(&w, '}');
	rmqi_jw_close(&w, '}');
	return rmqi_buf_status(text) == RMQ_OK;
}

static void flush(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, schedule.flush);
	struct rmqi_buf text;

	rmqi_timer_start_ms(t, b->config->flush_delay_offset_interval_ms);
	if (!b->schedule.is_dirty)
		return;
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (mb_schedule_write(&b->schedule, true, &text)) {
		mb_config_file_save_later(b->store, b->flusher, "delayOffset.json", b->log, &text);
		b->schedule.is_dirty = false;
	}
	rmqi_buf_deinit(&text);
}

void mb_schedule_save(struct mb_broker *b)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (mb_schedule_write(&b->schedule, true, &text))
		mb_config_file_save(b->store, "delayOffset.json", b->log, &text);
	rmqi_buf_deinit(&text);
}

enum rmq_error mb_schedule_take(struct mb_broker *b, struct rmqi_cursor text)
{
	enum rmq_error err = decode(&b->schedule, text);

	if (err == RMQ_OK)
		mb_schedule_save(b);
	return err;
}

static enum rmq_error init_level(struct mb_broker *b, int32_t level)
{
	struct mb_delay_level *l = &b->schedule.levels[level - 1];

	l->broker = b;
	l->level = level;
	l->next_offset = 0;
	return rmqi_timer_init(&l->timer, rmqi_loop_inner_timers(b->loop), run_level);
}

enum rmq_error mb_schedule_load(struct mb_broker *b)
{
	struct mb_schedule *s = &b->schedule;
	enum rmq_error err = rmqi_timer_init(&s->flush, rmqi_loop_inner_timers(b->loop), flush);

	s->version = (struct rmqi_data_version){.timestamp = mb_broker_wall_ms(b)};
	for (int32_t level = 1; level <= MB_DELAY_LEVEL_COUNT && err == RMQ_OK; level++)
		err = init_level(b, level);
	s->got = rmqi_calloc(1, sizeof(*s->got));
	if (err == RMQ_OK && !s->got)
		err = RMQ_ERR_NO_MEMORY;
	return err == RMQ_OK ? mb_config_file_load(b->store, "delayOffset.json", b->log, decode, s)
			     : err;
}

void mb_schedule_start(struct mb_broker *b)
{
	struct rmqi_str topic = RMQI_STR(RMQI_TOPIC_SCHEDULE);

	for (int32_t level = 1; level <= MB_DELAY_LEVEL_COUNT; level++) {
		struct mb_delay_level *l = &b->schedule.levels[level - 1];
		int64_t min = mb_store_min_offset(b->store, topic, level - 1);
		int64_t max = mb_store_max_offset(b->store, topic, level - 1);

		if (l->next_offset < min)
			l->next_offset = min;
		if (RMQI_PLANTED(DELAYED_IS_FORGOTTEN))
			l->next_offset = max;
		if (l->next_offset > max)
			l->next_offset = max;
		if (l->next_offset < max)
			rmqi_timer_start_ms(&l->timer, FIRST_MS);
	}
	rmqi_timer_start_ms(&b->schedule.flush, FLUSH_FIRST_MS);
}

void mb_schedule_deinit(struct mb_schedule *s)
{
	for (size_t i = 0; i < MB_DELAY_LEVEL_COUNT; i++)
		rmqi_timer_deinit(&s->levels[i].timer);
	rmqi_timer_deinit(&s->flush);
	rmqi_free(s->got);
	s->got = NULL;
}
