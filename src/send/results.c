/* SPDX-License-Identifier: Apache-2.0 */
#include "send/results.h"

#include <string.h>

#include "base/mem.h"

struct rmqi_str rmqi_send_results_cut(struct rmqi_str list, size_t count, size_t index)
{
	const char *comma = list.len > 0 ? memchr(list.ptr, ',', list.len) : NULL;
	size_t len = comma ? (size_t)(comma - list.ptr) : list.len;

	if (!comma)
		return list;
	if (list.len != count * (len + 1) - 1)
		return RMQI_STR("");
	return rmqi_str_n(list.ptr + index * (len + 1), len);
}

static void fill(struct rmq_send_results *r, struct rmqi_str ids, size_t index, char **at)
{
	struct rmq_send_result *one = &r->results[index];
	struct rmqi_str list = rmqi_str(r->whole->offset_message_id);
	struct rmqi_str id = rmqi_send_results_cut(ids, r->count, index);
	struct rmqi_str offset_id = rmqi_send_results_cut(list, r->count, index);

	*one = *r->whole;
	one->queue_offset = r->whole->queue_offset + (int64_t)index;
	rmqi_memcpy(one->message_id, id.ptr, id.len);
	one->message_id[id.len] = '\0';
	one->offset_message_id = *at;
	rmqi_memcpy(*at, offset_id.ptr, offset_id.len);
	(*at)[offset_id.len] = '\0';
	*at += offset_id.len + 1;
}

/* Where all have one text, each gets a copy of it. */
static size_t texts_size(const struct rmq_send_result *whole, size_t count)
{
	struct rmqi_str list = rmqi_str(whole->offset_message_id);

	return count * (rmqi_send_results_cut(list, count, 0).len + 1);
}

struct rmq_send_results *rmqi_send_results_new(struct rmq_send_result *whole, struct rmqi_str ids,
					       size_t count)
{
	size_t fixed = sizeof(struct rmq_send_results) + count * sizeof(struct rmq_send_result);
	struct rmq_send_results *r = rmqi_alloc(fixed + texts_size(whole, count));
	char *at;

	if (!r) {
		rmqi_free(whole);
		return NULL;
	}
	r->count = count;
	r->whole = whole;
	at = (char *)&r->results[count];
	for (size_t i = 0; i < count; i++)
		fill(r, ids, i, &at);
	return r;
}

void rmqi_send_results_free(struct rmq_send_results *r)
{
	if (!r)
		return;
	rmqi_free(r->whole);
	rmqi_free(r);
}
