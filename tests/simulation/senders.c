/* SPDX-License-Identifier: Apache-2.0 */
/* senders.c - messages of every kind, and requests that are answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulation/world_impl.h"

enum { BATCH = 3, TIMED_SLACK_MS = 2000 /* brokers deliver by the second */ };

/* What waits for its end. */
struct sending {
	struct world *w;
	size_t numbers[BATCH];
	size_t count;
};

static struct sending *sending_new(struct world *w, size_t first, size_t count)
{
	struct sending *s = malloc(sizeof(*s));

	if (!s)
		abort();
	*s = (struct sending){.w = w, .count = count};
	for (size_t i = 0; i < count; i++)
		s->numbers[i] = first + i;
	return s;
}

static rmq_message *message_new(struct world *w, size_t number)
{
	rmq_error_detail *detail = NULL;
	char body[16];
	int len = snprintf(body, sizeof(body), "%zu", number);
	rmq_message *m = rmq_message_new("Topic", body, (size_t)len);
	bool is_b = number % 2;

	world_check(w, rmq_message_set_tag(m, is_b ? "B" : "A", &detail), &detail, "tag");
	if (is_b && !w->has_both_tags)
		w->audit.messages[number].not_wanted |= 1u << GROUP_TAGS;
	return m;
}

/* What a broker stores again itself, when the time has come or the transaction is committed, it stores without waiting
 * for the disk, as Java does (setWaitStoreMsgOK(false)); where it stands it may have written already. With the power
 * such a message may be lost. */
static void may_be_lost(struct world *w, size_t number)
{
	if (w->is_sync && !w->is_gentle && !w->is_calm)
		w->audit.messages[number].not_wanted = ~0u;
}

/* A message that may not be on the disk yet is no promise. */
static bool is_safe(enum rmq_error error, const rmq_send_result *result)
{
	return error == RMQ_OK && rmq_send_result_status(result) == RMQ_SEND_OK;
}

static bool may_have_passed(const struct world *w, int group, size_t queue, int64_t offset)
{
	int64_t furthest = w->furthest[group][queue];

	/* It passes what it does not see. */
	for (int other = 0; group == GROUP_TAGS && other < AUDIT_GROUPS; other++)
		if (w->furthest[other][queue] > furthest)
			furthest = w->furthest[other][queue];
	return offset <= furthest;
}

/* Brokers hand out what the disk does not have yet. When the power takes it, its offset is given to another message,
 * which groups that were further may pass over, as with Java. */
static void note_place(struct world *w, size_t number, const rmq_send_result *result)
{
	size_t queue;

	if (!result || !w->is_sync || w->is_gentle ||
	    strcmp(rmq_send_result_queue(result)->topic, "Topic") != 0)
		return;
	queue = world_queue(rmq_send_result_queue(result));
	for (int group = 0; group < AUDIT_GROUPS; group++)
		if (may_have_passed(w, group, queue, rmq_send_result_queue_offset(result)))
			w->audit.messages[number].not_wanted |= 1u << group;
}

/* --- One message ------------------------------------------------------------------------------------ */

static bool send_and_wait(struct world *w, const rmq_message *m, size_t number)
{
	rmq_send_result *result = NULL;
	enum rmq_error error = rmq_producer_send(w->producer, m, NULL, &result, NULL);
	bool is_acked = is_safe(error, result);

	note_place(w, number, result);
	audit_complete(&w->audit, number, is_acked);
	rmq_send_result_free(result);
	return is_acked;
}

static bool send_sync(struct world *w, size_t number)
{
	rmq_message *m = message_new(w, number);
	bool is_acked = send_and_wait(w, m, number);

	rmq_message_free(m);
	return is_acked;
}

static void completed(enum rmq_error error, const rmq_send_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct sending *s = arg;

	(void)detail;
	note_place(s->w, s->numbers[0], result);
	audit_complete(&s->w->audit, s->numbers[0], is_safe(error, result));
	free(s);
}

static bool send_async(struct world *w, size_t number)
{
	struct sending *s = sending_new(w, number, 1);
	rmq_message *m = message_new(w, number);
	enum rmq_error err = rmq_producer_send_async(w->producer, m, NULL, completed, s, NULL);

	rmq_message_free(m);
	if (err == RMQ_OK)
		return true;
	audit_complete(&w->audit, number, false);
	free(s);
	return false;
}

static bool send_oneway(struct world *w, size_t number)
{
	rmq_message *m = message_new(w, number);
	enum rmq_error err = rmq_producer_send_oneway(w->producer, m, NULL, NULL);

	rmq_message_free(m);
	audit_complete(&w->audit, number, false); /* nobody knows */
	return err == RMQ_OK;
}

static bool send_delayed(struct world *w, size_t number)
{
	static const int seconds[] = {1, 5, 10, 30};
	int level = (int)world_below(w, 4);
	rmq_message *m = message_new(w, number);
	rmq_error_detail *detail = NULL;
	int64_t now_ms = rmq_mock_cluster_now_ms(w->cluster);
	bool is_acked;

	w->audit.messages[number].due_ms = now_ms + seconds[level] * 1000;
	may_be_lost(w, number);
	world_check(w, rmq_message_set_delay_level(m, level + 1, &detail), &detail, "delay level");
	is_acked = send_and_wait(w, m, number);
	rmq_message_free(m);
	return is_acked;
}

static bool send_timed(struct world *w, size_t number)
{
	int64_t delay_ms = 1000 + (int64_t)world_below(w, 30000);
	rmq_message *m = message_new(w, number);
	rmq_error_detail *detail = NULL;
	int64_t now_ms = rmq_mock_cluster_now_ms(w->cluster);
	bool is_acked;

	w->audit.messages[number].due_ms = now_ms + delay_ms - TIMED_SLACK_MS;
	may_be_lost(w, number);
	world_check(w, rmq_message_set_delay_time_ms(m, delay_ms, &detail), &detail, "delay time");
	is_acked = send_and_wait(w, m, number);
	rmq_message_free(m);
	return is_acked;
}

/* --- A batch ------------------------------------------------------------------------------------------ */

static void batch_completed(enum rmq_error error, const rmq_send_results *results,
			    const rmq_error_detail *detail, void *arg)
{
	struct sending *s = arg;

	(void)detail;
	for (size_t i = 0; i < s->count; i++) {
		note_place(s->w, s->numbers[i], rmq_send_results_at(results, i));
		audit_complete(&s->w->audit, s->numbers[i],
			       is_safe(error, rmq_send_results_at(results, i)));
	}
	free(s);
}

static bool send_batch(struct world *w, size_t first)
{
	struct sending *s = sending_new(w, first, 1);
	rmq_message *messages[BATCH];
	enum rmq_error err;

	messages[0] = message_new(w, first);
	while (s->count < BATCH && audit_send(&w->audit, &s->numbers[s->count])) {
		messages[s->count] = message_new(w, s->numbers[s->count]);
		s->count++;
	}
	err = rmq_producer_send_batch_async(w->producer, messages, s->count, NULL, batch_completed,
					    s, NULL);
	/* Its end may have come already. */
	for (size_t i = 0; i < BATCH && first + i < w->audit.sent; i++)
		rmq_message_free(messages[i]);
	if (err != RMQ_OK)
		batch_completed(err, NULL, NULL, s);
	return err == RMQ_OK;
}

/* --- Transactions --------------------------------------------------------------------------------------- */

/* The database: what was decided there. */
static enum rmq_transaction_state check_fate(const rmq_message *m, void *arg)
{
	static const enum rmq_transaction_state states[] = {
		[AUDIT_PLAIN] = RMQ_TRANSACTION_UNKNOWN,
		[AUDIT_UNDECIDED] = RMQ_TRANSACTION_UNKNOWN,
		[AUDIT_COMMITTED] = RMQ_TRANSACTION_COMMIT,
		[AUDIT_ROLLED_BACK] = RMQ_TRANSACTION_ROLLBACK};
	struct world *w = arg;
	size_t len, number;
	const void *body = rmq_message_body(m, &len);

	if (!audit_number(&w->audit, body, len, &number))
		return RMQ_TRANSACTION_UNKNOWN;
	return states[w->audit.messages[number].fate];
}

static void ended(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	struct world *w = arg;

	(void)detail;
	audit_note(&w->audit, 'e', (uint64_t)error);
}

/* Of one that has begun. What nobody ends here, brokers ask about. */
static void end_transaction(struct world *w, size_t number, rmq_transaction *t)
{
	bool is_commit = w->is_calm || world_below(w, 3) > 0;
	unsigned how = world_below(w, 3);

	w->audit.messages[number].fate = is_commit ? AUDIT_COMMITTED : AUDIT_ROLLED_BACK;
	audit_complete(&w->audit, number, is_commit);
	if (how == 1)
		(void)!(is_commit ? rmq_transaction_commit(t, NULL) : rmq_transaction_rollback(t, NULL));
	else if (how == 2)
		(void)!(is_commit ? rmq_transaction_commit_async(t, ended, w, NULL)
				  : rmq_transaction_rollback_async(t, ended, w, NULL));
	rmq_transaction_free(t);
}

static void not_begun(struct world *w, size_t number)
{
	w->audit.messages[number].fate = AUDIT_ROLLED_BACK;
	audit_complete(&w->audit, number, false);
}

static void begun(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *detail,
		  void *arg)
{
	struct sending *s = arg;

	(void)detail;
	if (error == RMQ_OK)
		end_transaction(s->w, s->numbers[0], t);
	else
		not_begun(s->w, s->numbers[0]);
	free(s);
}

static bool begin_async(struct world *w, size_t number)
{
	struct sending *s = sending_new(w, number, 1);
	rmq_message *m = message_new(w, number);
	enum rmq_error err;

	w->audit.messages[number].fate = AUDIT_UNDECIDED;
	may_be_lost(w, number);
	err = rmq_producer_begin_async(w->producer, m, NULL, begun, s, NULL);
	rmq_message_free(m);
	if (err == RMQ_OK)
		return true;
	not_begun(w, number);
	free(s);
	return false;
}

static bool begin(struct world *w, size_t number)
{
	rmq_message *m = message_new(w, number);
	rmq_transaction *t = NULL;
	enum rmq_error err;

	w->audit.messages[number].fate = AUDIT_UNDECIDED;
	may_be_lost(w, number);
	err = rmq_producer_begin(w->producer, m, NULL, &t, NULL);
	rmq_message_free(m);
	if (err == RMQ_OK)
		end_transaction(w, number, t);
	else
		not_begun(w, number);
	return err == RMQ_OK;
}

/* --- Requests --------------------------------------------------------------------------------------------- */

static enum rmq_consume_status answer(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t n, rmq_consume_context *context, void *arg)
{
	struct world *w = arg;

	(void)c;
	(void)context;
	for (size_t i = 0; i < n && w->producer; i++) {
		rmq_message *reply = NULL;
		size_t len;
		const void *body = rmq_message_body(messages[i], &len);

		if (rmq_message_new_reply(messages[i], body, len, &reply, NULL) == RMQ_OK)
			(void)!rmq_producer_send_oneway(w->producer, reply, NULL, NULL);
		rmq_message_free(reply);
	}
	return RMQ_CONSUME_SUCCESS;
}

static void replied(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *detail,
		    void *arg)
{
	struct sending *s = arg;
	size_t len = 0, number = 0;
	const void *body = reply ? rmq_message_body(reply, &len) : NULL;

	(void)detail;
	if (error == RMQ_OK && audit_number(&s->w->audit, body, len, &number) &&
	    number != s->numbers[0])
		audit_fail(&s->w->audit, "request %zu got the reply to %zu", s->numbers[0], number);
	s->w->replies += error == RMQ_OK;
	audit_complete(&s->w->audit, s->numbers[0], false); /* no group has to see it */
	free(s);
}

static bool request(struct world *w, size_t number)
{
	struct sending *s = sending_new(w, number, 1);
	char body[16];
	int len = snprintf(body, sizeof(body), "%zu", number);
	rmq_message *m = rmq_message_new("Ask", body, (size_t)len);
	enum rmq_error err = rmq_producer_request_async(w->producer, m, NULL, replied, s, NULL);

	rmq_message_free(m);
	if (err == RMQ_OK)
		return true;
	audit_complete(&w->audit, number, false);
	free(s);
	return false;
}

/* --- All ---------------------------------------------------------------------------------------------------- */

static const struct kind {
	const char *name;
	bool (*send)(struct world *w, size_t number); /* it went, as far as that is known */
	unsigned share;
} kinds[] = {
	{"sync", send_sync, 3},      {"async", send_async, 6},    {"oneway", send_oneway, 1},
	{"batch", send_batch, 1},    {"delayed", send_delayed, 1}, {"timed", send_timed, 1},
	{"begin", begin, 1},	     {"begin_async", begin_async, 1}, {"request", request, 1},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), SHARES = 16 };

void senders_send(struct world *w)
{
	unsigned draw = world_below(w, SHARES);
	const struct kind *k = kinds;
	size_t number;

	while (draw >= k->share)
		draw -= (k++)->share;
	if (audit_send(&w->audit, &number))
		(void)k->send(w, number);
}

/* As a new producer: brokers lose the address for replies when an older one of a client's connections closes late
 * (ProducerManager.doChannelCloseEvent). */
void senders_send_all(struct world *w)
{
	uint64_t replies = w->replies;
	size_t number;

	senders_renew(w);
	for (size_t i = 0; i < KINDS; i++) {
		if (audit_send(&w->audit, &number) && !kinds[i].send(w, number))
			audit_fail(&w->audit, "nothing fails, but message %zu (%s) does not go",
				   number, kinds[i].name);
	}
	world_advance(w, 10 * 1000);
	if (w->replies == replies)
		audit_fail(&w->audit, "nothing fails, but a request gets no reply");
}

static void open_producer(struct world *w)
{
	rmq_error_detail *detail = NULL;

	world_name_instance(w);
	world_check(w, rmq_producer_new(w->config, "P", &w->producer, &detail), &detail, "producer");
	world_check(w, rmq_producer_set_check_fn(w->producer, check_fate, w, &detail), &detail,
		    "check function");
	world_check(w, rmq_producer_add_topic(w->producer, "Topic", &detail), &detail, "add topic");
	world_check(w, rmq_producer_start(w->producer, &detail), &detail, "start producer");
}

static void open_answerer(struct world *w)
{
	rmq_error_detail *detail = NULL;

	world_name_instance(w);
	world_check(w, rmq_push_consumer_new(w->config, "Answer", &w->answerer, &detail), &detail,
		    "answerer");
	world_check(w, rmq_push_consumer_subscribe(w->answerer, "Ask", "*", &detail), &detail,
		    "answerer subscribes");
	world_check(w, rmq_push_consumer_set_listener(w->answerer, answer, w, &detail), &detail,
		    "answerer listens");
	world_check(w, rmq_push_consumer_start(w->answerer, &detail), &detail, "answerer starts");
}

void senders_open(struct world *w)
{
	open_producer(w);
	open_answerer(w);
}

static void close_producer(struct world *w)
{
	rmq_producer *old = w->producer;

	w->producer = NULL;
	(void)!rmq_producer_close(old, CLOSE_MS, NULL);
	rmq_producer_free(old);
}

void senders_renew(struct world *w)
{
	close_producer(w);
	open_producer(w);
}

void senders_close(struct world *w)
{
	if (w->producer)
		close_producer(w);
	rmq_push_consumer_free(w->answerer);
	for (size_t i = 0; i < w->audit.sent; i++)
		if (w->audit.messages[i].completions != 1)
			audit_fail(&w->audit, "message %zu completed %u times", i,
				   w->audit.messages[i].completions);
}
