/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/found.h"

#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"

enum { FIRST_ROOM = 64 };

/* --- What came ------------------------------------------------------------------------------------- */

static enum rmq_error add_item(struct rmqi_finding *f, const struct rmq_message *m)
{
	size_t room = f->room ? 2 * f->room : FIRST_ROOM;
	const struct rmq_message **items;

	if (f->count == f->room) {
		items = rmqi_realloc(f->items, room * sizeof(*items));
		if (!items)
			return RMQ_ERR_NO_MEMORY;
		f->items = items;
		f->room = room;
	}
	f->items[f->count++] = m;
	return RMQ_OK;
}

static enum rmq_error keep_block(struct rmqi_finding *f, struct rmqi_message_block *block)
{
	struct rmqi_message_block **blocks =
		rmqi_realloc(f->blocks, (f->block_count + 1) * sizeof(*blocks));

	if (!blocks)
		return RMQ_ERR_NO_MEMORY;
	f->blocks = blocks;
	rmqi_message_block_ref(block);
	f->blocks[f->block_count++] = block;
	return RMQ_OK;
}

static enum rmq_error take_block(struct rmqi_finding *f, struct rmqi_message_block *block)
{
	size_t before = f->count;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < block->count && err == RMQ_OK; i++)
		if (!f->is_wanted || f->is_wanted(&block->messages[i], f->arg))
			err = add_item(f, &block->messages[i]);
	if (err == RMQ_OK && f->count > before)
		err = keep_block(f, block);
	if (err != RMQ_OK)
		f->count = before;
	return err;
}

static enum rmq_error unreadable(const char *broker_name, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_CORRUPT, 0,
			       "the answer of broker %s holds a message that cannot be read",
			       broker_name);
}

enum rmq_error rmqi_finding_take(struct rmqi_finding *f, struct rmqi_cursor body,
				 const char *broker_name, struct rmq_error_detail *detail)
{
	struct rmqi_message_block *block;
	enum rmq_error err = RMQ_OK, read = RMQ_ERR_TOO_LARGE;
	bool is_whole = true;

	/* Each block takes something, else it would be its first message that is too large: a bad record. */
	while (read == RMQ_ERR_TOO_LARGE && err == RMQ_OK) {
		block = NULL;
		read = rmqi_message_block_new(body, broker_name, &block);
		if (!block)
			return rmqi_detail_set(detail, read, 0, "%s", rmq_error_text(read));
		err = take_block(f, block);
		is_whole = is_whole && block->bad_count == 0 && read != RMQ_ERR_CORRUPT;
		if (!rmqi_cursor_skip(&body, block->taken) || block->taken == 0)
			read = read == RMQ_ERR_TOO_LARGE ? RMQ_ERR_CORRUPT : read;
		rmqi_message_block_unref(block);
	}
	if (err == RMQ_OK && read == RMQ_ERR_NO_MEMORY)
		err = read;
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	return is_whole && read == RMQ_OK ? RMQ_OK : unreadable(broker_name, detail);
}

enum rmq_error rmqi_finding_note(struct rmqi_finding *f, const char *broker, enum rmq_error error,
				 const struct rmq_error_detail *detail)
{
	struct rmq_unanswered *rows, *row;

	if (error == RMQ_ERR_NO_MEMORY)
		return error;
	/* What cannot be read came with what can. */
	f->answered += error == RMQ_OK || error == RMQ_ERR_CORRUPT;
	if (error == RMQ_OK)
		return RMQ_OK;
	rows = rmqi_realloc(f->unanswered, (f->unanswered_count + 1) * sizeof(*rows));
	if (!rows)
		return RMQ_ERR_NO_MEMORY;
	f->unanswered = rows;
	row = &rows[f->unanswered_count];
	*row = (struct rmq_unanswered){.broker = rmqi_strdup(broker), .error = error};
	if (!row->broker)
		return RMQ_ERR_NO_MEMORY;
	f->unanswered_count++;
	row->detail = detail ? rmqi_detail_new() : NULL;
	rmqi_detail_copy(row->detail, detail);
	return RMQ_OK;
}

/* --- What is handed out ------------------------------------------------------------------------------ */

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* By time; what is of the same one by its place. */
static int by_time(const void *left, const void *right)
{
	const struct rmq_message *a = *(const struct rmq_message *const *)left;
	const struct rmq_message *b = *(const struct rmq_message *const *)right;
	int order = compare(a->store_ms, b->store_ms);

	if (order == 0)
		order = strcmp(a->queue.broker_name, b->queue.broker_name);
	return order != 0 ? order : compare(a->physical_offset, b->physical_offset);
}

/* An index may name a message twice. */
static size_t drop_twins(const struct rmq_message **items, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || by_time(&items[kept - 1], &items[i]) != 0)
			items[kept++] = items[i];
	return kept;
}

static enum rmq_error make(struct rmqi_finding *f, size_t max, struct rmq_found_messages **out)
{
	struct rmq_found_messages *found = rmqi_calloc(1, sizeof(*found));

	if (!found)
		return RMQ_ERR_NO_MEMORY;
	if (f->count > 1)
		qsort(f->items, f->count, sizeof(f->items[0]), by_time);
	f->count = drop_twins(f->items, f->count);
	found->messages = rmqi_messages_new(f->items, f->count < max ? f->count : max);
	if (!found->messages) {
		rmqi_free(found);
		return RMQ_ERR_NO_MEMORY;
	}
	found->unanswered = f->unanswered;
	found->unanswered_count = f->unanswered_count;
	f->unanswered = NULL;
	f->unanswered_count = 0;
	*out = found;
	return RMQ_OK;
}

static void free_unanswered(struct rmq_unanswered *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rmqi_free(rows[i].broker);
		rmq_error_detail_free(rows[i].detail);
	}
	rmqi_free(rows);
}

static void deinit(struct rmqi_finding *f)
{
	for (size_t i = 0; i < f->block_count; i++)
		rmqi_message_block_unref(f->blocks[i]);
	rmqi_free(f->blocks);
	rmqi_free(f->items);
	free_unanswered(f->unanswered, f->unanswered_count);
	*f = (struct rmqi_finding){0};
}

enum rmq_error rmqi_finding_hand_out(struct rmqi_finding *f, enum rmq_error err, size_t max,
				     struct rmq_found_messages **out,
				     struct rmq_error_detail *detail)
{
	const struct rmq_unanswered *first = f->unanswered;

	if (err == RMQ_OK && f->answered == 0 && f->unanswered_count > 0) {
		err = first->error;
		rmqi_detail_copy(detail, first->detail);
	} else if (err == RMQ_OK) {
		err = make(f, max, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	}
	deinit(f);
	return err;
}

void rmqi_found_messages_free(struct rmq_found_messages *f)
{
	if (!f)
		return;
	rmq_messages_free(f->messages);
	free_unanswered(f->unanswered, f->unanswered_count);
	rmqi_free(f);
}
