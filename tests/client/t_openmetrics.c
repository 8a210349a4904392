/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenMetrics text, read as the specification says: families whole and once, TYPE, UNIT and HELP first,
 * names with the suffixes of their type, labels escaped, buckets that only grow and end in +Inf, "# EOF" last.
 */
#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "client/openmetrics.h"
#include "tests/support/suite.h"

enum { PATH_SIZE = 256 };

static struct rmqi_buf out;

#define LATENCY(count, below) \
	"\"latencyUs\":{\"count\":" #count ",\"sum\":2500000,\"below\":[[64,0],[128," #below "]]}"
#define ONE(list, name, more)                                                               \
	"\"" list "\":[{\"name\":\"" name "\",\"began\":9,\"inFlight\":1,\"handedOver\":2," \
	"\"retries\":3,\"bodyBytes\":400,\"errors\":{\"TIMEOUT\":1}," more LATENCY(5, 4) "}]"
#define STATISTICS(id, topic)                                                                      \
	"{\"schema\":1,\"kind\":\"producer\",\"group\":\"G\",\"clientId\":\"" id                   \
	"\",\"requests\":{\"began\":7,\"inFlight\":2,\"unanswered\":1,\"lateReplies\":3," LATENCY( \
		4, 4) "}," ONE("topics", topic,                                                    \
			       "") "," ONE("brokers", "broker-a",                                  \
					   "\"brokerCodes\":{\"14\":1},\"weaklyStored\":"          \
					   "{\"FLUSH_DISK_TIMEOUT\":1},") "}"

static void write_all(const char *const *texts, size_t count)
{
	rmqi_buf_init(&out, 1024 * 1024);
	ck_assert_int_eq(rmqi_openmetrics_write(texts, count, &out, NULL), RMQ_OK);
}

static bool has_line(const char *line)
{
	const char *at = rmqi_buf_text(&out);
	size_t len = strlen(line);

	while ((at = strstr(at, line)) != NULL) {
		if ((at == rmqi_buf_text(&out) || at[-1] == '\n') && at[len] == '\n')
			return true;
		at += len;
	}
	return false;
}

/* --- A reader ---------------------------------------------------------------------------------- */

struct reader {
	char family[128], type[32];
	char seen[64][128];
	size_t seen_count;
	bool has_help, has_samples, is_over;
	double bucket; /* the last one's count; -1: none in this series */
	bool is_inf;
	size_t samples;
};

static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalpha((unsigned char)text[i]) && text[i] != '_' &&
		    !(i > 0 && isdigit((unsigned char)text[i])))
			return false;
	return len > 0;
}

static void read_type(struct reader *r, const char *name, const char *type)
{
	for (size_t i = 0; i < r->seen_count; i++)
		ck_assert_str_ne(r->seen[i], name);
	ck_assert(is_name(name, strlen(name)));
	ck_assert(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 ||
		  strcmp(type, "histogram") == 0);
	snprintf(r->seen[r->seen_count++], sizeof(r->seen[0]), "%s", name);
	snprintf(r->family, sizeof(r->family), "%s", name);
	snprintf(r->type, sizeof(r->type), "%s", type);
	r->has_help = r->has_samples = false;
	r->bucket = -1;
}

static void read_comment(struct reader *r, const char *line)
{
	char word[8], name[128];
	int at = 0;

	if (strcmp(line, "# EOF") == 0) {
		r->is_over = true;
		return;
	}
	ck_assert_int_eq(sscanf(line, "# %7s %127s %n", word, name, &at), 2);
	ck_assert_int_gt(at, 0);
	if (strcmp(word, "TYPE") == 0) {
		read_type(r, name, line + at);
		return;
	}
	ck_assert_str_eq(name, r->family);
	ck_assert(!r->has_samples);
	if (strcmp(word, "UNIT") == 0) {
		size_t len = strlen(name), unit = strlen(line + at);

		ck_assert_uint_gt(len, unit + 1);
		ck_assert_str_eq(name + len - unit, line + at);
		ck_assert_int_eq(name[len - unit - 1], '_');
	} else {
		ck_assert_str_eq(word, "HELP");
		r->has_help = true;
	}
}

/* Behind the '{': returns what stands behind the '}'. *le is the end of the bucket, "" when there is none. */
static const char *read_labels(const char *at, char le[32])
{
	*le = '\0';
	while (*at != '}') {
		const char *equals = strchr(at, '=');
		bool is_le;
		size_t len = 0;

		ck_assert_ptr_nonnull(equals);
		ck_assert(is_name(at, (size_t)(equals - at)));
		is_le = strncmp(at, "le=", 3) == 0;
		ck_assert_int_eq(equals[1], '"');
		for (at = equals + 2; *at != '"'; at++) {
			ck_assert_int_ne(*at, '\0');
			if (*at == '\\')
				ck_assert_ptr_nonnull(strchr("\\n\"", *++at));
			if (is_le && len < 31)
				le[len++] = *at;
		}
		if (is_le)
			le[len] = '\0';
		at++;
		if (*at == ',')
			at++;
		else
			ck_assert_int_eq(*at, '}');
	}
	return at + 1;
}

static void read_histogram_sample(struct reader *r, const char *suffix, const char *le,
				  double value)
{
	if (strcmp(suffix, "_bucket") == 0) {
		ck_assert_str_ne(le, "");
		ck_assert(value >= r->bucket);
		r->bucket = value;
		r->is_inf = strcmp(le, "+Inf") == 0;
		return;
	}
	ck_assert_str_eq(le, "");
	if (strcmp(suffix, "_count") == 0) {
		ck_assert(r->is_inf);
		ck_assert(value == r->bucket);
		r->bucket = -1;
	} else {
		ck_assert_str_eq(suffix, "_sum");
	}
}

static void read_sample(struct reader *r, const char *line)
{
	const char *brace = strchr(line, '{'), *rest;
	size_t len = strlen(r->family);
	char suffix[32], le[32], *end;
	double value;

	ck_assert(r->has_help);
	ck_assert_ptr_nonnull(brace);
	ck_assert(strncmp(line, r->family, len) == 0);
	snprintf(suffix, sizeof(suffix), "%.*s", (int)(brace - line - (long)len), line + len);
	rest = read_labels(brace + 1, le);
	ck_assert_int_eq(*rest, ' ');
	value = strtod(rest + 1, &end);
	ck_assert_int_eq(*end, '\0');
	ck_assert(value >= 0);
	r->has_samples = true;
	r->samples++;
	if (strcmp(r->type, "histogram") == 0)
		read_histogram_sample(r, suffix, le, value);
	else
		ck_assert_str_eq(suffix, strcmp(r->type, "counter") == 0 ? "_total" : "");
}

/* Returns the number of samples. */
static size_t read_text(void)
{
	struct reader r = {.bucket = -1};
	static char line[4096];
	const char *at = rmqi_buf_text(&out);

	while (*at) {
		const char *end = strchr(at, '\n');

		ck_assert_ptr_nonnull(end); /* each line ends */
		ck_assert(!r.is_over);
		snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
		if (line[0] == '#')
			read_comment(&r, line);
		else
			read_sample(&r, line);
		at = end + 1;
	}
	ck_assert(r.is_over);
	return r.samples;
}

/* --- Tests ------------------------------------------------------------------------------------- */

START_TEST(openmetrics__one_client)
{
	static const char *const texts[] = {STATISTICS("c@1", "T")};

	write_all(texts, 1);

	ck_assert_uint_gt(read_text(), 20);
	ck_assert(has_line("# TYPE rocketmq_producer_send_began counter"));
	ck_assert(has_line("rocketmq_producer_send_began_total{client_id=\"c@1\",group=\"G\","
			   "topic=\"T\"} 9"));
	ck_assert(has_line("rocketmq_producer_send_failed_total{client_id=\"c@1\",group=\"G\","
			   "topic=\"T\",error=\"TIMEOUT\"} 1"));
	ck_assert(has_line("# UNIT rocketmq_producer_send_body_bytes bytes"));
	ck_assert(has_line("rocketmq_producer_send_in_flight{client_id=\"c@1\",group=\"G\","
			   "topic=\"T\"} 1"));
	ck_assert(has_line("rocketmq_producer_send_latency_seconds_bucket{client_id=\"c@1\","
			   "group=\"G\",topic=\"T\",le=\"0.000128\"} 4"));
	ck_assert(has_line("rocketmq_producer_send_latency_seconds_bucket{client_id=\"c@1\","
			   "group=\"G\",topic=\"T\",le=\"+Inf\"} 5"));
	ck_assert(has_line("rocketmq_producer_send_latency_seconds_sum{client_id=\"c@1\","
			   "group=\"G\",topic=\"T\"} 2.500000"));
	ck_assert(has_line("rocketmq_producer_attempt_refused_total{client_id=\"c@1\",group=\"G\","
			   "broker=\"broker-a\",code=\"14\"} 1"));
	ck_assert(has_line("rocketmq_producer_attempt_weakly_stored_total{client_id=\"c@1\","
			   "group=\"G\",broker=\"broker-a\",status=\"FLUSH_DISK_TIMEOUT\"} 1"));
	ck_assert(
		has_line("rocketmq_producer_request_began_total{client_id=\"c@1\",group=\"G\"} 7"));
	ck_assert(has_line("rocketmq_producer_request_late_replies_total{client_id=\"c@1\","
			   "group=\"G\"} 3"));
	ck_assert(has_line("rocketmq_producer_request_in_flight{client_id=\"c@1\",group=\"G\"} 2"));
	ck_assert(has_line("rocketmq_producer_request_latency_seconds_count{client_id=\"c@1\","
			   "group=\"G\"} 4"));
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(openmetrics__several_clients_make_each_family_once)
{
	static const char *const texts[] = {STATISTICS("c@1", "T"), STATISTICS("c@2", "T"),
					    STATISTICS("c@3", "U")};
	size_t one, three;

	write_all(texts, 1);
	one = read_text();
	rmqi_buf_deinit(&out);
	write_all(texts, 3);
	three = read_text();

	ck_assert_uint_eq(three, 3 * one);
	ck_assert(has_line("rocketmq_producer_send_began_total{client_id=\"c@3\",group=\"G\","
			   "topic=\"U\"} 9"));
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(openmetrics__labels_are_escaped)
{
	static const char *const texts[] = {STATISTICS("q\\\"b\\\\n\\n", "T")};

	write_all(texts, 1);

	ck_assert_uint_gt(read_text(), 20);
	ck_assert(has_line("rocketmq_producer_send_began_total{client_id=\"q\\\"b\\\\n\\n\","
			   "group=\"G\",topic=\"T\"} 9"));
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(openmetrics__of_a_client_without_sends_is_valid)
{
	static const char *const texts[] = {"{\"schema\":1,\"kind\":\"producer\",\"group\":\"G\","
					    "\"clientId\":\"c\",\"topics\":[],\"brokers\":[]}"};

	write_all(texts, 1);

	ck_assert_uint_eq(read_text(), 0);
	rmqi_buf_deinit(&out);
}
END_TEST

/* As the roster allows them, with one instanceName. */
START_TEST(openmetrics__of_a_producer_and_a_consumer_of_one_client_is_valid)
{
	static const char *const texts[] = {
		STATISTICS("c@1", "T"),
		"{\"schema\":1,\"kind\":\"push_consumer\",\"group\":\"G\",\"clientId\":\"c@1\","
		"\"topics\":[{\"name\":\"T\",\"queues\":1,\"pulls\":2,\"consumed\":3}],"
		"\"member\":{\"commits\":4}}"};

	write_all(texts, 2);
	(void)read_text();
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out), "consumed"));
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(openmetrics__refuses_what_is_none)
{
	static const char *const one = STATISTICS("c@1", "T");
	const struct {
		const char *texts[2];
		const char *says;
	} cases[] = {
		{{one, NULL}, "statistics 1 is NULL"},
		{{"{", one}, "statistics 0 is no JSON"},
		{{one, "[]"}, "statistics 1 is not a text of rmq_producer_statistics"},
		{{"{\"schema\":2,\"kind\":\"producer\"}", one}, "statistics 0 is not a text"},
		{{one, one}, "statistics 1 is of a client that another one is of"},
	};

	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		struct rmq_error_detail *d = rmqi_detail_new();

		rmqi_buf_init(&out, 1024 * 1024);
		ck_assert_int_eq(rmqi_openmetrics_write(cases[i].texts, 2, &out, d),
				 RMQ_ERR_INVALID_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), cases[i].says));
		ck_assert_uint_eq(out.len, 0);
		rmqi_buf_deinit(&out);
		rmq_error_detail_free(d);
	}
}
END_TEST

/* --- The locale -------------------------------------------------------------------------------- */

/* In `folder`, with a decimal comma and nothing else of its own. */
static bool make_locale(const char *folder)
{
	char path[PATH_SIZE], command[3 * PATH_SIZE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/source", folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("LC_CTYPE\ncopy \"POSIX\"\nEND LC_CTYPE\n"
	      "LC_NUMERIC\ndecimal_point \"<U002C>\"\nthousands_sep \"\"\ngrouping -1\n"
	      "END LC_NUMERIC\n",
	      f);
	fclose(f);
	/* Its status is 1 for the categories that are missing. */
	snprintf(command, sizeof(command),
		 "localedef -c -i %s/source -f UTF-8 %s/comma >/dev/null 2>&1", folder, folder);
	(void)!system(command);
	return setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_NUMERIC, "comma");
}

static void remove_folder(const char *folder)
{
	char command[PATH_SIZE + 16];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	(void)!system(command);
}

/* A scraper refuses a text with one of them. Without localedef (glibc) it cannot be shown. */
START_TEST(openmetrics__has_decimal_points_where_others_write_commas)
{
	char folder[PATH_SIZE] = "/tmp/rmq-locale-XXXXXX", number[16];
	bool is_made;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	is_made = make_locale(folder);
	snprintf(number, sizeof(number), "%.1f", 1.5);
	write_all((const char *const[]){STATISTICS("id", "T")}, 1);
	setlocale(LC_NUMERIC, "C");
	remove_folder(folder);

	if (is_made)
		ck_assert_str_eq(number, "1,5");
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out), "_sum"));
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out), "} 2.500000\n"));
	ck_assert_ptr_null(strstr(rmqi_buf_text(&out), "2,5"));
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out), "le=\"0.000064\""));
	rmqi_buf_deinit(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		openmetrics__one_client,
		openmetrics__several_clients_make_each_family_once,
		openmetrics__labels_are_escaped,
		openmetrics__of_a_client_without_sends_is_valid,
		openmetrics__of_a_producer_and_a_consumer_of_one_client_is_valid,
		openmetrics__refuses_what_is_none,
		openmetrics__has_decimal_points_where_others_write_commas,
	};

	return run_suite("openmetrics", tests, RMQI_COUNT(tests));
}
