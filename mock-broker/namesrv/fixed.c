/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/fixed.h"

#include "base/buf.h"
#include "base/mem.h"
#include "codec/frame.h"
#include "mock-broker/namesrv/route_view.h"

void mb_fixed_deinit(struct mb_fixed_routes *f)
{
	rmqi_map_deinit(&f->lies, rmqi_free);
	rmqi_map_deinit(&f->frozen, rmqi_free);
	*f = (struct mb_fixed_routes){0};
}

/* `body` NULL: forgets it. */
static enum rmq_error keep(struct rmqi_map *m, struct rmqi_str topic, const char *body)
{
	char *copy = body ? rmqi_strdup(body) : NULL;
	enum rmq_error err = RMQ_OK;
	void *old = NULL;

	if (body && !copy)
		return RMQ_ERR_NO_MEMORY;
	if (body)
		err = rmqi_map_set(m, topic, copy, &old);
	else
		old = rmqi_map_remove(m, topic);
	rmqi_free(err == RMQ_OK ? old : copy);
	return err;
}

enum rmq_error mb_fixed_lie(struct mb_fixed_routes *f, struct rmqi_str topic, const char *body)
{
	return keep(&f->lies, topic, body);
}

/* A topic without brokers has no route. */
static enum rmq_error keep_route(struct rmqi_map *frozen, const struct mb_routes *r,
				 struct rmqi_str topic, struct rmqi_buf *text)
{
	struct rmqi_route route;
	enum rmq_error err = mb_routes_find(r, topic, &route);

	if (err == RMQ_ERR_NOT_FOUND)
		return RMQ_OK;
	if (err != RMQ_OK)
		return err;
	rmqi_buf_reset(text);
	err = rmqi_route_encode(&route, true, text);
	if (err == RMQ_OK)
		err = keep(frozen, topic, rmqi_buf_text(text));
	mb_routes_release(&route);
	return err;
}

enum rmq_error mb_fixed_freeze(struct mb_fixed_routes *f, const struct mb_routes *r)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_map frozen;
	struct rmqi_buf text;
	struct rmqi_str topic;

	rmqi_map_init(&frozen);
	rmqi_buf_init(&text, RMQI_FRAME_MAX);
	for (size_t i = 0; i < r->topics.count && err == RMQ_OK; i++) {
		rmqi_map_at(&r->topics, i, &topic);
		err = keep_route(&frozen, r, topic, &text);
	}
	rmqi_buf_deinit(&text);
	if (err != RMQ_OK) {
		rmqi_map_deinit(&frozen, rmqi_free);
		return err;
	}
	mb_fixed_thaw(f);
	f->frozen = frozen;
	f->is_frozen = true;
	return RMQ_OK;
}

void mb_fixed_thaw(struct mb_fixed_routes *f)
{
	rmqi_map_deinit(&f->frozen, rmqi_free);
	rmqi_map_init(&f->frozen);
	f->is_frozen = false;
}

bool mb_fixed_find(const struct mb_fixed_routes *f, struct rmqi_str topic, const char **body)
{
	const char *lie = rmqi_map_get(&f->lies, topic);

	if (!lie && !f->is_frozen)
		return false;
	*body = lie ? lie : rmqi_map_get(&f->frozen, topic);
	return true;
}
