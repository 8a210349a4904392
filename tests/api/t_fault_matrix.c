/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_fault_matrix.c - every kind of call under every fault, in virtual time: it ends by its deadline with an
 * error of the right class, completes once, and the next one goes through when the fault is gone. And all
 * that get an answer with it cut at each byte.
 *
 * doc/fault-matrix.md is what `t_fault_matrix page FILE` writes.
 */
#include <stdlib.h>

#include <rocketmq/mock_fault.h>

#include "tests/api/api.h"

enum {
	DEADLINE_MS = 3000,
	COMMIT_MS = 5000,
	GRACE_MS = 50,
	QUIET_MS = 60 * 1000,
	TRIES = 5,
	ANSWER_MAX = 4096
};

/* A cluster, and what calls on it. Only what the kind needs is there. */
struct stage {
	rmq_mock_cluster *cluster;
	rmq_config *config;
	rmq_producer *producer;
	rmq_pull_consumer *puller;
	rmq_simple_consumer *popper;
	rmq_push_consumer *pusher;
	rmq_queues *queues;
	int completions; /* callbacks, or messages that a listener got */
	enum rmq_error error;
};

/* A kind of call: which requests its faults are for, and the call; errors are those of its own end. */
struct kind {
	const char *name;
	const char *codes;
	void (*prepare)(struct stage *s);
	enum rmq_error (*call)(struct stage *s);
	int deadline_ms;
	bool is_oneway; /* nobody waits for an answer */
	bool has_other_end; /* it goes well, too, when what was stored is answered by somebody else */
	bool goes_on;   /* in the background: what is waited for comes later, once, whatever the call says */
};

static void must(enum rmq_error error)
{
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_text(error));
}

static rmq_message *message_new(void)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);

	ck_assert_ptr_nonnull(m);
	return m;
}

static rmq_send_options *options_new(void)
{
	rmq_send_options *o = rmq_send_options_new();

	must(rmq_send_options_set_timeout(o, DEADLINE_MS, NULL));
	return o;
}

static bool is_complete(void *arg)
{
	return ((const struct stage *)arg)->completions > 0;
}

static enum rmq_error wait_completion(struct stage *s)
{
	return rmq_mock_cluster_run_until(s->cluster, is_complete, s, DEADLINE_MS + GRACE_MS)
		       ? s->error
		       : RMQ_ERR_STATE;
}

/* --- Producers --------------------------------------------------------------------------------- */

static enum rmq_transaction_state check_unknown(const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return RMQ_TRANSACTION_UNKNOWN;
}

static void open_producer(struct stage *s)
{
	rmq_message *m = message_new();

	must(rmq_producer_new(s->config, "P", &s->producer, NULL));
	must(rmq_producer_set_check_fn(s->producer, check_unknown, NULL, NULL));
	must(rmq_producer_start(s->producer, NULL));
	/* The route is known, and the connection there. */
	must(rmq_producer_send(s->producer, m, NULL, NULL, NULL));
	rmq_message_free(m);
}

static void open_cold_producer(struct stage *s)
{
	must(rmq_producer_new(s->config, "P", &s->producer, NULL));
	must(rmq_producer_start(s->producer, NULL));
}

static enum rmq_error send_sync(struct stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();
	enum rmq_error err = rmq_producer_send(s->producer, m, o, NULL, NULL);

	rmq_message_free(m);
	rmq_send_options_free(o);
	return err;
}

static void on_sent(enum rmq_error error, const rmq_send_result *r, const rmq_error_detail *d,
		    void *arg)
{
	struct stage *s = arg;

	(void)r;
	(void)d;
	s->completions++;
	s->error = error;
}

static enum rmq_error send_async(struct stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();

	s->completions = 0;
	must(rmq_producer_send_async(s->producer, m, o, on_sent, s, NULL));
	rmq_message_free(m);
	rmq_send_options_free(o);
	return wait_completion(s);
}

static enum rmq_error send_oneway(struct stage *s)
{
	rmq_message *m = message_new();
	enum rmq_error err = rmq_producer_send_oneway(s->producer, m, NULL, NULL);

	rmq_message_free(m);
	return err;
}

static enum rmq_error send_batch(struct stage *s)
{
	rmq_message *messages[] = {message_new(), message_new()};
	rmq_send_options *o = options_new();
	enum rmq_error err = rmq_producer_send_batch(s->producer, messages, 2, o, NULL, NULL);

	rmq_send_options_free(o);
	rmq_message_free(messages[0]);
	rmq_message_free(messages[1]);
	return err;
}

static enum rmq_error send_transaction(struct stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();
	rmq_transaction *t = NULL;
	enum rmq_error err = rmq_producer_begin(s->producer, m, o, &t, NULL);

	if (err == RMQ_OK)
		err = rmq_transaction_commit(t, NULL);
	rmq_transaction_free(t);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return err;
}

static enum rmq_consume_status answer(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t n, rmq_consume_context *context, void *arg)
{
	struct stage *s = arg;

	(void)c;
	(void)context;
	for (size_t i = 0; i < n; i++) {
		rmq_message *reply = NULL;

		if (rmq_message_new_reply(messages[i], "reply", 5, &reply, NULL) == RMQ_OK)
			(void)!rmq_producer_send_oneway(s->producer, reply, NULL, NULL);
		rmq_message_free(reply);
	}
	return RMQ_CONSUME_SUCCESS;
}

static void open_requester(struct stage *s)
{
	open_producer(s);
	must(rmq_push_consumer_new(s->config, "G", &s->pusher, NULL));
	must(rmq_push_consumer_subscribe(s->pusher, "Topic", "*", NULL));
	must(rmq_push_consumer_set_listener(s->pusher, answer, s, NULL));
	must(rmq_push_consumer_start(s->pusher, NULL));
	must(rmq_push_consumer_wait_ready(s->pusher, -1, NULL));
}

static enum rmq_error send_request(struct stage *s)
{
	rmq_send_options *o = options_new();
	rmq_message *m = message_new();
	rmq_message *reply = NULL;
	enum rmq_error err = rmq_producer_request(s->producer, m, o, &reply, NULL);

	rmq_message_free(reply);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return err;
}

static enum rmq_error ask_route(struct stage *s)
{
	rmq_queues *queues = NULL;
	enum rmq_error err = rmq_producer_queues(s->producer, "Topic", &queues, NULL);

	rmq_queues_free(queues);
	return err;
}

/* --- Consumers --------------------------------------------------------------------------------- */

static void open_puller(struct stage *s)
{
	open_producer(s);
	must(rmq_pull_consumer_new(s->config, "G", &s->puller, NULL));
	must(rmq_pull_consumer_start(s->puller, NULL));
	must(rmq_pull_consumer_queues(s->puller, "Topic", &s->queues, NULL));
	for (int i = 0; i < 2; i++)
		must(send_sync(s));
}

static enum rmq_error pull(struct stage *s)
{
	rmq_pull_options *o = rmq_pull_options_new();
	rmq_pull_result *result = NULL;
	enum rmq_error err;

	must(rmq_pull_options_set_timeout(o, DEADLINE_MS, NULL));
	err = rmq_pull_consumer_pull(s->puller, rmq_queues_at(s->queues, 0), 0, o, &result, NULL);
	rmq_pull_result_free(result);
	rmq_pull_options_free(o);
	return err;
}

static enum rmq_error commit(struct stage *s)
{
	return rmq_pull_consumer_commit(s->puller, rmq_queues_at(s->queues, 0), 1, NULL);
}

static void open_popper(struct stage *s)
{
	open_producer(s);
	must(rmq_simple_consumer_new(s->config, "G", &s->popper, NULL));
	must(rmq_simple_consumer_subscribe(s->popper, "Topic", "*", NULL));
	must(rmq_simple_consumer_start(s->popper, NULL));
	must(rmq_simple_consumer_wait_ready(s->popper, -1, NULL));
}

static enum rmq_error pop(struct stage *s)
{
	rmq_messages *messages = NULL;
	enum rmq_error err =
		rmq_simple_consumer_receive(s->popper, 1, 20000, DEADLINE_MS, &messages, NULL);

	rmq_messages_free(messages);
	return err;
}

static enum rmq_consume_status count(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	((struct stage *)arg)->completions += (int)n;
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status count_orderly(rmq_push_consumer *c,
					     const rmq_message *const *messages, size_t n,
					     rmq_orderly_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	((struct stage *)arg)->completions += (int)n;
	return RMQ_ORDERLY_SUCCESS;
}

static void join(struct stage *s)
{
	must(rmq_push_consumer_new(s->config, "G", &s->pusher, NULL));
	must(rmq_push_consumer_subscribe(s->pusher, "Topic", "*", NULL));
}

static enum rmq_error wait_message(struct stage *s)
{
	if (!s->pusher) {
		join(s);
		must(rmq_push_consumer_set_listener(s->pusher, count, s, NULL));
		must(rmq_push_consumer_start(s->pusher, NULL));
	}
	return rmq_mock_cluster_run_until(s->cluster, is_complete, s, DEADLINE_MS) ? RMQ_OK
										   : RMQ_ERR_TIMEOUT;
}

static enum rmq_error wait_orderly(struct stage *s)
{
	if (!s->pusher) {
		join(s);
		must(rmq_push_consumer_set_orderly_listener(s->pusher, count_orderly, s, NULL));
		must(rmq_push_consumer_start(s->pusher, NULL));
	}
	return wait_message(s);
}

static const struct kind kinds[] = {
	{"sync", "SEND_MESSAGE_V2", open_producer, send_sync, .deadline_ms = DEADLINE_MS},
	{"async", "SEND_MESSAGE_V2", open_producer, send_async, .deadline_ms = DEADLINE_MS},
	{"oneway", "SEND_MESSAGE_V2", open_producer, send_oneway, .deadline_ms = 0,
	 .is_oneway = true},
	{"batch", "SEND_BATCH_MESSAGE", open_producer, send_batch, .deadline_ms = DEADLINE_MS},
	{"transaction", "SEND_MESSAGE_V2,END_TRANSACTION", open_producer, send_transaction,
	 .deadline_ms = DEADLINE_MS},
	{"request", "SEND_MESSAGE_V2", open_requester, send_request, .deadline_ms = DEADLINE_MS,
	 .has_other_end = true},
	{"pull", "PULL_MESSAGE", open_puller, pull, .deadline_ms = DEADLINE_MS},
	{"pop", "POP_MESSAGE", open_popper, pop, .deadline_ms = DEADLINE_MS},
	{"heartbeat", "HEART_BEAT", open_producer, wait_message, .deadline_ms = DEADLINE_MS,
	 .goes_on = true},
	{"commit", "UPDATE_CONSUMER_OFFSET", open_puller, commit, .deadline_ms = COMMIT_MS},
	{"lock", "LOCK_BATCH_MQ", open_producer, wait_orderly, .deadline_ms = DEADLINE_MS,
	 .goes_on = true},
	{"route", "GET_ROUTEINFO_BY_TOPIC", open_cold_producer, ask_route,
	 .deadline_ms = DEADLINE_MS},
};

/* --- Faults ------------------------------------------------------------------------------------- */

enum { NONE = -1 };

/* What a call that meets it may end with; NONE ends the list. Calls go through where the fault leaves
 * their answers alone. */
static const struct action {
	const char *name, *json;
	int ends[8];
} actions[] = {
	{"busy", "\"reply\":\"SYSTEM_BUSY\"", {RMQ_ERR_BROKER, RMQ_ERR_TIMEOUT, NONE}},
	{"busy, stored", "\"reply\":\"SYSTEM_BUSY\",\"stage\":\"applied\"",
	 {RMQ_ERR_BROKER, RMQ_ERR_TIMEOUT, NONE}},
	{"system error", "\"reply\":\"SYSTEM_ERROR\"", {RMQ_ERR_BROKER, RMQ_ERR_TIMEOUT, NONE}},
	{"unknown reply", "\"reply\":\"4711\"", {RMQ_ERR_BROKER, RMQ_ERR_TIMEOUT, NONE}},
	{"delay 200 ms", "\"delay\":200,\"jitter\":50", {RMQ_OK, NONE}},
	{"delay 10 s", "\"delay\":10000", {RMQ_ERR_TIMEOUT, NONE}},
	{"lost request", "\"drop\":true", {RMQ_ERR_TIMEOUT, NONE}},
	{"lost answer", "\"drop\":true,\"stage\":\"applied\"", {RMQ_ERR_TIMEOUT, NONE}},
	{"FIN", "\"close\":\"fin\"", {RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"FIN, stored", "\"close\":\"fin\",\"stage\":\"applied\"",
	 {RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"RST", "\"close\":\"rst\"", {RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"half-open", "\"close\":\"halfOpen\"", {RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECTION_LOST, NONE}},
	{"cut, FIN", "\"truncate\":20", {RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"cut, RST", "\"truncate\":20,\"close\":\"rst\"",
	 {RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"cut, silent", "\"truncate\":20,\"close\":\"halfOpen\"",
	 {RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECTION_LOST, NONE}},
	{"byte by byte", "\"slice\":1", {RMQ_OK, NONE}},
	{"wrong length", "\"corrupt\":\"length\"",
	 {RMQ_ERR_PROTOCOL, RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"wrong header length", "\"corrupt\":\"headerLength\"",
	 {RMQ_ERR_PROTOCOL, RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"wrong header", "\"corrupt\":\"header\"",
	 {RMQ_ERR_PROTOCOL, RMQ_ERR_CONNECTION_LOST, RMQ_ERR_TIMEOUT, NONE}},
	{"wrong checksum", "\"corrupt\":\"crc\"", {RMQ_OK, RMQ_ERR_CORRUPT, NONE}},
	{"wrong magic", "\"corrupt\":\"magic\"", {RMQ_OK, RMQ_ERR_CORRUPT, RMQ_ERR_PROTOCOL, NONE}},
	{"wrong body", "\"corrupt\":\"body\"",
	 {RMQ_OK, RMQ_ERR_CORRUPT, RMQ_ERR_PROTOCOL, RMQ_ERR_BROKER, RMQ_ERR_TIMEOUT, NONE}},
	{"twice", "\"duplicate\":true", {RMQ_OK, NONE}},
	{"wrong opaque", "\"opaque\":1000", {RMQ_ERR_TIMEOUT, NONE}},
	{"reordered", "\"reorder\":true", {RMQ_OK, NONE}},
	{"observed", "\"observe\":true", {RMQ_OK, NONE}},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void stage_open(struct stage *s, const struct kind *k)
{
	*s = (struct stage){.cluster = api_cluster(api_options("virtualTime", "true", NULL))};
	s->config = api_config(rmq_mock_cluster_namesrv(s->cluster));
	rmq_config_set_environment(s->config, rmq_mock_cluster_environment(s->cluster));
	api_set(s->config, "sendMsgTimeout", "3000");
	k->prepare(s);
}

static void stage_close(struct stage *s)
{
	rmq_queues_free(s->queues);
	rmq_push_consumer_free(s->pusher);
	rmq_simple_consumer_free(s->popper);
	rmq_pull_consumer_free(s->puller);
	rmq_producer_free(s->producer);
	rmq_config_free(s->config);
	rmq_mock_cluster_free(s->cluster);
}

static uint64_t add_fault(struct stage *s, const struct kind *k, const char *what)
{
	rmq_mock_fault *f = NULL;
	rmq_error_detail *detail = NULL;
	uint64_t id = 0;
	char json[256];

	snprintf(json, sizeof(json), "{\"code\":\"%s\",%s}", k->codes, what);
	api_ok(rmq_mock_fault_parse(json, &f, &detail), &detail);
	api_ok(rmq_mock_cluster_add_fault(s->cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
	return id;
}

/* How one call ended. */
struct cell {
	enum rmq_error error;
	int64_t ms;
	uint64_t hits;
	int completions;
	int tries; /* until one went through without the fault; 0: none did */
};

static struct cell play(const struct kind *k, const char *what)
{
	struct cell cell = {0};
	struct stage s;
	uint64_t id;
	int64_t before;

	stage_open(&s, k);
	id = add_fault(&s, k, what);
	before = rmq_mock_cluster_now_ms(s.cluster);
	cell.error = k->call(&s);
	cell.ms = rmq_mock_cluster_now_ms(s.cluster) - before;
	must(rmq_mock_cluster_advance(s.cluster, k->goes_on ? 0 : QUIET_MS, NULL));
	cell.completions = s.completions;
	cell.hits = rmq_mock_fault_hits(s.cluster, id);
	must(rmq_mock_fault_remove(s.cluster, id, NULL));
	for (int i = 1; i <= TRIES && !cell.tries; i++) {
		if ((k->goes_on && s.completions) || k->call(&s) == RMQ_OK)
			cell.tries = i;
	}
	if (k->goes_on) {
		must(rmq_mock_cluster_advance(s.cluster, QUIET_MS, NULL));
		cell.completions = s.completions;
	}
	stage_close(&s);
	return cell;
}

static bool may_end_so(const struct kind *k, const struct action *a, enum rmq_error error)
{
	if (k->has_other_end && (error == RMQ_OK || error == RMQ_ERR_NO_REPLY))
		return true;
	for (const int *end = a->ends; *end != NONE; end++) {
		if (*end == (int)error)
			return true;
	}
	return false;
}

/* What holds for every one. */
static void check(const struct kind *k, const struct action *a, const struct cell *c)
{
	bool is_met = c->hits > 0 && !k->is_oneway;

	ck_assert_msg(c->ms <= k->deadline_ms + GRACE_MS, "%s, %s: %d ms", k->name,
		      a->name, (int)c->ms);
	if (is_met && !k->goes_on)
		ck_assert_msg(may_end_so(k, a, c->error), "%s, %s: %s", k->name, a->name,
			      rmq_error_text(c->error));
	else if (!is_met)
		ck_assert_msg(c->error == RMQ_OK, "%s, %s: %s", k->name, a->name,
			      rmq_error_text(c->error));
	ck_assert_msg(c->tries > 0, "%s, %s: no call goes through any more", k->name, a->name);
	if (k->call == send_async || k->goes_on)
		ck_assert_msg(c->completions == 1, "%s, %s: %d completions", k->name, a->name,
			      c->completions);
}

START_TEST(matrix__every_call_ends_by_its_deadline_once)
{
	const struct kind *k = &kinds[_i];

	for (size_t i = 0; i < COUNT(actions); i++) {
		struct cell c = play(k, actions[i].json);

		check(k, &actions[i], &c);
	}
}
END_TEST

/* --- Every byte ------------------------------------------------------------------------------------ */

/* A heartbeat is not among them: who is closed on by every answer never stays a member. */
static const struct cut {
	const char *kind;
	const char *how;
} cuts[] = {
	{"sync", "fin"},	{"async", "fin"}, {"batch", "rst"}, {"transaction", "fin"},
	{"pull", "fin"},	{"pop", "fin"},	  {"commit", "rst"}, {"route", "fin"},
	{"lock", "rst"},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	ck_abort_msg("no kind %s", name);
	return NULL;
}

/* Whole answers end it: from there on the call goes through. */
static size_t cut_at_every_byte(const struct cut *cut)
{
	const struct kind *k = kind_of(cut->kind);
	size_t at;

	for (at = 0; at < ANSWER_MAX; at++) {
		char what[64];
		struct cell c;

		snprintf(what, sizeof(what), "\"truncate\":%zu,\"close\":\"%s\"", at, cut->how);
		c = play(k, what);
		ck_assert_uint_ge(c.hits, 1);
		ck_assert_msg(c.ms <= k->deadline_ms + GRACE_MS, "%s at %zu: %d ms", k->name, at,
			      (int)c.ms);
		ck_assert_msg(c.tries > 0, "%s at %zu: no call goes through any more", k->name, at);
		if (c.error == RMQ_OK)
			break;
		ck_assert_msg(c.error == RMQ_ERR_CONNECTION_LOST || c.error == RMQ_ERR_TIMEOUT,
			      "%s at %zu: %s", k->name, at, rmq_error_text(c.error));
	}
	ck_assert_uint_gt(at, 50);
	ck_assert_uint_lt(at, ANSWER_MAX);
	return at;
}

START_TEST(matrix__an_answer_may_end_at_any_byte)
{
	(void)cut_at_every_byte(&cuts[_i]);
}
END_TEST

/* --- The page -------------------------------------------------------------------------------------- */

static const char *page_path;
static FILE *page;

static const char *short_name(enum rmq_error error)
{
	switch (error) {
	case RMQ_OK:
		return "ok";
	case RMQ_ERR_TIMEOUT:
		return "timeout";
	case RMQ_ERR_CONNECTION_LOST:
		return "lost";
	case RMQ_ERR_PROTOCOL:
		return "protocol";
	case RMQ_ERR_BROKER:
		return "broker";
	case RMQ_ERR_CORRUPT:
		return "corrupt";
	case RMQ_ERR_NO_REPLY:
		return "no reply";
	default:
		return rmq_error_text(error);
	}
}

static void print_cell(const struct kind *k, const struct cell *c)
{
	if (k->is_oneway)
		fprintf(page, " sent |");
	else if (!c->hits)
		fprintf(page, " - |");
	else
		fprintf(page, " %s %d |", short_name(c->error), (int)c->ms);
}

static void print_page(void)
{
	fprintf(page, "# What each call makes of each fault\n\n"
	       "Made by `tests/api/t_fault_matrix page FILE` (`make update-docs`): a fault of doc/mock.md on all requests of the\n"
	       "kind, from the call's beginning on, in virtual time with one broker. How the call ended and after how many\n"
	       "ms; its time is %d ms, of a commit %d ms. The test checks that no call takes longer than that and %d ms,\n"
	       "completes more than once, or hinders the next one when the fault is gone.\n\n"
	       "`-`: no request met the fault. `sent`: a one-way request is on its way, whatever comes of it.\n"
	       "heartbeat and lock: whether a listener had its message within that time; without, it came later.\n\n| fault |",
	       DEADLINE_MS, COMMIT_MS, GRACE_MS);
	for (size_t i = 0; i < COUNT(kinds); i++)
		fprintf(page, " %s |", kinds[i].name);
	fprintf(page, "\n| --- |");
	for (size_t i = 0; i < COUNT(kinds); i++)
		fprintf(page, " --- |");
	fprintf(page, "\n");
	for (size_t i = 0; i < COUNT(actions); i++) {
		fprintf(page, "| %s |", actions[i].name);
		for (size_t j = 0; j < COUNT(kinds); j++) {
			struct cell c = play(&kinds[j], actions[i].json);

			print_cell(&kinds[j], &c);
		}
		fprintf(page, "\n");
	}
}

static void print_cuts(void)
{
	fprintf(page, "\n## Answers that end at any byte\n\n"
	       "Cut at 0, 1, 2, ... bytes, each time with a cluster of its own, until the answer was whole and the call went\n"
	       "through. Each cut ended the call with the connection lost or by its time.\n\n"
	       "| call | closed by | cuts |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < COUNT(cuts); i++)
		fprintf(page, "| %s | %s | %zu |\n", cuts[i].kind, cuts[i].how, cut_at_every_byte(&cuts[i]));
}

/* Not a test of its own: `page FILE` runs it. */
START_TEST(matrix__is_written_as_a_page)
{
	page = fopen(page_path, "w");
	ck_assert_ptr_nonnull(page);
	print_page();
	print_cuts();
	ck_assert_int_eq(fclose(page), 0);
}
END_TEST

int main(int argc, char **argv)
{
	struct suite suite;

	suite_open(&suite, "fault_matrix");
	if (argc == 3 && strcmp(argv[1], "page") == 0) {
		page_path = argv[2];
		suite_add_loop(&suite, matrix__is_written_as_a_page, 1);
	} else {
		suite_add_loop(&suite, matrix__every_call_ends_by_its_deadline_once, COUNT(kinds));
		suite_add_loop(&suite, matrix__an_answer_may_end_at_any_byte, COUNT(cuts));
	}
	return suite_run(&suite);
}
