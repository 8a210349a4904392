/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sender.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/stop.h"
#include "tools/cli/tally.h"
#include "tools/cli/writer.h"

enum {
	USUAL_IN_FLIGHT = 1000,
	SAID_MAX = 10,      /* failures that are told one by one */
	HOPELESS_AFTER = 100,
	CLOSE_MS = 10000,
	BATCH_MAX = 1000
};

/* In the order of --tx. */
enum ending { TX_COMMIT, TX_ROLLBACK, TX_UNKNOWN, TX_NONE = -1 };

/* What an asynchronous send is about; a batch has several records. */
struct pending {
	struct sender *sender;
	struct target target; /* of the selector; texts are borrowed from strings */
	char *strings;        /* owned; NULL: none */
	size_t bytes;
	size_t count;
	uint64_t records[];
};

struct sender {
	rmq_producer *producer;
	struct target usual;
	bool is_json;
	bool is_oneway;
	enum ending ending;
	size_t limit; /* messages in flight */
	struct tally tally;
	rmq_message **batch; /* NULL: none is made */
	uint64_t *batch_records;
	size_t batch_size, batch_count;

	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t in_flight;           /* mutex */
	enum rmq_error first_error; /* mutex */
};

/* --- What became of it ------------------------------------------------------------------------------ */

static void print_result(const struct sender *s, uint64_t record, const rmq_send_result *result)
{
	const struct rmq_queue *queue = rmq_send_result_queue(result);
	const char *handle = rmq_send_result_recall_handle(result);
	struct text line = {0};
	struct writer w;

	writer_init(&w, &line);
	writer_object(&w, NULL);
	writer_number(&w, "record", (int64_t)record);
	writer_text(&w, "status", rmq_send_status_text(rmq_send_result_status(result)));
	writer_text(&w, "msgId", rmq_send_result_message_id(result));
	writer_text(&w, "offsetMsgId", rmq_send_result_offset_message_id(result));
	writer_text(&w, "topic", queue->topic);
	writer_text(&w, "broker", queue->broker_name);
	writer_number(&w, "queue", queue->queue_id);
	writer_number(&w, "offset", rmq_send_result_queue_offset(result));
	if (s->ending != TX_NONE)
		writer_text(&w, "transactionId", rmq_send_result_transaction_id(result));
	if (handle[0])
		writer_text(&w, "recallHandle", handle);
	writer_end_object(&w);
	text_addc(&line, '\n');
	output_take(&line);
	text_free(&line);
}

static void print_failure(uint64_t record, enum rmq_error err, const char *cause, bool is_maybe_stored)
{
	struct text line = {0};
	struct writer w;

	writer_init(&w, &line);
	writer_object(&w, NULL);
	writer_number(&w, "record", (int64_t)record);
	writer_text(&w, "error", cause);
	writer_text(&w, "code", rmq_error_text(err));
	writer_bool(&w, "maybeStored", is_maybe_stored);
	writer_end_object(&w);
	text_addc(&line, '\n');
	output_take(&line);
	text_free(&line);
}

static void note_failure(struct sender *s, uint64_t record, enum rmq_error err, const char *cause,
			 bool is_maybe_stored)
{
	uint64_t failed = atomic_fetch_add(&s->tally.failed, 1) + 1;

	pthread_mutex_lock(&s->mutex);
	if (s->first_error == RMQ_OK)
		s->first_error = err;
	pthread_mutex_unlock(&s->mutex);
	if (failed <= SAID_MAX)
		complain("message %" PRIu64 ": %s%s", record, cause,
			 is_maybe_stored ? " (it may be stored nevertheless)" : "");
	if (failed == SAID_MAX)
		complain("further failures are only counted");
	if (s->is_json)
		print_failure(record, err, cause, is_maybe_stored);
}

static void note(struct sender *s, const struct pending *p, size_t i, enum rmq_error err,
		 const rmq_send_result *result, const rmq_error_detail *detail)
{
	if (err != RMQ_OK) {
		note_failure(s, p->records[i], err, cause_of(err, detail),
			     detail && (rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED));
		return;
	}
	atomic_fetch_add(&s->tally.messages, 1);
	if (s->is_json && result)
		print_result(s, p->records[i], result);
}

static void pending_end(struct pending *p)
{
	struct sender *s = p->sender;
	size_t count = p->count;

	free(p->strings);
	free(p);
	pthread_mutex_lock(&s->mutex);
	s->in_flight -= count;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
}

static void on_sent(enum rmq_error err, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	struct pending *p = arg;

	note(p->sender, p, 0, err, result, detail);
	if (err == RMQ_OK)
		atomic_fetch_add(&p->sender->tally.bytes, p->bytes);
	pending_end(p);
}

static void on_batch_sent(enum rmq_error err, const rmq_send_results *results,
			  const rmq_error_detail *detail, void *arg)
{
	struct pending *p = arg;

	for (size_t i = 0; i < p->count; i++)
		note(p->sender, p, i, err, results ? rmq_send_results_at(results, i) : NULL, detail);
	if (err == RMQ_OK)
		atomic_fetch_add(&p->sender->tally.bytes, p->bytes);
	pending_end(p);
}

/* --- Where it goes ----------------------------------------------------------------------------------- */

static bool fits(const struct rmq_queue *queue, const struct target *t)
{
	return (t->queue < 0 || queue->queue_id == t->queue) &&
	       (!t->broker || strcmp(queue->broker_name, t->broker) == 0);
}

/* One of those that fit, in turn; no choice when there is none. */
static size_t select_target(const rmq_queues *queues, const rmq_message *message, void *arg)
{
	static _Atomic unsigned turn;
	const struct target *t = arg;
	size_t count = rmq_queues_count(queues), from = atomic_fetch_add(&turn, 1) % count;

	(void)message;
	for (size_t i = 0; i < count; i++)
		if (fits(rmq_queues_at(queues, (from + i) % count), t))
			return (from + i) % count;
	return count;
}

/* Options of a message to this target, which must live until it is sent. NULL, and *err RMQ_OK: none are needed. */
static rmq_send_options *options_of(const struct target *t, enum rmq_error *err,
				    rmq_error_detail **detail)
{
	rmq_send_options *options;
	struct target *given;

	*err = RMQ_OK;
	if (!t->broker && t->queue < 0 && !t->shard_key)
		return NULL;
	options = rmq_send_options_new();
	memcpy(&given, &t, sizeof(given)); /* the selector only reads it */
	if (!options)
		*err = RMQ_ERR_NO_MEMORY;
	else if (t->shard_key)
		*err = rmq_send_options_set_sharding_key(options, t->shard_key, detail);
	else
		*err = rmq_send_options_set_selector(options, select_target, given, detail);
	return options;
}

/* Its texts live as long as it. */
static bool keep_target(struct pending *p, const struct target *t)
{
	size_t broker = t->broker ? strlen(t->broker) + 1 : 0;
	size_t key = t->shard_key ? strlen(t->shard_key) + 1 : 0;

	p->target = *t;
	if (!broker && !key)
		return true;
	p->strings = malloc(broker + key);
	if (!p->strings)
		return false;
	if (broker)
		p->target.broker = memcpy(p->strings, t->broker, broker);
	if (key)
		p->target.shard_key = memcpy(p->strings + broker, t->shard_key, key);
	return true;
}

static struct pending *pending_new(struct sender *s, const struct target *t, size_t count)
{
	struct pending *p = calloc(1, sizeof(*p) + count * sizeof(p->records[0]));

	if (!p)
		return NULL;
	p->sender = s;
	p->count = count;
	if (keep_target(p, t))
		return p;
	free(p);
	return NULL;
}

/* --- Sending ------------------------------------------------------------------------------------------ */

static void wait_for_room(struct sender *s, size_t count)
{
	pthread_mutex_lock(&s->mutex);
	while (s->in_flight && s->in_flight + count > s->limit)
		pthread_cond_wait(&s->changed, &s->mutex);
	s->in_flight += count;
	pthread_mutex_unlock(&s->mutex);
}

static size_t bytes_of(const rmq_message *m)
{
	size_t len;

	rmq_message_body(m, &len);
	return len;
}

static void end_transaction(struct sender *s, struct pending *p, rmq_transaction *t)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_OK;

	if (s->ending == TX_COMMIT)
		err = rmq_transaction_commit(t, &detail);
	else if (s->ending == TX_ROLLBACK)
		err = rmq_transaction_rollback(t, &detail);
	note(s, p, 0, err, rmq_transaction_result(t), detail);
	if (err == RMQ_OK)
		atomic_fetch_add(&s->tally.bytes, p->bytes);
	rmq_error_detail_free(detail);
	rmq_transaction_free(t);
}

static void send_in_transaction(struct sender *s, struct pending *p, const rmq_message *m,
				const rmq_send_options *options)
{
	rmq_error_detail *detail = NULL;
	rmq_transaction *t = NULL;
	enum rmq_error err = rmq_producer_begin(s->producer, m, options, &t, &detail);

	if (err == RMQ_OK)
		end_transaction(s, p, t);
	else
		note(s, p, 0, err, NULL, detail);
	rmq_error_detail_free(detail);
	pending_end(p);
}

static void send_pending(struct sender *s, struct pending *p, const rmq_message *m)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	rmq_send_options *options = options_of(&p->target, &err, &detail);

	if (err == RMQ_OK && s->ending != TX_NONE) {
		send_in_transaction(s, p, m, options);
	} else if (err == RMQ_OK && s->is_oneway) {
		err = rmq_producer_send_oneway(s->producer, m, options, &detail);
		on_sent(err, NULL, detail, p);
	} else {
		if (err == RMQ_OK)
			err = rmq_producer_send_async(s->producer, m, options, on_sent, p, &detail);
		if (err != RMQ_OK)
			on_sent(err, NULL, detail, p);
	}
	rmq_error_detail_free(detail);
	rmq_send_options_free(options);
}

void sender_flush(struct sender *s)
{
	size_t count = s->batch_count;
	struct pending *p = count ? pending_new(s, &s->usual, count) : NULL;
	rmq_error_detail *detail = NULL;
	rmq_send_options *options = NULL;
	enum rmq_error err;

	s->batch_count = 0;
	if (!count)
		return;
	for (size_t i = 0; p && i < count; i++) {
		p->records[i] = s->batch_records[i];
		p->bytes += bytes_of(s->batch[i]);
	}
	if (p) {
		wait_for_room(s, count);
		options = options_of(&p->target, &err, &detail);
		if (err == RMQ_OK)
			err = rmq_producer_send_batch_async(s->producer, s->batch, count, options,
							    on_batch_sent, p, &detail);
		if (err != RMQ_OK)
			on_batch_sent(err, NULL, detail, p);
	}
	for (size_t i = 0; i < count; i++) {
		if (!p)
			sender_refuse(s, s->batch_records[i], "out of memory");
		rmq_message_free(s->batch[i]);
	}
	rmq_error_detail_free(detail);
	rmq_send_options_free(options);
}

/* Messages of a batch have one topic. */
static void add_to_batch(struct sender *s, rmq_message *m, uint64_t record)
{
	if (s->batch_count &&
	    strcmp(rmq_message_topic(m), rmq_message_topic(s->batch[0])) != 0)
		sender_flush(s);
	s->batch[s->batch_count] = m;
	s->batch_records[s->batch_count++] = record;
	if (s->batch_count == s->batch_size)
		sender_flush(s);
}

void sender_send(struct sender *s, rmq_message *m, const struct target *target, uint64_t record)
{
	struct pending *p;

	if (s->batch) {
		add_to_batch(s, m, record);
		return;
	}
	p = pending_new(s, target ? target : &s->usual, 1);
	if (p) {
		p->records[0] = record;
		p->bytes = bytes_of(m);
		wait_for_room(s, 1);
		send_pending(s, p, m);
	} else {
		sender_refuse(s, record, "out of memory");
	}
	rmq_message_free(m);
}

void sender_refuse(struct sender *s, uint64_t record, const char *why)
{
	note_failure(s, record, RMQ_ERR_INVALID_ARGUMENT, why, false);
}

bool sender_is_hopeless(struct sender *s)
{
	return s->tally.failed >= HOPELESS_AFTER && !s->tally.messages;
}

/* --- Its life ----------------------------------------------------------------------------------------- */

/* What a broker asks about is what this process did not end, so nobody knows. */
static enum rmq_transaction_state check(const rmq_message *m, void *arg)
{
	const struct sender *s = arg;

	(void)m;
	return s->ending == TX_COMMIT     ? RMQ_TRANSACTION_COMMIT
	       : s->ending == TX_ROLLBACK ? RMQ_TRANSACTION_ROLLBACK
					  : RMQ_TRANSACTION_UNKNOWN;
}

static char *statistics(void *client)
{
	char *json = NULL;

	return rmq_producer_statistics(client, &json, NULL) == RMQ_OK ? json : NULL;
}

static int start(struct sender *s, const struct args *a, const rmq_config *config)
{
	const char *group = args_text(a, OPTION_producer_group);
	rmq_error_detail *detail = NULL;
	enum rmq_error err =
		rmq_producer_new(config, group ? group : "rmq-cli", &s->producer, &detail);

	if (err == RMQ_OK && s->ending != TX_NONE)
		err = rmq_producer_set_check_fn(s->producer, check, s, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_start(s->producer, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of("no producer", err, detail);
}

static int have_batch(struct sender *s, const struct args *a)
{
	s->batch_size = (size_t)args_number(a, OPTION_batch, 0);
	if (!s->batch_size)
		return CLI_OK;
	s->batch = calloc(s->batch_size, sizeof(*s->batch));
	s->batch_records = calloc(s->batch_size, sizeof(*s->batch_records));
	if (s->batch && s->batch_records)
		return CLI_OK;
	complain("out of memory");
	return CLI_FAILED;
}

static int refuse_conflicts(const struct args *a)
{
	int kinds = args_has(a, OPTION_oneway) + args_has(a, OPTION_tx) + args_has(a, OPTION_batch);

	if (kinds > 1)
		return wrong_usage("--oneway, --tx and --batch exclude each other");
	if (args_has(a, OPTION_oneway) && args_has(a, OPTION_json))
		return wrong_usage("--oneway has no results that -J could print");
	if (args_has(a, OPTION_batch) && args_has(a, OPTION_json_in))
		return wrong_usage("--batch and --json-in exclude each other");
	if (!args_within(a, OPTION_in_flight, 1, 10000) || !args_within(a, OPTION_batch, 1, BATCH_MAX))
		return CLI_USAGE;
	return CLI_OK;
}

int sender_new(const struct args *a, rmq_config *config, const struct target *usual,
	       struct sender **out)
{
	bool is_one = usual->queue >= 0 || usual->shard_key;
	struct sender *s;
	int status = refuse_conflicts(a);

	if (status != CLI_OK)
		return status;
	s = calloc(1, sizeof(*s));
	if (!s) {
		complain("out of memory");
		return CLI_FAILED;
	}
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->usual = *usual;
	s->is_json = args_has(a, OPTION_json);
	s->is_oneway = args_has(a, OPTION_oneway);
	s->ending = (enum ending)args_choice(a, OPTION_tx);
	s->limit = (size_t)args_number(a, OPTION_in_flight, is_one ? 1 : USUAL_IN_FLIGHT);
	status = have_batch(s, a);
	if (status == CLI_OK)
		status = start(s, a, config);
	if (status != CLI_OK) {
		sender_free(s);
		return status;
	}
	tally_start(a, &s->tally, "sent", statistics, s->producer);
	*out = s;
	return CLI_OK;
}

int sender_end(struct sender *s)
{
	uint64_t sent, failed;

	sender_flush(s);
	if (!stop_by_signal()) {
		pthread_mutex_lock(&s->mutex);
		while (s->in_flight)
			pthread_cond_wait(&s->changed, &s->mutex);
		pthread_mutex_unlock(&s->mutex);
	}
	tally_end();
	(void)!rmq_producer_close(s->producer, CLOSE_MS, NULL); /* callbacks have told what was lost */
	sent = s->tally.messages;
	failed = s->tally.failed;
	if (failed)
		complain("%" PRIu64 " sent, %" PRIu64 " failed", sent, failed);
	if (failed && !sent)
		return status_of(s->first_error);
	return failed ? CLI_PARTIAL : CLI_OK;
}

void sender_free(struct sender *s)
{
	if (!s)
		return;
	rmq_producer_free(s->producer);
	free(s->batch);
	free(s->batch_records);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}
