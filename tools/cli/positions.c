/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/positions.h"

#include <string.h>

#include "tools/cli/complain.h"
#include "tools/cli/values.h"

bool position_read(const char *text, struct position *out, bool *is_end)
{
	static const struct {
		const char *name;
		enum position_kind kind;
	} names[] = {{"min", POSITION_MIN},       {"beginning", POSITION_MIN}, {"max", POSITION_MAX},
		     {"end", POSITION_MAX}, {"stored", POSITION_STORED}};
	int64_t number;

	*is_end = false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i].name) != 0)
			continue;
		*out = (struct position){names[i].kind, 0};
		return true;
	}
	if ((text[0] == 's' || text[0] == 'e') && text[1] == '@') {
		if (!value_time(text + 2, value_now(), &number))
			return false;
		*is_end = text[0] == 'e';
		*out = (struct position){POSITION_TIME, number};
		return true;
	}
	if (!value_number(text, -INT64_MAX, INT64_MAX, &number))
		return false;
	*out = text[0] == '-' ? (struct position){POSITION_TAIL, -number}
			      : (struct position){POSITION_OFFSET, number};
	return true;
}

static int refuse_position(const char *text)
{
	return wrong_usage("-o: min, max, N, -N, stored, s@TIME or e@TIME is wanted, not '%s'", text);
}

int span_read(const struct args *a, struct span *out)
{
	bool has_begin = false, has_time = false;
	const char *text;
	size_t at = 0;

	*out = (struct span){{POSITION_MIN, 0}, {POSITION_MAX, 0}, args_has(a, OPTION_exit_eof)};
	while ((text = args_next(a, OPTION_offset, &at))) {
		struct position p;
		bool is_end;

		if (!position_read(text, &p, &is_end))
			return refuse_position(text);
		if (is_end ? has_time : has_begin)
			return wrong_usage("-o %s: it was said before where to %s", text,
					   is_end ? "end" : "begin");
		if (is_end) {
			out->end = p;
			out->has_end = has_time = true;
		} else {
			out->begin = p;
			has_begin = true;
		}
	}
	if (has_time && args_has(a, OPTION_exit_eof))
		return wrong_usage("-e and -o e@TIME exclude each other");
	if ((out->begin.kind == POSITION_STORED) != args_has(a, OPTION_stored_group))
		return wrong_usage("-o stored and --stored-group go together");
	return CLI_OK;
}

static int64_t within(int64_t offset, const rmq_queue_offsets *row)
{
	int64_t min = rmq_queue_offsets_min(row), max = rmq_queue_offsets_max(row);

	return offset < min ? min : offset > max ? max : offset;
}

enum rmq_error position_find(const struct position *p, const rmq_queue_offsets *row,
			     rmq_pull_consumer *consumer, const struct rmq_queue *queue,
			     int64_t *offset, rmq_error_detail **detail)
{
	int64_t min = rmq_queue_offsets_min(row), max = rmq_queue_offsets_max(row);

	switch (p->kind) {
	case POSITION_MIN:
		*offset = min;
		break;
	case POSITION_MAX:
		*offset = max;
		break;
	case POSITION_OFFSET:
		*offset = within(p->value, row);
		if (*offset != p->value)
			warn("%s:%d: there is no offset %lld, the queue has %lld .. %lld; going on "
			     "at %lld",
			     queue->broker_name, (int)queue->queue_id, (long long)p->value,
			     (long long)min, (long long)max, (long long)*offset);
		break;
	case POSITION_TAIL:
		*offset = p->value < max - min ? max - p->value : min;
		break;
	case POSITION_STORED:
		*offset = rmq_queue_offsets_consumer(row) < 0
				  ? min
				  : within(rmq_queue_offsets_consumer(row), row);
		break;
	case POSITION_TIME:
		return rmq_pull_consumer_offset_at(consumer, queue, p->value, offset, detail);
	}
	return RMQ_OK;
}

/* "[BROKER:]N"; the broker is in front of the last colon. */
static bool read_queue(const char *text, size_t *broker_len, int64_t *number)
{
	const char *colon = strrchr(text, ':');

	*broker_len = colon ? (size_t)(colon - text) : 0;
	return value_number(colon ? colon + 1 : text, 0, INT32_MAX, number) && (!colon || *broker_len);
}

bool queue_is_wanted(const struct args *a, const struct rmq_queue *queue)
{
	const char *text;
	size_t at = 0, len;
	int64_t number;

	if (!args_has(a, OPTION_queue))
		return true;
	while ((text = args_next(a, OPTION_queue, &at))) {
		if (!read_queue(text, &len, &number) || number != queue->queue_id)
			continue;
		if (!len || (strlen(queue->broker_name) == len &&
			     memcmp(queue->broker_name, text, len) == 0))
			return true;
	}
	return false;
}

int queues_check(const struct args *a)
{
	const char *text;
	size_t at = 0, len;
	int64_t number;

	while ((text = args_next(a, OPTION_queue, &at)))
		if (!read_queue(text, &len, &number))
			return wrong_usage("-p: [BROKER:]N is wanted, not '%s'", text);
	return CLI_OK;
}
