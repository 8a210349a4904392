/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_names.c - names that nobody may have, in every text field of every request (CVE-2019-17572: "../" in a topic wrote
 * beside the store). All handlers ask codec/names.h, and the store asks again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/names.h"
#include "mock-broker/store/fs.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;
static char folder[64];
static char root[96];

static const char *const names[] = {
	"../../x",	"..",	      ".",	  "/tmp/rmq-names-x", "a/b",  "a\\b",
	"%RETRY%../x",	"%DLQ%../../x", "a b",	  "a\nb",	      "\x01", "a.b",
	"a\xc3\xa4",	"%RETRY%",    "${x}",	  "$(touch x)",	      "`x`",  "",
};

static void begin(void)
{
	struct mb_cluster_options o;

	snprintf(folder, sizeof(folder), "/tmp/rmq-names-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(root, sizeof(root), "%s/a/b/c", folder);
	rig_options(&o);
	o.store = root;
	o.broker_conf = "configAllowList=traceOn\nmappedFileSizeCommitLog=1048576\n"
			"mappedFileSizeConsumeQueue=20000\n";
	rig = rig_new_with(&o);
	peer = peer_new(rig);
}

static void remove_tree(const char *path)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	ck_assert_int_eq(system(command), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
	remove_tree(folder);
}

/* Every text field is `name`, every other one absent or 0. */
static void ask(const char *address, const struct rmqi_request_desc *d, const char *name)
{
	struct rmqi_ext ext[31];
	char body[512];
	struct rmqi_cursor piece;
	struct rmqi_outgoing request = {
		.code = d->code, .extra = ext, .body = &piece, .body_count = 1};

	for (size_t i = 0; i < d->request->field_count; i++) {
		const struct rmqi_field *f = &d->request->fields[i];

		ext[request.extra_count].key = rmqi_field_wire(f);
		ext[request.extra_count++].value =
			f->type == RMQI_F_STR ? rmqi_str(name) : rmqi_str("0");
	}
	snprintf(body, sizeof(body),
		 "{\"topicName\":\"%s\",\"groupName\":\"%s\",\"topicConfigList\":[{\"topicName\":\"%s\"}],"
		 "\"clientID\":\"%s\",\"consumerDataSet\":[{\"groupName\":\"%s\","
		 "\"subscriptionDataSet\":[{\"topic\":\"%s\",\"subString\":\"*\"}]}]}",
		 name, name, name, name, name, name);
	piece = rmqi_cursor(body, strlen(body));
	if (d->is_oneway) {
		ck_assert_int_eq(rmqi_rpc_oneway(peer->rpc, address, &request), RMQ_OK);
		rig_advance(rig, 1);
		return;
	}
	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, address, &request,
				       rmqi_clock_deadline(rig->env->clock, 100 * 1000),
				       &peer->answer, NULL, NULL),
			 RMQ_OK);
}

static enum rmq_error must_be(void *arg, const char *name, int64_t size, bool is_dir)
{
	const char *const *only = arg;

	(void)size;
	(void)is_dir;
	ck_assert_msg(strcmp(name, *only) == 0 || strcmp(name, "namesrv-0") == 0, "%s was made",
		      name);
	return RMQ_OK;
}

/* Nothing else stands there, but for the folder of the name server. */
static void expect_only(const char *path, const char *name)
{
	const struct mb_fs *fs = mb_fs_posix();

	ck_assert_int_eq(fs->list(fs, path, must_be, &name), RMQ_OK);
}

static enum rmq_error must_be_legal(void *arg, const char *name, int64_t size, bool is_dir)
{
	char problem[RMQI_PROBLEM_SIZE];

	(void)arg;
	(void)size;
	(void)is_dir;
	ck_assert_msg(!rmqi_topic_problem(rmqi_str(name), problem, sizeof(problem)),
		      "a queue of topic '%s' was made", name);
	return RMQ_OK;
}

/* Nothing beside the store, and no folder of a topic that may not be. */
static void expect_clean(void)
{
	const struct mb_fs *fs = mb_fs_posix();
	char path[256];

	expect_only(folder, "a");
	snprintf(path, sizeof(path), "%s/a", folder);
	expect_only(path, "b");
	snprintf(path, sizeof(path), "%s/a/b", folder);
	expect_only(path, "c");
	expect_only(root, BROKER);
	snprintf(path, sizeof(path), "%s/%s/consumequeue", root, BROKER);
	ck_assert_int_eq(fs->list(fs, path, must_be_legal, NULL), RMQ_OK);
	ck_assert(!fs->exists(fs, "/tmp/rmq-names-x"));
}

/* Of all that the broker knows by name. */
static void expect_no_bad_topics(void)
{
	const char *body;

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_TOPIC_CONFIG, NULL, NULL, NULL),
			 0);
	body = peer_body(peer);
	ck_assert_ptr_null(strstr(body, ".."));
	ck_assert_ptr_null(strchr(body, '/'));
	ck_assert_ptr_null(strchr(body, '$'));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG, NULL,
				  NULL, NULL),
			 0);
	body = peer_body(peer);
	ck_assert_ptr_null(strstr(body, ".."));
	ck_assert_ptr_null(strchr(body, '/'));
	ck_assert_ptr_null(strchr(body, '$'));
}

START_TEST(names__never_reach_the_file_system)
{
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);

	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < RMQI_COUNT(names) && table[i].request; k++) {
			ask(rig->broker, &table[i], names[k]);
			ask(rig->namesrv, &table[i], names[k]);
		}
	}
	rig_advance(rig, 60000);
	expect_clean();
	expect_no_bad_topics();
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	expect_clean();
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	end();
}
END_TEST

/* Names in properties: where a message goes later. */
START_TEST(names__of_properties_never_reach_the_file_system)
{
	char properties[256];

	begin();
	for (size_t k = 0; k < RMQI_COUNT(names); k++) {
		if (strpbrk(names[k], "\n\x01"))
			continue;
		snprintf(properties, sizeof(properties), "DELAY=1,REAL_TOPIC=%s,REAL_QID=0", names[k]);
		(void)peer_send(peer, "T", 0, "x", properties);
		snprintf(properties, sizeof(properties), "RETRY_TOPIC=%s,ORIGIN_MESSAGE_ID=%s",
			 names[k], names[k]);
		(void)peer_send(peer, "T", 0, "x", properties);
		snprintf(properties, sizeof(properties), "TRAN_MSG=true,PGROUP=%s,REAL_TOPIC=%s",
			 names[k], names[k]);
		(void)peer_send(peer, "T", 0, "x", properties);
	}
	rig_advance(rig, 120000);
	expect_clean();
	expect_no_bad_topics();
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names__never_reach_the_file_system,
		names__of_properties_never_reach_the_file_system,
	};

	return run_suite("names", tests, RMQI_COUNT(tests));
}
