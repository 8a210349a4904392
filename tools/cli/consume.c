/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume.c - the mode -C: prints the messages of a topic. It is no member of a group and commits nothing.
 *
 * Of each queue: where it begins and ends is found (once its broker answers), then pulls follow each other. What
 * cannot be asked now is asked again each second, and told once a broker; when there is an end to come to, a broker
 * that stays away for GIVE_UP_MS ends it all.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/modes.h"
#include "tools/cli/output.h"
#include "tools/cli/positions.h"
#include "tools/cli/reader.h"
#include "tools/cli/render.h"
#include "tools/cli/stop.h"
#include "tools/cli/tally.h"
#include "tools/cli/text.h"
#include "tools/cli/values.h"

enum {
	AGAIN_MS = 1000,
	GIVE_UP_MS = 15000,
	CLOSE_MS = 3000,
	PULL_MAX = 32
};

struct followed {
	struct rmq_queue queue;
	int64_t next;      /* -1: not found yet */
	int64_t end;       /* -1: none */
	bool is_pulling;
	bool is_done;
	int64_t again_at;  /* ticks; when it is not pulling */
	int64_t away_since; /* ticks; -1: its broker answers */
};

struct consuming {
	const struct args *args;
	const char *topic;
	struct span span;
	struct render *render;
	struct admin admin;
	rmq_pull_consumer *consumer;
	rmq_pull_options *options;
	rmq_topic_offsets *offsets; /* whose texts the queues borrow: the first ones that came */
	struct followed *queues;
	size_t count;
	struct readers *readers;
	struct text line;
	struct tally tally;
	uint64_t limit; /* 0: none */
	int status;     /* of an error that ends it */
	int away;       /* status of the broker that was away last */
};

/* --- Brokers that are away --------------------------------------------------------------------------- */

static bool is_told(const struct consuming *c, const struct followed *q)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->queues[i].away_since >= 0 &&
		    strcmp(c->queues[i].queue.broker_name, q->queue.broker_name) == 0)
			return true;
	return false;
}

static void note_away(struct consuming *c, struct followed *q, enum rmq_error err, const char *cause)
{
	int64_t now = value_ticks();

	if (!is_told(c, q))
		warn("%s: %s; trying again", q->queue.broker_name, cause);
	if (q->away_since < 0)
		q->away_since = now;
	q->again_at = now + AGAIN_MS;
	c->away = status_of(err);
	if (c->span.has_end && now - q->away_since >= GIVE_UP_MS) {
		complain("%s: %s; giving up", q->queue.broker_name, cause);
		c->status = c->away;
	}
}

static void note_back(struct consuming *c, struct followed *q)
{
	if (q->away_since < 0)
		return;
	q->away_since = -1;
	if (!is_told(c, q))
		warn("%s is back", q->queue.broker_name);
}

/* --- Where each begins -------------------------------------------------------------------------------- */

/* Admin objects take names as brokers have them. */
static enum rmq_error ask_offsets(struct consuming *c, rmq_topic_offsets **out,
				  rmq_error_detail **detail)
{
	const char *space = args_text(c->args, OPTION_namespace);
	const char *group = args_text(c->args, OPTION_stored_group);
	struct text topic = {0};
	enum rmq_error err;

	text_addf(&topic, "%s%s%s", space ? space : "", space ? "%" : "", c->topic);
	err = rmq_admin_topic_offsets(c->admin.admin, text_string(&topic), group, c->admin.options,
				      out, detail);
	text_free(&topic);
	return err;
}

static void find_span(struct consuming *c, struct followed *q, const rmq_queue_offsets *row)
{
	rmq_error_detail *detail = NULL;
	int64_t begin, end = -1;
	enum rmq_error err =
		position_find(&c->span.begin, row, c->consumer, &q->queue, &begin, &detail);

	if (err == RMQ_OK && c->span.has_end)
		err = position_find(&c->span.end, row, c->consumer, &q->queue, &end, &detail);
	if (err == RMQ_OK) {
		note_back(c, q);
		q->next = begin;
		q->end = end;
		q->again_at = 0;
		q->is_done = c->span.has_end && begin >= end;
	} else {
		note_away(c, q, err, cause_of(err, detail));
	}
	rmq_error_detail_free(detail);
}

static const rmq_queue_offsets *row_of(const rmq_topic_offsets *offsets, const struct rmq_queue *queue)
{
	const rmq_queue_offsets *row;

	for (size_t i = 0; (row = rmq_topic_offsets_at(offsets, i)); i++) {
		const struct rmq_queue *other = rmq_queue_offsets_queue(row);

		if (other->queue_id == queue->queue_id &&
		    strcmp(other->broker_name, queue->broker_name) == 0)
			return row;
	}
	return NULL;
}

/* Of the queues whose place is not known. */
static void find_spans(struct consuming *c, const rmq_topic_offsets *offsets)
{
	for (size_t i = 0; i < c->count && !c->status; i++) {
		struct followed *q = &c->queues[i];
		const rmq_queue_offsets *row = q->next < 0 ? row_of(offsets, &q->queue) : NULL;

		if (row && rmq_queue_offsets_error(row) == RMQ_OK)
			find_span(c, q, row);
		else if (row)
			note_away(c, q, rmq_queue_offsets_error(row),
				  cause_of(rmq_queue_offsets_error(row),
					   rmq_queue_offsets_detail(row)));
	}
}

/* As long as a queue has no place its broker is asked again. */
static void find_again(struct consuming *c, int64_t now)
{
	rmq_topic_offsets *offsets = NULL;
	bool is_due = false;

	for (size_t i = 0; i < c->count; i++)
		is_due = is_due || (c->queues[i].next < 0 && c->queues[i].again_at <= now);
	if (!is_due)
		return;
	if (ask_offsets(c, &offsets, NULL) == RMQ_OK)
		find_spans(c, offsets);
	rmq_topic_offsets_free(offsets);
	for (size_t i = 0; i < c->count; i++)
		if (c->queues[i].next < 0 && c->queues[i].again_at <= now)
			c->queues[i].again_at = now + AGAIN_MS;
}

static int list_queues(struct consuming *c)
{
	const rmq_queue_offsets *row;
	size_t all = rmq_topic_offsets_count(c->offsets);

	c->queues = calloc(all + 1, sizeof(*c->queues));
	if (!c->queues) {
		complain("out of memory");
		return CLI_FAILED;
	}
	for (size_t i = 0; (row = rmq_topic_offsets_at(c->offsets, i)); i++) {
		struct rmq_queue queue = *rmq_queue_offsets_queue(row);

		queue.topic = c->topic;
		if (queue_is_wanted(c->args, &queue))
			c->queues[c->count++] = (struct followed){queue, -1, -1, false, false, 0, -1};
	}
	if (c->count)
		return CLI_OK;
	complain("%s has no such queue", c->topic);
	return CLI_FAILED;
}

static int find_queues(struct consuming *c)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = ask_offsets(c, &c->offsets, &detail);
	int status;

	if (err != RMQ_OK)
		return complain_of(c->topic, err, detail);
	status = list_queues(c);
	if (status == CLI_OK)
		find_spans(c, c->offsets);
	return status;
}

/* --- Messages ------------------------------------------------------------------------------------------ */

static bool is_enough(const struct consuming *c)
{
	return c->limit && c->tally.messages >= c->limit;
}

static bool print(struct consuming *c, const rmq_message *m)
{
	size_t len;

	render_message(c->render, m, &c->line);
	rmq_message_body(m, &len);
	if (!output_take(&c->line))
		return false;
	c->tally.messages++;
	c->tally.bytes += len;
	return true;
}

static void note_moved(const struct followed *q, int64_t next)
{
	warn("%s:%d: there is no offset %" PRId64 " any more; going on at %" PRId64,
	     q->queue.broker_name, (int)q->queue.queue_id, q->next, next);
}

static void take_messages(struct consuming *c, struct followed *q, const struct pulled *p)
{
	note_back(c, q);
	if (p->status == RMQ_PULL_OFFSET_ILLEGAL && p->next != q->next)
		note_moved(q, p->next);
	for (size_t i = 0; i < p->count && !is_enough(c); i++) {
		if (q->end >= 0 && rmq_message_queue_offset(p->messages[i]) >= q->end)
			break;
		if (!print(c, p->messages[i]))
			return;
	}
	/* An empty queue that was deleted up to its end has nothing more before it. */
	q->is_done = q->end >= 0 && (p->next >= q->end || (p->status == RMQ_PULL_OFFSET_ILLEGAL &&
							   p->next <= q->next));
	q->again_at = p->status == RMQ_PULL_OFFSET_ILLEGAL && p->next == q->next
			      ? value_ticks() + AGAIN_MS
			      : 0;
	q->next = p->next;
}

static void take_pulled(struct consuming *c, struct pulled *p)
{
	struct followed *q = &c->queues[p->queue];

	q->is_pulling = false;
	if (p->error == RMQ_OK) {
		take_messages(c, q, p);
	} else if (p->is_passing) {
		note_away(c, q, p->error, p->cause ? p->cause : "");
	} else {
		complain("%s:%d: %s", q->queue.broker_name, (int)q->queue.queue_id,
			 p->cause ? p->cause : "out of memory");
		c->status = status_of(p->error);
	}
	pulled_free(p);
}

static void pull(struct consuming *c, size_t i)
{
	struct followed *q = &c->queues[i];
	rmq_error_detail *detail = NULL;
	enum rmq_error err =
		reader_pull(c->readers, i, &q->queue, q->next, c->options, &detail);

	if (err == RMQ_OK)
		q->is_pulling = true;
	else
		c->status = complain_of(c->topic, err, detail);
}

/* Pulls what is due. How long until the next one is, or -1; 0 queues left: *is_over. */
static int64_t pull_due(struct consuming *c, bool *is_over)
{
	int64_t now = value_ticks(), wait = -1;

	*is_over = true;
	find_again(c, now);
	for (size_t i = 0; i < c->count && !c->status; i++) {
		struct followed *q = &c->queues[i];

		*is_over = *is_over && q->is_done;
		if (q->is_done || q->is_pulling)
			continue;
		if (q->next >= 0 && q->again_at <= now)
			pull(c, i);
		else if (wait < 0 || q->again_at - now < wait)
			wait = q->again_at > now ? q->again_at - now : 0;
	}
	return wait;
}

static void follow(struct consuming *c)
{
	struct pulled pulled;
	bool is_over;

	while (!c->status && !is_enough(c) && !stop_wanted()) {
		int64_t wait = pull_due(c, &is_over);

		if (is_over || c->status)
			break;
		if (!readers_take(c->readers, 0, &pulled)) {
			output_flush();
			if (!readers_take(c->readers, wait, &pulled))
				continue;
		}
		take_pulled(c, &pulled);
	}
}

/* --- Its life ------------------------------------------------------------------------------------------- */

static enum rmq_error set_options(struct consuming *c, rmq_error_detail **detail)
{
	const char *filter = args_text(c->args, OPTION_filter), *sql = args_text(c->args, OPTION_sql);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	c->options = rmq_pull_options_new();
	if (c->options)
		err = rmq_pull_options_set_max_messages(c->options, PULL_MAX, detail);
	if (err == RMQ_OK && filter)
		err = rmq_pull_options_set_expression(c->options, filter, detail);
	if (err == RMQ_OK && sql)
		err = rmq_pull_options_set_expression_sql(c->options, sql, detail);
	if (err == RMQ_OK && !c->span.has_end)
		err = rmq_pull_options_set_suspend(c->options, -1, detail);
	return err;
}

/* The group that brokers have for tools (MixAll.TOOLS_CONSUMER_GROUP): it is there where others must be made first. */
static int open_consumer(struct consuming *c)
{
	rmq_error_detail *detail = NULL;
	rmq_config *config;
	enum rmq_error err;
	int status = client_config(c->args, &config);

	if (status != CLI_OK)
		return status;
	err = rmq_pull_consumer_new(config, "TOOLS_CONSUMER", &c->consumer, &detail);
	rmq_config_free(config);
	if (err == RMQ_OK)
		err = set_options(c, &detail);
	if (err == RMQ_OK)
		err = rmq_pull_consumer_start(c->consumer, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(c->topic, err, detail);
}

static int open_all(struct consuming *c)
{
	int status = render_new(c->args, &c->render);

	if (status == CLI_OK)
		status = admin_open(c->args, &c->admin);
	if (status == CLI_OK)
		status = open_consumer(c);
	if (status == CLI_OK)
		status = find_queues(c);
	if (status != CLI_OK || c->status)
		return status != CLI_OK ? status : c->status;
	c->readers = readers_new(c->consumer, c->count);
	if (c->readers)
		return CLI_OK;
	complain("no memory or no descriptor is left");
	return CLI_FAILED;
}

static void close_all(struct consuming *c)
{
	if (c->consumer)
		(void)!rmq_pull_consumer_close(c->consumer, CLOSE_MS, NULL);
	rmq_pull_consumer_free(c->consumer);
	readers_free(c->readers);
	rmq_pull_options_free(c->options);
	rmq_topic_offsets_free(c->offsets);
	admin_close(&c->admin);
	render_free(c->render);
	free(c->queues);
	text_free(&c->line);
}

static int check(struct consuming *c)
{
	const struct args *a = c->args;
	int status = queues_check(a);

	c->topic = args_text(a, OPTION_topic);
	if (!c->topic && a->word_count)
		c->topic = a->words[0];
	if (!c->topic)
		return wrong_usage("-C needs a topic (-t)");
	if (a->word_count > (args_has(a, OPTION_topic) ? 0 : 1))
		return wrong_usage("'%s' is too much", a->words[a->word_count - 1]);
	if (args_has(a, OPTION_filter) && args_has(a, OPTION_sql))
		return wrong_usage("-s and --sql exclude each other");
	return status == CLI_OK ? span_read(a, &c->span) : status;
}

static bool is_away(const struct consuming *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->queues[i].away_since >= 0)
			return true;
	return false;
}

/* With an end to come to, a broker that is away when the time is over says why it was not reached. */
static int judge(const struct consuming *c)
{
	if (c->status)
		return c->status;
	if (stop_wanted() && !stop_by_signal() && c->span.has_end && is_away(c)) {
		complain("a broker did not answer in time");
		return c->away;
	}
	return tally_judge(c->args, c->tally.messages);
}

int run_consume(const struct args *a)
{
	struct consuming c = {.args = a, .limit = (uint64_t)args_number(a, OPTION_count, 0)};
	int status = check(&c);

	if (status == CLI_OK)
		status = open_all(&c);
	if (status == CLI_OK) {
		tally_start(a, &c.tally, "printed", NULL, NULL);
		follow(&c);
		output_flush();
		tally_end();
		status = judge(&c);
	}
	close_all(&c);
	return status;
}
