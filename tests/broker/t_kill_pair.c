/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_kill_pair.c - a master and its slave, of which one is killed under load, again and again; SYNC_MASTER. Nothing that
 * was acknowledged is lost on either, the sends that waited while the slave was away are acknowledged when it is back,
 * and in the end the slave's log is the master's, byte for byte.
 *
 * RMQ_KILL_ROUNDS: how many times (3 if not given).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "codec/codes.h"
#include "tests/broker/kill_load.h"

enum { ROUNDS = 3, ACKS_A_ROUND = 300 };

/* The wait for a slave ends after all that waits for it here. */
static const char master_lines[] = "brokerRole=SYNC_MASTER\ninSyncReplicas=2\nslaveTimeout=50000\n";
static const char slave_lines[] = "brokerRole=SLAVE\nbrokerId=1\nslaveReadEnable=true\n";

static struct daemon master, slave;

static int64_t number_behind(const char *name)
{
	static char text[8192];
	struct rmqi_cursor body = kill_answer.command.body;
	const char *at;

	ck_assert_uint_lt(body.len, sizeof(text));
	memcpy(text, body.ptr, body.len);
	text[body.len] = '\0';
	at = strstr(text, name);
	ck_assert_ptr_nonnull(at);
	return strtoll(at + strlen(name), NULL, 10);
}

/* --- Where the master is: nobody tells it but the test, as the ports change ---------------------- */

static void introduce(void)
{
	struct rmqi_h_exchange_ha_info h = {0};
	char ha[256];
	struct rmqi_str text;

	ck_assert_int_eq(kill_ask(&master, RMQI_REQ_EXCHANGE_BROKER_HA_INFO,
				  &rmqi_desc_exchange_ha_info, &h),
			 0);
	ck_assert(rmqi_command_ext(&kill_answer.command, "masterHaAddress", &text));
	snprintf(ha, sizeof(ha), "%.*s", RMQI_STR_ARG(text));
	RMQI_SET(&h, exchange_ha_info, masterHaAddress, rmqi_str(ha));
	RMQI_SET(&h, exchange_ha_info, masterAddress, rmqi_str(master.address));
	ck_assert_int_eq(kill_ask(&slave, RMQI_REQ_EXCHANGE_BROKER_HA_INFO,
				  &rmqi_desc_exchange_ha_info, &h),
			 0);
}

static int has_the_topic(void *arg)
{
	struct rmqi_h_get_topic_config h = {.topic = rmqi_str("T")};

	(void)arg;
	return kill_ask(&slave, RMQI_REQ_GET_TOPIC_CONFIG, &rmqi_desc_get_topic_config, &h) == 0;
}

static int has_all(void *arg)
{
	int64_t end;

	(void)arg;
	ck_assert_int_eq(kill_ask(&master, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL), 0);
	end = number_behind("\"masterCommitLogMaxOffset\":");
	ck_assert_int_eq(kill_ask(&slave, RMQI_REQ_GET_BROKER_HA_STATUS, NULL, NULL), 0);
	return number_behind("\"maxOffset\":") == end;
}

/* --- Rounds --------------------------------------------------------------------------------------- */

static void kill_the_master(void)
{
	daemon_kill(&master);
	load_end();
	/* The slave is all that is left. */
	load_audit(&slave);
	daemon_start(&master);
	introduce();
	load_audit(&master);
	load_start(&master);
}

/* Sends wait for it, or go on to wait. */
static void kill_the_slave(void)
{
	daemon_kill(&slave);
	daemon_start(&slave);
	introduce();
}

static void kill_both(void)
{
	daemon_kill(&master);
	daemon_kill(&slave);
	load_end();
	daemon_start(&slave);
	daemon_start(&master);
	load_audit(&slave);
	load_audit(&master);
	introduce();
	load_start(&master);
}

static void kill_one(int round)
{
	static void (*const kills[])(void) = {kill_the_master, kill_the_slave, kill_both};

	kills[round % (int)RMQI_COUNT(kills)]();
}

/* --- The end -------------------------------------------------------------------------------------- */

static char *contents(const char *broker, const char *file, size_t *len)
{
	char path[4096];
	char *bytes;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/commitlog/%s", kill_scratch, broker, file);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	bytes = malloc(131072 + 1);
	ck_assert_ptr_nonnull(bytes);
	*len = fread(bytes, 1, 131072 + 1, f);
	fclose(f);
	return bytes;
}

static void expect_same_file(const char *file)
{
	size_t len = 0, slave_len = 0;
	char *ours = contents("master", file, &len), *slaves = contents("slave", file, &slave_len);

	/* The next one is made ahead. */
	ck_assert_msg(slaves || ours[0] == 0, "%s is missing", file);
	ck_assert_msg(!slaves || (len == slave_len && memcmp(ours, slaves, len) == 0),
		      "%s differs", file);
	free(ours);
	free(slaves);
}

static int expect_same_log(void)
{
	char path[4096];
	int files = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/master/commitlog", kill_scratch);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		expect_same_file(e->d_name);
		files++;
	}
	closedir(dir);
	return files;
}

/* Before the load: it would run on while the slave learns of its topic. */
static void create_topic(void)
{
	const struct rmqi_h_create_topic h = {
		.topic = rmqi_str("T"),
		.defaultTopic = rmqi_str("TBW102"),
		.readQueueNums = 1,
		.writeQueueNums = 1,
		.perm = 6,
		.topicFilterType = rmqi_str("SINGLE_TAG"),
	};

	ck_assert_int_eq(kill_ask(&master, RMQI_REQ_UPDATE_AND_CREATE_TOPIC, &rmqi_desc_create_topic,
				  &h),
			 0);
}

static void begin(void)
{
	kill_begin();
	daemon_init(&master, "master", master_lines);
	daemon_init(&slave, "slave", slave_lines);
	daemon_start(&master);
	daemon_start(&slave);
	create_topic();
	introduce();
	ck_assert(wait_real(has_the_topic, NULL, KILL_MS));
	load_start(&master);
}

START_TEST(kill__master_or_slave_under_load_loses_nothing)
{
	struct rmqi_rand rand;
	int rounds = kill_rounds(ROUNDS), files;

	begin();
	rmqi_rand_init(&rand, (uint64_t)wall_ms());
	for (int i = 0; i < rounds; i++) {
		int before = load_acked();

		load_wait(1 + (int)rmqi_rand_below(&rand, ACKS_A_ROUND));
		kill_one(i);
		ck_assert_int_gt(load_acked(), before);
	}
	load_wait(ACKS_A_ROUND);
	daemon_kill(&master);
	load_end();
	daemon_start(&master);
	introduce();
	ck_assert(wait_real(has_all, NULL, KILL_MS));
	load_audit(&slave);
	daemon_stop(&slave);
	daemon_stop(&master);
	files = expect_same_log();
	ck_assert_int_gt(files, 0);
	if (kill_is_long())
		printf("# %d kills, %d sends acknowledged of %d, none lost; %d files alike\n",
		       rounds, load_acked(), load_sent(), files);
	kill_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {kill__master_or_slave_under_load_loses_nothing};

	return run_suite("kill_pair", tests, RMQI_COUNT(tests));
}
