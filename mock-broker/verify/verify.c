/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/verify/verify.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"

enum { SAID_MAX = 32, LINE_MAX_BYTES = 1024 };

void mb_verify_say(struct mb_verify *v, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if (v->found++ >= SAID_MAX)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	rmqi_buf_add_text(&v->text, v->text.len ? "; " : "");
	rmqi_buf_add_text(&v->text, line);
}

struct mb_broker *mb_verify_broker(const struct mb_verify *v, struct rmqi_str node)
{
	for (size_t i = 0; i < v->c->broker_count; i++) {
		const struct mb_slot *s = &v->c->brokers[i];

		if (rmqi_str_is(node, s->label))
			return mb_slot_is_up(v->c, s) ? s->broker : NULL;
	}
	return NULL;
}

void *mb_verify_get(struct mb_verify *v, struct rmqi_map *m, const char *key, int len, size_t size)
{
	struct rmqi_str name = rmqi_str_n(key, len < 0 ? 0 : (size_t)len);
	void *value;

	if (len <= 0 || len >= MB_VERIFY_KEY_MAX)
		return NULL;
	value = rmqi_map_get(m, name);
	if (value)
		return value;
	value = rmqi_calloc(1, size);
	if (value && rmqi_map_set(m, name, value, NULL) == RMQ_OK)
		return value;
	rmqi_free(value);
	v->has_failed = true;
	return NULL;
}

static void look_on_loop(void *arg)
{
	struct mb_verify *v = arg;
	const struct mb_record *r = v->c->record;

	for (uint64_t i = r->first; i < r->next; i++) {
		const struct mb_entry *e = mb_record_at(r, i);

		if (e->seen->kind != MB_SEEN_UNREADABLE)
			mb_verify_offset(v, e);
		if (e->seen->kind != MB_SEEN_REQUEST)
			continue;
		mb_verify_send(v, e);
		mb_verify_lock(v, e);
		mb_verify_answer(v, e);
	}
	mb_verify_offsets_end(v);
}

static enum rmq_error tell(struct mb_verify *v, struct rmq_error_detail *detail)
{
	if (v->has_failed)
		return RMQ_ERR_NO_MEMORY;
	if (v->found == 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CORRUPT, 0, "%zu violation%s: %s%s", v->found,
			       v->found == 1 ? "" : "s", rmqi_buf_text(&v->text),
			       v->found > SAID_MAX ? "; ..." : "");
}

enum rmq_error mb_cluster_verify(struct rmq_mock_cluster *c, struct rmq_error_detail *detail)
{
	struct mb_verify v = {.c = c};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	if (!c->record)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "nothing is recorded: the cluster was made without the "
				       "option \"record\"");
	rmqi_map_init(&v.rows);
	rmqi_map_init(&v.locks);
	rmqi_map_init(&v.opaques);
	rmqi_buf_init(&v.text, SAID_MAX * (LINE_MAX_BYTES + 2));
	rmqi_loop_call(c->loop, look_on_loop, &v);
	err = tell(&v, detail);
	rmqi_buf_deinit(&v.text);
	rmqi_map_deinit(&v.opaques, rmqi_free);
	rmqi_map_deinit(&v.locks, rmqi_free);
	rmqi_map_deinit(&v.rows, rmqi_free);
	return err;
}
