/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/member.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/scene.h"

/* --- The member's side ----------------------------------------------------------- */

/* One write a line, so that a kill cuts no line that was begun before it. */
static void tell(const rmq_message *const *messages, size_t count)
{
	char line[4096];
	size_t len;
	const char *body;
	int n;

	for (size_t i = 0; i < count; i++) {
		body = rmq_message_body(messages[i], &len);
		n = snprintf(line, sizeof(line), "MSG %s %d %lld %.*s\n",
			     rmq_message_queue(messages[i])->broker_name,
			     (int)rmq_message_queue(messages[i])->queue_id,
			     (long long)rmq_message_queue_offset(messages[i]), (int)len, body);
		if (write(STDOUT_FILENO, line, (size_t)n) != n)
			_exit(1);
	}
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	tell(messages, count);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status in_order(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_orderly_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	tell(messages, count);
	return RMQ_ORDERLY_SUCCESS;
}

static enum rmq_error listen(rmq_push_consumer *c, const char *kind)
{
	return strcmp(kind, "orderly") == 0
		       ? rmq_push_consumer_set_orderly_listener(c, in_order, NULL, NULL)
		       : rmq_push_consumer_set_listener(c, on_messages, NULL, NULL);
}

/* Until it is killed, or told to end. */
static int stay(rmq_push_consumer *c, const sigset_t *end)
{
	int signal;

	while (sigwait(end, &signal) != 0)
		;
	if (rmq_push_consumer_close(c, SOON_MS, NULL) != RMQ_OK)
		return 1;
	rmq_push_consumer_free(c);
	return 0;
}

int member_main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_push_consumer *consumer;
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (config)
		be_patient(config);
	if (config && account_is_given())
		set_account(config);
	if (argc != 6 || !config ||
	    rmq_config_set(config, "namesrvAddr", argv[2], NULL) != RMQ_OK ||
	    rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", NULL) !=
		    RMQ_OK ||
	    rmq_push_consumer_new(config, argv[4], &consumer, NULL) != RMQ_OK ||
	    rmq_push_consumer_subscribe(consumer, argv[3], "*", NULL) != RMQ_OK ||
	    listen(consumer, argv[5]) != RMQ_OK ||
	    rmq_push_consumer_start(consumer, NULL) != RMQ_OK)
		return 1;
	rmq_config_free(config);
	return stay(consumer, &end);
}

/* --- The test's side -------------------------------------------------------------- */

static void start(struct member *m, const char *topic, const char *group, const char *kind,
		  struct audit *audit)
{
	const char *argv[] = {
		"/proc/self/exe", "--member", scene.target->namesrv(), topic, group, kind, NULL};
	char self[512];
	ssize_t len = readlink(argv[0], self, sizeof(self) - 1);

	if (len < 0)
		scene_skip("there is no /proc/self/exe here");
	self[len] = '\0';
	argv[0] = self;
	*m = (struct member){.audit = audit};
	if (!child_start(&m->child, argv, NULL))
		fail("cannot start %s", self);
}

void member_start(struct member *m, const char *topic, const char *group, struct audit *audit)
{
	start(m, topic, group, "push", audit);
}

void member_start_orderly(struct member *m, const char *topic, const char *group,
			  struct audit *audit)
{
	start(m, topic, group, "orderly", audit);
}

static void note_place(struct member *m, const char *broker, int queue, long long offset)
{
	size_t i = 0;

	while (i < m->place_count &&
	       (m->places[i].queue != queue || strcmp(m->places[i].broker, broker) != 0))
		i++;
	if (i == MEMBER_PLACES)
		fail("a member of more than %d queues", MEMBER_PLACES);
	if (i < m->place_count && offset < m->places[i].last)
		m->disordered++;
	if (i == m->place_count)
		m->place_count++;
	snprintf(m->places[i].broker, sizeof(m->places[i].broker), "%s", broker);
	m->places[i].queue = queue;
	m->places[i].last = offset;
}

static void take_line(struct member *m, const char *line)
{
	char broker[64];
	int queue, body = 0;
	long long offset;

	if (sscanf(line, "MSG %63s %d %lld %n", broker, &queue, &offset, &body) != 3 || body == 0)
		return; /* cut by the kill */
	m->count++;
	note_place(m, broker, queue, offset);
	if (m->audit)
		audit_delivered_body(m->audit, line + body, strlen(line + body), broker, queue,
				     offset);
}

void member_look(struct member *m)
{
	char line[4096];

	while (child_read_line(&m->child, line, sizeof(line), 0))
		take_line(m, line);
}

void member_kill(struct member *m)
{
	char line[4096];

	kill(m->child.pid, SIGKILL);
	while (child_read_line(&m->child, line, sizeof(line), 1000))
		take_line(m, line);
	child_end(&m->child, SIGKILL, 1000);
}

void member_end(struct member *m)
{
	char line[4096];

	kill(m->child.pid, SIGTERM);
	while (child_read_line(&m->child, line, sizeof(line), SOON_MS))
		take_line(m, line);
	if (child_end(&m->child, 0, SOON_MS) != 0)
		fail("the member did not close in good order");
}
