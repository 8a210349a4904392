/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocate_list.c - the queues that the configuration names (AllocateMessageQueueByConfig).
 *
 *     topic@broker:id;topic@broker:first-last;...      blanks around an item are nothing
 *
 * A topic has no "@", a broker may have; the last ":" begins the numbers. What is named and not there is
 * nobody's, and no error: a broker may be away.
 */
#include "base/str.h"
#include "consumer/allocate.h"

struct item {
	struct rmqi_str topic;
	struct rmqi_str broker;
	int32_t first;
	int32_t last;
};

/* Cuts at the last one. */
static bool cut_last(struct rmqi_str s, char separator, struct rmqi_str *head,
		     struct rmqi_str *tail)
{
	size_t at = s.len;

	while (at > 0 && s.ptr[at - 1] != separator)
		at--;
	if (at == 0)
		return false;
	*head = rmqi_str_n(s.ptr, at - 1);
	*tail = rmqi_str_n(s.ptr + at, s.len - at);
	return true;
}

static bool parse_numbers(struct rmqi_str s, struct item *out)
{
	struct rmqi_str first, last;
	bool is_range;

	last = rmqi_str_cut(s, "-", &first, &is_range);
	if (!rmqi_str_to_i32(first, &out->first) ||
	    !rmqi_str_to_i32(is_range ? last : first, &out->last))
		return false;
	return out->first >= 0 && out->last >= out->first;
}

static bool parse(struct rmqi_str s, struct item *out)
{
	struct rmqi_str rest = rmqi_str_cut(s, "@", &out->topic, NULL), numbers;

	return out->topic.len > 0 && cut_last(rest, ':', &out->broker, &numbers) &&
	       out->broker.len > 0 && parse_numbers(numbers, out);
}

/* The next item, and what is left behind it. False: there is none. */
static bool next(struct rmqi_str *list, struct rmqi_str *item)
{
	while (list->len > 0) {
		*list = rmqi_str_cut(*list, ";", item, NULL);
		*item = rmqi_str_trim(*item);
		if (item->len > 0)
			return true;
	}
	return false;
}

const char *rmqi_allocate_list_problem(const char *queues)
{
	struct rmqi_str list = rmqi_str(queues ? queues : ""), text;
	struct item item;
	size_t count = 0;

	for (; next(&list, &text); count++)
		if (!parse(text, &item))
			return "must be topic@broker:id or topic@broker:first-last, separated by ;";
	return count > 0 ? NULL : "must name the queues of this member";
}

static int cmp(const struct rmqi_queue *q, const struct item *item)
{
	int order = rmqi_str_cmp(rmqi_str(q->broker_name), item->broker);

	return order ? order : (q->queue_id > item->first) - (q->queue_id < item->first);
}

/* The first queue that is not before those of the item. */
static size_t find_first(const struct rmqi_contest *c, const struct item *item)
{
	size_t low = 0, high = c->queue_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cmp(&c->queues[mid], item) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void rmqi_allocate_by_list(const char *queues, const struct rmqi_contest *c, uint8_t *mine)
{
	struct rmqi_str list = rmqi_str(queues ? queues : ""), text;
	struct item item;

	while (next(&list, &text)) {
		if (!parse(text, &item) || !rmqi_str_is(item.topic, c->queues[0].topic + c->hidden))
			continue;
		for (size_t i = find_first(c, &item); i < c->queue_count; i++) {
			const struct rmqi_queue *q = &c->queues[i];

			if (!rmqi_str_is(item.broker, q->broker_name) || q->queue_id > item.last)
				break;
			mine[i] = 1;
		}
	}
}
