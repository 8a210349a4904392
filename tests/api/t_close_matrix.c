/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_close_matrix.c - every handle, closed in every state and from every kind of callback under every fault, in
 * virtual time: the close ends by its deadline, each call that was accepted completes once, and a producer lists
 * what it did not deliver.
 *
 * doc/close-matrix.md is what `t_close_matrix page FILE` writes. Who is closed, and from where: close_rows.c.
 */
#include <stdlib.h>

#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/api/close_rows.h"

enum { GRACE_MS = 50, QUIET_MS = 120 * 1000, PATIENCE_MS = 60 * 1000 };

/* --- Faults, from the moment of the close on -------------------------------------------------------- */

static void rule(struct close_scene *s, const char *json)
{
	rmq_mock_fault *f = NULL;
	rmq_error_detail *detail = NULL;
	uint64_t id;

	api_ok(rmq_mock_fault_parse(json, &f, &detail), &detail);
	api_ok(rmq_mock_cluster_add_fault(s->cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
}

static void nothing(struct close_scene *s)
{
	(void)s;
}

static void lose_requests(struct close_scene *s)
{
	rule(s, "{\"drop\":true}");
}

static void lose_answers(struct close_scene *s)
{
	rule(s, "{\"drop\":true,\"stage\":\"applied\"}");
}

static void delay_answers(struct close_scene *s)
{
	rule(s, "{\"delay\":10000}");
}

static void reset_connections(struct close_scene *s)
{
	rule(s, "{\"close\":\"rst\"}");
}

static void cut_answers(struct close_scene *s)
{
	rule(s, "{\"truncate\":20,\"close\":\"halfOpen\"}");
}

static void refuse_requests(struct close_scene *s)
{
	rule(s, "{\"reply\":\"SYSTEM_BUSY\"}");
}

static void down(struct close_scene *s, const char *node, enum rmq_mock_down how)
{
	rmq_error_detail *detail = NULL;

	api_ok(rmq_mock_node_down(s->cluster, node, how, &detail), &detail);
}

static void refuse_connections(struct close_scene *s)
{
	down(s, "broker-a", RMQ_MOCK_DOWN_REFUSE);
}

static void be_silent(struct close_scene *s)
{
	down(s, "broker-a", RMQ_MOCK_DOWN_BLACK_HOLE);
}

static void hang(struct close_scene *s)
{
	down(s, "broker-a", RMQ_MOCK_DOWN_HANG);
}

static void lose_all(struct close_scene *s)
{
	down(s, "broker-a", RMQ_MOCK_DOWN_BLACK_HOLE);
	down(s, "namesrv-0", RMQ_MOCK_DOWN_BLACK_HOLE);
}

static const struct {
	const char *name;
	void (*begin)(struct close_scene *s);
} faults[] = {
	{"none", nothing},
	{"requests lost", lose_requests},
	{"answers lost", lose_answers},
	{"answers 10 s late", delay_answers},
	{"RST", reset_connections},
	{"answers cut", cut_answers},
	{"busy", refuse_requests},
	{"broker refuses", refuse_connections},
	{"broker silent", be_silent},
	{"broker hangs", hang},
	{"all silent", lose_all},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- One close ------------------------------------------------------------------------------------------ */

static bool is_closed(void *arg)
{
	return ((const struct close_scene *)arg)->is_closed;
}

static void check(const struct close_row *row, const char *fault, struct close_scene *s)
{
	enum rmq_error error = s->error;

	ck_assert_msg(s->is_closed, "%s, %s: nobody closed it", row->name, fault);
	ck_assert_msg(s->ms <= CLOSE_MS + GRACE_MS, "%s, %s: %d ms", row->name, fault, (int)s->ms);
	ck_assert_msg(error == RMQ_OK || error == RMQ_ERR_TIMEOUT || error == RMQ_ERR_CANCELLED,
		      "%s, %s: %s", row->name, fault, rmq_error_text(error));
	/* A second one tells no more, and waits no longer. */
	ck_assert_msg(s->again == RMQ_OK || s->again == error, "%s, %s, again: %s", row->name, fault,
		      rmq_error_text(s->again));
	ck_assert_msg(s->again_ms <= CLOSE_MS + GRACE_MS, "%s, %s, again: %d ms", row->name, fault,
		      (int)s->again_ms);
	ck_assert_msg(s->accepted == s->completed, "%s, %s: %d calls, %d ended", row->name, fault,
		      s->accepted, s->completed);
	ck_assert_msg(s->doubles == 0, "%s, %s: %d calls ended twice", row->name, fault, s->doubles);
	ck_assert_msg(s->listed == s->lost, "%s, %s: %d messages were lost, %d are listed",
		      row->name, fault, s->lost, s->listed);
}

static void play(size_t at, size_t fault, struct close_scene *s)
{
	const struct close_row *row = &close_rows[at];
	int64_t before;

	close_scene_open(s, faults[fault].begin);
	row->prepare(s);
	row->provoke(s);
	if (!rmq_mock_cluster_run_until(s->cluster, is_closed, s, PATIENCE_MS))
		ck_abort_msg("%s, %s: nobody closes it", row->name, faults[fault].name);
	rmq_mock_cluster_advance(s->cluster, QUIET_MS, NULL) == RMQ_OK ? (void)0 : abort();
	before = rmq_mock_cluster_now_ms(s->cluster);
	s->again = close_handle(s);
	s->again_ms = rmq_mock_cluster_now_ms(s->cluster) - before;
	close_scene_end(s);
	check(row, faults[fault].name, s);
}

START_TEST(close__ends_by_its_deadline_and_lists_what_is_lost)
{
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct close_scene s;

		play((size_t)_i, i, &s);
	}
}
END_TEST

/* --- The page --------------------------------------------------------------------------------------------- */

static const char *page_path;
static FILE *page;

static const char *short_name(enum rmq_error error)
{
	return error == RMQ_OK ? "ok" : error == RMQ_ERR_TIMEOUT ? "timeout" : "cancelled";
}

static void print_row(size_t at)
{
	fprintf(page, "| %s |", close_rows[at].name);
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct close_scene s;

		play(at, i, &s);
		fprintf(page, " %s %d", short_name(s.error), (int)s.ms);
		if (s.listed > 0)
			fprintf(page, ", %d lost", s.listed);
		fprintf(page, " |");
	}
	fprintf(page, "\n");
}

static void print_page(void)
{
	fprintf(page,
		"# What a close makes of each fault\n\n"
		"Made by `tests/api/t_close_matrix page FILE` (`make update-docs`): every handle, closed in every state and\n"
		"from every kind of callback. The fault begins when close is called, with a timeout of %d ms, and stays. How the\n"
		"close ended and after how many ms of virtual time; `lost`: what rmq_producer_undelivered lists. The test checks that\n"
		"no close takes longer than that and %d ms, that each call that was accepted completes once, that what failed of a\n"
		"producer's messages is what it lists, and that a second close is harmless.\n\n| closed |",
		CLOSE_MS, GRACE_MS);
	for (size_t i = 0; i < COUNT(faults); i++)
		fprintf(page, " %s |", faults[i].name);
	fprintf(page, "\n| --- |");
	for (size_t i = 0; i < COUNT(faults); i++)
		fprintf(page, " --- |");
	fprintf(page, "\n");
	for (size_t i = 0; i < close_row_count; i++)
		print_row(i);
}

/* Not a test of its own: `page FILE` runs it. */
START_TEST(close__is_written_as_a_page)
{
	page = fopen(page_path, "w");
	ck_assert_ptr_nonnull(page);
	print_page();
	ck_assert_int_eq(fclose(page), 0);
}
END_TEST

int main(int argc, char **argv)
{
	struct suite suite;

	suite_open(&suite, "close_matrix");
	if (argc == 3 && strcmp(argv[1], "page") == 0) {
		page_path = argv[2];
		suite_add_loop(&suite, close__is_written_as_a_page, 1);
	} else {
		suite_add_loop(&suite, close__ends_by_its_deadline_and_lists_what_is_lost,
			       close_row_count);
	}
	return suite_run(&suite);
}
