/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/ha_stage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mock-broker/temp_folder.h"

struct rig *rig;
struct peer *peer;
struct peer *reader;
char *ha_root;
char ha_address[64];

void ha_begin_with(struct mb_cluster_options *o, int slaves, const char *conf)
{
	ha_root = mb_temp_folder_new();
	ck_assert_ptr_nonnull(ha_root);
	o->slaves = slaves;
	o->store = ha_root;
	o->broker_conf = conf;
	rig = rig_new_with(o);
	peer = peer_new(rig);
	reader = peer_new(rig);
}

void ha_begin(int slaves, const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.log_level = RMQ_LOG_ERROR;
	ha_begin_with(&o, slaves, conf);
}

void ha_ask_address(void)
{
	const char *address;

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_EXCHANGE_BROKER_HA_INFO, NULL, NULL,
				  NULL),
			 0);
	address = peer_ext(peer, "masterHaAddress");
	snprintf(ha_address, sizeof(ha_address), "%s", address ? address : "");
}

void ha_end(void)
{
	peer_free(peer);
	peer_free(reader);
	rig_free(rig);
	mb_temp_folder_remove(ha_root);
	rmqi_free(ha_root);
}

void ha_speak_to(const char *broker)
{
	snprintf(rig->broker, sizeof(rig->broker), "%s",
		 mb_cluster_broker_address(rig->cluster, broker));
}

void ha_stop(const char *broker, bool is_crash)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, broker, is_crash, NULL), RMQ_OK);
}

void ha_start(const char *broker)
{
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, broker, NULL), RMQ_OK);
}

void ha_send_many(const char *topic, int from, int count)
{
	char body[400];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "%d%*s", i, 1 + i % 300, "x");
		ck_assert_int_eq(peer_send(peer, topic, i % 4, body, "TAGS=t,KEYS=k"), 0);
	}
}

static char *contents(const char *folder, const char *file, size_t *len)
{
	char path[1024];
	FILE *f;
	char *bytes;

	snprintf(path, sizeof(path), "%s/%s/commitlog/%s", ha_root, folder, file);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*len + 1);
	ck_assert_uint_eq(fread(bytes, 1, *len, f), *len);
	fclose(f);
	return bytes;
}

int ha_expect_same_log(const char *folder)
{
	char path[1024];
	int files = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/broker-a/commitlog", ha_root);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		size_t len = 0, slave_len = 0;
		char *ours, *slaves;

		if (e->d_name[0] == '.')
			continue;
		ours = contents("broker-a", e->d_name, &len);
		slaves = contents(folder, e->d_name, &slave_len);
		/* The next one is made ahead. */
		ck_assert_msg(slaves || ours[0] == 0, "%s is missing", e->d_name);
		ck_assert_msg(!slaves || (len == slave_len && memcmp(ours, slaves, len) == 0),
			      "%s differs", e->d_name);
		files += slaves != NULL;
		free(ours);
		free(slaves);
	}
	closedir(dir);
	return files;
}

void ha_expect_same_queues(const char *topic)
{
	for (int q = 0; q < 4; q++)
		ck_assert_int_eq(mb_cluster_max_offset(rig->cluster, HA_SLAVE, topic, q),
				 mb_cluster_max_offset(rig->cluster, BROKER, topic, q));
}
