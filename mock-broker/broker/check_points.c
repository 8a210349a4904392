/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/check_points.h"

#include "base/mem.h"
#include "mock-broker/broker/pop_order.h"

enum { KEY_MAX = 1024 };

/* --- Lines and their queues ---------------------------------------------------------------------- */

/* Empty: too long to be one. */
static struct rmqi_str key_of(struct rmqi_str topic, struct rmqi_str group, char buf[KEY_MAX])
{
	size_t len = topic.len + 1 + group.len;

	if (len > KEY_MAX)
		return (struct rmqi_str){NULL, 0};
	rmqi_memcpy(buf, topic.ptr, topic.len);
	buf[topic.len] = '@';
	rmqi_memcpy(buf + topic.len + 1, group.ptr, group.len);
	return rmqi_str_n(buf, len);
}

static void pop_queue_free(struct mb_pop_queue *q)
{
	void *point;
	uint64_t start;

	for (size_t at = 0; rmqi_imap_next(&q->points, &at, &start, &point);) {
		for (struct mb_check_point *p = point, *next; p; p = next) {
			next = p->next;
			rmqi_free(p);
		}
	}
	for (size_t i = 0; i < MB_POP_WAITS; i++)
		mb_hold_list_deinit(&q->waiting[i]);
	rmqi_imap_deinit(&q->points);
	mb_pop_order_free(q->order);
	rmqi_free(q);
}

static void line_free(void *value)
{
	struct mb_pop_line *line = value;
	uint64_t id;
	void *queue;

	if (!line)
		return;
	for (size_t at = 0; rmqi_imap_next(&line->queues, &at, &id, &queue);)
		pop_queue_free(queue);
	rmqi_imap_deinit(&line->queues);
	rmqi_list_remove(&line->of_topic);
	rmqi_free(line->topic);
	rmqi_free(line->group);
	rmqi_free(line);
}

static struct mb_pop_topic *topic_get(struct mb_check_points *c, struct rmqi_str name)
{
	struct mb_pop_topic *t = rmqi_map_get(&c->topics, name);

	if (t)
		return t;
	t = rmqi_alloc(sizeof(*t));
	if (!t)
		return NULL;
	rmqi_list_init(&t->lines);
	if (rmqi_map_set(&c->topics, name, t, NULL) == RMQ_OK)
		return t;
	rmqi_free(t);
	return NULL;
}

static struct mb_pop_line *line_new(struct mb_check_points *c, struct rmqi_str topic,
				    struct rmqi_str group, struct rmqi_str key)
{
	struct mb_pop_topic *t = topic_get(c, topic);
	struct mb_pop_line *line = t ? rmqi_calloc(1, sizeof(*line)) : NULL;

	if (!line)
		return NULL;
	rmqi_imap_init(&line->queues);
	rmqi_list_init(&line->of_topic);
	line->topic = rmqi_str_dup(topic);
	line->group = rmqi_str_dup(group);
	if (!line->topic || !line->group || rmqi_map_set(&c->lines, key, line, NULL) != RMQ_OK) {
		line_free(line);
		return NULL;
	}
	rmqi_list_push(&t->lines, &line->of_topic);
	return line;
}

struct mb_pop_queue *mb_pop_line_queue(const struct mb_pop_line *line, int32_t queue_id)
{
	return rmqi_imap_get(&line->queues, (uint32_t)queue_id + 1);
}

static struct mb_pop_queue *queue_new(struct mb_pop_line *line, int32_t queue_id)
{
	struct mb_pop_queue *q = rmqi_calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->line = line;
	q->queue_id = queue_id;
	rmqi_imap_init(&q->points);
	for (size_t i = 0; i < MB_POP_WAITS; i++)
		mb_hold_list_init(&q->waiting[i]);
	if (rmqi_imap_set(&line->queues, (uint32_t)queue_id + 1, q) == RMQ_OK)
		return q;
	pop_queue_free(q);
	return NULL;
}

struct mb_pop_queue *mb_pop_queue_find(const struct mb_check_points *c, struct rmqi_str topic,
				       struct rmqi_str group, int32_t queue_id)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(topic, group, buf);
	const struct mb_pop_line *line = key.len ? rmqi_map_get(&c->lines, key) : NULL;

	return line ? mb_pop_line_queue(line, queue_id) : NULL;
}

struct mb_pop_queue *mb_pop_queue_get(struct mb_check_points *c, struct rmqi_str topic,
				      struct rmqi_str group, int32_t queue_id)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(topic, group, buf);
	struct mb_pop_line *line = key.len ? rmqi_map_get(&c->lines, key) : NULL;
	struct mb_pop_queue *q = line ? mb_pop_line_queue(line, queue_id) : NULL;

	if (q || !key.len)
		return q;
	if (!line)
		line = line_new(c, topic, group, key);
	return line ? queue_new(line, queue_id) : NULL;
}

static bool is_waited_in(const struct mb_pop_line *line)
{
	uint64_t id;
	void *queue;

	for (size_t at = 0; rmqi_imap_next(&line->queues, &at, &id, &queue);) {
		for (size_t i = 0; i < MB_POP_WAITS; i++)
			if (((struct mb_pop_queue *)queue)->waiting[i].count > 0)
				return true;
	}
	return false;
}

void mb_pop_line_remove(struct mb_check_points *c, struct mb_pop_line *line)
{
	char buf[KEY_MAX];

	if (!is_waited_in(line))
		line_free(rmqi_map_remove(
			&c->lines, key_of(rmqi_str(line->topic), rmqi_str(line->group), buf)));
}

/* --- Check points ----------------------------------------------------------------------------------- */

struct mb_check_point *mb_check_point_new(struct mb_check_points *c)
{
	struct mb_check_point *p = c->spare;

	if (p)
		c->spare = p->next;
	else
		p = rmqi_alloc(sizeof(*p));
	if (!p)
		return NULL;
	p->due = (struct rmqi_heap_node){0};
	rmqi_list_init(&p->of_log);
	p->next = NULL;
	p->queue = NULL;
	p->log_offset = -1;
	p->log_queue = 0;
	p->revivals = 0;
	p->is_suspended = false;
	p->done = 0;
	p->count = 0;
	return p;
}

/* A client may say any time. */
static int64_t over_ms(const struct mb_check_point *p)
{
	int64_t over;

	return __builtin_add_overflow(p->pop_ms, p->invisible_ms, &over) ? INT64_MAX : over;
}

enum rmq_error mb_check_point_add(struct mb_check_points *c, struct mb_check_point *p)
{
	struct rmqi_imap *points = &p->queue->points;
	struct mb_check_point *first = rmqi_imap_get(points, (uint64_t)p->start);
	enum rmq_error err;

	p->due.key = over_ms(p);
	p->due.order = c->sequence++;
	err = rmqi_heap_push(&c->due, &p->due);
	if (err != RMQ_OK)
		return err;
	if (first) {
		p->next = first->next;
		first->next = p;
		return RMQ_OK;
	}
	err = rmqi_imap_set(points, (uint64_t)p->start, p);
	if (err != RMQ_OK)
		rmqi_heap_remove(&c->due, &p->due);
	return err;
}

static void unchain(struct mb_check_point *p)
{
	struct rmqi_imap *points = &p->queue->points;
	struct mb_check_point *at = rmqi_imap_get(points, (uint64_t)p->start);

	/* With its key there, setting needs no memory. */
	if (at == p && p->next && rmqi_imap_set(points, (uint64_t)p->start, p->next) == RMQ_OK)
		return;
	if (at == p) {
		(void)rmqi_imap_remove(points, (uint64_t)p->start);
		return;
	}
	while (at && at->next != p)
		at = at->next;
	if (at)
		at->next = p->next;
}

void mb_check_point_free(struct mb_check_points *c, struct mb_check_point *p)
{
	if (p->due.at > 0)
		unchain(p);
	rmqi_heap_remove(&c->due, &p->due);
	rmqi_list_remove(&p->of_log);
	p->next = c->spare;
	c->spare = p;
}

struct mb_check_point *mb_check_point_find(const struct mb_pop_queue *q, int64_t start,
					   int64_t pop_ms)
{
	struct mb_check_point *p = rmqi_imap_get(&q->points, (uint64_t)start);

	while (p && p->pop_ms != pop_ms)
		p = p->next;
	return p;
}

uint32_t mb_check_point_bit(const struct mb_check_point *p, int64_t offset)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (p->start + p->steps[i] == offset)
			return UINT32_C(1) << i;
	return 0;
}

/* --- All -------------------------------------------------------------------------------------------- */

void mb_check_points_init(struct mb_check_points *c)
{
	rmqi_map_init(&c->lines);
	rmqi_map_init(&c->topics);
	rmqi_heap_init(&c->due);
	c->spare = NULL;
	c->sequence = 0;
}

void mb_check_points_deinit(struct mb_check_points *c)
{
	rmqi_heap_deinit(&c->due);
	rmqi_map_deinit(&c->lines, line_free);
	rmqi_map_deinit(&c->topics, rmqi_free);
	for (struct mb_check_point *p = c->spare, *next; p; p = next) {
		next = p->next;
		rmqi_free(p);
	}
	c->spare = NULL;
}
