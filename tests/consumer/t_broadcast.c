/* SPDX-License-Identifier: Apache-2.0 */
/* t_broadcast.c - a broadcasting group: all queues are ours, offsets are in a file, failures are dropped. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

/* --- A folder, and a member that keeps its offsets there --------------------------------------------- */

enum { PATH = 256 };

static char root[64];
static char events[4096];

static void on_event(const rmq_event *e, void *arg)
{
	size_t len = strlen(events);

	(void)arg;
	snprintf(events + len, sizeof(events) - len, "%d %s\n", (int)rmq_event_kind(e),
		 rmq_event_text(e));
}

static const char *path_of(const char *name)
{
	static char paths[4][PATH];
	static unsigned at;
	char *path = paths[at++ % 4];

	snprintf(path, PATH, "%s/10.0.0.1@me/G/%s", root, name);
	return path;
}

static struct rig *open_rig(int queues, const char *more)
{
	char settings[512];

	if (!root[0]) {
		snprintf(root, sizeof(root), "/tmp/rmq-offsets-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(root));
	}
	snprintf(settings, sizeof(settings), "messageModel=BROADCASTING;localOffsetStoreDir=%s%s%s",
		 root, more ? ";" : "", more ? more : "");
	rig_event_fn = on_event;
	return rig_new(1, queues, settings);
}

static void remove_folder(void)
{
	static const char *const names[] = {"offsets.json", "offsets.json.bak", "offsets.json.tmp",
					    "offsets.json.lock"};
	char path[PATH];

	chmod(path_of(""), 0700);
	for (size_t i = 0; i < RMQI_COUNT(names); i++) {
		unlink(path_of(names[i]));
		rmdir(path_of(names[i]));
	}
	rmdir(path_of(""));
	snprintf(path, sizeof(path), "%s/10.0.0.1@me", root);
	rmdir(path);
	rmdir(root);
	root[0] = '\0';
	events[0] = '\0';
}

static void read_file(const char *name, char *out, size_t size)
{
	FILE *f = fopen(path_of(name), "r");
	size_t n = 0;

	if (f) {
		n = fread(out, 1, size - 1, f);
		fclose(f);
	}
	out[n] = '\0';
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void expect_file(const char *name, const char *text)
{
	char is[2048];

	read_file(name, is, sizeof(is));
	ck_assert_str_eq(is, text);
}

/* What Java writes (LocalFileOffsetStore of 5.3.3). */
#define ENTRY(queue, offset)                                               \
	"{\n\t\t\t\"brokerName\":\"broker-a\",\n\t\t\t\"queueId\":" #queue \
	",\n\t\t\t\"topic\":\"T\"\n\t\t}:" #offset
#define TABLE(entries) "{\n\t\"offsetTable\":{" entries "\n\t}\n}"

static void make_folder(void)
{
	struct rig *r = open_rig(1, NULL);

	rig_start(r);
	rig_free(r);
	unlink(path_of("offsets.json"));
	unlink(path_of("offsets.json.bak"));
}

static enum rmq_error start(struct rig *r, char *why, size_t size)
{
	rmq_error_detail *d = rmqi_detail_new();
	enum rmq_error err = rmqi_push_consumer_subscribe(r->consumer, "T", "*", d);

	ck_assert_int_eq(err, RMQ_OK);
	err = rmqi_push_consumer_start(r->consumer, d);
	snprintf(why, size, "%s", rmq_error_detail_message(d));
	rmq_error_detail_free(d);
	return err;
}

/* --- All queues --------------------------------------------------------------------------------------- */

START_TEST(broadcast__has_all_queues_whoever_else_is_there)
{
	struct rig *r = open_rig(4, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	fake_broker_members(r->broker, "10.0.0.1@me,10.0.0.2@other,10.0.0.3@third");
	for (int i = 0; i < 4; i++)
		fake_broker_put(r->broker, "T", i, "m", NULL);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 4);
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 1000, NULL), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP), 0);
	ck_assert_ptr_nonnull(
		strstr(fake_broker_heartbeat(r->broker), "\"messageModel\":\"BROADCASTING\""));
	ck_assert_ptr_null(strstr(fake_broker_heartbeat(r->broker), RETRY_G));

	/* A topic that grows. */
	fake_broker_topic(r->broker, "T", 6);
	rig_advance(r, 60000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 6);
	rig_free(r);
	remove_folder();
}
END_TEST

START_TEST(broadcast__asks_no_broker_for_offsets_and_tells_it_none)
{
	struct rig *r = open_rig(1, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 20000);
	ck_assert_uint_eq(r->seen_count, 10);
	rig_free_consumer(r);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_QUERY_CONSUMER_OFFSET), 0);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET), 0);
	rig_free(r);
	remove_folder();
}
END_TEST

START_TEST(broadcast__drops_what_fails_and_tells_it)
{
	struct rig *r = open_rig(1, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	rig_put(r, 3);
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK), 0);
	ck_assert_ptr_nonnull(strstr(r->log, "offset 0) failed: it is dropped here"));
	ck_assert_ptr_nonnull(strstr(events, "6 group G: message"));
	expect_file("offsets.json", TABLE(ENTRY(0, 3)));
	rig_free(r);
	remove_folder();
}
END_TEST

START_TEST(broadcast__does_not_wait_for_a_listener_for_ever)
{
	struct rig *r = open_rig(1, "consumeTimeout=1;consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	rig_put(r, 3);
	r->slow_body = "m0000";
	r->slow_ms = 5 * 60 * 1000;
	rig_start(r);
	rig_advance(r, 2 * 60 * 1000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_ptr_nonnull(strstr(r->log, "is not waited for any longer (consumeTimeout)"));
	expect_file("offsets.json", TABLE(ENTRY(0, 3)));
	rig_advance(r, 5 * 60 * 1000);
	ck_assert_uint_eq(r->seen_count, 3);
	rig_free(r);
	remove_folder();
}
END_TEST

/* --- The file ------------------------------------------------------------------------------------------ */

START_TEST(file__is_that_of_java_and_goes_on_where_it_stopped)
{
	struct rig *r = open_rig(2, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	char text[1024];

	fake_broker_put(r->broker, "T", 0, "a", NULL);
	fake_broker_put(r->broker, "T", 1, "b", NULL);
	fake_broker_put(r->broker, "T", 1, "c", NULL);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	rig_free(r);
	read_file("offsets.json", text, sizeof(text));
	ck_assert(strcmp(text, TABLE(ENTRY(0, 1) "," ENTRY(1, 2))) == 0 ||
		  strcmp(text, TABLE(ENTRY(1, 2) "," ENTRY(0, 1))) == 0);

	r = open_rig(2, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	fake_broker_put(r->broker, "T", 0, "a", NULL);
	fake_broker_put(r->broker, "T", 1, "b", NULL);
	fake_broker_put(r->broker, "T", 1, "c", NULL);
	fake_broker_put(r->broker, "T", 1, "d", NULL);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_str_eq(r->seen[0].body, "d");
	rig_free(r);
	remove_folder();
}
END_TEST

/* Killed before the first persistConsumerOffsetInterval, it would start further on. */
START_TEST(file__has_the_place_of_a_new_queue_at_once)
{
	struct rig *r = open_rig(1, "persistConsumerOffsetInterval=3600000");

	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 10);
	ck_assert_uint_eq(r->seen_count, 0);
	expect_file("offsets.json", TABLE(ENTRY(0, 10)));
	rig_free(r);
	remove_folder();
}
END_TEST

START_TEST(file__keeps_queues_that_are_not_ours_now)
{
	struct rig *r;

	make_folder();
	write_file("offsets.json", TABLE(ENTRY(7, 77) "," ENTRY(0, 2)));
	r = open_rig(1, NULL);
	rig_put(r, 3);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 1);
	expect_file("offsets.json", TABLE(ENTRY(7, 77) "," ENTRY(0, 3)));
	expect_file("offsets.json.bak", TABLE(ENTRY(7, 77) "," ENTRY(0, 2)));
	rig_free(r);
	remove_folder();
}
END_TEST

/* --- Files that are no good ------------------------------------------------------------------------- */

#define GOOD TABLE(ENTRY(0, 2))

static const struct {
	const char *main; /* NULL: missing */
	const char *backup;
	enum rmq_error error;
	unsigned seen; /* of 3 messages */
	bool is_told;
} files[] = {
	{NULL, NULL, RMQ_OK, 3, false},
	{GOOD, NULL, RMQ_OK, 1, false},
	{GOOD, "x", RMQ_OK, 1, false},
	{NULL, GOOD, RMQ_OK, 1, true},
	{"", GOOD, RMQ_OK, 1, true},
	{"{\n\t\"offsetTable\":{{\n\t\t\t\"brokerName\":\"bro", GOOD, RMQ_OK, 1, true},
	{"\x01\x02\xff", GOOD, RMQ_OK, 1, true},
	{"", NULL, RMQ_ERR_CORRUPT, 0, false},
	{"", "", RMQ_ERR_CORRUPT, 0, false},
	{NULL, "{", RMQ_ERR_CORRUPT, 0, false},
	{"{}", NULL, RMQ_ERR_CORRUPT, 0, false},
	{"{\"offsetTable\":[]}", NULL, RMQ_ERR_CORRUPT, 0, false},
	{"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0}:2}}", NULL, RMQ_ERR_CORRUPT,
	 0, false},
	{"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":-1,\"topic\":\"T\"}:2}}", NULL,
	 RMQ_ERR_CORRUPT, 0, false},
	{"{\"offsetTable\":{\"x\":2}}", NULL, RMQ_ERR_CORRUPT, 0, false},
	{"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:2.5}}",
	 NULL, RMQ_ERR_CORRUPT, 0, false},
	{"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:-1}}", NULL,
	 RMQ_OK, 3, false},
	{"{\"offsetTable\":{}}", NULL, RMQ_OK, 3, false},
	{"{\"offsetTable\":{\"{\\\"brokerName\\\":\\\"broker-a\\\",\\\"queueId\\\":0,\\\"topic\\\":"
	 "\\\"T\\\"}\":2}}",
	 NULL, RMQ_OK, 1, false},
};

START_TEST(file__that_is_no_good_is_never_taken_for_none)
{
	struct rig *r;
	char why[512];

	make_folder();
	if (files[_i].main)
		write_file("offsets.json", files[_i].main);
	if (files[_i].backup)
		write_file("offsets.json.bak", files[_i].backup);
	events[0] = '\0';
	r = open_rig(1, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	rig_put(r, 3);
	ck_assert_int_eq(start(r, why, sizeof(why)), files[_i].error);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, files[_i].seen);
	ck_assert_int_eq(strstr(events, "9 group G: ") != NULL, files[_i].is_told);
	if (files[_i].error == RMQ_ERR_CORRUPT)
		ck_assert_ptr_nonnull(strstr(why, "G/offsets.json holds no offsets"));
	rig_free(r);
	remove_folder();
}
END_TEST

static void expect_no_start(enum rmq_error error, const char *why)
{
	struct rig *r = open_rig(1, NULL);
	char is[512];

	ck_assert_int_eq(start(r, is, sizeof(is)), error);
	ck_assert_msg(strstr(is, why), "%s", is);
	rig_free(r);
}

START_TEST(file__that_cannot_be_read_or_made_is_an_error_of_the_start)
{
	make_folder();
	/* A folder where a file should be: for root, too. */
	ck_assert_int_eq(mkdir(path_of("offsets.json"), 0700), 0);
	expect_no_start(RMQ_ERR_IO, "offsets.json cannot be read: Is a directory");
	ck_assert_int_eq(rmdir(path_of("offsets.json")), 0);
	ck_assert_int_eq(mkdir(path_of("offsets.json.tmp"), 0700), 0);
	expect_no_start(RMQ_ERR_IO, "cannot be written to: Is a directory");
	ck_assert_int_eq(rmdir(path_of("offsets.json.tmp")), 0);
	if (geteuid() != 0) {
		ck_assert_int_eq(chmod(path_of(""), 0500), 0);
		expect_no_start(RMQ_ERR_IO, "cannot be written to: Permission denied");
	}
	remove_folder();
}
END_TEST

START_TEST(file__below_what_is_no_folder_is_an_error_of_the_start)
{
	struct rig *r;
	char why[512];

	r = rig_new(1, 1, "messageModel=BROADCASTING;localOffsetStoreDir=/dev/null/x");
	ck_assert_int_eq(start(r, why, sizeof(why)), RMQ_ERR_IO);
	ck_assert_ptr_nonnull(strstr(why, "/dev/null/x/10.0.0.1@me/G cannot be made: Not a"));
	rig_free(r);
}
END_TEST

START_TEST(file__is_one_consumers)
{
	struct rig *r = open_rig(1, NULL), *second;
	char why[512];

	rig_start(r);
	second = open_rig(1, NULL);
	ck_assert_int_eq(start(second, why, sizeof(why)), RMQ_ERR_LOCKED);
	ck_assert_ptr_nonnull(strstr(why, "is in use by another consumer of this group"));
	rig_free(second);
	/* From close on, not only from free. */
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	second = open_rig(1, NULL);
	ck_assert_int_eq(start(second, why, sizeof(why)), RMQ_OK);
	rig_free(second);
	rig_free(r);
	remove_folder();
}
END_TEST

/* --- Writes that fail ---------------------------------------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(file__that_cannot_be_written_is_told_and_written_later)
{
	struct rig *r = open_rig(1, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 6000);
	expect_file("offsets.json", TABLE(ENTRY(0, 2)));
	limit_files(10);
	rig_put(r, 2);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 4);
	expect_file("offsets.json", TABLE(ENTRY(0, 2)));
	ck_assert_ptr_nonnull(strstr(r->log, "its .tmp cannot be written: File too large"));
	ck_assert_ptr_nonnull(strstr(events, "1 file of offsets: "));
	limit_files(RLIM_INFINITY);
	rig_advance(r, 6000);
	expect_file("offsets.json", TABLE(ENTRY(0, 4)));
	ck_assert_ptr_nonnull(strstr(events, "5 file of offsets: works now"));
	rig_free(r);
	remove_folder();
}
END_TEST

START_TEST(file__that_cannot_be_written_at_close_is_told)
{
	struct rig *r = open_rig(1, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	rmq_error_detail *d = rmqi_detail_new();

	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 1000);
	limit_files(10);
	rig_put(r, 2);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, d), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "offsets of 1 queues"));
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "File too large"));
	rmq_error_detail_free(d);
	limit_files(RLIM_INFINITY);
	rig_free(r);
	remove_folder();
}
END_TEST

/* No lock is renewed there, which would look at it. */
START_TEST(orderly__listener_that_blocks_is_told)
{
	struct rig *r = open_rig(1, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;consumeTimeout=1");
	const char *told;

	rig_orderly(r);
	rig_put(r, 2);
	r->slow_body = "m0000";
	r->slow_ms = 600 * 1000;
	rig_start(r);
	rig_advance(r, 300 * 1000);
	told = strstr(r->log, "an orderly listener has had a message of T@broker-a:0 "
			      "for over 1 minutes (consumeTimeout): its queue waits");
	ck_assert_ptr_nonnull(told);
	ck_assert_ptr_null(strstr(told + 1, "an orderly listener has had"));
	rig_advance(r, 400 * 1000);
	ck_assert_uint_eq(r->seen_count, 2);
	rig_free(r);
	remove_folder();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		broadcast__has_all_queues_whoever_else_is_there,
		broadcast__asks_no_broker_for_offsets_and_tells_it_none,
		broadcast__drops_what_fails_and_tells_it,
		broadcast__does_not_wait_for_a_listener_for_ever,
		orderly__listener_that_blocks_is_told,
		file__is_that_of_java_and_goes_on_where_it_stopped,
		file__has_the_place_of_a_new_queue_at_once,
		file__keeps_queues_that_are_not_ours_now,
		file__that_cannot_be_read_or_made_is_an_error_of_the_start,
		file__below_what_is_no_folder_is_an_error_of_the_start,
		file__is_one_consumers,
		file__that_cannot_be_written_is_told_and_written_later,
		file__that_cannot_be_written_at_close_is_told,
	};
	struct suite s;

	suite_open(&s, "broadcast");
	suite_add_loop(&s, file__that_is_no_good_is_never_taken_for_none, RMQI_COUNT(files));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
