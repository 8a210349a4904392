/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_fault_matrix.c - every kind of call under every fault, in virtual time: it ends by its deadline with an
 * error of the right class, completes once, and the next one goes through when the fault is gone. And all
 * that get an answer with it cut at each byte.
 *
 * The calls: fault_calls.c. doc/fault-matrix.md is what `t_fault_matrix page FILE` writes.
 */
#include <stdlib.h>

#include <rocketmq/mock_fault.h>

#include "tests/api/fault_calls.h"

enum { QUIET_MS = 60 * 1000, TRIES = 5, ANSWER_MAX = 4096 };

static void must(enum rmq_error error)
{
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_text(error));
}

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

static uint64_t add_fault(struct fault_stage *s, const struct fault_call *k, const char *what)
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

static struct cell play(const struct fault_call *k, const char *what)
{
	struct cell cell = {0};
	struct fault_stage s;
	uint64_t id;
	int64_t before;

	fault_stage_open(&s, k);
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
	fault_stage_close(&s);
	return cell;
}

static bool may_end_so(const struct fault_call *k, const struct action *a, enum rmq_error error)
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
static void check(const struct fault_call *k, const struct action *a, const struct cell *c)
{
	bool is_met = c->hits > 0 && !k->is_oneway;

	ck_assert_msg(c->ms <= k->deadline_ms + FAULT_GRACE_MS, "%s, %s: %d ms", k->name,
		      a->name, (int)c->ms);
	if (is_met && !k->goes_on)
		ck_assert_msg(may_end_so(k, a, c->error), "%s, %s: %s", k->name, a->name,
			      rmq_error_text(c->error));
	else if (!is_met)
		ck_assert_msg(c->error == RMQ_OK, "%s, %s: %s", k->name, a->name,
			      rmq_error_text(c->error));
	ck_assert_msg(c->tries > 0, "%s, %s: no call goes through any more", k->name, a->name);
	if (k->has_callback || k->goes_on)
		ck_assert_msg(c->completions == 1, "%s, %s: %d completions", k->name, a->name,
			      c->completions);
}

START_TEST(matrix__every_call_ends_by_its_deadline_once)
{
	const struct fault_call *k = &fault_calls[_i];

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

static const struct fault_call *kind_of(const char *name)
{
	for (size_t i = 0; i < fault_call_count; i++) {
		if (strcmp(fault_calls[i].name, name) == 0)
			return &fault_calls[i];
	}
	ck_abort_msg("no kind %s", name);
	return NULL;
}

/* Whole answers end it: from there on the call goes through. */
static size_t cut_at_every_byte(const struct cut *cut)
{
	const struct fault_call *k = kind_of(cut->kind);
	size_t at;

	for (at = 0; at < ANSWER_MAX; at++) {
		char what[64];
		struct cell c;

		snprintf(what, sizeof(what), "\"truncate\":%zu,\"close\":\"%s\"", at, cut->how);
		c = play(k, what);
		ck_assert_uint_ge(c.hits, 1);
		ck_assert_msg(c.ms <= k->deadline_ms + FAULT_GRACE_MS, "%s at %zu: %d ms", k->name, at,
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

static void print_cell(const struct fault_call *k, const struct cell *c)
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
	       FAULT_DEADLINE_MS, FAULT_COMMIT_MS, FAULT_GRACE_MS);
	for (size_t i = 0; i < fault_call_count; i++)
		fprintf(page, " %s |", fault_calls[i].name);
	fprintf(page, "\n| --- |");
	for (size_t i = 0; i < fault_call_count; i++)
		fprintf(page, " --- |");
	fprintf(page, "\n");
	for (size_t i = 0; i < COUNT(actions); i++) {
		fprintf(page, "| %s |", actions[i].name);
		for (size_t j = 0; j < fault_call_count; j++) {
			struct cell c = play(&fault_calls[j], actions[i].json);

			print_cell(&fault_calls[j], &c);
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
		suite_add_loop(&suite, matrix__every_call_ends_by_its_deadline_once, fault_call_count);
		suite_add_loop(&suite, matrix__an_answer_may_end_at_any_byte, COUNT(cuts));
	}
	return suite_run(&suite);
}
