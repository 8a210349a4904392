/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/known_members.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/body.h"

enum { BODY_MAX = 1024 * 1024 }; /* that is kept: a longer one is read each time */

void rmqi_known_members_init(struct rmqi_known_members *k)
{
	*k = (struct rmqi_known_members){0};
	rmqi_buf_init(&k->body, BODY_MAX);
}

static void forget(struct rmqi_known_members *k)
{
	rmqi_strings_free(k->ids, k->count);
	k->ids = NULL;
	k->count = 0;
	rmqi_buf_reset(&k->body);
}

void rmqi_known_members_deinit(struct rmqi_known_members *k)
{
	forget(k);
	rmqi_buf_deinit(&k->body);
}

static int cmp_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_known(const struct rmqi_known_members *k, struct rmqi_cursor body)
{
	return body.len > 0 && body.len == k->body.len &&
	       memcmp(body.ptr, rmqi_buf_data(&k->body), body.len) == 0;
}

static enum rmq_error learn(struct rmqi_known_members *k, struct rmqi_cursor body)
{
	enum rmq_error err;

	forget(k);
	err = rmqi_consumer_list_decode(body, &k->ids, &k->count);
	if (err != RMQ_OK)
		return err;
	if (k->count > 0)
		qsort(k->ids, k->count, sizeof(*k->ids), cmp_ids);
	rmqi_buf_add(&k->body, body.ptr, body.len);
	/* Without room, or memory, for the bytes it is read again the next time. */
	if (k->body.failed)
		rmqi_buf_reset(&k->body);
	return RMQ_OK;
}

enum rmq_error rmqi_known_members_read(struct rmqi_known_members *k, struct rmqi_cursor body,
				       char *const **ids, size_t *count)
{
	enum rmq_error err = is_known(k, body) ? RMQ_OK : learn(k, body);

	if (err != RMQ_OK)
		return err;
	*ids = k->ids;
	*count = k->count;
	return RMQ_OK;
}

char **rmqi_known_members_copy(const struct rmqi_known_members *k)
{
	char **ids = rmqi_calloc(k->count + 1, sizeof(*ids));
	size_t done = 0;

	while (ids && done < k->count && (ids[done] = rmqi_strdup(k->ids[done])) != NULL)
		done++;
	if (!ids || done == k->count)
		return ids;
	rmqi_strings_free(ids, done);
	return NULL;
}
