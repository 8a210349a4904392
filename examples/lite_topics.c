/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_topics.c - sessions, each with a lite topic of its own (brokers of 5.5.0 with enableLmq and enableMultiDispatch).
 * Makes the parent topic and the group, subscribes the sessions, sends two lines to each, and receives them: those of a
 * session in order. A session that is over is unsubscribed; its broker forgets the lite topic by itself.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 lite_topics PARENT GROUP SESSION...
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

enum { LINES = 2, LEASE_MS = 30 * 1000, WAIT_MS = 15 * 1000 };

static rmq_error_detail *detail;

static int complain(const char *what)
{
	fprintf(stderr, "lite_topics: %s: %s\n", what, rmq_error_detail_message(detail));
	return 0;
}

static int make_places(const rmq_config *config, const char *parent, const char *group)
{
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_admin *admin = NULL;
	int ok = rmq_admin_new(config, &admin, &detail) == RMQ_OK &&
		 rmq_topic_settings_set_lite(settings, true, &detail) == RMQ_OK &&
		 rmq_admin_create_topic(admin, NULL, parent, settings, NULL, &detail) == RMQ_OK &&
		 rmq_admin_create_lite_group(admin, NULL, group, parent, false, NULL, &detail) ==
			 RMQ_OK;

	rmq_admin_free(admin);
	rmq_topic_settings_free(settings);
	return ok ? 1 : complain("make the parent and the group");
}

static int send_line(rmq_producer *producer, const char *parent, const char *session, int number)
{
	char line[128];
	rmq_message *m;
	int ok;

	snprintf(line, sizeof(line), "line %d of %.64s", number, session);
	m = rmq_message_new(parent, line, strlen(line));
	ok = rmq_message_set_lite_topic(m, session, &detail) == RMQ_OK &&
	     rmq_producer_send(producer, m, NULL, NULL, &detail) == RMQ_OK;
	rmq_message_free(m);
	return ok;
}

static int send_lines(const rmq_config *config, const char *parent, char **sessions)
{
	rmq_producer *producer = NULL;
	int ok = rmq_producer_new(config, "lite-sender", &producer, &detail) == RMQ_OK &&
		 rmq_producer_start(producer, &detail) == RMQ_OK;

	for (int number = 1; ok && number <= LINES; number++)
		for (char **session = sessions; ok && *session; session++)
			ok = send_line(producer, parent, *session, number);
	rmq_producer_free(producer);
	return ok ? 1 : complain("send");
}

static int open_sessions(rmq_simple_consumer *c, const char *parent, char **sessions)
{
	int ok = 1;

	for (char **session = sessions; ok && *session; session++)
		ok = rmq_simple_consumer_subscribe_lite(c, parent, *session, &detail) == RMQ_OK;
	ok = ok && rmq_simple_consumer_start(c, &detail) == RMQ_OK;
	return ok ? 1 : complain("subscribe");
}

static int receive_lines(rmq_simple_consumer *c, int count)
{
	while (count > 0) {
		rmq_messages *l = NULL;

		if (rmq_simple_consumer_receive(c, 16, LEASE_MS, WAIT_MS, &l, &detail) != RMQ_OK)
			return complain("receive");
		for (size_t i = 0; i < rmq_messages_count(l); i++) {
			const rmq_message *m = rmq_messages_at(l, i);
			size_t len;
			const char *body = rmq_message_body(m, &len);

			printf("%s: %.*s\n", rmq_message_lite_topic(m), (int)len, body);
			if (rmq_simple_consumer_ack(c, m, &detail) != RMQ_OK)
				return complain("ack");
			count--;
		}
		rmq_messages_free(l);
	}
	return 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_simple_consumer *c = NULL;
	int ok;

	if (argc < 4) {
		fprintf(stderr, "usage: lite_topics PARENT GROUP SESSION...\n");
		rmq_config_free(config);
		return 2;
	}
	ok = make_places(config, argv[1], argv[2]) &&
	     rmq_simple_consumer_new(config, argv[2], &c, &detail) == RMQ_OK &&
	     open_sessions(c, argv[1], argv + 3) && send_lines(config, argv[1], argv + 3) &&
	     receive_lines(c, LINES * (argc - 3));
	if (ok && rmq_simple_consumer_close(c, -1, &detail) != RMQ_OK)
		ok = complain("close");
	rmq_simple_consumer_free(c);
	rmq_config_free(config);
	rmq_error_detail_free(detail);
	return ok ? 0 : 1;
}
